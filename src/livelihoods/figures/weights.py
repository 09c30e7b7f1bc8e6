"""Weights of an index as horizontal bars, coloured by dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    """

    label: str
    group: str
    weight: float
    name: str
    low: float | None = None
    high: float | None = None


def weights_plot(bars: Sequence[WeightBar], *, title: str, notes: tuple[Note, ...] = ()) -> Figure:
    """Return a bar a weight in the order given, an interval over it if there is one.

    The dashed line is the weight each would have if all were equal.
    """
    axis = words.text("figures.weight")
    order = _unique_labels(bars)
    values = [
        {"label": label, "group": b.group, "weight": b.weight, "low": b.low, "high": b.high}
        for label, b in zip(order, bars, strict=True)
    ]
    y = {
        "field": "label",
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": {"labelLimit": 320},
    }
    colour = {"field": "group", "type": "nominal", "sort": None, "title": None}
    layers: list[dict[str, object]] = [
        {
            "mark": {"type": "bar", "height": 12},
            "encoding": {
                "y": y,
                "x": {"field": "weight", "type": "quantitative", "title": axis},
                "color": colour,
            },
        },
        {
            "data": {"values": [{"equal": 1.0 / len(bars)}]},
            "mark": {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT},
            "encoding": {"x": {"field": "equal", "type": "quantitative"}},
        },
    ]
    if any(bar.low is not None for bar in bars):
        layers.append(
            {
                "mark": {"type": "rule", "strokeWidth": 1.5, "color": theme.INK},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                },
            }
        )
    spec = {
        "data": {"values": values},
        "width": 420,
        "height": {"step": 18},
        "layer": layers,
    }
    return Figure("index-weights", title, spec, _alt(bars), notes, language=words.language())


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
