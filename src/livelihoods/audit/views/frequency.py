"""A frequency table as printed: items by answers, counts and shares, a mean, average rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from livelihoods.audit.grid import Grid, GridRow
from livelihoods.audit.paper import TableSpec
from livelihoods.audit.printed import Printed, numbers_in

_CODE = re.compile(r"=\s*(\d+)")
_MEAN = re.compile(r"mean|average score|均值|平均", re.I)
_AVERAGE = re.compile(r"^the average|^average|^mean of|平均", re.I)
_ITEMS_ABOVE = re.compile(r"above\s+(\d+|two|three|four|five|six|seven|eight|nine|ten)", re.I)


@dataclass(frozen=True, slots=True)
class Item:
    """One line: counts and shares of each answer (None where not printed) and the mean."""

    label: str
    counts: tuple[Printed | None, ...]
    shares: tuple[Printed | None, ...]
    mean: Printed | None
    average: bool

    def counted(self) -> list[int] | None:
        """Return whole counts, or None if one is not printed or not whole."""
        if any(count is None or count.value.denominator != 1 for count in self.counts):
            return None
        return [int(count.value) for count in self.counts if count is not None]


@dataclass(frozen=True, slots=True)
class FrequencyView:
    """A frequency table.

    Attributes
    ----------
    answers
        Headers of the answers.
    codes
        Number of each answer, as the header gives it (``"never=1"``) or by position.
    mean_column
        Header of the column of means, "" if none is printed.
    items
        Lines, average rows among them.
    """

    spec: TableSpec
    answers: tuple[str, ...]
    codes: tuple[int, ...]
    mean_column: str
    items: tuple[Item, ...]

    @property
    def single(self) -> tuple[Item, ...]:
        """Lines that are not averages of others."""
        return tuple(item for item in self.items if not item.average)


def frequency_view(grid: Grid, spec: TableSpec) -> FrequencyView:
    """Read a grid as a frequency table: cells are counts, ``count/share`` pairs or shares."""
    mean_place = next(
        (place for place, name in enumerate(grid.columns) if _MEAN.search(name)), None
    )
    places = [place for place in range(len(grid.columns)) if place != mean_place]
    answers = tuple(grid.columns[place] for place in places)
    return FrequencyView(
        spec,
        answers,
        _codes(answers),
        "" if mean_place is None else grid.columns[mean_place],
        tuple(_item(row, places, mean_place) for row in grid.rows if _counts_something(row)),
    )


def bounds_of(answer: str) -> tuple[int, int] | None:
    """Return the range that an answer's header names (``"4-6times =3"`` → (4, 6)), or None."""
    text = _CODE.sub("", answer)
    match = re.search(r"(\d[\d,]*)\s*(?:-|to|–|~|至)\s*(\d[\d,]*)", text)
    if match:
        low, high = (int(part.replace(",", "")) for part in match.groups())
        return (low, high) if low <= high else None
    return None


def _codes(answers: tuple[str, ...]) -> tuple[int, ...]:
    found = [_CODE.findall(answer) for answer in answers]
    codes = [int(codes[0]) for codes in found if codes]
    if len(codes) == len(answers) and len(set(codes)) == len(codes):
        return tuple(codes)
    return tuple(range(1, len(answers) + 1))


def _counts_something(row: GridRow) -> bool:
    return any(cell.numbers for cell in row.cells)


def _item(row: GridRow, places: list[int], mean_place: int | None) -> Item:
    counts: list[Printed | None] = []
    shares: list[Printed | None] = []
    for place in places:
        cell = row.cells[place]
        first, second = cell.first, cell.second
        if cell.form == "number" and first is not None and (first.percent or first.decimals > 0):
            counts.append(None)
            shares.append(first)
        else:
            counts.append(first)
            shares.append(second if cell.form in ("pair", "estimate", "list") else None)
    mean = row.cells[mean_place].first if mean_place is not None else None
    return Item(row.label, tuple(counts), tuple(shares), mean, bool(_AVERAGE.search(row.label)))


def items_averaged(label: str) -> int | None:
    """Return how many items an average row says it averages."""
    match = _ITEMS_ABOVE.search(label)
    if not match:
        return None
    spelled = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    word = match.group(1).lower()
    return spelled.index(word) + 2 if word in spelled else int(numbers_in(word)[0].value)
