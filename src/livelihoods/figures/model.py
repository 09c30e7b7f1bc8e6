"""The Figure model: a Vega-Lite description, a caption, and words for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.notes import Note


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as a value.

    Attributes
    ----------
    id
        Slug for file names and anchors: ``[a-z0-9-]``.
    title
        The caption, without its number.
    spec
        A Vega-Lite 5 description with its data inline; no outside addresses.
    alt
        What the figure shows, in words.
    notes
        Findings printed under the figure.
    number
        Number within the document; None outside one.
    language
        Language of caption and axes.
    synthetic
        Printed with the mark "synthetic data" wherever it goes.
    """

    id: str
    title: str
    spec: Mapping[str, Any]
    alt: str
    notes: tuple[Note, ...] = ()
    number: int | None = None
    language: str = "en"
    synthetic: bool = False


def with_number(figure: Figure, number: int) -> Figure:
    """Return the figure numbered within a document."""
    return replace(figure, number=number)
