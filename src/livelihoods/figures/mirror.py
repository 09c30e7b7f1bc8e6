"""Mirror plots: two distributions back to back, all rows as outlines and the used ones filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods import words
from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure

if TYPE_CHECKING:
    from livelihoods.typing import Floats

_BINS = 40


def mirror_plot(
    upper: tuple[str, Floats, Floats],
    lower: tuple[str, Floats, Floats],
    *,
    id: str = "mirror",
    title: str = "",
    axis: str = "",
    used: tuple[str, str] = ("all", "used"),
    language: str | None = None,
) -> Figure:
    """Return two histograms over common bins, one upward and one downward.

    Parameters
    ----------
    upper, lower
        Name, values of shape ``(n,)`` and their weights of shape ``(n,)``: outlines count every
        value once, the filled bars sum the weights; both are shares of their side.
    id, title
        Slug and caption.
    axis
        Title of the value axis.
    used
        Wording of outline and fill.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        A side has no values.
    """
    spoken = language or words.language()
    pooled = np.concatenate([upper[1], lower[1]])
    if upper[1].size == 0 or lower[1].size == 0:
        raise DataError("figures.no_values", figure=id)
    low, high = float(pooled.min()), float(pooled.max())
    edges = np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    rows: list[dict[str, Any]] = []
    for sign, (name, values, weights) in ((1.0, upper), (-1.0, lower)):
        for kind, load in ((used[0], np.ones_like(values)), (used[1], np.maximum(weights, 0.0))):
            total = load.sum()
            heights = np.histogram(values, edges, weights=load)[0] * (100.0 / total if total else 0)
            rows += [
                {"side": name, "kind": kind, "low": float(edges[j]), "high": float(edges[j + 1]),
                 "share": sign * float(height)}
                for j, height in enumerate(heights)
            ]  # fmt: skip
    names = [upper[0], lower[0]]
    spec = {
        "width": theme.WIDTH - 60,
        "height": 280,
        "data": {"values": rows},
        "layer": _layers(names, list(used), axis, spoken),
    }
    alt = words.text(
        "figures.mirror_alt", spoken, axis=axis, upper=_quartiles(upper), lower=_quartiles(lower)
    )
    return Figure(id, title, spec, alt, language=spoken)


def _quartiles(side: tuple[str, Floats, Floats]) -> str:
    name, values, _ = side
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{name} {middle:.3g} ({low:.3g}–{high:.3g})"


def _layers(names: list[str], used: list[str], axis: str, language: str) -> list[dict[str, Any]]:
    x = {"field": "low", "type": "quantitative", "title": axis, "scale": {"zero": False}}
    share = words.text("figures.share_axis", language)
    y: dict[str, Any] = {"field": "share", "type": "quantitative", "title": share}
    y["axis"] = {"labelExpr": "abs(datum.value)"}
    side = {"field": "side", "type": "nominal", "sort": names}
    colour = {**side, "scale": theme.series_scale(names, theme.SERIES)}
    bar = {"x": x, "x2": {"field": "high"}, "y": y, "y2": {"datum": 0}}
    kind = {"field": "kind", "type": "nominal", "sort": used}
    shade = {**kind, "scale": {"domain": used, "range": [0.28, 0.9]}}
    return [
        {
            "mark": {"type": "bar", "binSpacing": 0.5, "stroke": theme.INK, "strokeWidth": 0.2},
            "encoding": {**bar, "color": colour, "fillOpacity": shade},
        },
        {"mark": {"type": "rule", "color": theme.INK}, "encoding": {"y": {"datum": 0}}},
    ]
