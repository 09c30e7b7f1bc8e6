"""Breadth against depth: one more kind of activity, or more of the one there is?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.design.language import parse_formula
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.breadth_result import BreadthDepth
from livelihoods.estimate.effect_groups import binary_values, group_column
from livelihoods.estimate.mechanism_parts import plain
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.estimate.test_result import AnyTest, Inapplicable, f_test
from livelihoods.estimate.vcov import Vcov
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics.covariance import wald
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats

BREADTH = "breadth"
_COSTS = ("mode", "depth")
_RELATED = 0.8  # correlation above which the two are hardly told apart


def breadth_depth(
    formula: str,
    data: Any,
    modes: Sequence[str],
    depth: str,
    *,
    among: Literal["all", "takers"] = "all",
    cost: Mapping[str, float] | None = None,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> BreadthDepth:
    """Set one more mode against more intensity, in one regression.

    y = b·breadth + d·depth + controls, breadth the number of modes taken. One more mode is worth
    b, a unit of depth d. To compare them they need one scale: a standard deviation of each
    (b·s_b − d·s_d), one mode against one standard deviation of depth (b − d·s_d), or a unit of
    cost (b/c_mode − d/c_depth); the differences have the errors of the joint covariance, with
    standard deviations and costs taken as known.

    Parameters
    ----------
    formula
        ``"resilience ~ age + C(year)"``: outcome and controls, without modes and depth.
    data
        A Survey, or any frame.
    modes
        At least two 0/1 columns.
    depth
        Numeric column of intensity: value processed, share sold, days. Where nobody takes a mode
        and depth is missing, it is zero.
    among
        ``"all"``, or ``"takers"``: rows with at least one mode.
    cost
        ``{"mode": cost of one more mode, "depth": cost of one unit of depth}``, in one currency.
    vcov, weights, conf_level
        As in ``lv.ols``.

    Raises
    ------
    SpecError
        If columns play two roles, or cost or ``among`` makes no sense.
    DataError
        If a mode is not 0/1, or depth is not numeric.
    EstimationError
        If breadth and depth cannot be told from each other or from the controls.
    """
    names = (modes,) if isinstance(modes, str) else tuple(modes)
    _check(formula, names, depth, among, cost)
    survey, notes = _with_breadth(as_survey(data), names, depth, among)
    result = ols(f"{formula} + {BREADTH} + {plain(depth)}", survey, vcov, weights, conf_level)
    at = [_place(result, name) for name in (BREADTH, depth)]
    X, w = result.design.X, result.design.weights
    spread = {
        part: _deviation(X[:, j], w) for part, j in zip(("breadth", "depth"), at, strict=True)
    }
    frame = _scaled(result, at, spread, cost)
    square = f"{formula} + {BREADTH} + {plain(depth)} + {BREADTH}^2 + {plain(depth)}^2"
    linearity = _linearity(square, survey, vcov, weights, depth)
    said = _notes(X[:, at[0]], X[:, at[1]], linearity, depth)
    return BreadthDepth(
        names, depth, result, frame, linearity, spread, gather(result.notes, notes, said)
    )


def fit_scales(coef: Floats, matrix: Floats, factors: Floats) -> tuple[Floats, Floats]:
    """Return (b·f_b, d·f_d, b·f_b − d·f_d) and their covariance.

    Parameters
    ----------
    coef, matrix
        Of breadth and depth: shapes ``(2,)`` and ``(2, 2)``.
    factors
        What a step on the common scale is in each one's units, shape ``(2,)``.
    """
    turn = np.array([[factors[0], 0.0], [0.0, factors[1]], [factors[0], -factors[1]]])
    return turn @ coef, turn @ matrix @ turn.T


def _check(
    formula: str,
    modes: tuple[str, ...],
    depth: str,
    among: str,
    cost: Mapping[str, float] | None,
) -> None:
    if len(modes) < 2 or len(set(modes)) < len(modes):
        raise SpecError("estimate.breadth_modes", given=list(modes))
    read = parse_formula(formula)
    inside = [n for n in (*modes, depth, BREADTH) if n in read.variables or n == read.response]
    if inside or depth in modes or depth == BREADTH:
        raise SpecError("estimate.breadth_roles", names=inside or [depth])
    if among not in ("all", "takers"):
        raise SpecError("estimate.breadth_among", given=among)
    if cost is not None and (
        sorted(cost) != sorted(_COSTS) or not all(np.isfinite(c) and c > 0 for c in cost.values())
    ):
        raise SpecError("estimate.breadth_cost", given=[f"{k} = {v}" for k, v in cost.items()])


def _with_breadth(
    survey: Survey, modes: tuple[str, ...], depth: str, among: str
) -> tuple[Survey, tuple[Note, ...]]:
    """Add the number of modes; depth is zero where no mode is taken and nothing is said."""
    frame = survey.frame
    every = np.arange(frame.height, dtype=np.int64)
    marks = np.column_stack([binary_values(frame, name, every) for name in modes])
    column = group_column(frame, depth)
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise DataError("estimate.breadth_depth_numeric", variable=depth)
    if BREADTH in frame.columns and BREADTH not in (*modes, depth):
        raise SpecError("estimate.breadth_taken", name=BREADTH)
    count = marks.sum(axis=1)
    nobody = count == 0
    blank = column.is_null().to_numpy() & nobody
    notes: tuple[Note, ...] = ()
    if blank.any():
        rows = tuple(int(row) for row in survey.rows[blank])
        values = {"variable": depth, "n": len(rows)}
        notes = (Note("estimate.breadth_filled", "info", values, Where((depth,), rows)),)
    filled = np.where(blank, 0.0, column.cast(pl.Float64).fill_null(np.nan).to_numpy())
    stray = nobody & (np.nan_to_num(filled) != 0.0)
    if stray.any():
        rows = tuple(int(row) for row in survey.rows[stray])
        values = {"variable": depth, "n": len(rows)}
        notes += (Note("estimate.breadth_stray", "caution", values, Where((depth,), rows)),)
    added = frame.with_columns(
        pl.Series(BREADTH, count, dtype=pl.Float64).fill_nan(None),
        pl.Series(depth, filled, dtype=pl.Float64).fill_nan(None),
    )
    survey = replace(survey, frame=added)
    if among == "takers":
        survey = survey.keep(pl.Series(~nobody), "estimation")
    return survey, notes


def _place(result: OlsResult, name: str) -> int:
    names = [term.strip("`") for term in result.design.names]
    if name not in names:
        raise EstimationError("estimate.breadth_collinear", name=name)
    return names.index(name)


def _deviation(x: Floats, w: Floats | None) -> float:
    mean = np.average(x, weights=w)
    return float(np.sqrt(np.average((x - mean) ** 2, weights=w)))


def _scaled(
    result: OlsResult,
    at: list[int],
    spread: Mapping[str, float],
    cost: Mapping[str, float] | None,
) -> pl.DataFrame:
    coef, matrix = result.fit.coef[at], result.covariance.matrix[np.ix_(at, at)]
    steps = {
        "unit": (1.0, 1.0),
        "mixed": (1.0, spread["depth"]),
        "sd": (spread["breadth"], spread["depth"]),
    }
    if cost is not None:
        steps["cost"] = (1.0 / cost["mode"], 1.0 / cost["depth"])
    frames = []
    for scale, step in steps.items():
        values, V = fit_scales(coef, matrix, np.array(step))
        keep = 2 if scale == "unit" else 3  # a mode and a unit of depth have no common scale
        one = co.Coefficients(
            ("breadth", "depth", "difference")[:keep],
            values[:keep],
            V[:keep, :keep],
            result.covariance.df,
            result.conf_level,
        )
        frame = one.tidy().rename({"term": "part"})
        frames.append(frame.select(pl.lit(scale).alias("scale"), pl.all()))
    return pl.concat(frames)


def _linearity(
    formula: str, survey: Survey, vcov: Vcov, weights: str | None, depth: str
) -> AnyTest:
    found = ols(formula, survey, vcov, weights)
    squares = (f"{BREADTH}^2", f"{plain(depth)}^2")
    at = [j for j, term in enumerate(found.design.terms) if term in squares]
    if not at:
        return Inapplicable("breadth_linear", "no_slopes")
    statistic = wald(found.fit.coef[at], found.covariance.matrix[np.ix_(at, at)])
    if statistic is None:
        return Inapplicable("breadth_linear", "singular_covariance", {"k": len(at)})
    return f_test("breadth_linear", statistic / len(at), len(at), found.covariance.df)


def _notes(breadth: Floats, depth: Floats, linearity: AnyTest, name: str) -> tuple[Note, ...]:
    notes: tuple[Note, ...] = ()
    r = float(np.corrcoef(breadth, depth)[0, 1])
    if abs(r) > _RELATED:
        notes += (Note("estimate.breadth_related", "warning", {"variable": name, "r": r}),)
    if not isinstance(linearity, Inapplicable) and linearity.p_value < 0.05:
        values = {"variable": name, "p": linearity.p_value}
        notes += (Note("estimate.breadth_bends", "caution", values),)
    return notes
