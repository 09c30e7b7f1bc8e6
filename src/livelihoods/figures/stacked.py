"""Stacked bars: how answers divide, one bar a question or group, shares printed in the bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure

_PRINTED_FROM = 0.055


def stacked_bars(
    counts: Mapping[str, Mapping[str, float]],
    *,
    id: str = "shares",
    title: str = "",
    categories: Sequence[str] | None = None,
    ordered: bool = True,
    decimals: int = 0,
    x_axis: str | None = None,
    tones: Sequence[str] | None = None,
    language: str | None = None,
) -> Figure:
    """Return one bar of 100 % for each row.

    Parameters
    ----------
    counts
        Row label -> category label -> count or share; each row is scaled to its own sum.
    id, title
        Slug and caption.
    categories
        Order of the categories; None keeps that of first appearance.
    ordered
        Whether categories have an order: one hue light to dark; otherwise the series colours.
    decimals
        Digits of the percentages printed in the bars.
    x_axis
        Title of the axis; None says shares of answers.
    tones
        A colour for each category, in their order; None lets ``ordered`` decide.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        No row with a positive sum; a negative count.
    """
    from livelihoods import words

    spoken = language or words.language()
    names = list(categories or dict.fromkeys(name for row in counts.values() for name in row))
    rows = _rows(counts, names, id)
    colours = _colours(len(names), ordered) if tones is None else list(tones)
    spec = {
        "width": theme.WIDTH - 140,
        "height": {"step": 30},
        "data": {"values": rows},
        "layer": _layers(list(counts), names, colours, decimals, spoken, x_axis),
    }
    return Figure(id, title, spec, _alt(rows, decimals, spoken), language=spoken)


def _rows(
    counts: Mapping[str, Mapping[str, float]], names: Sequence[str], figure: str
) -> list[dict[str, Any]]:
    rows = []
    for label, given in counts.items():
        values = [float(given.get(name, 0) or 0) for name in names]
        total = sum(values)
        if min(values, default=0.0) < 0 or not total > 0:
            raise DataError("figures.shares", figure=figure, row=label)
        start = 0.0
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            share = value / total
            rows.append(
                {
                    "row": label,
                    "category": name,
                    "place": place,
                    "share": share,
                    "start": start,
                    "end": start + share,
                    "middle": start + share / 2,
                }
            )
            start += share
    if not rows:
        raise DataError("figures.shares", figure=figure, row="–")
    return rows


def _colours(count: int, ordered: bool) -> list[str]:
    if not ordered:
        return [theme.SERIES[place % len(theme.SERIES)] for place in range(count)]
    if count == 1:
        return [theme.SEQUENTIAL[3]]
    return [theme.mix(theme.SEQUENTIAL, 0.14 + 0.86 * step / (count - 1)) for step in range(count)]


def _layers(
    labels: list[str],
    names: list[str],
    colours: list[str],
    decimals: int,
    language: str,
    x_axis: str | None,
) -> list[dict[str, Any]]:
    from livelihoods import words

    y = {"field": "row", "type": "nominal", "sort": labels, "title": None}
    bare = {**y, "axis": {"ticks": False, "domain": False, "grid": False}}
    percent = {"format": ".0%", "grid": False, "tickCount": 6}
    x = {
        "field": "start",
        "type": "quantitative",
        "title": words.text("figures.share_title", language) if x_axis is None else x_axis,
        "axis": percent,
        "scale": {"domain": [0, 1], "nice": False},
    }
    colour = {
        "field": "category",
        "type": "nominal",
        "sort": names,
        "scale": {"domain": names, "range": colours},
        "legend": {"columns": theme.legend_columns(names)},
    }
    bar = {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1, "height": {"band": 0.74}}
    dark = [name for name, tone in zip(names, colours, strict=True) if theme.is_dark(tone)]
    printed = {
        "mark": {"type": "text", "fontSize": 11.5},
        "transform": [{"filter": f"datum.share >= {_PRINTED_FROM}"}],
        "encoding": {
            "y": bare,
            "x": {**x, "field": "middle"},
            "text": {"field": "share", "type": "quantitative", "format": f".{decimals}%"},
            "color": {
                "condition": {
                    "test": {"field": "category", "oneOf": dark},
                    "value": "#ffffff",
                },
                "value": theme.INK,
            },
        },
    }
    bars = {
        "mark": bar,
        "encoding": {"y": bare, "x": x, "x2": {"field": "end"}, "color": colour},
    }
    return [bars, printed]


def _alt(rows: Sequence[Mapping[str, Any]], decimals: int, language: str) -> str:
    from livelihoods import words

    parts: dict[str, list[str]] = {}
    for row in rows:
        share = f"{row['category']} {100 * row['share']:.{decimals}f} %"
        parts.setdefault(str(row["row"]), []).append(share)
    listed = "; ".join(f"{label}: {', '.join(shares)}" for label, shares in parts.items())
    return words.text("figures.stacked_alt", language, listed=listed)
