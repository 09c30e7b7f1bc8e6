"""Sensitivity curves: how an answer moves as an assumption is loosened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure


def sensitivity_curve(
    x: Any,
    estimates: Any,
    *,
    low: Any = None,
    high: Any = None,
    id: str = "sensitivity",
    title: str = "",
    x_axis: str = "",
    y_axis: str = "",
    zero: float | None = 0.0,
    marked: Mapping[str, float] | None = None,
    alt: str = "",
    language: str | None = None,
) -> Figure:
    """Return one curve, or several, over values of an assumption.

    Parameters
    ----------
    x
        Values of the assumption (δ of Oster, Γ of Rosenbaum, a bandwidth), shape ``(m,)``.
    estimates
        Answers at each value, shape ``(m,)``, or label -> answers.
    low, high
        Ends of a band around a single curve, shape ``(m,)``, or label -> ends.
    id, title
        Slug and caption.
    x_axis, y_axis
        Titles of the axes.
    zero
        Where the horizontal reference line stands; None for no line.
    marked
        Label -> value of ``x`` drawn as a vertical line, such as the one used.
    alt
        Words for those who cannot see it; "" says where each curve begins and ends.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        Shapes differ or nothing is finite.
    """
    from livelihoods import words

    spoken = language or words.language()
    given = estimates if isinstance(estimates, Mapping) else {"": estimates}
    grid = np.asarray(x, dtype=np.float64).ravel()
    curves = {str(k): np.asarray(v, dtype=np.float64).ravel() for k, v in given.items()}
    sizes = {curve.size for curve in curves.values()} | {grid.size}
    if len(sizes) != 1 or not any(np.isfinite(curve).any() for curve in curves.values()):
        raise DataError("figures.no_values", figure=id)
    rows = _rows(grid, curves, low, high)
    spec = {
        "width": theme.WIDTH - 90,
        "height": 260,
        "data": {"values": rows},
        "layer": _layers(list(curves), x_axis, y_axis, zero, low is not None, marked or {}),
    }
    told = alt or _alt(grid, curves, x_axis, y_axis, spoken)
    return Figure(id, title, spec, told, language=spoken)


def _rows(grid: Any, curves: Mapping[str, Any], low: Any, high: Any) -> list[dict[str, Any]]:
    ends = {key: end for key, end in {"low": low, "high": high}.items() if end is not None}
    rows: list[dict[str, Any]] = []
    for name, curve in curves.items():
        mine = {key: end[name] if isinstance(end, Mapping) else end for key, end in ends.items()}
        band = {key: np.asarray(end, dtype=np.float64).ravel() for key, end in mine.items()}
        for place, value in enumerate(grid.tolist()):
            row = {"x": value, "y": float(curve[place]), "series": name}
            rows.append(row | {key: float(end[place]) for key, end in band.items()})
    return rows


def _layers(
    names: list[str],
    x_axis: str,
    y_axis: str,
    zero: float | None,
    band: bool,
    marked: Mapping[str, float],
) -> list[dict[str, Any]]:
    x: dict[str, Any] = {"field": "x", "type": "quantitative", "title": x_axis or None}
    x |= {"scale": {"zero": False, "nice": False}, "axis": {"grid": False, "tickCount": 8}}
    y = {"field": "y", "type": "quantitative", "title": y_axis or None, "scale": {"zero": False}}
    series = {"field": "series", "type": "nominal", "sort": names}
    legend = {"columns": theme.legend_columns(names)} if len(names) > 1 else None
    colour = {**series, "scale": theme.series_scale(names, theme.SERIES), "legend": legend}
    dash = {**series, "scale": theme.series_scale(names, theme.DASHES), "legend": legend}
    layers: list[dict[str, Any]] = []
    if band:
        several = len(names) > 1
        own = {} if several else {"color": theme.SEQUENTIAL[1]}
        area = {"type": "area", "opacity": 0.16 if several else 0.7, **own}
        shape = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        layers.append({"mark": area, "encoding": shape | ({"color": colour} if several else {})})
    rule = {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT}
    if zero is not None:
        at_zero = {"y": {"datum": zero, "type": "quantitative"}}
        layers.append({"data": theme.ONCE, "mark": rule, "encoding": at_zero})
    line = {"type": "line", "strokeWidth": 2}
    layers.append({"mark": line, "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash}})
    for label, value in marked.items():
        at = {"x": {"datum": value, "type": "quantitative"}}
        layers.append({"data": theme.ONCE, "mark": {**rule, "strokeDash": [2, 2]}, "encoding": at})
        text = {"type": "text", "align": "left", "dx": 4, "dy": 10, "fontSize": 11.5}
        words = {"text": {"value": label}, "y": {"value": 0}}
        layers.append({"data": theme.ONCE, "mark": text, "encoding": {**at, **words}})
    return layers


def _alt(grid: Any, curves: Mapping[str, Any], x_axis: str, y_axis: str, language: str) -> str:
    from livelihoods import words

    parts: list[str] = []
    for name, curve in curves.items():
        finite = np.flatnonzero(np.isfinite(curve))
        ends: Sequence[Any] = (finite[0], finite[-1]) if finite.size else ()
        told = [f"{curve[at]:.3g} ({x_axis or 'x'} = {grid[at]:.3g})" for at in ends]
        line = " → ".join(told).replace("-", "\u2212")
        parts.append(f"{name}: {line}" if name else line)
    listed = "; ".join(parts)
    return words.text("figures.sensitivity_alt", language, axis=y_axis or "–", listed=listed)
