"""Contour lines over two strengths, with named points among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure


def contour_figure(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    marks: Sequence[tuple[str, float, float]] = (),
    *,
    id: str = "contours",
    title: str = "",
    x_axis: str = "",
    y_axis: str = "",
    bold: str = "",
    extent: float = 1.0,
    language: str | None = None,
) -> Figure:
    """Return lines of equal value, each labelled at its end.

    Parameters
    ----------
    curves
        Label of the value -> points (x, y) along its line.
    marks
        Name, x and y of points to compare with.
    id, title
        Slug and caption.
    x_axis, y_axis
        Titles of the axes, both shares from 0.
    bold
        Label of the line drawn heavily, such as ``"0"``.
    extent
        Upper end of both axes.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        No line has a point.
    """
    from livelihoods import words

    drawn = {label: points for label, points in curves.items() if len(points) > 1}
    if not drawn:
        raise DataError("figures.no_values", figure=id)
    spoken = language or words.language()
    rows = [
        {"x": x, "y": y, "value": label, "order": place}
        for label, points in drawn.items()
        for place, (x, y) in enumerate(points)
    ]
    spec = {
        "width": theme.WIDTH - 120,
        "height": 330,
        "layer": _layers(rows, drawn, marks, x_axis, y_axis, bold, extent),
    }
    named = "; ".join(f"{name} ({x:.3f}, {y:.3f})" for name, x, y in marks)
    alt = words.text("figures.contour_alt", spoken, lines=", ".join(drawn), points=named or "–")
    return Figure(id, title, spec, alt.replace("-", "\u2212"), language=spoken)


def _layers(
    rows: list[dict[str, Any]],
    drawn: Mapping[str, Sequence[tuple[float, float]]],
    marks: Sequence[tuple[str, float, float]],
    x_axis: str,
    y_axis: str,
    bold: str,
    extent: float,
) -> list[dict[str, Any]]:
    scale = {"domain": [0, extent], "nice": False}
    axis = {"format": ".0%", "tickCount": 6}
    x = {"field": "x", "type": "quantitative", "title": x_axis, "scale": scale, "axis": axis}
    y = {"field": "y", "type": "quantitative", "title": y_axis, "scale": scale, "axis": axis}
    detail = {"field": "value", "type": "nominal"}
    heavy = {"condition": {"test": f"datum.value === '{bold}'", "value": 2.4}, "value": 1}
    line = {
        "data": {"values": rows},
        "mark": {"type": "line", "color": theme.SERIES[0], "clip": True},
        "encoding": {
            "x": x,
            "y": y,
            "detail": detail,
            "order": {"field": "order"},
            "strokeWidth": heavy,
        },
    }
    ends = [
        {"x": points[-1][0], "y": points[-1][1], "value": label} for label, points in drawn.items()
    ]
    labels = {
        "data": {"values": ends},
        "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
        "encoding": {"x": x, "y": y, "text": detail},
    }
    if not marks:
        return [line, labels]
    points = [{"x": px, "y": py, "name": name} for name, px, py in marks]
    point = {
        "data": {"values": points},
        "mark": {"type": "point", "filled": True, "shape": "diamond", "size": 75}
        | {"color": theme.SERIES[1]},
        "encoding": {"x": x, "y": y},
    }
    names = {
        "data": {"values": points},
        "mark": {"type": "text", "align": "left", "dx": 7, "dy": -5, "fontSize": 11}
        | {"color": theme.SERIES[1]},
        "encoding": {"x": x, "y": y, "text": {"field": "name"}},
    }
    return [line, labels, point, names]
