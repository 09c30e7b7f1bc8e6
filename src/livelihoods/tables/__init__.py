"""The Table model and one renderer a file."""

from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    interval,
    number,
    p_value,
    percent,
    text,
    with_legend,
    with_notes,
    with_number,
    with_reading,
)

__all__ = [
    "BLANK",
    "Cell",
    "Column",
    "Row",
    "Spanner",
    "Table",
    "integer",
    "interval",
    "number",
    "p_value",
    "percent",
    "text",
    "with_legend",
    "with_notes",
    "with_number",
    "with_reading",
]
