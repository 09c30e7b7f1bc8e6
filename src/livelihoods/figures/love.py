"""Love plots: standardised differences of each covariate before and after adjustment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure


def love_plot(
    differences: Mapping[str, tuple[float | None, ...]],
    *,
    id: str = "balance",
    title: str = "",
    stages: Sequence[str] | None = None,
    threshold: float | None = 0.1,
    axis: str = "",
    language: str | None = None,
) -> Figure:
    """Return absolute standardised mean differences, largest unadjusted one at the top.

    Parameters
    ----------
    differences
        Covariate label -> standardised difference at each stage, in standard deviations.
    id, title
        Slug and caption.
    stages
        Names of the stages; None says "before" and "after".
    threshold
        Where the line of acceptable imbalance stands; None for no line.
    axis
        Title of the axis.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        No covariate, or a covariate without one value a stage.
    """
    from livelihoods import words

    spoken = language or words.language()
    names = list(stages or (words.text(f"figures.{key}", spoken) for key in ("before", "after")))
    if not differences or any(len(row) != len(names) for row in differences.values()):
        raise DataError("figures.stages", figure=id, stages=names)
    order = sorted(differences, key=lambda label: -abs(differences[label][0] or 0.0))
    rows = [
        {"covariate": label, "stage": stage, "difference": abs(value)}
        for label in order
        for stage, value in zip(names, differences[label], strict=True)
        if value is not None and value == value
    ]
    spec = {
        "width": theme.WIDTH - 160,
        "height": {"step": 25},
        "data": {"values": rows},
        "layer": _layers(order, names, threshold, axis or words.text("figures.smd", spoken)),
    }
    return Figure(id, title, spec, _alt(rows, names, threshold, spoken), language=spoken)


def _layers(
    order: list[str], names: list[str], threshold: float | None, axis: str
) -> list[dict[str, Any]]:
    y: dict[str, Any] = {"field": "covariate", "type": "nominal", "sort": order, "title": None}
    y["axis"] = {"ticks": False, "domain": False, "grid": True, "gridDash": [1, 3]}
    x = {"field": "difference", "type": "quantitative", "title": axis, "axis": {"grid": False}}
    stage = {"field": "stage", "type": "nominal", "sort": names}
    # Before is hollow-looking light, after is dark: the eye follows the dark points to zero.
    tones = theme.SERIES[: len(names)] if len(names) != 2 else (theme.SERIES[3], theme.SERIES[0])
    legend = {"columns": theme.legend_columns(names)}
    points = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "color": {**stage, "scale": theme.series_scale(names, tones), "legend": legend},
            "shape": {**stage, "scale": theme.series_scale(names, theme.SHAPES), "legend": legend},
        },
    }
    if threshold is None:
        return [points]
    line = {
        "data": theme.ONCE,
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT},
        "encoding": {"x": {"datum": threshold, "type": "quantitative"}},
    }
    return [line, points]


def _alt(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], threshold: float | None, language: str
) -> str:
    from livelihoods import words

    parts = []
    for name in names:
        values = [float(row["difference"]) for row in rows if row["stage"] == name]
        if values:
            over = "" if threshold is None else str(sum(v > threshold for v in values))
            parts.append(
                words.text(
                    "figures.love_stage",
                    language,
                    stage=name,
                    largest=f"{max(values):.3g}",
                    over=over or "–",
                    threshold="–" if threshold is None else f"{threshold:g}",
                )
            )
    return words.text("figures.love_alt", language, listed="; ".join(parts))
