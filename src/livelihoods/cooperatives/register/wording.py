"""What templates say about a column, and the names of the program's own sheets and columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from livelihoods import words
from livelihoods.cooperatives.register.recognise import fold
from livelihoods.cooperatives.register.schema import Column

# The sheets "how to fill" and "choices", the columns that a file of rejects has beside the cells,
# and those of a file of corrections: key of the words -> what it means to an import.
_NAMES = {
    "template_cover": "",
    "template_choices": "",
    "reject_line_heading": "",
    "reject_reasons_heading": "",
    "correct_action_heading": "correction",
    "correct_reason_heading": "correction_reason",
}


def hint(column: Column, language: str) -> str:
    """Return the second line of a template: what a column holds and whether it is needed."""
    kind = words.text(f"cooperatives.kind_{column.kind}", language)
    asked = "required" if column.required else "optional"
    need = words.text(f"cooperatives.template_{asked}", language)
    return words.text("cooperatives.template_hint", language, need=need, kind=kind)


@cache
def helpers() -> Mapping[str, str]:
    """Return the program's own names, folded, and what they mean to an import ("": left out)."""
    found: dict[str, str] = {}
    for key, meaning in _NAMES.items():
        for language in words.LANGUAGES:
            found[fold(words.text(f"cooperatives.{key}", language))] = meaning
        if meaning:
            found[fold(meaning)] = meaning
    return found
