"""The mapping file: how a table of somebody else's making becomes one of the register's.

::

    table = "patronage"
    sheet = "交售台账"                      # of a workbook; left out: the first
    date_format = "%d.%m.%Y"
    decimal = ","
    ignore = ["经手人签字"]
    [columns]
    receipt = "单号"
    [constants]
    cooperative = "C001"
    unit = "kg"
    [values.trade]
    "社员" = "member"

Several tables stand as ``[[tables]]`` with the same keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from livelihoods.cooperatives.register.recognise import importable, nearest
from livelihoods.errors import DataError, SpecError

_KEYS = {
    "table": str,
    "sheet": str,
    "columns": dict,
    "values": dict,
    "constants": dict,
    "ignore": list,
    "date_format": str,
    "decimal": str,
}


@dataclass(frozen=True, slots=True)
class TableMap:
    """How one table is read.

    Attributes
    ----------
    table
        Table of the register.
    sheet
        Sheet of a workbook; "" for the first or for a text file.
    columns
        Column of the register -> heading in the file.
    values
        Column -> word in the file -> what is meant.
    constants
        Column -> the value every row has.
    ignore
        Headings that are left out on purpose.
    date_format
        As ``strptime`` writes it; "" for the usual forms.
    decimal
        ``"."`` or ``","``.
    """

    table: str
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    date_format: str = ""
    decimal: str = "."


def read_mapping(path: str | Path) -> tuple[TableMap, ...]:
    """Read a mapping file.

    Raises
    ------
    DataError
        If the file is absent or no TOML.
    SpecError
        An unknown key, table or column (the nearest is named); a value of the wrong kind.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError("cooperatives.mapping_absent", file=str(file))
    try:
        raw = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = str(error)
        raise DataError("cooperatives.mapping_toml", file=file.name, problem=problem) from None
    if "tables" in raw:
        _known(raw, ["tables"], file.name, "")
        groups = raw["tables"]
        if not isinstance(groups, list) or not all(isinstance(one, dict) for one in groups):
            raise _wrong(file.name, "tables", "[[tables]]")
        return tuple(_table_map(one, file.name) for one in groups)
    return (_table_map(raw, file.name),)


def _table_map(raw: Mapping[str, Any], file: str) -> TableMap:
    _known(raw, list(_KEYS), file, "")
    for key, value in raw.items():
        if not isinstance(value, _KEYS[key]):
            raise _wrong(file, key, _KEYS[key].__name__)
    if "table" not in raw:
        raise _wrong(file, "table", "str")
    shape = importable(raw["table"])
    for section in ("columns", "values", "constants"):
        _known(raw.get(section, {}), shape.names, file, section)
    if raw.get("decimal", ".") not in (".", ","):
        raise _wrong(file, "decimal", '"." | ","')
    return TableMap(
        shape.name,
        raw.get("sheet", ""),
        {
            key: _text(value, file, f"columns.{key}")
            for key, value in raw.get("columns", {}).items()
        },
        {key: _words(value, file, f"values.{key}") for key, value in raw.get("values", {}).items()},
        {key: str(value) for key, value in raw.get("constants", {}).items()},
        tuple(_text(value, file, "ignore") for value in raw.get("ignore", [])),
        raw.get("date_format", ""),
        raw.get("decimal", "."),
    )


def _words(value: Any, file: str, key: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _wrong(file, key, "dict")
    return {word: str(meant) for word, meant in value.items()}


def _text(value: Any, file: str, key: str) -> str:
    if not isinstance(value, str):
        raise _wrong(file, key, "str")
    return value


def _known(raw: Mapping[str, Any], known: Sequence[str], file: str, section: str) -> None:
    for key in raw:
        if key not in known:
            full = f"{section}.{key}" if section else key
            close = nearest(key, known)
            raise SpecError("cooperatives.mapping_key", file=file, key=full, nearest=close)


def _wrong(file: str, key: str, wanted: str) -> SpecError:
    return SpecError("cooperatives.mapping_value", file=file, key=key, wanted=wanted)
