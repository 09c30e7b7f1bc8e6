"""How strong a confounder would have to be: Cinelli and Hazlett (2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import SpecError
from livelihoods.estimate.coefficients import check_level, shown, stars
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.estimate.sensitivity_result import SensitivityResult, say
from livelihoods.figures.contours import contour_figure
from livelihoods.notes import Note, gather
from livelihoods.numerics import special
from livelihoods.numerics.linear import lstsq_columns, residualise
from livelihoods.numerics.omitted import Robustness, adjusted_estimate, robustness
from livelihoods.tables import Column, Row, Table, interval, number, percent, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats


def confounding(
    formula: str,
    data: Any,
    treatment: str,
    *,
    benchmarks: Sequence[str] = (),
    multiples: Sequence[float] = (1.0, 2.0, 3.0),
    reduction: float = 1.0,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> SensitivityResult:
    """Ask how strong an omitted confounder must be to explain an estimate away.

    The robustness value is the share of the residual variance of both treatment and outcome that
    a confounder must explain; benchmarks bound confounders by multiples of observed covariates
    (Cinelli and Hazlett 2020, eqs. 10, 18 and the bounds of their section 4.4). Errors are
    classical: the arithmetic of partial R² belongs to them.

    Parameters
    ----------
    formula
        The regression with controls.
    treatment
        Term in question; one column.
    benchmarks
        Terms of the formula to compare with; each may have several columns.
    multiples
        "Once, twice, three times as strong as …".
    reduction
        q: 1 explains the whole estimate away, 0.5 half of it.

    Returns
    -------
    SensitivityResult
        ``values``: estimate, std_error, partial_r2, rv, rv_significant; one row a benchmark and
        multiple.

    Raises
    ------
    SpecError
        If treatment or a benchmark is not in the formula.
    """
    check_level(conf_level)
    full = ols(formula, data, "classical", weights, conf_level)
    design = full.design
    places = [j for j, term in enumerate(design.terms) if term == treatment]
    if len(places) != 1:
        raise SpecError("estimate.one_treatment", treatment=treatment, known=list(design.terms))
    place = places[0]
    df = float(design.nobs - design.X.shape[1])
    estimate = float(full.fit.coef[place])
    error = float(full.coefficients.std_errors[place])
    found = robustness(estimate, error, df, reduction, special.t_critical(conf_level, df - 1.0))
    rows = []
    for benchmark in benchmarks:
        strength = _strength(full, place, benchmark)
        rows += [_bounded(found, benchmark, k, *strength, conf_level) for k in multiples]
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    values = {
        "treatment": treatment,
        "estimate": estimate,
        "std_error": error,
        "df": df,
        "partial_r2": found.partial_r2,
        "rv": found.rv,
        "rv_significant": found.rv_significant,
        "reduction": reduction,
    }
    notes = gather(full.notes, (Note("estimate.confounding_reading", "info", {"rv": found.rv}),))
    return SensitivityResult(
        "confounding",
        full.outcome,
        values,
        frame,
        _table(full, treatment, found, frame, conf_level, notes),
        _figure(found, treatment, frame),
        notes,
    )


_SCHEMA = {
    "term": pl.String,
    "multiple": pl.Float64,
    "r2_treatment": pl.Float64,
    "r2_outcome": pl.Float64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "statistic": pl.Float64,
    "p_value": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
}


def _strength(full: OlsResult, place: int, benchmark: str) -> tuple[float, float]:
    """Partial R² of the benchmark's columns with the treatment and with the outcome."""
    design = full.design
    chosen = [j for j, term in enumerate(design.terms) if term == benchmark]
    if not chosen or place in chosen:
        raise SpecError("estimate.no_such_term", term=benchmark, known=list(design.terms))
    w = design.weights
    rest = [j for j in range(design.X.shape[1]) if j not in (*chosen, place)]
    others = np.asfortranarray(design.X[:, rest])
    wide = np.asfortranarray(design.X[:, chosen])
    d = design.X[:, place]
    with_treatment = np.asfortranarray(np.column_stack([others, d]))
    return (
        _partial_r2(others, wide, d, w),
        _partial_r2(with_treatment, wide, design.y, w),
    )


def _partial_r2(X: Floats, added: Floats, target: Floats, w: Floats | None) -> float:
    left = residualise(X, np.column_stack([target, added]), w)
    y, Z = np.ascontiguousarray(left[:, 0]), np.asfortranarray(left[:, 1:])
    rest = lstsq_columns(Z, y, w).residuals
    weight = np.ones_like(y) if w is None else w
    return 1.0 - float(weight @ rest**2) / float(weight @ y**2)


