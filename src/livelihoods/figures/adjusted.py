"""P-values before and after allowing for many hypotheses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from livelihoods.figures import theme
from livelihoods.figures.model import Figure


def adjusted_plot(
    names: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    threshold: float,
    axis: str,
    alt: str,
    id: str = "multiplicity",
    title: str = "",
    language: str = "en",
) -> Figure:
    """Return one line a hypothesis, one mark a method, with a rule at the threshold.

    Parameters
    ----------
    names
        Hypotheses, from top to bottom.
    series
        Method as printed -> p-values in the order of ``names``.
    threshold
        Where to draw the rule: 0.05.
    axis, alt
        Title of the axis, and the text for those who do not see the figure.
    """
    rows = [
        {"hypothesis": name, "p": float(value), "method": method}
        for method, values in series.items()
        for name, value in zip(names, values, strict=True)
    ]
    methods = list(series)
    group = {"field": "method", "type": "nominal", "sort": methods}
    legend = {"columns": theme.legend_columns(methods)}
    x: dict[str, Any] = {"field": "p", "type": "quantitative", "title": axis}
    x |= {"scale": {"domain": [0, 1]}, "axis": {"grid": False}}
    y: dict[str, Any] = {
        "field": "hypothesis",
        "type": "nominal",
        "sort": list(names),
        "title": None,
    }
    y["axis"] = {"ticks": False, "domain": False, "grid": True, "gridDash": [1, 3]}
    colour = {**group, "scale": theme.series_scale(methods, theme.SERIES), "legend": legend}
    shape = {**group, "scale": theme.series_scale(methods, theme.SHAPES), "legend": legend}
    points = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.9},
        "encoding": {"x": x, "y": y, "color": colour, "shape": shape},
    }
    rule = {
        "data": theme.ONCE,
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT},
        "encoding": {"x": {"datum": threshold, "type": "quantitative"}},
    }
    spec = {
        "width": theme.WIDTH - 160,
        "height": {"step": 25},
        "data": {"values": rows},
        "layer": [rule, points],
    }
    return Figure(id, title, spec, alt, language=language)
