"""Overlap of propensity scores: treated above the line, comparison group below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure


def overlap_plot(
    treated: Any,
    comparison: Any,
    *,
    id: str = "overlap",
    title: str = "",
    support: tuple[float, float] | None = None,
    bins: int = 25,
    labels: tuple[str, str] | None = None,
    axis: str = "",
    language: str | None = None,
) -> Figure:
    """Return the two score distributions back to back, each in shares of its own group.

    Parameters
    ----------
    treated, comparison
        Scores, shapes ``(n1,)`` and ``(n0,)``; values that are not finite are left out.
    id, title
        Slug and caption.
    support
        Limits of common support, drawn as dashed lines.
    bins
        Number of bins between the smallest and the largest score.
    labels
        Names of the two groups.
    axis
        Title of the score axis.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        A group without a finite score.
    """
    from livelihoods import words

    spoken = language or words.language()
    groups = [np.asarray(scores, dtype=np.float64).ravel() for scores in (treated, comparison)]
    groups = [scores[np.isfinite(scores)] for scores in groups]
    if min(scores.size for scores in groups) == 0:
        raise DataError("figures.no_values", figure=id)
    names = labels or (words.text("figures.treated", spoken), words.text("figures.control", spoken))
    pooled = np.concatenate(groups)
    low, high = float(pooled.min()), float(pooled.max())
    edges = np.linspace(low, high, bins + 1) if high > low else np.array([low - 0.5, low + 0.5])
    rows = _rows(groups, names, edges)
    spec = {
        "width": theme.WIDTH - 70,
        "height": 270,
        "data": {"values": rows},
        "layer": _layers(names, support, axis or words.text("figures.score", spoken), spoken),
    }
    return Figure(id, title, spec, _alt(groups, names, support, spoken), language=spoken)


def _rows(groups: Sequence[Any], names: Sequence[str], edges: Any) -> list[dict[str, Any]]:
    rows = []
    for side, name, scores in zip((1, -1), names, groups, strict=True):
        counts = np.histogram(scores, edges)[0]
        for place, count in enumerate(counts.tolist()):
            rows.append(
                {
                    "group": name,
                    "low": float(edges[place]),
                    "high": float(edges[place + 1]),
                    "count": count,
                    "share": side * 100 * count / scores.size,
                }
            )
    return rows


def _layers(
    names: Sequence[str], support: tuple[float, float] | None, axis: str, language: str
) -> list[dict[str, Any]]:
    from livelihoods import words

    x = {"field": "low", "type": "quantitative", "title": axis, "bin": {"binned": True}}
    x |= {"axis": {"grid": False, "tickCount": 8}, "scale": {"zero": False}}
    y = {
        "field": "share",
        "type": "quantitative",
        "stack": None,
        "title": words.text("figures.share_of_group", language),
        "axis": {"labelExpr": "format(abs(datum.value), '')"},
    }
    tones = (theme.SERIES[0], theme.SERIES[3])
    colour = {
        "field": "group",
        "type": "nominal",
        "sort": list(names),
        "scale": {"domain": list(names), "range": list(tones)},
    }
    bars = {
        "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 0.5},
        "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "color": colour},
    }
    middle = {
        "data": theme.ONCE,
        "mark": {"type": "rule", "strokeWidth": 0.8},
        "encoding": {"y": {"datum": 0}},
    }
    limits = [
        {
            "data": theme.ONCE,
            "mark": {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT},
            "encoding": {"x": {"datum": limit, "type": "quantitative"}},
        }
        for limit in support or ()
    ]
    return [bars, middle, *limits]


def _alt(
    groups: Sequence[Any],
    names: Sequence[str],
    support: tuple[float, float] | None,
    language: str,
) -> str:
    from livelihoods import words

    parts = []
    for name, scores in zip(names, groups, strict=True):
        low, high = float(scores.min()), float(scores.max())
        parts.append(f"{name}: n = {scores.size:,}, {low:.3g}–{high:.3g}")
    alt = words.text("figures.overlap_alt", language, listed="; ".join(parts))
    if support is None:
        return alt
    low_text, high_text = (f"{limit:.3g}" for limit in support)
    inside = words.text("figures.support_alt", language, low=low_text, high=high_text)
    return alt + inside if language == "zh" else f"{alt} {inside}"