def _bounded(
    found: Robustness, term: str, k: float, r2_d: float, r2_y: float, level: float
) -> dict[str, Any]:
    """Bounds of a confounder k times as strong as the benchmark, and the estimate it leaves."""
    row: dict[str, Any] = {"term": term, "multiple": k}
    treatment = k * r2_d / (1.0 - r2_d)
    link = k * r2_d**2 / ((1.0 - k * r2_d) * (1.0 - r2_d)) if k * r2_d < 1 else math.inf
    if treatment >= 1.0 or link >= 1.0:
        return row  # no such confounder can exist
    outcome = ((math.sqrt(k) + math.sqrt(link)) / math.sqrt(1.0 - link)) ** 2
    outcome = min(outcome * r2_y / (1.0 - r2_y), 1.0)
    left = float(
        adjusted_estimate(
            found.estimate, found.std_error, found.df, np.array(treatment), np.array(outcome)
        )
    )
    error = found.std_error * math.sqrt(
        (1.0 - outcome) / (1.0 - treatment) * found.df / (found.df - 1.0)
    )
    reach = special.t_critical(level, found.df - 1.0) * error
    ratio = left / error if error > 0 else math.nan
    return row | {
        "r2_treatment": treatment,
        "r2_outcome": outcome,
        "estimate": left,
        "std_error": error,
        "statistic": ratio,
        "p_value": float(special.t_two_sided(ratio, found.df - 1.0)),
        "conf_low": left - reach,
        "conf_high": left + reach,
    }


def _table(
    full: OlsResult,
    treatment: str,
    found: Robustness,
    frame: pl.DataFrame,
    level: float,
    notes: tuple[Note, ...],
) -> Table:
    blank = text("")
    rows = [
        Row((text(say("partial_r2")), percent(found.partial_r2), blank, blank, blank)),
        Row((text(say("rv")), percent(found.rv), blank, blank, blank)),
        Row(
            (
                text(say("rv_significant", level=f"{100 * (1 - level):g}")),
                percent(found.rv_significant),
                blank,
                blank,
                blank,
            )
        ),
    ]
    for place, row in enumerate(frame.iter_rows(named=True)):
        label = say("times", k=f"{row['multiple']:g}", term=shown(row["term"]))
        if row["estimate"] is None:
            rows.append(Row((text(label), text(say("impossible")), blank, blank, blank)))
            continue
        cells = (
            text(label),
            percent(row["r2_treatment"]),
            percent(row["r2_outcome"]),
            number(row["estimate"], stars=stars(row["p_value"])),
            interval(row["conf_low"], row["conf_high"]),
        )
        rows.append(Row(cells, rule_above=place == 0))
    columns = (
        Column("what", say("confounder"), "left"),
        Column("treatment", say("of_treatment")),
        Column("outcome", say("of_outcome")),
        Column("estimate", say("left_over")),
        Column("interval", say("interval", level=f"{100 * level:g}"), "center"),
    )
    title = say("confounding_title", treatment=shown(treatment), outcome=shown(full.outcome))
    return Table("confounding", title, columns, tuple(rows), notes=notes, language=words.language())


def _figure(found: Robustness, treatment: str, frame: pl.DataFrame) -> Figure:
    known = frame.drop_nulls("estimate")
    marks = [
        (
            say("times", k=f"{row['multiple']:g}", term=shown(row["term"])),
            row["r2_treatment"],
            row["r2_outcome"],
        )
        for row in known.iter_rows(named=True)
    ]
    widest = max([0.05, 1.6 * found.rv, *(1.25 * max(x, y) for _, x, y in marks)])
    widest = min(widest, 0.99)
    levels = [found.estimate * share for share in (0.75, 0.5, 0.25, 0.0, -0.25)]

    def curve(level: float) -> list[tuple[float, float]]:
        """R²_y at which a confounder of given R²_d leaves ``level``."""
        bias = abs(found.estimate - level)
        grid = np.linspace(0.002, widest, 160)
        needed = (bias / found.std_error) ** 2 / found.df * (1.0 - grid) / grid
        return [(float(x), float(y)) for x, y in zip(grid, needed, strict=True) if y <= widest]

    return contour_figure(
        {_shown(level): curve(level) for level in levels},
        marks,
        id="confounding",
        title=say("contour_title", treatment=shown(treatment)),
        x_axis=say("axis_treatment"),
        y_axis=say("axis_outcome"),
        bold=_shown(0.0),
        extent=widest,
    )


def _shown(level: float) -> str:
    return f"{level:.3g}".replace("-", "\u2212")
