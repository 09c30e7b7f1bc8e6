"""The codebook as TOML: written from the data, edited by people, read back without loss."""

from __future__ import annotations

import difflib
import json
import re
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
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z]+)?")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
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
        return isinstance(value, str) or (_all_texts(value) and _are_languages(value))
    if key == "missing":
        return _all_texts(value)
    return _all_texts(value) or (
        isinstance(value, Mapping)
        and _are_languages(value)
        and all(_all_texts(item) for item in value.values())
    )


def _are_languages(value: Mapping[str, Any]) -> bool:
    return all(_LANGUAGE.fullmatch(key) for key in value)


def _all_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def codebook_toml(codebook: Codebook, findings: Mapping[str, str] | None = None) -> str:
    """Return the codebook as TOML text, which :func:`read_codebook` reads back without loss.

    Parameters
    ----------
    codebook
        What to write.
    findings
        Column -> a remark written as a comment above its table, for the person who edits it.
    """
    parts = ["format = 1"]
    for name, entry in codebook.variables.items():
        said = (findings or {}).get(name, "")
        remark = "".join(f"# {line}\n" for line in said.splitlines())
        parts.append(remark + "\n".join(_entry_lines(f"variables.{_key(name)}", entry)))
    return "\n\n".join(parts) + "\n"


def write_codebook(
    codebook: Codebook,
    path: str | PathLike[str],
    findings: Mapping[str, str] | None = None,
) -> None:
    """Write the codebook to a TOML file."""
    Path(path).write_text(codebook_toml(codebook, findings), encoding="utf-8", newline="\n")


def _entry_lines(table: str, entry: Variable) -> list[str]:
    lines = [f"[{table}]"]
    if entry.label:
        lines.append(f"label = {_inline(entry.label)}")
    for key in ("unit", "low", "high", "role", "question", "scale"):
        value = getattr(entry, key)
        if value is not None and value != "":
            lines.append(f"{key} = {_text(value) if isinstance(value, str) else _float(value)}")
    for language, labels in entry.values.items():
        lines += ["", f"[{table}.values.{_key(language)}]", *_pairs(labels)]
    if entry.missing:
        lines += ["", f"[{table}.missing]", *_pairs(entry.missing)]
    return lines


def _pairs(table: Mapping[str, str]) -> list[str]:
    return [f"{_key(key)} = {_text(value)}" for key, value in table.items()]


def _inline(table: Mapping[str, str]) -> str:
    return "{ " + ", ".join(_pairs(table)) + " }"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """Return a TOML basic string: JSON's escapes, and the one character TOML adds."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _float(value: float) -> str:
    return (
        str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    )
