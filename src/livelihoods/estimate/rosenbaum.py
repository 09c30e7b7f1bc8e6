"""Hidden bias in matched pairs (Rosenbaum), E-values, and outcomes that cannot have changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate.coefficients import shown
from livelihoods.estimate.matching import MatchingResult
from livelihoods.estimate.sensitivity_result import SensitivityResult, say
from livelihoods.estimate.test_result import Inapplicable
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.notes import Note
from livelihoods.numerics.signed_rank import critical_gamma, signed_rank_bounds
from livelihoods.tables import Column, Row, Table, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats

GAMMAS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0)


def rosenbaum_bounds(
    result: MatchingResult,
    outcome: str | None = None,
    *,
    gammas: Sequence[float] = GAMMAS,
    level: float = 0.05,
) -> SensitivityResult | Inapplicable:
    """Ask how much hidden bias would undo the significance of a 1:1 matching.

    Γ bounds the odds by which two matched units may differ in being treated. Wilcoxon's signed
    rank of the pair differences, one-sided in the direction found (Rosenbaum 2002, ch. 4).

    Parameters
    ----------
    result
        Of ``lv.match`` with one neighbour without replacement; otherwise the answer is
        ``Inapplicable``, with the reason.
    outcome
        Which outcome; None takes the only one.
    gammas
        Values of Γ, from 1.
    level
        Significance level for the critical Γ.

    Raises
    ------
    SpecError
        If the outcome is not one of the matching's, or a Γ is below 1.
    """
    names = result.spec.outcomes
    chosen = outcome or names[0]
    if chosen not in names or (outcome is None and len(names) > 1):
        raise SpecError("estimate.rosenbaum_outcome", given=outcome, known=list(names))
    method = result.spec.method
    if getattr(method, "method", "") != "nearest" or getattr(method, "neighbors", 0) != 1:
        return Inapplicable("rosenbaum", "not_one_to_one")
    if getattr(method, "replace", True):
        return Inapplicable("rosenbaum", "with_replacement")
    used = result.matching.focal > 0
    differences = result.matching.effects[names.index(chosen)][used]
    return bounds_of_pairs(differences, chosen, gammas=gammas, level=level)


def bounds_of_pairs(
    differences: Any, outcome: str = "", *, gammas: Sequence[float] = GAMMAS, level: float = 0.05
) -> SensitivityResult:
    """Return the bounds for pair differences, treated minus control, shape ``(pairs,)``.

    Raises
    ------
    DataError
        If fewer than five pairs differ.
    SpecError
        If a Γ is below 1.
    """
    values: Floats = np.asarray(differences, dtype=np.float64)
    values = values[np.isfinite(values)]
    if np.count_nonzero(values) < 5:
        raise DataError("estimate.too_few_pairs", n=int(np.count_nonzero(values)))
    if not gammas or min(gammas) < 1.0:
        raise SpecError("estimate.gamma_below_one", given=[f"{g:g}" for g in gammas])
    positive = float(np.median(values[values != 0])) >= 0
    found = [signed_rank_bounds(values, g, positive=positive) for g in gammas]
    limit = critical_gamma(values, level, positive=positive)
    frame = pl.DataFrame(
        {
            "gamma": [each.gamma for each in found],
            "p_low": [each.p_low for each in found],
            "p_high": [each.p_high for each in found],
        }
    )
    notes = (Note("estimate.rosenbaum_reading", "info", {"gamma": limit, "level": 100 * level}),)
    rows = tuple(
        Row((number(each.gamma, 2), p_value(each.p_low), p_value(each.p_high))) for each in found
    )
    columns = (
        Column("gamma", "Γ"),
        Column("p_low", say("p_low")),
        Column("p_high", say("p_high")),
    )
    title = say("rosenbaum_title", outcome=shown(outcome))
    figure = sensitivity_curve(
        np.array(gammas),
        {say("p_high"): frame["p_high"].to_numpy(), say("p_low"): frame["p_low"].to_numpy()},
        id="rosenbaum",
        title=title,
        x_axis="Γ",
        y_axis="p",
        zero=level,
    )
    answers = {"critical_gamma": limit, "pairs": int(values.size), "level": level}
    table = Table("rosenbaum", title, columns, rows, notes=notes, language=words.language())
    return SensitivityResult("rosenbaum", outcome, answers, frame, table, figure, notes)


Measure = Literal["risk_ratio", "odds_ratio", "hazard_ratio", "difference"]


def e_value(
    estimate: float,
    *,
    conf_low: float | None = None,
    conf_high: float | None = None,
    measure: Measure = "risk_ratio",
    sd: float | None = None,
    rare: bool = False,
    outcome: str = "",
) -> SensitivityResult:
    """Return the E-value (VanderWeele and Ding 2017): E = RR + √(RR(RR − 1)).

    Parameters
    ----------
    estimate, conf_low, conf_high
        The effect and its interval.
    measure
        ``"risk_ratio"``; ``"odds_ratio"`` and ``"hazard_ratio"`` (taken as risk ratios if
        ``rare``, else √OR and (1 − 0.5^√HR)/(1 − 0.5^√(1/HR))); ``"difference"`` of means of a
        continuous outcome: RR ≈ exp(0.91·difference/sd), an approximation.
    sd
        Standard deviation of the outcome, for differences.

    Raises
    ------
    SpecError
        If a ratio is not positive, or a difference lacks its sd.
    """

    def ratio(value: float | None) -> float | None:
        return None if value is None else _risk_ratio(value, measure, sd, rare)

    point, low, high = ratio(estimate), ratio(conf_low), ratio(conf_high)
    assert point is not None
    bound = low if point >= 1 else high
    nearest = None
    if low is not None and high is not None and bound is not None:
        nearest = 1.0 if low <= 1.0 <= high else _e(bound)
    value = _e(point)
    notes = _e_notes(value, measure, rare)
    frame = pl.DataFrame(
        {"term": ["e_value"], "estimate": [value], "bound": [nearest], "risk_ratio": [point]},
        schema_overrides={"bound": pl.Float64},
    )
    rows = (
        Row((text(say("risk_ratio")), number(point))),
        Row((text(say("e_point")), number(value))),
        Row((text(say("e_bound")), number(nearest))),
    )
    columns = (Column("what", "", "left"), Column("value", say("value")))
    title = say("e_title", outcome=outcome)
    table = Table("e-value", title, columns, rows, notes=notes, language=words.language())
    answers = {"e_value": value, "e_bound": nearest, "risk_ratio": point}
    figure = _e_figure(point, value)
    return SensitivityResult("e_value", outcome, answers, frame, table, figure, notes)


def _e_notes(value: float, measure: str, rare: bool) -> tuple[Note, ...]:
    reading = Note("estimate.e_value_reading", "info", {"value": value})
    if measure == "difference":
        return Note("estimate.e_value_difference", "caution"), reading
    if measure != "risk_ratio" and not rare:
        return Note("estimate.e_value_ratio", "caution"), reading
    return (reading,)


def _e_figure(ratio: float, value: float) -> Figure:
    """Pairs of associations that would just explain the ratio: y = RR(x − 1)/(x − RR)."""
    larger = max(ratio, 1.0 / ratio)
    # From just beyond the ratio itself, where the other association would be infinite.
    x = np.linspace(larger * 1.02, max(3.0 * value, larger * 1.1), 80)
    y = larger * (x - 1.0) / (x - larger)
    return sensitivity_curve(
        x,
        np.where(y <= 4.0 * value, y, np.nan),
        id="e-value",
        title=say("e_figure"),
        x_axis=say("e_with_treatment"),
        y_axis=say("e_with_outcome"),
        zero=None,
        marked={f"E = {value:.2f}": value},
    )


def _risk_ratio(value: float, measure: str, sd: float | None, rare: bool) -> float:
    if measure == "difference":
        if sd is None or not sd > 0:
            raise SpecError("estimate.e_value_sd")
        return math.exp(0.91 * value / sd)
    if not value > 0:
        raise SpecError("estimate.e_value_positive", given=value)
    if measure == "risk_ratio" or rare:
        return value
    if measure == "odds_ratio":
        return math.sqrt(value)
    if measure == "hazard_ratio":
        root = math.sqrt(value)
        return float((1.0 - 0.5**root) / (1.0 - 0.5 ** (1.0 / root)))
    raise SpecError("estimate.e_value_measure", given=measure)


def _e(ratio: float) -> float:
    larger = max(ratio, 1.0 / ratio)
    return larger + math.sqrt(larger * (larger - 1.0))
