"""Errors that teach: what happened, to which variable and rows, why it matters, what to do next.

Every error carries a *code* (``room.name``) and values. Its sentences are words, not code: they
stand in ``words/en.toml`` and ``words/zh.toml`` under ``[room.errors.name]`` with the keys
``what``, ``why`` and ``fix``, so that the command line speaks the reader's language.
"""

from __future__ import annotations

from typing import Any


class LivelihoodsError(Exception):
    """Base of all errors that this program raises on purpose.

    Parameters
    ----------
    code
        ``"room.name"``; the sentences are found in ``words`` under ``room.errors.name``.
    **values
        What the sentences mention: variables, rows, expected and actual values.
    """

    def __init__(self, code: str, /, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.code, self.values)

    def message(self, language: str | None = None) -> str:
        """Return the whole message: what, why, and what to do, one sentence a line."""
        from livelihoods import words

        room, _, name = self.code.partition(".")
        parts = []
        for part in ("what", "why", "fix"):
            key = f"{room}.errors.{name}.{part}"
            if part == "what" or words.has(key):
                parts.append(words.text(key, language, **self.values))
        return "\n".join(parts)

    def __str__(self) -> str:
        return self.message()


def _rebuild(kind: type[LivelihoodsError], code: str, values: dict[str, Any]) -> LivelihoodsError:
    return kind(code, **values)


class DataError(LivelihoodsError):
    """The data cannot be used as they are: file, columns, values."""


class SpecError(LivelihoodsError):
    """The request does not make sense: unknown option, contradiction, a role left empty."""


class FormulaError(SpecError):
    """A formula or derived variable cannot be read, or asks for what the language has not."""


class EstimationError(LivelihoodsError):
    """The estimate does not exist on these data, or was not found."""


class RefusedError(SpecError):
    """The program declines on grounds of method and says which."""


class StudyError(SpecError):
    """A study file is wrong; carries line, key and the nearest valid one."""


class OutputError(LivelihoodsError):
    """Something could not be written, and nothing half-written was left."""


class MissingExtraError(LivelihoodsError):
    """A part of the program needs a package that is not installed."""


class ExecutorError(LivelihoodsError):
    """The work could not be done where it was to be done: no cluster, workers lost or unlike."""
