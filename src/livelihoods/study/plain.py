"""Plain data for the run record: numbers to 12 digits, no surprises for another reader."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import polars as pl
from pydantic import BaseModel

from livelihoods.notes import Note
from livelihoods.tables import Table

DIGITS = 12


def plain(value: Any) -> Any:
    """Return a value as JSON knows it.

    Floats keep 12 significant digits, so that the last bits of another processor do not show;
    NaN becomes null and infinities become the texts ``"Infinity"`` and ``"-Infinity"``.

    Raises
    ------
    TypeError
        If the value is of a kind that nobody has thought of: a fault of the program.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, PurePath | datetime.date | datetime.time | datetime.timedelta):
        return str(value)
    return _composed(value)


def _composed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, pl.DataFrame):
        return {series.name: plain(series.to_list()) for series in value.get_columns()}
    if isinstance(value, pl.Series):
        return plain(value.to_list())
    if isinstance(value, Table):
        return table_record(value)
    if isinstance(value, Note):
        return plain(value.to_dict())
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="python", exclude_defaults=True))
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"no plain form for {type(value).__name__}")


def table_record(table: Table) -> dict[str, Any]:
    """Return a table with every number of it, as values and not as printed."""
    rows = []
    for row in table.rows:
        cells = [
            [plain(cell.value), plain(cell.upper)] if cell.kind == "interval" else plain(cell.value)
            for cell in row.cells
        ]
        stars = [cell.stars for cell in row.cells]
        rows.append({"kind": row.kind, "cells": cells} | ({"stars": stars} if any(stars) else {}))
    return {
        "id": table.id,
        "title": table.title,
        "columns": [column.key for column in table.columns],
        "headers": [column.header for column in table.columns],
        "rows": rows,
        "legend": list(table.legend),
        "notes": [plain(note.to_dict()) for note in table.notes],
        "reading": table.reading,
    }


def to_json(value: Any) -> str:
    """Return plain data as indented JSON, keys in the order given."""
    return json.dumps(plain(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    rounded = float(f"{value:.{DIGITS}g}")
    return 0.0 if rounded == 0 else rounded
