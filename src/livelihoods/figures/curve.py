"""Curves: an estimate over the values of a choice, its interval as a band, the choice marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods import words
from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure

if TYPE_CHECKING:
    from livelihoods.typing import Floats


def curve_plot(
    x: Floats,
    y: Floats,
    low: Floats,
    high: Floats,
    *,
    outer: tuple[Floats, Floats] | None = None,
    chosen: float | None = None,
    zero: float | None = 0.0,
    id: str = "curve",
    title: str = "",
    x_axis: str = "",
    y_axis: str = "",
    language: str | None = None,
) -> Figure:
    """Return a line with a band.

    Parameters
    ----------
    x, y, low, high
        Values of the choice, estimates and interval ends, shape ``(n,)``; NaN leaves a gap.
    outer
        Ends of a wider band, such as one for the whole curve, shapes ``(n,)``.
    chosen
        Value of the choice marked with a vertical line.
    zero
        Where the horizontal reference line stands; None for no line.
    id, title, x_axis, y_axis
        Slug, caption, axis titles.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        No finite estimate.
    """
    spoken = language or words.language()
    keep = np.isfinite(y)
    if not keep.any():
        raise DataError("figures.no_values", figure=id)
    rows = [
        {"x": float(a), "y": float(b), "low": _plain(c), "high": _plain(d)}
        for a, b, c, d in zip(x[keep], y[keep], low[keep], high[keep], strict=True)
    ]
    if outer is not None:
        for row, a, b in zip(rows, outer[0][keep], outer[1][keep], strict=True):
            row |= {"outer_low": _plain(a), "outer_high": _plain(b)}
    spec = {
        "width": theme.WIDTH - 60,
        "height": 260,
        "data": {"values": rows},
        "layer": _layers(x_axis, y_axis, chosen, zero, outer is not None),
    }
    alt = words.text(
        "figures.curve_alt", spoken,
        y=y_axis, x=x_axis, first=rows[0]["x"], last=rows[-1]["x"],
        least=float(y[keep].min()), most=float(y[keep].max()),
    )  # fmt: skip
    return Figure(id, title, spec, alt, language=spoken)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _layers(
    x_axis: str, y_axis: str, chosen: float | None, zero: float | None, wide: bool
) -> list[dict[str, Any]]:
    x = {"field": "x", "type": "quantitative", "title": x_axis, "scale": {"zero": False}}
    scale = {"zero": False}
    y = {"field": "y", "type": "quantitative", "title": y_axis, "scale": scale}
    band = {"field": "low", "type": "quantitative", "title": y_axis, "scale": scale}
    navy = theme.SERIES[0]
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "area", "opacity": 0.18, "color": theme.SERIES[2]},
         "encoding": {"x": x, "y": band, "y2": {"field": "high"}}},
        {"mark": {"type": "line", "color": navy}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "point", "color": navy}, "encoding": {"x": x, "y": y}},
    ]  # fmt: skip
    if wide:
        edge = {"type": "area", "opacity": 0.12, "color": theme.SERIES[2]}
        low = {**band, "field": "outer_low"}
        layers.insert(
            0, {"mark": edge, "encoding": {"x": x, "y": low, "y2": {"field": "outer_high"}}}
        )
    dashed = {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT}
    if zero is not None:
        layers.append({"mark": dashed, "encoding": {"y": {"datum": zero, "type": "quantitative"}}})
    if chosen is not None:
        layers.append(
            {"mark": dashed, "encoding": {"x": {"datum": chosen, "type": "quantitative"}}}
        )
    return layers
