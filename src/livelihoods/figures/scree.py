"""Scree plots: eigenvalues in falling order, what was kept, and what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure


def scree_plot(
    eigenvalues: Any,
    *,
    id: str = "scree",
    title: str = "",
    retained: int | None = None,
    reference: Any = None,
    language: str | None = None,
) -> Figure:
    """Return eigenvalues against their number, with the line at 1 (Kaiser 1960).

    Parameters
    ----------
    eigenvalues
        Eigenvalues of the correlation matrix, falling, shape ``(p,)``.
    id, title
        Slug and caption.
    retained
        How many components were kept; the others are drawn hollow.
    reference
        Eigenvalues that random data give (parallel analysis, Horn 1965), shape ``(p,)``.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        No finite eigenvalue.
    """
    from livelihoods import words

    spoken = language or words.language()
    values = np.asarray(eigenvalues, dtype=np.float64).ravel()
    if values.size == 0 or not np.isfinite(values).all():
        raise DataError("figures.no_values", figure=id)
    kept = int(np.sum(values > 1)) if retained is None else retained
    names = [words.text(f"figures.{key}", spoken) for key in ("eigenvalue", "chance")]
    rows = _rows(values, names[0], kept)
    series = names[:1]
    if reference is not None:
        rows += _rows(np.asarray(reference, dtype=np.float64).ravel(), names[1], 0)
        series = names
    spec = {
        "width": theme.WIDTH - 100,
        "height": 250,
        "data": {"values": rows},
        "layer": _layers(series, spoken, retained is not None or reference is None),
    }
    listed = ", ".join(f"{value:.3g}" for value in values[:12])
    alt = words.text("figures.scree_alt", spoken, listed=listed, kept=kept, total=values.size)
    return Figure(id, title, spec, alt, language=spoken)


def _rows(values: Any, name: str, kept: int) -> list[dict[str, Any]]:
    return [
        {"number": place, "eigenvalue": float(value), "series": name, "kept": place <= kept}
        for place, value in enumerate(values, start=1)
    ]


def _layers(series: Sequence[str], language: str, mark_kept: bool) -> list[dict[str, Any]]:
    from livelihoods import words

    names = list(series)
    x = {
        "field": "number",
        "type": "quantitative",
        "title": words.text("figures.component", language),
        "axis": {"tickMinStep": 1, "grid": False, "format": "d"},
        "scale": {"nice": False, "padding": 12, "zero": False},
    }
    y = {
        "field": "eigenvalue",
        "type": "quantitative",
        "title": words.text("figures.eigenvalue", language),
    }
    several = len(names) > 1
    group = {"field": "series", "type": "nominal", "sort": names}
    legend: dict[str, Any] | None = {"columns": 2} if several else None
    colour = {**group, "scale": theme.series_scale(names, theme.SERIES), "legend": legend}
    dash = {**group, "scale": theme.series_scale(names, theme.DASHES), "legend": legend}
    one = {"data": theme.ONCE, "mark": {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT}}
    line = {"mark": {"type": "line", "strokeWidth": 1.5}}
    fill: dict[str, Any] = {"value": theme.SERIES[0]}
    if mark_kept:
        fill = {"condition": {"test": "datum.kept", "value": theme.SERIES[0]}, "value": "#ffffff"}
    points = {
        "mark": {"type": "point", "size": 56, "stroke": theme.SERIES[0], "strokeWidth": 1.5},
        "transform": [{"filter": {"field": "series", "equal": names[0]}}],
        "encoding": {"x": x, "y": y, "fill": fill, "opacity": {"value": 1}},
    }
    return [
        {**one, "encoding": {"y": {"datum": 1, "type": "quantitative"}}},
        {**line, "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash}},
        points,
    ]
