"""The codebook as TOML: written from the data, edited by people, read back without loss."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from livelihoods.errors import DataError
from livelihoods.survey.model import Codebook, Scale, Variable

if TYPE_CHECKING:
    from os import PathLike

_TEXTS = ("unit", "role", "question", "scale")
_NUMBERS = ("low", "high")
_KEYS = ("label", "values", "unit", "low", "high", "missing", "role", "question", "scale")


def read_codebook(path: str | PathLike[str]) -> Codebook:
    """Read a codebook from a TOML file.

    Each table under ``[variables]`` is a column: ``label`` (a text, or one a language), ``values``
    (code = label, or one such table a language), ``unit``, ``low``, ``high``, ``missing``
    (code = meaning; a range is written ``"97..99"``), ``role``, ``question``, ``scale``.

    Raises
    ------
    DataError
        If the file is not there, is no TOML, or has an unknown key or value.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError("survey.file_not_found", file=str(file))
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise DataError("survey.codebook_not_toml", file=file.name, reason=str(fault)) from None
    return parse_codebook(raw, file.name)


def parse_codebook(raw: Mapping[str, Any], file: str = "codebook") -> Codebook:
    """Return the codebook in a table already read from TOML."""
    unknown = [key for key in raw if key not in ("format", "variables")]
    if unknown:
        _refuse_key(file, "", unknown[0], ("format", "variables"))
    tables = raw.get("variables", {})
    if not isinstance(tables, Mapping):
        raise DataError("survey.codebook_value", file=file, variable="variables", key="variables")
    return Codebook({name: _variable(name, entry, file) for name, entry in tables.items()})


def _refuse_key(file: str, variable: str, key: str, known: tuple[str, ...]) -> None:
    near = difflib.get_close_matches(key, known, 1)
    raise DataError(
        "survey.codebook_key",
        file=file,
        variable=variable or "–",
        key=key,
        nearest=near[0] if near else ", ".join(known),
    )


def _variable(name: str, entry: Any, file: str) -> Variable:
    if not isinstance(entry, Mapping):
        raise DataError("survey.codebook_value", file=file, variable=name, key=name)
    for key, value in entry.items():
        if key not in _KEYS:
            _refuse_key(file, name, key, _KEYS)
        if not _fits(key, value):
            raise DataError("survey.codebook_value", file=file, variable=name, key=key)
    label = entry.get("label", {})
    values = entry.get("values", {})
    by_language = any(isinstance(item, Mapping) for item in values.values())
    return Variable(
        name,
        label={"en": label} if isinstance(label, str) else dict(label),
        values={k: dict(v) for k, v in values.items()}
        if by_language
        else ({"en": dict(values)} if values else {}),
        unit=entry.get("unit", ""),
        low=_number(entry.get("low")),
        high=_number(entry.get("high")),
        missing={str(code): str(meaning) for code, meaning in entry.get("missing", {}).items()},
        role=entry.get("role", ""),
        question=entry.get("question", ""),
        scale=entry.get("scale"),
    )


def _fits(key: str, value: Any) -> bool:
    if key == "scale":
        return value in get_args(Scale)
    if key in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if key in _TEXTS:
        return isinstance(value, str)
    if key == "label":
        return isinstance(value, str) or _all_texts(value)
    if key == "missing":
        return _all_texts(value)
    return _all_texts(value) or (
        isinstance(value, Mapping) and all(_all_texts(item) for item in value.values())
    )


def _all_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
