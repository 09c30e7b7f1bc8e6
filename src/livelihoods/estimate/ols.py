"""Ordinary (and weighted) least squares with honest standard errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import polars as pl

from livelihoods.design.build import build_design
from livelihoods.engine import Executor, use_executor
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.diagnostics import Diagnostics, diagnose
from livelihoods.estimate.scale_advice import advice_notes, advise
from livelihoods.estimate.test_result import AnyTest, Inapplicable, f_test
from livelihoods.estimate.vcov import (
    Vcov,
    VcovSpec,
    covariance_notes,
    linear_covariance,
    parse_vcov,
)
from livelihoods.notes import Note, gather
from livelihoods.numerics.covariance import Covariance, wald
from livelihoods.numerics.linear import Lstsq, lstsq_columns
from livelihoods.survey.door import as_survey
from livelihoods.survey.parquet_folder import ParquetFolder

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.estimate.folder_ols import FolderOls
    from livelihoods.figures import Figure
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class OlsResult:
    """A least-squares regression.

    Attributes
    ----------
    formula
        As given.
    design
        The estimation sample: arrays, names, what was left out.
    fit
        Coefficients, bread and residuals.
    covariance
        Covariance of the coefficients with its degrees of freedom.
    vcov
        Which covariance it is.
    conf_level
        Level of the intervals.
    notes
        Findings, those of the design first.
    """

    formula: str
    design: Design
    fit: Lstsq
    covariance: Covariance
    vcov: VcovSpec
    conf_level: float
    notes: tuple[Note, ...]

    @property
    def outcome(self) -> str:
        """Name of the response."""
        return self.design.outcome

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.design.nobs

    @property
    def vcov_label(self) -> str:
        """Which covariance: ``"HC1"``, ``"cluster(village)"`` …"""
        return self.vcov.label

    @property
    def coefficients(self) -> co.Coefficients:
        """Names, estimates and covariance."""
        return co.Coefficients(
            self.design.names,
            self.fit.coef,
            self.covariance.matrix,
            self.covariance.df,
            self.conf_level,
        )

    def tidy(self) -> pl.DataFrame:
        """Return one row a coefficient."""
        return self.coefficients.tidy()

    def f_test(self) -> AnyTest:
        """Test that all slopes are zero: classical F, or Wald F with the robust covariance."""
        chosen = _slopes(self.design)
        values = self.fit.coef[chosen]
        statistic = wald(values, self.covariance.matrix[np.ix_(chosen, chosen)])
        name = "f_classical" if self.vcov.kind == "classical" else "f_wald"
        if not chosen.size:
            return Inapplicable(name, "no_slopes")
        if statistic is None:
            return Inapplicable(name, "singular_covariance", {"k": int(chosen.size)})
        return f_test(name, statistic / chosen.size, chosen.size, self.covariance.df)

    def glance(self) -> pl.DataFrame:
        """Return one row: size, fit, F and which F it is, and the covariance."""
        fit = goodness(self.design, self.fit)
        found = self.f_test()
        joint: tuple[float | None, ...] = (None,) * 4
        if not isinstance(found, Inapplicable):
            joint = (found.statistic, *found.df, found.p_value)
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                **{key: [value] for key, value in fit.items()},
                "f_statistic": [joint[0]],
                "f_kind": ["classical" if self.vcov.kind == "classical" else "wald"],
                "f_df1": [joint[1]],
                "f_df2": [joint[2]],
                "f_p_value": [joint[3]],
                "df_residual": [self.nobs - len(self.design.names)],
                "df_t": [self.covariance.df],
                "vcov": [self.vcov_label],
                "clusters": [min(self.covariance.groups, default=None)],
            },
            schema_overrides={
                "f_statistic": pl.Float64,
                "f_df1": pl.Float64,
                "f_df2": pl.Float64,
                "f_p_value": pl.Float64,
                "clusters": pl.Int64,
            },
        )

    def diagnostics(self) -> Diagnostics:
        """Variance inflation, Breusch–Pagan, RESET and the condition number."""
        return diagnose(self.design, self.fit, self.vcov)

    def summary(self) -> Table:
        """Return the regression as a table for a person."""
        return ols_table(self, intercept=self.design.intercept)

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
            "diagnostics": self.diagnostics().to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


@overload
def ols(
    formula: str,
    data: ParquetFolder,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
    *,
    executor: Executor | str | None = None,
) -> FolderOls: ...


@overload
def ols(
    formula: str,
    data: Any,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
    *,
    executor: Executor | str | None = None,
) -> OlsResult: ...


def ols(
    formula: str,
    data: Any,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
    *,
    executor: Executor | str | None = None,
) -> OlsResult | FolderOls:
    """Regress an outcome on its formula by least squares.

    β̂ = (X'WX)⁻¹X'Wy. Rows with a missing value in any variable used are left out and said so, as
    are columns that others determine.

    Parameters
    ----------
    formula
        ``"resilience ~ rii + age + C(region, ref=1)"``; see the page on formulas.
    data
        A Survey, or any frame (Polars, pandas, Arrow, DuckDB); or what ``lv.open_parquet``
        returned: then the rows are read twice, block by block, and ``vcov`` is ``"classical"``,
        ``"HC0"``, ``"HC1"`` or one way of clusters.
    vcov
        ``"classical"``, ``"HC0"`` … ``"HC3"``, ``{"cluster": "village"}`` or
        ``{"cluster": ("village", "year")}``. Cluster: factor G/(G−1)·(n−1)/(n−k) and
        t(G_min − 1); two-way by inclusion–exclusion (Cameron, Gelbach and Miller 2011). The
        others use t(n − k).
    weights
        Column of analytic weights (variance inversely proportional to the weight).
    conf_level
        Level of the intervals.
    executor
        For Parquet: where blocks are summed, an executor or ``"threads:4"``, ``"dask-local:2"``,
        ``"dask://host:port"``. No digit depends on it.

    Raises
    ------
    FormulaError
        If the formula cannot be read.
    SpecError
        If ``vcov`` or ``conf_level`` makes no sense, or an executor is given for data in memory.
    EstimationError
        If fewer rows than coefficients remain, or a cluster variable has one cluster.
    """
    spec = parse_vcov(vcov)
    co.check_level(conf_level)
    if isinstance(data, ParquetFolder):
        from livelihoods.estimate.folder_ols import ols_of_folder

        with use_executor(executor) as running:
            return ols_of_folder(formula, data, spec, weights, conf_level, running)
    if executor is not None:
        raise SpecError("estimate.executor_in_memory")
    survey = as_survey(data)
    design = build_design(formula, survey, weights=weights, cluster=spec.clusters)
    result = ols_of_design(design, spec, conf_level, formula)
    advice = advise(survey, design.outcome, design.y)
    said = advice_notes(advice, design.outcome, "ols", design.y)
    return replace(result, notes=gather(result.notes, said)) if said else result


def ols_of_design(
    design: Design, spec: VcovSpec, conf_level: float = 0.95, formula: str = ""
) -> OlsResult:
    """Run the regression on arrays that are ready.

    Raises
    ------
    EstimationError
        If there are not more rows than coefficients.
    """
    n, k = design.X.shape
    if n <= k:
        raise EstimationError("estimate.too_few_rows", n=n, k=k, outcome=design.outcome)
    fit = lstsq_columns(design.X, design.y, design.weights, check=False)
    found = linear_covariance(design, design.X, fit.residuals, fit.bread, spec)
    notes = gather(design.notes, covariance_notes(design, spec, found), _fit_notes(design, fit))
    return OlsResult(formula, design, fit, found, spec, conf_level, notes)


def ols_table(result: OlsResult | FolderOls, *, intercept: bool) -> Table:
    """Return a least-squares regression as a table for a person."""
    row = result.glance().row(0, named=True)
    f_label = co.label("f_classical" if row["f_kind"] == "classical" else "f_wald")
    statistics = [
        (co.label("nobs"), row["nobs"]),
        (co.label("r_squared" if intercept else "r_squared_raw"), row["r_squared"]),
        (co.label("adj_r_squared"), row["adj_r_squared"]),
        (f_label, row["f_statistic"]),
        (co.label("p_of_f"), row["f_p_value"]),
        (co.label("rmse"), row["rmse"]),
    ]
    if row["clusters"] is not None:
        statistics.append((co.label("clusters"), row["clusters"]))
    return co.coefficient_table(
        "ols",
        co.label("ols_title", outcome=co.shown(result.outcome)),
        result.tidy(),
        statistics,
        result.notes,
        conf_level=result.conf_level,
        legend=(co.label("errors_are", vcov=result.vcov.words()),),
    )


def goodness(design: Design, fit: Lstsq) -> dict[str, float]:
    """Return R², adjusted R² and the root mean squared error.

    R² is about the (weighted) mean with a constant and about zero without one. The error is
    sqrt(Σ wᵢeᵢ² / (n−k)) with weights of mean one.
    """
    n, k = design.X.shape
    w = np.ones(n) if design.weights is None else design.weights * (n / design.weights.sum())
    rss = float(w @ (fit.residuals * fit.residuals))
    centre = float(w @ design.y) / n if design.intercept else 0.0
    tss = float(w @ (design.y - centre) ** 2)
    r_squared = 1.0 - rss / tss if tss > 0 else float("nan")
    df_total = n - int(design.intercept)
    return {
        "r_squared": r_squared,
        "adj_r_squared": 1.0 - (1.0 - r_squared) * df_total / (n - k),
        "rmse": float(np.sqrt(rss / (n - k))),
    }


def _slopes(design: Design) -> np.ndarray[Any, np.dtype[np.intp]]:
    keep = [j for j, name in enumerate(design.names) if name != "(Intercept)"]
    return np.array(keep, dtype=np.intp)


def _fit_notes(design: Design, fit: Lstsq) -> tuple[Note, ...]:
    spread = float(np.ptp(design.y)) if design.nobs else 0.0
    if spread == 0.0:
        return (Note("estimate.constant_outcome", "serious", {"outcome": design.outcome}),)
    if float(np.abs(fit.residuals).max()) < 1e-10 * spread:
        return (Note("estimate.perfect_fit", "serious", {"outcome": design.outcome}),)
    return ()
