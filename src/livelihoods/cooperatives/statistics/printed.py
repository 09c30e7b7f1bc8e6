"""A printed table of counts (csv or xlsx) read as a :class:`Stock`; or seen to be none."""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path

import numpy as np

from livelihoods.cooperatives.statistics.stock import Stock
from livelihoods.errors import DataError

_YEAR = re.compile(r"^\s*((?:19|20)\d\d)\s*年?\s*$")
_TOTAL = re.compile(r"^\s*(total|sum|all\b|合计|总计|总数|全区|全省)", re.I)
_RATE = re.compile(r"growth|rate|share|weight|percent|增长|比重|占比|增速", re.I)
_NUMBER = re.compile(r"^[+−-]?\d[\d,]*(?:\.\d+)?$")


def read_stock(path: Path | str) -> Stock | None:
    """Read a printed table: a line a unit, a column a year, perhaps a total.

    Columns whose header is not a year (weights, growth) and rows of rates are passed over: they
    follow from the counts.

    Returns
    -------
    Stock or None
        None if fewer than two columns are years: the file is not such a table.

    Raises
    ------
    DataError
        The file is absent or unreadable; a unit or year twice.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError("cooperatives.statistics.no_file", file=str(path))
    lines = [line for line in _lines(file) if any(cell.strip() for cell in line)]
    if len(lines) < 2:
        return None
    heads = {place: int(match.group(1)) for place, head in enumerate(lines[0])
             if place and (match := _YEAR.match(head))}  # fmt: skip
    if len(heads) < 2:
        return None
    places = sorted(heads, key=lambda place: heads[place])
    years = tuple(heads[place] for place in places)
    body = [line for line in lines[1:] if not _RATE.search(line[0])]
    rows = {line[0].strip(): _numbers(line, places) for line in body}
    _check_twice(file.name, [line[0].strip() for line in body], years)
    total = next((label for label in rows if _TOTAL.match(label)), None)
    units = tuple(label for label in rows if label != total)
    counts = np.array([rows[label] for label in units]).reshape(len(units), len(years))
    stated = np.array(rows[total]) if total is not None else np.full(len(years), np.nan)
    return Stock(file.stem, units, years, counts, stated)


def _check_twice(file: str, labels: list[str], years: tuple[int, ...]) -> None:
    said = [*labels, *(str(year) for year in years)]
    twice = sorted({text for text in said if said.count(text) > 1})
    if twice:
        raise DataError("cooperatives.statistics.twice", file=file, names=twice)


def _numbers(line: list[str], places: list[int]) -> list[float]:
    cells = [line[place].strip() if place < len(line) else "" for place in places]
    return [
        float(cell.replace(",", "").replace("−", "-")) if _NUMBER.match(cell) else math.nan
        for cell in cells
    ]


def _lines(file: Path) -> list[list[str]]:
    kind = file.suffix.lower()
    if kind == ".xlsx":
        import fastexcel

        try:
            sheet = fastexcel.read_excel(file).load_sheet(0, header_row=None, dtypes="string")
        except fastexcel.FastExcelError as problem:
            raise DataError(
                "cooperatives.statistics.unreadable", file=file.name, problem=str(problem)
            ) from problem
        rows = sheet.to_polars().iter_rows()
        return [["" if cell is None else str(cell).removesuffix(".0") for cell in r] for r in rows]
    if kind not in (".csv", ".tsv"):
        raise DataError(
            "cooperatives.statistics.unreadable", file=file.name, problem=file.suffix or "?"
        )
    raw = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = text.partition("\n")[0]
        mark = "\t" if kind == ".tsv" else ";" if first.count(";") > first.count(",") else ","
        return list(csv.reader(io.StringIO(text), delimiter=mark))
    raise DataError("cooperatives.statistics.unreadable", file=file.name, problem="encoding")
