"""Whether this machine can draw Chinese: figures say so instead of printing empty boxes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from livelihoods.notes import Note, gather

if TYPE_CHECKING:
    from livelihoods.figures.model import Figure


@cache
def has_cjk_font() -> bool:
    """Tell whether Chinese letters are drawn: they look different from letters no font has."""
    import vl_convert

    def drawn(letter: str) -> bytes:
        spec = {
            "data": {"values": [{}]},
            "mark": {"type": "text", "fontSize": 30},
            "encoding": {"text": {"value": letter}},
        }
        return bytes(vl_convert.vegalite_to_png(json.dumps(spec), allowed_base_urls=[]))

    # U+E000 is for private use: no font of a reading machine has a shape for it.
    return drawn("村") != drawn("\ue000")


def with_font_note(figure: Figure) -> Figure:
    """Return the figure with a note if it holds Chinese and no font here can draw it."""
    if not _holds_cjk((figure.title, figure.spec)) or has_cjk_font():
        return figure
    note = Note("figures.no_cjk_font", "warning", {"figure": figure.id})
    return replace(figure, notes=gather(figure.notes, (note,)))


def _holds_cjk(value: Any) -> bool:
    if isinstance(value, str):
        return any("\u3400" <= letter <= "\u9fff" for letter in value)
    if hasattr(value, "items"):
        return any(_holds_cjk(item) for pair in value.items() for item in pair)
    return isinstance(value, list | tuple) and any(_holds_cjk(item) for item in value)
