"""``lv.dose_response``: what would the outcome be at each dose?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.design.language import parse_formula
from livelihoods.engine import map_replicates
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.dose_response.result import DoseResponse
from livelihoods.estimate.effect_groups import group_column
from livelihoods.estimate.extra_variable import design_with
from livelihoods.estimate.folds import fold_numbers
from livelihoods.estimate.test_result import TestResult
from livelihoods.estimate.vcov import cluster_notes, parse_vcov
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics import dose as ds
from livelihoods.numerics import special
from livelihoods.numerics.linear import scaled_basis
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats

Scale = Literal["level", "log"]
POINTS = 25
_VALUES = 10  # distinct doses below which it is a treatment of categories
_MASS = 0.10  # share of rows at one dose that no density describes
_EFFECTIVE = 0.3  # share of effective rows below which overlap is poor
_LOST = 0.10  # share of draws that may fail


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, checked."""

    dose: str
    scale: Scale
    among: str
    density: str
    cap: float
    folds: int
    draws: int
    seed: int
    cluster: str | None
    weights: str | None
    conf_level: float


def dose_response(
    formula: str,
    data: Any,
    dose: str,
    *,
    scale: Scale = "level",
    among: Literal["all", "positive"] = "all",
    grid: int | Sequence[float] = POINTS,
    density: Literal["normal", "kernel"] = "normal",
    cap: float | None = 20.0,
    bandwidth: float | None = None,
    folds: int = 5,
    draws: int = 499,
    seed: int = 0,
    cluster: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> DoseResponse:
    """Estimate the average outcome if everybody had a given dose, over a range of doses.

    Doubly robust (Kennedy, Ma, McHugh and Small 2017): a pseudo-outcome from an outcome regression
    (controls, a cubic in the dose, dose by controls) and the generalised propensity score (the
    dose's density given the controls: a line and normal, or kernel, errors), both fitted without
    the fold they are used on, smoothed over the dose by a local quadratic. The curve is right if
    either model is. Bands come from a bootstrap of rows or clusters that does all of it again.

    Parameters
    ----------
    formula
        ``"resilience ~ age + C(year)"``: outcome and controls, without the dose.
    data
        A Survey, or any frame.
    dose
        Numeric column with many values.
    scale
        ``"log"`` models and smooths the dose in logarithms (skewed amounts, all positive);
        slopes are then per doubling of the dose.
    among
        ``"positive"`` leaves out rows of dose zero.
    grid
        Number of doses, at equal steps from the 5th to the 95th percentile; or the doses.
    density
        Law of the dose's errors: ``"normal"`` or ``"kernel"``.
    cap
        Largest weight a residual may get; None for none. Weights that are cut are counted.
    bandwidth
        Of the smoothing, in units of the dose (or its logarithm); None takes what is best for a
        local line by leaving rows out one by one.
    folds
        Folds of the cross-fitting, of whole clusters if there are.
    draws, seed
        Bootstrap draws and their seed.
    cluster
        Column of clusters to draw; None draws rows.
    weights
        Column of weights of the rows.
    conf_level
        Level of pointwise intervals and of the simultaneous band.

    Raises
    ------
    SpecError
        If an option or column makes no sense.
    DataError
        If the dose has fewer than ten values, or is not positive with ``scale="log"``.
    EstimationError
        If the dose does not vary beside the controls, or too many draws fail.
    """
    asked = _asked(
        formula, dose, scale, among, density, cap, folds, draws, seed, cluster, weights,
        conf_level, bandwidth,
    )  # fmt: skip
    survey = _chosen(as_survey(data), asked)
    clusters = (cluster,) if cluster else ()
    design, raw = design_with(formula, survey, dose, weights, clusters)
    _check_dose(raw, asked, design)
    values = np.log(raw) if scale == "log" else raw
    points = _grid(grid, values, scale)
    problem = _problem(asked, design, values, points)
    xi, ratio = ds.pseudo_outcome(problem, problem.w)
    width = ds.choose_bandwidth(values, xi, problem.w) if bandwidth is None else bandwidth
    found = np.stack(ds.local_quadratic(values, xi, problem.w, points, width))
    if not np.isfinite(found).all():
        raise EstimationError("estimate.dose_bandwidth", bandwidth=width, variable=dose)
    drawn, lost = _draws(problem, width, asked)
    frame, factor = _frame(found, drawn, points, scale, conf_level)
    spec = parse_vcov({"cluster": cluster} if cluster else "HC1")
    notes = gather(
        design.notes, cluster_notes(design, spec), _notes(asked, raw, ratio, problem, lost)
    )
    return DoseResponse(
        formula,
        design.outcome,
        dose,
        scale,
        frame,
        _flat(found[0], drawn[:, 0], dose),
        factor,
        width,
        _overlap(ratio, problem),
        design.nobs,
        drawn.shape[0],
        cluster,
        conf_level,
        notes,
    )


def _asked(
    formula: str,
    dose: str,
    scale: str,
    among: str,
    density: str,
    cap: float | None,
    folds: int,
    draws: int,
    seed: int,
    cluster: str | None,
    weights: str | None,
    conf_level: float,
    bandwidth: float | None,
) -> _Asked:
    co.check_level(conf_level)
    choices = {
        "scale": (scale, ["level", "log"]),
        "among": (among, ["all", "positive"]),
        "density": (density, ["normal", "kernel"]),
    }
    for option, (given, known) in choices.items():
        if given not in known:
            raise SpecError("estimate.dose_option", option=option, given=given, known=known)
    numbers: tuple[tuple[str, float, bool], ...] = (
        ("cap", 1.0 if cap is None else cap, cap is None or cap >= 1.0),
        ("folds", folds, 2 <= folds <= 50),
        ("draws", draws, draws >= 99),
        ("bandwidth", bandwidth or 0.0, bandwidth is None or bandwidth > 0),
    )
    for option, value, fine in numbers:
        if not fine:
            raise SpecError("estimate.dose_number", option=option, given=value)
    read = parse_formula(formula)
    if dose in read.variables or dose == read.response:
        raise SpecError("estimate.dose_in_formula", variable=dose)
    return _Asked(
        dose,
        "log" if scale == "log" else "level",
        among,
        density,
        np.inf if cap is None else cap,
        folds,
        draws,
        seed,
        cluster,
        weights,
        conf_level,
    )


def _chosen(survey: Survey, asked: _Asked) -> Survey:
    column = group_column(survey.frame, asked.dose)
    if not column.dtype.is_numeric():
        raise SpecError("estimate.dose_numeric", variable=asked.dose)
    if asked.among == "positive":
        return survey.keep(column.cast(pl.Float64).fill_null(1.0) > 0, "estimation")
    return survey


def _check_dose(raw: Floats, asked: _Asked, design: Design) -> None:
    if asked.scale == "log" and (raw <= 0).any():
        rows = [int(row) for row in design.rows[raw <= 0]]
        raise DataError("estimate.dose_positive", variable=asked.dose, n=len(rows), rows=rows)
    values = np.unique(raw).size
    if values < _VALUES:
        raise DataError("estimate.dose_values", variable=asked.dose, n=values, least=_VALUES)
    if design.nobs <= 3 * design.X.shape[1] + 10:
        k = 2 * design.X.shape[1] + 3
        raise EstimationError("estimate.too_few_rows", n=design.nobs, k=k, outcome=design.outcome)
    values_ = np.log(raw) if asked.scale == "log" else raw
    coef = np.linalg.lstsq(design.X, values_, rcond=None)[0]
    if float(np.std(values_ - design.X @ coef)) < 1e-8 * float(np.std(values_)):
        raise EstimationError("estimate.dose_determined", variable=asked.dose)


def _grid(grid: int | Sequence[float], values: Floats, scale: Scale) -> Floats:
    """Return the doses of the curve on the scale of the smoothing, ascending."""
    if isinstance(grid, int):
        if grid < 2:
            raise SpecError("estimate.dose_number", option="grid", given=grid)
        low, high = np.quantile(values, (0.05, 0.95))
        if low < high:
            return np.linspace(low, high, grid)
        return np.linspace(values.min(), values.max(), grid)
    points = np.unique(np.asarray(list(grid), dtype=np.float64))
    if points.size < 2 or not np.isfinite(points).all() or (scale == "log" and points[0] <= 0):
        raise SpecError("estimate.dose_grid", given=[f"{value:g}" for value in points])
    chosen = np.log(points) if scale == "log" else points
    if chosen[0] < values.min() or chosen[-1] > values.max():
        ends = (values.min(), values.max())
        low, high = np.exp(ends) if scale == "log" else ends
        raise SpecError("estimate.dose_outside", low=float(low), high=float(high))
    return np.asarray(chosen)


def _problem(asked: _Asked, design: Design, values: Floats, points: Floats) -> ds.Problem:
    n = design.nobs
    unit = design.clusters[asked.cluster] if asked.cluster else np.arange(n, dtype=np.int64)
    if int(unit.max()) + 1 < asked.folds:
        raise EstimationError("estimate.dose_units", n=int(unit.max()) + 1, folds=asked.folds)
    w = np.ones(n) if design.weights is None else design.weights / design.weights.mean()
    fold = fold_numbers(unit, asked.folds, asked.seed, "dose_response")
    inner = [j for j, name in enumerate(design.names) if name != "(Intercept)"]
    ready = scaled_basis(np.asfortranarray(np.hstack([np.ones((n, 1)), design.X[:, inner]])))[0]
    X = np.hstack([np.ones((n, 1)), ready[:, 1:]])
    kernel = asked.density == "kernel"
    return ds.Problem(X, values, design.y, fold, points, unit, w, asked.cap, kernel)


def _draws(problem: ds.Problem, width: float, asked: _Asked) -> tuple[Floats, int]:
    drawn = np.stack(
        map_replicates(
            ds.draw_curve,
            asked.draws,
            seed=asked.seed,
            identity=f"dose_response:{asked.dose}",
            shared=(problem, width),
        )
    )
    fine = np.isfinite(drawn).all(axis=(1, 2))
    lost = int(asked.draws - fine.sum())
    if lost > _LOST * asked.draws:
        raise EstimationError("estimate.dose_draws", lost=lost, draws=asked.draws)
    return drawn[fine], lost


def _frame(
    found: Floats, drawn: Floats, points: Floats, scale: Scale, conf_level: float
) -> tuple[pl.DataFrame, float]:
    """Return curve, slope, intervals and band; and the band's factor."""
    errors = drawn.std(axis=0, ddof=1)
    reach = special.t_critical(conf_level, float("inf"))
    factor = ds.simultaneous(drawn[:, 0] - drawn[:, 0].mean(axis=0), errors[0], conf_level)
    doses = np.exp(points) if scale == "log" else points
    unit = np.log(2.0) if scale == "log" else 1.0  # a doubling, or one unit more
    height, slope, slope_error = found[0], found[1] * unit, errors[1] * unit
    with np.errstate(divide="ignore", invalid="ignore"):
        tail = special.t_two_sided(slope / slope_error, float("inf"))
    columns = {
        "dose": doses,
        "estimate": height,
        "std_error": errors[0],
        "conf_low": height - reach * errors[0],
        "conf_high": height + reach * errors[0],
        "band_low": height - factor * errors[0],
        "band_high": height + factor * errors[0],
        "slope": slope,
        "slope_error": slope_error,
        "slope_p_value": tail,
        "slope_low": slope - reach * slope_error,
        "slope_high": slope + reach * slope_error,
    }
    return pl.DataFrame(columns).fill_nan(None), factor


def _flat(height: Floats, drawn: Floats, dose: str) -> TestResult:
    """Test that the outcome is the same at all doses: largest departure from the mean height."""
    apart = height - height.mean()
    noise = drawn - drawn.mean(axis=1)[:, None]
    errors = noise.std(axis=0, ddof=1)
    noise = noise - noise.mean(axis=0)
    statistic = float(np.abs(apart / errors).max())
    largest = np.abs(noise / errors).max(axis=1)
    p = (1 + int((largest >= statistic).sum())) / (largest.size + 1)
    return TestResult("flat_dose", statistic, "none", (), p, values={"variable": co.shown(dose)})


def _overlap(ratio: Floats, problem: ds.Problem) -> dict[str, float]:
    used = np.minimum(ratio, problem.cap) * problem.w
    return {
        "largest": float(ratio.max()),
        "capped": float((ratio > problem.cap).sum()),
        "effective": float(used.sum() ** 2 / (used @ used)),
    }


def _notes(
    asked: _Asked, raw: Floats, ratio: Floats, problem: ds.Problem, lost: int
) -> tuple[Note, ...]:
    where = Where((asked.dose,))
    named = {"variable": asked.dose}
    notes = [Note("estimate.dose_chosen", "info", named, where)]
    values, counts = np.unique(raw, return_counts=True)
    most = int(np.argmax(counts))
    if counts[most] > _MASS * raw.size:
        said = {**named, "value": float(values[most]), "share": 100 * counts[most] / raw.size}
        notes.append(Note("estimate.dose_mass", "warning", said, where))
    capped = int((ratio > problem.cap).sum())
    if capped:
        said = {**named, "n": capped, "cap": problem.cap, "largest": float(ratio.max())}
        notes.append(Note("estimate.dose_capped", "caution", said, where))
    effective = _overlap(ratio, problem)["effective"]
    if effective < _EFFECTIVE * raw.size:
        said = {**named, "n": round(effective), "all": int(raw.size)}
        notes.append(Note("estimate.dose_overlap", "warning", said, where))
    if lost:
        notes.append(Note("estimate.dose_lost", "caution", {"lost": lost, "draws": asked.draws}))
    return tuple(notes)
