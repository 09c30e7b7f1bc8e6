"""Disclosure control: small counts leave a table only suppressed or rounded, and the table says so.

Suppressing a small cell alone is not enough where totals are printed: it comes back by
subtraction. Further cells are suppressed until no hidden count can be computed from the lines of
the table (rows and columns that add up). A hidden count is safe from exact recovery if and only
if some movement of the hidden cells leaves every sum unchanged and moves it: the null space of
the sums, which is what is checked here (Willenborg & de Waal 2001, Elements of Statistical
Disclosure Control, ch. 4).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from livelihoods.errors import SpecError
from livelihoods.notes import Note
from livelihoods.tables.model import Cell, Row, Table, integer, text, with_legend, with_notes

if TYPE_CHECKING:
    from livelihoods.typing import Floats

Place: TypeAlias = tuple[int, int]
Line: TypeAlias = list[Place]
# The cells of one sum, and 1 if the last of them is the total of the others.
SumLine: TypeAlias = tuple[Line, int]

# Hiding a zero protects little: it is the last thing to hide.
_ZERO_PRICE = 10**9


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """What may not leave.

    Attributes
    ----------
    threshold
        Counts from 1 to ``threshold − 1`` are small.
    action
        ``"suppress"`` hides small cells and those needed to protect them; ``"round"`` prints every
        count as a multiple of ``base`` and shares computed from the rounded counts.
    base
        Rounding base, at least the threshold so that small counts print as 0 or ``base``.
    """

    threshold: int = 5
    action: Literal["suppress", "round"] = "suppress"
    base: int = 5

    def __post_init__(self) -> None:
        if self.threshold < 2 or (self.action == "round" and self.base < self.threshold):
            raise SpecError("tables.disclosure_rule", threshold=self.threshold, base=self.base)


def protect(
    table: Table,
    rule: DisclosureRule,
    *,
    counts: Sequence[str],
    follows: Mapping[str, str] | None = None,
    total: str | None = None,
) -> Table:
    """Return the table with its small counts protected, and a line that says so.

    Parameters
    ----------
    table
        A table of counts. Body rows add up, column by column, to the next row of kind
        ``"total"``; without such a row they are taken to add up to a total known elsewhere.
    rule
        The declared rule.
    counts
        Keys of the columns that hold counts.
    follows
        Column -> count column: shares and means that go wherever their count goes.
    total
        Key of a count column that is the sum of the other count columns of its row.

    Raises
    ------
    SpecError
        A key that is no column of the table.
    """
    keys = [column.key for column in table.columns]
    for key in (*counts, *(follows or {}), *(follows or {}).values(), *([total] if total else ())):
        if key not in keys:
            raise SpecError("tables.unknown_column", key=key, known=keys)
    places = {key: keys.index(key) for key in keys}
    columns = [places[key] for key in counts]
    linked = {places[a]: places[b] for a, b in (follows or {}).items()}
    if rule.action == "round":
        return _rounded(table, rule, columns, linked)
    values = _values(table, columns)
    lines = _lines(table, columns, places[total] if total else None, values)
    hidden = _hide(values, lines, rule.threshold)
    if not hidden:
        return table
    height = range(len(table.rows))
    going = {(i, j) for j, source in linked.items() for i in height if (i, source) in hidden}
    note = Note("tables.cells_suppressed", "info", {"n": len(hidden), "threshold": rule.threshold})
    return with_notes(replace(table, rows=_masked(table, hidden | going)), note)


def _values(table: Table, columns: Sequence[int]) -> dict[Place, int]:
    return {
        (i, j): int(cell.value)
        for i, row in enumerate(table.rows)
        for j in columns
        if isinstance((cell := row.cells[j]).value, int) and row.kind != "section"
    }


def _lines(
    table: Table, columns: Sequence[int], total: int | None, values: Mapping[Place, int]
) -> list[SumLine]:
    """Return the sums of the table: cells with sign, and the known side (0 or an outside total)."""
    found: list[SumLine] = []
    groups: list[tuple[list[int], int | None]] = [([], None)]
    for i, row in enumerate(table.rows):
        if row.kind == "total":
            groups[-1] = (groups[-1][0], i)
            groups.append(([], None))
        elif row.kind == "section":
            groups.append(([], None))
        elif any((i, j) in values for j in columns):
            groups[-1][0].append(i)
    for members, sum_row in groups:
        for j in columns:
            cells = [(i, j) for i in members if (i, j) in values]
            found += _line(cells, None if sum_row is None else (sum_row, j), values)
    if total is not None:
        for i in range(len(table.rows)):
            cells = [(i, j) for j in columns if j != total and (i, j) in values]
            found += _line(cells, (i, total), values)
    return found


def _line(cells: Line, total: Place | None, values: Mapping[Place, int]) -> list[SumLine]:
    """Return one sum if it says anything; its last cell is the total if that is shown."""
    if total is not None and total in values:
        return [([*cells, total], 1)] if cells else []
    return [(cells, 0)] if len(cells) > 1 else []


def _hide(values: Mapping[Place, int], lines: Sequence[SumLine], threshold: int) -> set[Place]:
    """Return the cells to hide: small ones, then the cheapest that protect them."""
    small = {place for place, n in values.items() if 0 < n < threshold}
    hidden = set(small)
    beyond_help: set[Place] = set()
    while True:
        thin = _thin_line(values, lines, hidden, threshold)
        if thin is not None:
            hidden.add(thin)
            continue
        exposed = sorted(_exposed(lines, hidden) - beyond_help)
        if not exposed:
            break
        found = _cheapest_cycle(values, lines, hidden, exposed[0])
        if found <= hidden:
            beyond_help.add(exposed[0])
        hidden |= found
    # What was hidden on the way and is not needed in the end is shown again, largest first.
    for place in sorted(hidden - small, key=lambda at: (-values[at], at)):
        fewer = hidden - {place}
        thin = _thin_line(values, lines, fewer, threshold)
        if thin is None and _exposed(lines, fewer) <= beyond_help:
            hidden = fewer
    return hidden


def _thin_line(
    values: Mapping[Place, int], lines: Sequence[SumLine], hidden: set[Place], threshold: int
) -> Place | None:
    """Return a cell to hide where the hidden ones of a sum are known to be few together."""
    for line, _ in lines:
        inside = [place for place in line if place in hidden]
        rest = [place for place in line if place not in hidden]
        if inside and rest and sum(values[place] for place in inside) < threshold:
            return min(rest, key=lambda at: (values[at] == 0, values[at], at))
    return None


def _cheapest_cycle(
    values: Mapping[Place, int], lines: Sequence[SumLine], hidden: set[Place], start: Place
) -> set[Place]:
    """Return the cells of the cheapest closed path of sums through ``start``.

    Sums are the corners, cells the edges between the two sums they enter; a cell of one sum only
    leads outside. Cells on a closed path can move together without changing any sum. Dijkstra
    (1959), with the count as the price of hiding a cell.
    """
    outside = -1
    ends: dict[Place, list[int]] = {}
    for number, (line, _) in enumerate(lines):
        for place in line:
            ends.setdefault(place, []).append(number)
    corners = {place: (*at, outside)[:2] for place, at in sorted(ends.items())}
    source, target = corners[start]
    queue: list[tuple[int, int, int, tuple[Place, ...]]] = [(0, 0, source, ())]
    done: set[int] = set()
    while queue:
        price, steps, corner, path = heapq.heappop(queue)
        if corner == target:
            return set(path)
        if corner in done:
            continue
        done.add(corner)
        for place, (one, other) in corners.items():
            if place == start or corner not in (one, other):
                continue
            cost = 0 if place in hidden else values[place] or _ZERO_PRICE
            onward = other if corner == one else one
            heapq.heappush(queue, (price + cost, steps + 1, onward, (*path, place)))
    return set()


def _exposed(lines: Sequence[SumLine], hidden: set[Place]) -> set[Place]:
    """Return the hidden cells that the sums give away exactly."""
    order = sorted(hidden)
    index = {place: k for k, place in enumerate(order)}
    rows = []
    for line, has_total in lines:
        signs = np.zeros(len(order))
        for position, place in enumerate(line):
            if place in index:
                signs[index[place]] = -1 if has_total and position == len(line) - 1 else 1
        if signs.any():
            rows.append(signs)
    if not rows:
        return set()
    free = _null_space(np.array(rows))
    return {place for k, place in enumerate(order) if not np.any(abs(free[k]) > 1e-9)}


def _null_space(matrix: Floats) -> Floats:
    _, values, right = np.linalg.svd(matrix)
    rank = int(np.sum(values > 1e-9))
    return np.asarray(right[rank:].T)


def _masked(table: Table, hidden: set[Place]) -> tuple[Row, ...]:
    from livelihoods import words

    mark = text(words.text("tables.suppressed_mark", table.language))
    return tuple(
        replace(
            row,
            cells=tuple(mark if (i, j) in hidden else cell for j, cell in enumerate(row.cells)),
        )
        for i, row in enumerate(table.rows)
    )


def _rounded(
    table: Table, rule: DisclosureRule, columns: Sequence[int], linked: Mapping[int, int]
) -> Table:
    rows = []
    for row in table.rows:
        cells = list(row.cells)
        for j, source in linked.items():
            cells[j] = _follower(row.cells[j], row.cells[source], rule)
        for j in columns:
            value = row.cells[j].value
            if isinstance(value, int):
                cells[j] = replace(integer(_to_base(value, rule.base)), mark=row.cells[j].mark)
        rows.append(replace(row, cells=tuple(cells)))
    from livelihoods import words

    said = words.text("tables.counts_rounded", table.language, base=rule.base)
    return with_legend(replace(table, rows=tuple(rows)), said)


def _follower(cell: Cell, count: Cell, rule: DisclosureRule) -> Cell:
    """Return a share of the rounded count; a mean over few cases is hidden."""
    if not isinstance(count.value, int) or not isinstance(cell.value, int | float):
        return cell
    if cell.kind == "percent" and cell.value and count.value:
        whole = _to_base(round(count.value / cell.value), rule.base)
        share = _to_base(count.value, rule.base) / whole if whole else 0.0
        return replace(cell, value=share, decimals=0)
    return Cell(None, "blank") if 0 < count.value < rule.threshold else cell


def _to_base(value: int, base: int) -> int:
    return base * ((2 * value + base) // (2 * base))
