"""Distributions: a histogram, or one outline a group, with what was left out said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.typing import Floats

_FEWEST, _MOST = 8, 60


def distribution_plot(
    values: Any,
    *,
    id: str = "distribution",
    title: str = "",
    axis: str = "",
    bins: int | None = None,
    language: str | None = None,
) -> Figure:
    """Return the distribution of a variable, or of several groups over common bins.

    Parameters
    ----------
    values
        Numbers, shape ``(n,)``, or group label -> numbers. Missing values are left out and noted.
    id, title
        Slug and caption.
    axis
        Title of the value axis: the variable and its unit.
    bins
        Number of bins; None takes Freedman and Diaconis' rule (width 2·IQR·n^(−1/3), 1981) between
        8 and 60 bins, or one bin an integer where all values are few integers.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        No finite value.
    """
    from livelihoods import words

    spoken = language or words.language()
    groups, lost = _groups(values)
    pooled = np.concatenate(list(groups.values()))
    if pooled.size == 0:
        raise DataError("figures.no_values", figure=id)
    edges = _edges(pooled, bins)
    rows = _rows(groups, edges)
    names = list(groups)
    spec = {
        "width": theme.WIDTH - 60,
        "height": 260,
        "data": {"values": rows},
        "layer": _layers(names, axis, spoken),
    }
    notes = (Note("figures.values_missing", "info", {"n": lost}),) if lost else ()
    return Figure(id, title, spec, _alt(groups, axis, spoken), notes=notes, language=spoken)


def _groups(values: Any) -> tuple[dict[str, Floats], int]:
    given: Mapping[Any, Any] = values if isinstance(values, Mapping) else {"": values}
    groups: dict[str, Floats] = {}
    lost = 0
    for name, column in given.items():
        numbers = np.asarray(column, dtype=np.float64).ravel()
        kept = numbers[np.isfinite(numbers)]
        lost += numbers.size - kept.size
        groups[str(name)] = kept
    return groups, lost


def _edges(pooled: Floats, bins: int | None) -> Floats:
    low, high = float(pooled.min()), float(pooled.max())
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    whole = bool(np.all(pooled == np.round(pooled)))
    if bins is None and whole and high - low < _MOST:
        return np.arange(low - 0.5, high + 1.0)
    if bins is None:
        lower, upper = np.quantile(pooled, [0.25, 0.75])
        width = 2 * (upper - lower) * pooled.size ** (-1 / 3)
        wanted = (high - low) / width if width > 0 else _FEWEST
        bins = int(min(max(np.ceil(wanted), _FEWEST), _MOST))
    return np.linspace(low, high, bins + 1)


def _rows(groups: Mapping[str, Floats], edges: Floats) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, numbers in groups.items():
        counts = np.histogram(numbers, edges)[0]
        total = max(int(counts.sum()), 1)
        for place, count in enumerate(counts.tolist()):
            rows.append(
                {
                    "group": name,
                    "low": float(edges[place]),
                    "high": float(edges[place + 1]),
                    "count": count,
                    "share": 100 * count / total,
                }
            )
        if len(groups) > 1:  # an outline must come down again at its right end
            end = float(edges[-1])
            rows.append({"group": name, "low": end, "high": end, "count": 0, "share": 0.0})
    return rows


def _layers(names: Sequence[str], axis: str, language: str) -> list[dict[str, Any]]:
    from livelihoods import words

    x: dict[str, Any] = {"field": "low", "type": "quantitative", "title": axis or None}
    x["scale"] = {"zero": False}
    share = {
        "field": "share",
        "type": "quantitative",
        "title": words.text("figures.share_axis", language),
    }
    tips = [{"field": key} for key in ("group", "low", "high", "count", "share")]
    if len(names) == 1:
        bar = {"type": "bar", "color": theme.SERIES[2], "stroke": "#ffffff", "strokeWidth": 0.35}
        x = {**x, "bin": {"binned": True}, "axis": {"grid": False, "tickCount": 8}}
        encoding = {"x": x, "x2": {"field": "high"}, "y": share, "tooltip": tips}
        return [{"mark": bar, "encoding": encoding}]
    group = {"field": "group", "type": "nominal", "sort": list(names)}
    outline: dict[str, Any] = {
        "x": {**x, "axis": {"grid": False, "tickCount": 8}},
        "y": {**share, "stack": None},
        "color": {**group, "scale": theme.series_scale(list(names), theme.SERIES)},
        "strokeDash": {**group, "scale": theme.series_scale(list(names), theme.DASHES)},
    }
    line = {"type": "line", "interpolate": "step-after", "strokeWidth": 1.8}
    return [{"mark": line, "encoding": outline}]


def _alt(groups: Mapping[str, Floats], axis: str, language: str) -> str:
    from livelihoods import words

    parts = []
    for name, numbers in groups.items():
        if numbers.size == 0:
            continue
        low, middle, high = (
            f"{q:.4g}".replace("-", "\u2212") for q in np.quantile(numbers, [0.25, 0.5, 0.75])
        )
        line = words.text(
            "figures.quartiles", language, n=int(numbers.size), low=low, middle=middle, high=high
        )
        parts.append(f"{name}: {line}" if name else line)
    listed = "; ".join(parts)
    return words.text("figures.distribution_alt", language, axis=axis or "–", listed=listed)
