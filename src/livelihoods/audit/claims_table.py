"""A table of quoted claims becomes claims: columns for the sentence, its number, unit and table."""

from __future__ import annotations

import re
from typing import Literal

from livelihoods.audit.grid import Grid, GridRow
from livelihoods.audit.paper import ClaimSpec

_TEXT = re.compile(r"claim|quote|sentence|表述", re.I)
_VALUE = re.compile(r"^value|^数值", re.I)
_UNIT = re.compile(r"unit|单位", re.I)
_TABLE = re.compile(r"table|表", re.I)
_PERCENT = re.compile(r"per ?cent|%", re.I)
_LEVEL = re.compile(r"points|level units|index", re.I)


def claims_of(grid: Grid, tables: list[str]) -> list[ClaimSpec]:
    """Read every line as a claim; a cited "Table 6" is matched to a known table by its number."""
    column = {
        name: next((place for place, head in enumerate(grid.columns) if pattern.search(head)), None)
        for name, pattern in (
            ("text", _TEXT),
            ("value", _VALUE),
            ("unit", _UNIT),
            ("table", _TABLE),
        )
    }
    return [
        ClaimSpec(
            id=row.label or f"{grid.name}-{place}",
            text=_at(row, column["text"]),
            value=_number(_at(row, column["value"])),
            table=_match(_at(row, column["table"]), tables),
            reads=_reads(_at(row, column["unit"])),
        )
        for place, row in enumerate(grid.rows, 1)
    ]


def _at(row: GridRow, place: int | None) -> str:
    return row.cells[place].raw.strip() if place is not None else ""


def _number(text: str) -> str:
    from livelihoods.audit.printed import read_number

    return text if read_number(text) else ""


def _reads(unit: str) -> Literal["", "level", "percent"]:
    return "percent" if _PERCENT.search(unit) else "level" if _LEVEL.search(unit) else ""


def _match(cited: str, tables: list[str]) -> str:
    """Find the table whose id carries the cited number; keep the citation where none does."""
    number = re.search(r"(\d+)", cited)
    if number is None:
        return ""
    wanted = int(number.group(1))
    for name in tables:
        own = re.search(r"(\d+)", name)
        if own is not None and int(own.group(1)) == wanted:
            return name
    return cited
