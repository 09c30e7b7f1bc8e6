"""Weights of an index as horizontal bars, coloured by dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from livelihoods import words
from livelihoods.figures import theme
from livelihoods.figures.model import Figure
from livelihoods.notes import Note


@dataclass(frozen=True, slots=True)
class WeightBar:
    """One bar.

    Attributes
    ----------
    label, group
        Wording of the indicator; its dimension.
    weight
        Length of the bar.
    name
        Unique name of the indicator.
    low, high
        Ends of an interval, or None.
    others
        Weights of other schemes by their label, drawn as points.
    """

    label: str
    group: str
    weight: float
    name: str
    low: float | None = None
    high: float | None = None
    others: Mapping[str, float] = field(default_factory=dict)


def weights_plot(
    bars: Sequence[WeightBar],
    *,
    id: str = "index-weights",
    title: str = "",
    notes: tuple[Note, ...] = (),
) -> Figure:
    """Return a bar a weight in the order given, with intervals and other weights if known.

    The dashed line is the weight each would have if all were equal.
    """
    order = _unique_labels(bars)
    values = [
        {"label": label, "group": b.group, "weight": b.weight, "low": b.low, "high": b.high}
        for label, b in zip(order, bars, strict=True)
    ]
    y = {"field": "label", "type": "nominal", "sort": order, "title": None}
    # Beside points of other schemes the bars keep to one tone: two colour keys confuse.
    coloured = not any(bar.others for bar in bars)
    groups = list(dict.fromkeys(bar.group for bar in bars)) if coloured else []
    layers = [_bars(y, groups), _equal_line(len(bars))]
    if any(bar.low is not None for bar in bars):
        layers.append(_intervals(y))
    points = [
        {"label": label, "series": series, "other": value}
        for label, bar in zip(order, bars, strict=True)
        for series, value in bar.others.items()
    ]
    if points:
        layers.append(_points(y, points))
    spec = {
        "width": theme.WIDTH - 180,
        "height": {"step": 20},
        "data": {"values": values},
        "layer": layers,
    }
    return Figure(id, title, spec, _alt(bars), notes, language=words.language())


def _x(column: str) -> dict[str, Any]:
    return {"field": column, "type": "quantitative", "title": words.text("figures.weight")}


def _bars(y: dict[str, Any], groups: list[str]) -> dict[str, Any]:
    several = len(groups) > 1
    tones = {"domain": groups, "range": _tones(len(groups))}
    colour: dict[str, Any] = {"value": theme.SEQUENTIAL[2]}
    if several:
        colour = {"field": "group", "type": "nominal", "sort": groups, "scale": tones}
        colour["legend"] = {"columns": 3}
    return {
        "mark": {"type": "bar", "height": 13},
        "encoding": {"y": y, "x": _x("weight"), "color": colour},
    }


def _tones(count: int) -> list[str]:
    tones = (theme.SEQUENTIAL[4], theme.SEQUENTIAL[2], theme.SEQUENTIAL[3], theme.SEQUENTIAL[1])
    return [tones[place % len(tones)] for place in range(count)]


def _equal_line(count: int) -> dict[str, Any]:
    return {
        "data": {"values": [{"equal": 1.0 / count}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT},
        "encoding": {"x": {"field": "equal", "type": "quantitative"}},
    }


def _intervals(y: dict[str, Any]) -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "strokeWidth": 1.4, "color": theme.INK},
        "encoding": {"y": y, "x": _x("low"), "x2": {"field": "high"}},
    }


def _points(y: dict[str, Any], points: list[dict[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(str(point["series"]) for point in points))
    series = {"field": "series", "type": "nominal", "sort": names, "legend": {"columns": 4}}
    colours = (theme.SERIES[1], theme.SERIES[3], theme.SERIES[0], theme.SERIES[5])
    return {
        "data": {"values": points},
        "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
        "encoding": {
            "y": y,
            "x": _x("other"),
            "color": {**series, "scale": theme.series_scale(names, colours)},
            "shape": {**series, "scale": theme.series_scale(names, theme.SHAPES)},
        },
    }


def _unique_labels(bars: Sequence[WeightBar]) -> list[str]:
    """Return wordings, with the name behind those that occur twice."""
    labels = [bar.label for bar in bars]
    return [
        label if labels.count(label) == 1 else f"{label} ({bar.name})"
        for label, bar in zip(labels, bars, strict=True)
    ]


def _alt(bars: Sequence[WeightBar]) -> str:
    ordered = sorted(bars, key=lambda bar: -bar.weight)
    return words.text(
        "figures.weights_alt",
        count=len(bars),
        first=ordered[0].label,
        first_weight=ordered[0].weight,
        last=ordered[-1].label,
        last_weight=ordered[-1].weight,
    )
