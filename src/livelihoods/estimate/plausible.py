"""Instruments that may be slightly wrong, generated instruments, and shares of peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.build import build_design
from livelihoods.errors import SpecError
from livelihoods.estimate.coefficients import check_level, shown
from livelihoods.estimate.iv import IvResult, iv, iv_of_design, parse_iv_vcov
from livelihoods.estimate.iv_design import IvDesign, check_iv_design
from livelihoods.estimate.sensitivity_result import SensitivityResult, say
from livelihoods.estimate.vcov import Vcov
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.notes import Note, gather
from livelihoods.numerics import instrumental as inst
from livelihoods.numerics import special
from livelihoods.numerics.linear import lstsq_columns, residualise
from livelihoods.tables import Column, Row, Table, interval, number, text

_STEPS = 21


def plausibly_exogenous(
    formula: str,
    data: Any,
    gamma: tuple[float, float],
    *,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> SensitivityResult:
    """Bound an effect when its instrument may act on the outcome directly, by γ.

    For each γ in the range, y − γz is regressed on the endogenous variable by 2SLS; the bounds
    are the union of the intervals (Conley, Hansen and Rossi 2012, section III.A).

    Parameters
    ----------
    formula
        With one endogenous regressor and one instrument: ``"y ~ x | d ~ z"``.
    gamma
        Lowest and highest direct effect of the instrument, in units of the outcome.

    Returns
    -------
    SensitivityResult
        ``values``: estimate, conf_low, conf_high (the union), gamma_zero (the direct effect at
        which the interval first holds zero, or None).

    Raises
    ------
    SpecError
        If there is more than one instrument or endogenous regressor, or the range is empty.
    """
    low, high = gamma
    if not low <= high:
        raise SpecError("estimate.gamma_range", low=low, high=high)
    result = iv(formula, data, vcov, weights=weights, conf_level=conf_level)
    return exogeneity_bounds(result, (low, high))


def exogeneity_bounds(result: IvResult, gamma: tuple[float, float]) -> SensitivityResult:
    """Return the bounds for a regression already run; see :func:`plausibly_exogenous`."""
    design, problem = result.design, result.problem
    if problem.D.shape[1] != 1 or problem.Z.shape[1] != 1:
        raise SpecError(
            "estimate.plausible_one", n=problem.Z.shape[1], endogenous=list(design.endogenous)
        )
    critical = special.t_critical(result.conf_level, result.df)
    grid = np.linspace(*gamma, _STEPS)
    rows = []
    for value in grid:
        moved = replace(problem, y=problem.y - float(value) * problem.Z[:, 0])
        small = result.small or result.vcov.kind == "HC1"
        fit = inst.fit_iv(moved, result.rule, small=small)
        error = float(np.sqrt(fit.covariance[0, 0]))
        estimate = float(fit.coef[0])
        rows.append((float(value), estimate, error, *_interval(estimate, error, critical)))
    names = ("gamma", "estimate", "std_error", "conf_low", "conf_high")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
    frame = frame.select(pl.lit(design.endogenous[0]).alias("term"), pl.all())
    holds = frame.filter((pl.col("conf_low") <= 0) & (pl.col("conf_high") >= 0))
    nearest = holds.sort(pl.col("gamma").abs())["gamma"]
    values = {
        "estimate": float(result.fit.coef[0]),
        "conf_low": float(frame["conf_low"].to_numpy().min()),
        "conf_high": float(frame["conf_high"].to_numpy().max()),
        "gamma_low": gamma[0],
        "gamma_high": gamma[1],
        "gamma_zero": float(nearest[0]) if len(nearest) else None,
    }
    found = {"instrument": design.instruments[0], "outcome": result.outcome}
    notes = gather(result.notes, (Note("estimate.plausible_reading", "info", found),))
    title = say(
        "plausible_title",
        instrument=shown(design.instruments[0]),
        outcome=shown(result.outcome),
    )
    table = _bounds_table(title, rows, values, result.conf_level, notes)
    figure = sensitivity_curve(
        grid,
        frame["estimate"].to_numpy(),
        low=frame["conf_low"].to_numpy(),
        high=frame["conf_high"].to_numpy(),
        id="plausible",
        title=title,
        x_axis=say("direct_effect"),
        y_axis=say("effect"),
    )
    return SensitivityResult(
        "plausibly_exogenous", result.outcome, values, frame, table, figure, notes
    )


def _bounds_table(
    title: str,
    rows: Sequence[tuple[float, ...]],
    values: dict[str, float | None],
    level: float,
    notes: tuple[Note, ...],
) -> Table:
    places = [0, _STEPS // 4, _STEPS // 2, 3 * _STEPS // 4, _STEPS - 1]
    table_rows = [
        Row((number(row[0]), number(row[1]), interval(row[3], row[4])))
        for row in (rows[place] for place in places)
    ]
    union = interval(values["conf_low"] or 0.0, values["conf_high"] or 0.0)
    table_rows.append(Row((text(say("union")), text(""), union), "total", rule_above=True))
    columns = (
        Column("gamma", say("direct_effect")),
        Column("estimate", say("effect")),
        Column("interval", say("interval", level=f"{100 * level:g}"), "center"),
    )
    return Table(
        "plausible", title, columns, tuple(table_rows), notes=notes, language=words.language()
    )


def _interval(estimate: float, error: float, critical: float) -> tuple[float, float]:
    return estimate - critical * error, estimate + critical * error


def lewbel(
    formula: str,
    data: Any,
    endogenous: str,
    *,
    using: Sequence[str] | None = None,
    vcov: Vcov = "HC1",
    method: inst.Method = "2sls",
    small: bool = False,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> IvResult:
    """Instrument without an instrument: Lewbel's (2012) heteroskedasticity.

    The residual v̂ of the endogenous regressor on the exogenous ones gives instruments
    (x − x̄)·v̂. They identify only if Var(v | x) depends on x and Cov(x, uv) = 0; the first is
    tested (Breusch–Pagan, Koenker), the second is an assumption. A last resort, said so.

    Parameters
    ----------
    formula
        An ordinary formula with the endogenous regressor in it: ``"y ~ d + x1 + x2"``.
    endogenous
        Its term; one column.
    using
        Terms whose columns make the instruments; None takes all exogenous ones.

    Raises
    ------
    SpecError
        If ``endogenous`` or a name under ``using`` is not in the formula.
    """
    spec = parse_iv_vcov(vcov)
    check_level(conf_level)
    base = build_design(formula, data, weights=weights, cluster=spec.clusters)
    places = [j for j, term in enumerate(base.terms) if term == endogenous]
    if len(places) != 1:
        raise SpecError("estimate.one_treatment", treatment=endogenous, known=list(base.terms))
    rest = [j for j in range(base.X.shape[1]) if j != places[0]]
    wanted = [j for j in rest if base.names[j] != "(Intercept)"]
    if using is not None:
        unknown = [name for name in using if name not in base.terms or name == endogenous]
        if unknown:
            raise SpecError("estimate.no_such_term", term=unknown[0], known=list(base.terms))
        wanted = [j for j in wanted if base.terms[j] in using]
    d = base.X[:, places]
    X = np.asfortranarray(base.X[:, rest])
    residual = residualise(X, d, base.weights)
    centred = base.X[:, wanted] - np.average(base.X[:, wanted], axis=0, weights=base.weights)
    exogenous = replace(
        base,
        X=X,
        names=tuple(base.names[j] for j in rest),
        terms=tuple(base.terms[j] for j in rest),
    )
    design = check_iv_design(
        IvDesign(
            exogenous,
            np.asfortranarray(d),
            np.asfortranarray(centred * residual),
            (base.names[places[0]],),
            tuple(say("generated", term=base.names[j]) for j in wanted),
            base.notes,
        )
    )
    result = iv_of_design(design, spec, method, small=small, conf_level=conf_level, formula=formula)
    squared = residual[:, 0] ** 2
    left = lstsq_columns(X, squared).residuals
    spread = float(((squared - squared.mean()) ** 2).sum())
    statistic = squared.size * (1.0 - float(left @ left) / spread)
    p = special.chi2_tail(statistic, float(X.shape[1] - 1))
    severity = "caution" if p < 0.05 else "serious"
    code = "estimate.lewbel_assumption" if p < 0.05 else "estimate.lewbel_homoskedastic"
    note = Note(code, severity, {"endogenous": endogenous, "p": p})  # type: ignore[arg-type]
    return replace(result, notes=gather(result.notes, (note,)))
