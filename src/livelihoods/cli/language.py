"""The language of the command line: ``--language``, else the study's, else the environment's."""

from __future__ import annotations

import os
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.study import Study

_asked: ContextVar[str | None] = ContextVar("asked", default=None)


def take_language(arguments: list[str]) -> tuple[str, list[str]]:
    """Take ``--language X`` out of the arguments, wherever it stands.

    Returns
    -------
    tuple
        The language to begin with, and the other arguments.
    """
    rest: list[str] = []
    asked: str | None = None
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--language":
            asked = next(waiting, "")
        elif argument.startswith("--language="):
            asked = argument.partition("=")[2]
        else:
            rest.append(argument)
    _asked.set(asked)
    if asked is not None:
        return asked, rest
    return os.environ.get("LIVELIHOODS_LANGUAGE") or "en", rest


def study_in_language(study: Study) -> Study:
    """Speak the study's language from here on, or make the study speak the one asked for."""
    asked = _asked.get()
    if asked is None:
        words.set_language(study.spec.language)
        return study
    return replace(study, spec=study.spec.model_copy(update={"language": asked}))
