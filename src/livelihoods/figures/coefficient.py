"""Coefficient plots: estimates as points, intervals as lines, zero as the line to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from livelihoods.errors import SpecError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure
from livelihoods.words.terms import INTERCEPTS, choose_terms, label_term

if TYPE_CHECKING:
    from livelihoods.typing import Result

_STEP = 30


def coefficient_plot(
    results: Result | Sequence[Result] | Mapping[str, Result],
    *,
    id: str = "coefficients",
    title: str = "",
    keep: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    order: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    axis: str = "",
    zero: float | None = 0.0,
    language: str | None = None,
) -> Figure:
    """Return estimates with their confidence intervals, one line a term and result.

    Parameters
    ----------
    results
        One result, several (named by their outcomes), or label -> result.
    id, title
        Slug and caption.
    keep, drop, order
        Terms to show, to hide, to put first: names, factor variables, or ``prefix*``. The
        constant is hidden unless kept.
    labels
        Wording of variables, terms and outcomes.
    axis
        Title of the effect axis: say the unit of the outcome.
    zero
        Where the reference line stands; None for no line.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    SpecError
        No estimate is left to draw.
    """
    from livelihoods import words

    spoken = language or words.language()
    named = _named(results, labels or {})
    rows = _rows(named, keep, drop, order, labels or {}, spoken)
    if not rows:
        raise SpecError("figures.nothing_to_draw", figure=id)
    terms = list(dict.fromkeys(str(row["term"]) for row in rows))
    names = list(dict.fromkeys(str(row["result"]) for row in rows))
    level = _level(named)
    x_title = axis or words.text("figures.estimate_axis", spoken, level=level)
    spec = {
        "width": theme.WIDTH - 160,
        "height": {"step": max(_STEP, 15 * (len(names) + 1)), "for": "position"},
        "data": {"values": rows},
        "layer": _layers(terms, names, x_title, zero),
    }
    return Figure(id, title, spec, _alt(rows, names, level, spoken), language=spoken)


def _named(
    results: Result | Sequence[Result] | Mapping[str, Result], labels: Mapping[str, str]
) -> list[tuple[str, Result]]:
    if isinstance(results, Mapping):
        return list(results.items())
    group: list[Any] = list(results) if isinstance(results, list | tuple) else [results]
    names = [str(getattr(result, "outcome", "")) for result in group]
    named = []
    for place, (name, result) in enumerate(zip(names, group, strict=True), start=1):
        label = labels.get(name, name)
        named.append((label if names.count(name) == 1 else f"({place}) {label}".strip(), result))
    return named


def _rows(
    named: Sequence[tuple[str, Result]],
    keep: Sequence[str] | None,
    drop: Sequence[str] | None,
    order: Sequence[str] | None,
    labels: Mapping[str, str],
    language: str,
) -> list[dict[str, Any]]:
    found: list[tuple[str, str, dict[str, Any]]] = []
    for name, result in named:
        tidy = result.tidy().to_dicts()
        for row in tidy:
            equation = str(row.get("equation") or "")
            several = any((other.get("equation") or "") != equation for other in tidy)
            prefix = f"{labels.get(equation, equation)}: " if several and equation else ""
            found.append((name, prefix, row))
    terms = list(dict.fromkeys(str(row["term"]) for _, _, row in found))
    if keep is None:
        drop = [*(drop or ()), *(term for term in terms if term in INTERCEPTS)]
    shown = choose_terms(terms, keep, drop, order)
    worded = _worded(shown, labels, language)
    rows = [
        {
            "term": prefix + worded[str(row["term"])],
            "result": name,
            "estimate": row["estimate"],
            "low": row["conf_low"],
            "high": row["conf_high"],
            "place": shown.index(str(row["term"])),
        }
        for name, prefix, row in found
        if row["term"] in shown
        and row["estimate"] is not None
        and row["estimate"] == row["estimate"]
    ]
    rows.sort(key=lambda row: int(row["place"]))
    return [{key: row[key] for key in row if key != "place"} for row in rows]


def _worded(terms: Sequence[str], labels: Mapping[str, str], language: str) -> dict[str, str]:
    """Return the wording of each term; two terms of one wording keep their names behind it."""
    wordings = {term: label_term(term, labels, language) for term in terms}
    said = list(wordings.values())
    return {
        term: wording if said.count(wording) == 1 else f"{wording} ({term})"
        for term, wording in wordings.items()
    }


def _layers(
    terms: list[str], names: list[str], x_title: str, zero: float | None
) -> list[dict[str, Any]]:
    y: dict[str, Any] = {"field": "term", "type": "nominal", "sort": terms, "title": None}
    y["axis"] = {"ticks": False, "domain": False, "grid": True, "gridDash": [1, 3]}
    shift = {"field": "result", "type": "nominal", "sort": names}
    several = len(names) > 1
    offset = {"yOffset": shift} if several else {}
    colour: dict[str, Any] = {"value": theme.SERIES[0]}
    shape: dict[str, Any] = {"value": "circle"}
    if several:
        legend = {"columns": theme.legend_columns(names)}
        colour = {**shift, "scale": theme.series_scale(names, theme.SERIES), "legend": legend}
        shape = {**shift, "scale": theme.series_scale(names, theme.SHAPES), "legend": legend}
    x: dict[str, Any] = {"type": "quantitative", "title": x_title, "scale": {"zero": False}}
    x["axis"] = {"tickCount": 7, "grid": False}
    tips = [{"field": key} for key in ("term", "result", "estimate", "low", "high")]
    line = {
        "mark": {"type": "rule", "strokeWidth": 1.6},
        "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}, **offset}
        | {"color": colour},
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {"y": y, "x": {**x, "field": "estimate"}, **offset}
        | {"color": colour, "shape": shape, "tooltip": tips},
    }
    if zero is None:
        return [line, point]
    mark = {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT, "strokeWidth": 1}
    reference = {"data": theme.ONCE, "mark": mark, "encoding": {"x": {**x, "datum": zero}}}
    return [reference, line, point]


def _level(named: Sequence[tuple[str, Result]]) -> str:
    levels = dict.fromkeys(f"{100 * getattr(result, 'conf_level', 0.95):g}" for _, result in named)
    return " / ".join(levels)


def _alt(rows: Sequence[Mapping[str, Any]], names: list[str], level: str, language: str) -> str:
    from livelihoods import words

    sentences = []
    for row in rows[:12]:
        prefix = f"{row['result']}, " if len(names) > 1 else ""
        low, high = row["low"], row["high"]
        known = low is not None and high is not None
        ends = f" [{low:.3g}, {high:.3g}]" if known else ""
        sentences.append(f"{prefix}{row['term']}: {row['estimate']:.3g}{ends}")
    listed = "; ".join(sentences).replace("-", "\u2212")
    more = len(rows) - len(sentences)
    if more:
        listed += words.text("figures.and_more", language, n=more)
    return words.text("figures.coefficient_alt", language, level=level, listed=listed)
