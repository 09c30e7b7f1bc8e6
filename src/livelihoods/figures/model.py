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

    def to_svg(self) -> str:
        """Return the figure as one self-contained ``<svg>``."""
        from livelihoods.figures.render import to_svg

        return to_svg(self)

    def to_png(self, scale: float = 3.0) -> bytes:
        """Return the figure as PNG; see :func:`livelihoods.figures.render.to_png`."""
        from livelihoods.figures.render import to_png

        return to_png(self, scale)

    def to_html(self) -> str:
        """Return a self-contained interactive page."""
        from livelihoods.figures.render import to_html

        return to_html(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.to_svg(), "text/plain": f"{self.title}\n{self.alt}".strip()}


def with_number(figure: Figure, number: int) -> Figure:
    """Return the figure numbered within a document."""
    return replace(figure, number=number)
