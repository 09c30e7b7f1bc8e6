"""Least squares on a register larger than memory: two passes, exact errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.by_block import (
    OUTCOME,
    WEIGHT,
    BlockwiseDesign,
    Lost,
    cluster_column,
    design_by_block,
    lost_rows,
)
from livelihoods.design.matrix import INTERCEPT
from livelihoods.engine import Executor, combine, comoments, fold
from livelihoods.engine.least_squares import (
    BlockwiseFit,
    Residuals,
    residual_sums,
    solve_comoments,
)
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.test_result import AnyTest, Inapplicable, f_test
from livelihoods.estimate.vcov import VcovSpec, cluster_size_notes
from livelihoods.notes import Note, Where
from livelihoods.numerics.covariance import Covariance, wald

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.survey.parquet_folder import ParquetFolder
    from livelihoods.tables import Table
    from livelihoods.typing import Floats, Ints

_KINDS = ("classical", "HC0", "HC1", "cluster")
_ILL = 1e3  # condition number above which cross-products cost more than six digits
_HOPELESS = 1e6
_MOST_SCORES = 1 << 25


@dataclass(frozen=True, slots=True)
class FolderOls:
    """A least-squares regression on Parquet read block by block.

    Attributes
    ----------
    formula
        As given.
    outcome
        Name of the response.
    names
        Coefficients as printed.
    fit
        Coefficients and cross-products.
    covariance
        Covariance of the coefficients with its degrees of freedom.
    vcov
        Which covariance it is.
    squares
        Σ w e².
    conf_level
        Level of the intervals.
    lost
        Rows left out: ``(reason, variable)`` -> number.
    notes
        Findings.
    """

    formula: str
    outcome: str
    names: tuple[str, ...]
    fit: BlockwiseFit
    covariance: Covariance
    vcov: VcovSpec
    squares: float
    conf_level: float
    lost: Mapping[tuple[str, str], int]
    notes: tuple[Note, ...]

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.fit.rows

    @property
    def vcov_label(self) -> str:
        """Which covariance: ``"HC1"``, ``"cluster(village)"`` …"""
        return self.vcov.label

    @property
    def coefficients(self) -> co.Coefficients:
        """Names, estimates and covariance."""
        return co.Coefficients(
            self.names, self.fit.coef, self.covariance.matrix, self.covariance.df, self.conf_level
        )

    def tidy(self) -> pl.DataFrame:
        """Return one row a coefficient."""
        return self.coefficients.tidy()

    def f_test(self) -> AnyTest:
        """Test that all slopes are zero: classical F, or Wald F with the robust covariance."""
        slopes = np.arange(int(self.fit.intercept), len(self.names))
        name = "f_classical" if self.vcov.kind == "classical" else "f_wald"
        if not slopes.size:
            return Inapplicable(name, "no_slopes")
        statistic = wald(self.fit.coef[slopes], self.covariance.matrix[np.ix_(slopes, slopes)])
        if statistic is None:
            return Inapplicable(name, "singular_covariance", {"k": int(slopes.size)})
        return f_test(name, statistic / slopes.size, slopes.size, self.covariance.df)

    def glance(self) -> pl.DataFrame:
        """Return one row: size, fit, F and which F it is, and the covariance."""
        n, k = self.nobs, len(self.names)
        r_squared = 1.0 - self.squares / self.fit.total if self.fit.total > 0 else float("nan")
        joint: tuple[float | None, ...] = (None,) * 4
        found = self.f_test()
        if not isinstance(found, Inapplicable):
            joint = (found.statistic, *found.df, found.p_value)
        row = {
            "nobs": n,
            "r_squared": r_squared,
            "adj_r_squared": 1.0 - (1.0 - r_squared) * (n - int(self.fit.intercept)) / (n - k),
            "rmse": float(np.sqrt(self.squares * (n / self.fit.weight) / (n - k))),
            "f_statistic": joint[0],
            "f_kind": "classical" if self.vcov.kind == "classical" else "wald",
            "f_df1": joint[1],
            "f_df2": joint[2],
            "f_p_value": joint[3],
            "df_residual": n - k,
            "df_t": self.covariance.df,
            "vcov": self.vcov_label,
            "clusters": min(self.covariance.groups, default=None),
        }
        floats = dict.fromkeys(("f_statistic", "f_df1", "f_df2", "f_p_value"), pl.Float64)
        return pl.DataFrame([row], schema_overrides={**floats, "clusters": pl.Int64})

    def summary(self) -> Table:
        """Return the regression as a table for a person."""
        from livelihoods.estimate.ols import ols_table

        return ols_table(self, intercept=self.fit.intercept)

    def plot(self) -> Figure:
        """Return the coefficients with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        return coefficient_plot(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "ols",
            "formula": self.formula,
            "outcome": self.outcome,
            "vcov": self.vcov_label,
            "coefficients": co.record_values(self.tidy()),
            "glance": self.glance().row(0, named=True),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def ols_of_folder(
    formula: str,
    folder: ParquetFolder,
    spec: VcovSpec,
    weights: str | None,
    conf_level: float,
    executor: Executor | None,
) -> FolderOls:
    """Regress in two passes over the blocks (three with factors, whose levels are looked up).

    Raises
    ------
    SpecError
        If the covariance needs leverages or two ways of clusters.
    EstimationError
        If there are not more rows than coefficients, or the columns are nearly collinear.
    """
    if spec.kind not in _KINDS or len(spec.clusters) > 1:
        raise SpecError("estimate.folder_vcov", vcov=spec.label, known=list(_KINDS))
    design = design_by_block(formula, folder, weights, spec.clusters, executor)
    weight = None if weights is None else WEIGHT
    slopes = [name for name in design.names if name != INTERCEPT]
    moments = comoments([*slopes, OUTCOME], weight=weight)
    found, lost = fold(combine(moments, lost_rows()), design.source, executor)
    rows = int(found.rows[0])
    if rows <= len(design.names):
        raise EstimationError(
            "estimate.too_few_rows", n=rows, k=len(design.names), outcome=design.outcome
        )
    fit = solve_comoments(found, slopes, intercept=design.intercept)
    if fit.condition > _HOPELESS:
        raise EstimationError(
            "estimate.folder_ill", condition=fit.condition, outcome=design.outcome
        )
    sums = _second_pass(design, fit, spec, weight, executor)
    covariance, sizes = _covariance(fit, sums, spec)
    names = (*([INTERCEPT] if fit.intercept else []), *fit.names)
    notes = (*folder.notes, *_notes(folder, design, fit, sums, lost, spec, sizes))
    return FolderOls(
        formula, design.outcome, names, fit, covariance, spec, sums.squares, conf_level, lost, notes
    )


def _second_pass(
    design: BlockwiseDesign,
    fit: BlockwiseFit,
    spec: VcovSpec,
    weight: str | None,
    executor: Executor | None,
) -> Residuals:
    name = spec.clusters[0] if spec.clusters else None
    groups = design.clusters[name] if name is not None else 0
    if groups * fit.coef.size > _MOST_SCORES:
        raise SpecError("estimate.folder_clusters", variable=name, groups=groups)
    state = residual_sums(
        fit,
        OUTCOME,
        weight,
        robust=spec.kind in ("HC0", "HC1"),
        cluster=None if name is None else cluster_column(name),
        groups=groups,
    )
    return fold(state, design.source, executor)


def _covariance(fit: BlockwiseFit, sums: Residuals, spec: VcovSpec) -> tuple[Covariance, Ints]:
    n, k = fit.rows, fit.coef.size
    if spec.kind == "classical":
        return Covariance(fit.bread * (sums.squares / (n - k)), float(n - k)), sums.sizes

    def sandwich(meat: Floats, factor: float) -> Floats:
        inside = fit.inner @ meat @ fit.inner * factor
        return np.asarray(fit.back @ inside @ fit.back.T)

    if spec.kind != "cluster":
        factor = n / (n - k) if spec.kind == "HC1" else 1.0
        return Covariance(sandwich(sums.meat, factor), float(n - k)), sums.sizes
    present = sums.sizes > 0
    groups = int(np.count_nonzero(present))
    if groups < 2:
        raise EstimationError("estimate.one_cluster", variable=spec.clusters[0])
    scores = sums.scores[present]
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    matrix = sandwich(scores.T @ scores, factor)
    return Covariance(matrix, float(groups - 1), (groups,)), sums.sizes[present]


def _notes(
    folder: ParquetFolder,
    design: BlockwiseDesign,
    fit: BlockwiseFit,
    sums: Residuals,
    lost: Lost,
    spec: VcovSpec,
    sizes: Ints,
) -> list[Note]:
    notes = []
    for (reason, variable), count in lost.items():
        values = {"n": count, "total": folder.rows, "variable": variable}
        notes.append(Note(f"design.rows_{reason}", "caution", values, Where((variable,))))
    notes += design.notes
    if fit.dropped:
        notes.append(Note("design.collinear", "caution", {"columns": list(fit.dropped)}))
    if spec.clusters:
        notes += cluster_size_notes(spec.clusters[0], sizes)
    spread = float(np.sqrt(fit.total / fit.weight))
    if fit.intercept and spread <= 1e-13 * abs(fit.mean):
        notes.append(Note("estimate.constant_outcome", "serious", {"outcome": design.outcome}))
    elif sums.largest < 1e-10 * spread:
        notes.append(Note("estimate.perfect_fit", "serious", {"outcome": design.outcome}))
    if fit.condition > _ILL:
        notes.append(Note("estimate.folder_condition", "caution", {"condition": fit.condition}))
    return notes
