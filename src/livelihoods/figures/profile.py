"""A statistic over the values of a parameter, with the line below which values are not rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods import words
from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure

if TYPE_CHECKING:
    from livelihoods.typing import Floats


def profile_plot(
    x: Floats,
    y: Floats,
    *,
    cut: float,
    chosen: float,
    cut_label: str = "",
    id: str = "profile",
    title: str = "",
    x_axis: str = "",
    y_axis: str = "",
    language: str | None = None,
) -> Figure:
    """Return the profile as a step line; what lies under the line ``cut`` is set off.

    Parameters
    ----------
    x, y
        Values of the parameter, ascending, and the statistic there, shape ``(m,)``; NaN leaves a
        gap.
    cut
        Critical value, drawn as a horizontal line.
    chosen
        The estimate, drawn as a vertical line.
    cut_label
        What the line is, in words.
    id, title, x_axis, y_axis
        Slug, caption, axis titles.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        No finite value.
    """
    spoken = language or words.language()
    keep = np.isfinite(y)
    if not keep.any():
        raise DataError("figures.no_values", figure=id)
    rows = [{"x": float(a), "y": float(b)} for a, b in zip(x[keep], y[keep], strict=True)]
    inside = x[keep][y[keep] <= cut]
    spec = {
        "width": theme.WIDTH - 60,
        "height": 260,
        "data": {"values": rows},
        "layer": _layers(x_axis, y_axis, cut, chosen, cut_label),
    }
    alt = words.text(
        "figures.profile_alt", spoken,
        y=y_axis, x=x_axis, chosen=chosen, cut=cut,
        low=float(inside.min(initial=chosen)), high=float(inside.max(initial=chosen)),
    )  # fmt: skip
    return Figure(id, title, spec, alt, language=spoken)


def _layers(
    x_axis: str, y_axis: str, cut: float, chosen: float, cut_label: str
) -> list[dict[str, Any]]:
    x = {"field": "x", "type": "quantitative", "title": x_axis, "scale": {"zero": False}}
    y = {"field": "y", "type": "quantitative", "title": y_axis}
    rule = {"type": "rule", "strokeDash": [4, 3], "color": theme.SERIES[1]}
    name = {"type": "text", "align": "left", "baseline": "bottom", "dx": 4, "dy": -3}
    level = {"y": {"datum": cut, "type": "quantitative"}}
    return [
        {
            "mark": {"type": "line", "color": theme.SERIES[0], "interpolate": "step-after"},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [{"filter": {"field": "y", "lte": cut}}],
            "mark": {"type": "point", "filled": True, "size": 26, "color": theme.SERIES[1]},
            "encoding": {"x": x, "y": y},
        },
        {"data": theme.ONCE, "mark": rule, "encoding": level},
        {
            "data": theme.ONCE,
            "mark": {**name, "color": theme.SERIES[1]},
            "encoding": {**level, "x": {"value": 0}, "text": {"value": cut_label}},
        },
        {
            "data": theme.ONCE,
            "mark": {"type": "rule", "strokeDash": [2, 2], "color": theme.SOFT},
            "encoding": {"x": {"datum": chosen, "type": "quantitative"}},
        },
    ]
