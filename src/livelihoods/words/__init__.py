"""Every label, heading, note, legend and error sentence, in English and Chinese.

``en.toml`` and ``zh.toml`` hold the same keys and the same placeholders (tested). A room's words
stand together: ``[survey]`` labels, ``[survey.notes]``, ``[survey.errors.name]``.

Placeholders are filled by a formatter of our own with three specs beside Python's:
``{n:plural|row|rows}`` → "1 row", "2 rows"; ``{names:list}`` → "a, b and 3 more";
``{rows:rows}`` → row numbers as people count them (from 1), capped.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_LIST_CAP = 8
_current: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Return the current language, ``"en"`` unless somebody chose otherwise."""
    return _current.get()


@contextmanager
def use_language(name: str) -> Iterator[None]:
    """Speak ``name`` inside the ``with`` block."""
    token = _current.set(_checked(name))
    try:
        yield
    finally:
        _current.reset(token)


def set_language(name: str) -> None:
    """Speak ``name`` from here on (the command line's way)."""
    _current.set(_checked(name))


def text(key: str, language: str | None = None, /, **values: Any) -> str:
    """Return the words under ``key`` with placeholders filled.

    Raises
    ------
    KeyError
        If the key is absent: a fault of the program, not of the user.
    """
    chosen = language or _current.get()
    template = _room(_checked(chosen), key.partition(".")[0])[key]
    return _FORMATTERS[chosen].vformat(template, (), values) if values else template


def has(key: str) -> bool:
    """Tell whether there are words under ``key``."""
    return key in _room("en", key.partition(".")[0])


@cache
def flat(language: str) -> Mapping[str, str]:
    """Return all words of one language with dotted keys."""
    import tomllib

    return dict(_flatten(tomllib.loads("".join(_lines(_checked(language)))), ""))


@cache
def _room(language: str, room: str) -> Mapping[str, str]:
    """Return the words of one room; parsing all of them would cost each command a tenth second."""
    import tomllib

    kept: list[str] = []
    inside = quoted = False
    for line in _lines(language):
        if line.startswith("[") and not quoted:
            inside = line.startswith((f"[{room}]", f"[{room}."))
        if line.count('"""') % 2:
            quoted = not quoted
        if inside:
            kept.append(line)
    return dict(_flatten(tomllib.loads("".join(kept)), ""))


@cache
def _lines(language: str) -> tuple[str, ...]:
    text = (files(__package__) / f"{language}.toml").read_text(encoding="utf-8")
    return tuple(text.splitlines(keepends=True))


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


def _checked(name: str) -> str:
    if name not in LANGUAGES:
        from livelihoods.errors import SpecError

        raise SpecError("words.unknown_language", language=name, known=list(LANGUAGES))
    return name


class _Formatter(string.Formatter):
    def __init__(self, comma: str, last: str, more: str) -> None:
        self.comma, self.last, self.more = comma, last, more

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("plural|"):
            _, one, many = format_spec.split("|")
            return f"{value:,} {one if value == 1 else many}" if one else f"{value:,}{many}"
        if format_spec == "list":
            return self._listed([str(item) for item in value])
        if format_spec == "rows":
            return self._listed([str(int(row) + 1) for row in value])
        if value is None:
            return "–"
        return str(super().format_field(value, format_spec))

    def _listed(self, items: Sequence[str]) -> str:
        if len(items) > _LIST_CAP:
            rest = self.more.replace("#", str(len(items) - _LIST_CAP))
            return self.comma.join(items[:_LIST_CAP]) + rest
        if len(items) < 2:
            return "".join(items)
        return self.comma.join(items[:-1]) + self.last + items[-1]


_FORMATTERS = {
    "en": _Formatter(", ", " and ", " and # more"),
    "zh": _Formatter("、", "和", "等另外 # 项"),
}
