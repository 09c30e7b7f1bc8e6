"""Bounds on an effect when some people misreport whether they take part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate.coefficients import shown
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.estimate.sensitivity_result import SensitivityResult, say
from livelihoods.estimate.vcov import Vcov
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.notes import Note, gather
from livelihoods.numerics.linear import residualise
from livelihoods.tables import Column, Row, Table, interval, number, percent, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure

Rate = float | tuple[float, float]
_GRID = 41


def misreport_bounds(
    formula: str,
    data: Any,
    treatment: str,
    *,
    false_positive: Rate = 0.0,
    false_negative: Rate = 0.0,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> SensitivityResult:
    """Bound an effect under declared rates of misreporting of a 0/1 treatment.

    With a₀ = P(reports 1 | truly 0), a₁ = P(reports 0 | truly 1), independent of the outcome and
    the controls given the truth (Aigner 1973; Bollinger 1996), and s = 1 − a₀ − a₁: the true
    share is p* = (p − a₀)/s, and β = β̂·V(D̃) / (s·(p*(1 − p*) − V(D̂)/s²)), where D̃ and D̂ are
    residual and fitted part of the reported treatment on the controls.

    Parameters
    ----------
    formula
        The regression with controls.
    treatment
        Its 0/1 term.
    false_positive, false_negative
        A rate, or (lowest, highest).

    Returns
    -------
    SensitivityResult
        ``values``: reported estimate, low, high, conf_low, conf_high (the union of intervals over
        the rates); one row a corner of the rates.

    Raises
    ------
    SpecError
        If a rate is not in [0, 1) or the two sum to one or more.
    EstimationError
        If no rate allowed agrees with the data.
    """
    positive, negative = _rates(false_positive), _rates(false_negative)
    if positive[1] + negative[1] >= 1.0:
        raise SpecError("estimate.misreport_sum", positive=positive[1], negative=negative[1])
    full = ols(formula, data, vcov, weights, conf_level)
    place = _treatment_place(full, treatment)
    row = full.tidy().row(place, named=True)
    p, fitted, left = _variances(full, place)
    factors = [
        (a0, a1, _factor(a0, a1, p, fitted, left))
        for a0 in np.linspace(*positive, _GRID if positive[0] < positive[1] else 1)
        for a1 in np.linspace(*negative, _GRID if negative[0] < negative[1] else 1)
    ]
    possible = [factor for _, _, factor in factors if factor is not None]
    if not possible:
        raise EstimationError("estimate.misreport_impossible", treatment=treatment, share=p)
    spread = (min(possible), max(possible))
    ends = [row["estimate"] * factor for factor in spread]
    bounds = [row[name] * factor for name in ("conf_low", "conf_high") for factor in spread]
    corners = [
        (a0, a1, _factor(a0, a1, p, fitted, left))
        for a0 in dict.fromkeys(positive)
        for a1 in dict.fromkeys(negative)
    ]
    frame = _frame(row, corners)
    values = {
        "treatment": treatment,
        "reported": row["estimate"],
        "low": min(ends),
        "high": max(ends),
        "conf_low": min(bounds),
        "conf_high": max(bounds),
        "reported_share": p,
    }
    said = [Note("estimate.misreport_assumption", "caution", {"treatment": treatment})]
    if len(possible) < len(factors):
        share = 1.0 - len(possible) / len(factors)
        said.append(Note("estimate.misreport_some_impossible", "info", {"share": share}))
    notes = gather(full.notes, said)
    return SensitivityResult(
        "misreport",
        full.outcome,
        values,
        frame,
        _table(full.outcome, values, frame, conf_level, notes),
        _figure(row["estimate"], positive, negative, (p, fitted, left), treatment),
        notes,
    )


def _rates(rate: Rate) -> tuple[float, float]:
    low, high = rate if isinstance(rate, tuple) else (rate, rate)
    if not 0.0 <= low <= high < 1.0:
        raise SpecError("estimate.misreport_rate", given=str(rate))
    return float(low), float(high)


def _treatment_place(full: OlsResult, treatment: str) -> int:
    design = full.design
    places = [j for j, term in enumerate(design.terms) if term == treatment]
    if len(places) != 1:
        raise SpecError("estimate.one_treatment", treatment=treatment, known=list(design.terms))
    column = design.X[:, places[0]]
    if not bool(np.all((column == 0.0) | (column == 1.0))):
        raise SpecError("estimate.misreport_binary", treatment=treatment)
    return places[0]


def _variances(full: OlsResult, place: int) -> tuple[float, float, float]:
    """Share reporting, variance of the fitted part and of the residual part."""
    design = full.design
    w = np.ones(design.nobs) if design.weights is None else design.weights
    w = w / w.sum()
    column = design.X[:, place]
    others = np.asfortranarray(np.delete(design.X, place, axis=1))
    residual = residualise(others, column[:, None], design.weights)[:, 0]
    p = float(w @ column)
    left = float(w @ residual**2)
    return p, p * (1.0 - p) - left, left


def _factor(a0: float, a1: float, p: float, fitted: float, left: float) -> float | None:
    """True over reported coefficient; None if the rates cannot have made these data."""
    s = 1.0 - a0 - a1
    true = (p - a0) / s
    if not 0.0 < true < 1.0:
        return None
    rest = true * (1.0 - true) - fitted / s**2
    return left / (s * rest) if rest > 0 else None


def _frame(row: dict[str, Any], corners: list[tuple[float, float, float | None]]) -> pl.DataFrame:
    known = [(a0, a1, math.nan if factor is None else factor) for a0, a1, factor in corners]
    columns = ("estimate", "std_error", "conf_low", "conf_high")
    return pl.DataFrame(
        {
            "term": [row["term"]] * len(known),
            "false_positive": [a0 for a0, _, _ in known],
            "false_negative": [a1 for _, a1, _ in known],
            "factor": [factor for _, _, factor in known],
            **{name: [row[name] * factor for _, _, factor in known] for name in columns},
        }
    ).fill_nan(None)


def _table(
    outcome: str,
    values: dict[str, Any],
    frame: pl.DataFrame,
    level: float,
    notes: tuple[Note, ...],
) -> Table:
    rows = [
        Row(
            (
                text(say("corner")),
                percent(row["false_positive"], 1),
                percent(row["false_negative"], 1),
                number(row["estimate"]),
                text("–")
                if row["conf_low"] is None
                else interval(row["conf_low"], row["conf_high"]),
            )
        )
        for row in frame.iter_rows(named=True)
    ]
    blank = text("")
    rows.append(
        Row(
            (
                text(say("bounds")),
                blank,
                blank,
                interval(values["low"], values["high"]),
                interval(values["conf_low"], values["conf_high"]),
            ),
            "total",
            rule_above=True,
        )
    )
    columns = (
        Column("what", "", "left"),
        Column("false_positive", say("false_positive")),
        Column("false_negative", say("false_negative")),
        Column("estimate", say("effect"), "center"),
        Column("interval", say("interval", level=f"{100 * level:g}"), "center"),
    )
    title = say("misreport_title", treatment=shown(values["treatment"]), outcome=shown(outcome))
    return Table("misreport", title, columns, tuple(rows), notes=notes, language=words.language())


def _figure(
    estimate: float,
    positive: tuple[float, float],
    negative: tuple[float, float],
    facts: tuple[float, float, float],
    treatment: str,
) -> Figure:
    grid = np.linspace(0.0, max(negative[1], 0.1), 41)
    curves = {
        say("with_positive", rate=f"{100 * a0:g}"): np.array(
            [
                math.nan if factor is None else estimate * factor
                for factor in (_factor(a0, float(a1), *facts) for a1 in grid)
            ]
        )
        for a0 in dict.fromkeys((0.0, *positive))
    }
    return sensitivity_curve(
        grid,
        curves,
        id="misreport",
        title=say("misreport_figure", treatment=shown(treatment)),
        x_axis=say("false_negative"),
        y_axis=say("effect"),
    )
