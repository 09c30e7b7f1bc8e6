"""Instrumental variables with the tests that belong to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import polars as pl

from livelihoods.errors import SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.diagnostics import check_row, check_table
from livelihoods.estimate.iv_design import IvDesign, build_iv_design
from livelihoods.estimate.iv_tests import IvTests, iv_notes, run_iv_tests
from livelihoods.estimate.test_result import AnyTest, Inapplicable
from livelihoods.estimate.vcov import Vcov, VcovSpec, cluster_codes, parse_vcov
from livelihoods.estimate.weak_iv import ConfidenceSet
from livelihoods.notes import Note, gather
from livelihoods.numerics import instrumental as inst
from livelihoods.numerics.identification import FirstStage

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class IvResult:
    """An instrumental-variable regression with its tests.

    Attributes
    ----------
    formula, design, method
        What was estimated, on what, and how.
    fit
        Coefficients (endogenous first), covariance, residuals.
    problem
        The arrays with the exogenous regressors projected out.
    rule
        How covariances of moments are estimated.
    vcov, small, conf_level
        Options.
    first_stage
        One first stage an endogenous regressor.
    kp_rk_lm
        Under-identification: Kleibergen–Paap rk LM (classical: Anderson's LM).
    kp_rk_wald_f
        Weak identification: Kleibergen–Paap rk Wald F (classical: Cragg–Donald F).
    effective_f
        Montiel Olea and Pflueger's F with its critical value.
    overid
        Hansen's J (classical: Sargan).
    endogeneity
        Durbin–Wu–Hausman, or its robust form.
    anderson_rubin
        Values of the effect that the Anderson–Rubin test does not reject.
    tests
        These and all others.
    notes
        Findings.
    """

    formula: str
    design: IvDesign
    method: inst.Method
    fit: inst.IvFit
    problem: inst.Partialled
    rule: inst.MomentRule
    vcov: VcovSpec
    small: bool
    conf_level: float
    first_stage: tuple[FirstStage, ...]
    kp_rk_lm: AnyTest
    kp_rk_wald_f: AnyTest
    effective_f: AnyTest
    overid: AnyTest
    endogeneity: AnyTest
    anderson_rubin: ConfidenceSet | Inapplicable
    tests: IvTests
    notes: tuple[Note, ...]

    @property
    def outcome(self) -> str:
        """Name of the response."""
        return self.design.base.outcome

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.problem.n

    @property
    def vcov_label(self) -> str:
        """Which covariance: ``"HC1"``, ``"cluster(village)"`` …"""
        return self.vcov.label

    @property
    def df(self) -> float:
        """Degrees of freedom of t: infinite unless ``small``."""
        if not self.small:
            return math.inf
        return float(self.rule.groups - 1 if self.rule.codes else self.nobs - len(self.fit.coef))

    @property
    def coefficients(self) -> co.Coefficients:
        """Names, estimates and covariance."""
        return co.Coefficients(
            self.design.names, self.fit.coef, self.fit.covariance, self.df, self.conf_level
        )

    def tidy(self) -> pl.DataFrame:
        """Return one row a coefficient of the outcome equation."""
        return self.coefficients.tidy()

    def first_stage_tidy(self) -> pl.DataFrame:
        """Return one row an excluded instrument and endogenous regressor."""
        k = self.problem.instruments
        df = float(self.rule.groups - 1 if self.rule.codes else self.nobs - k)
        parts = []
        for name, stage in zip(self.design.endogenous, self.first_stage, strict=True):
            errors = np.diag(stage.std_errors**2)
            known = co.Coefficients(
                self.design.instruments, stage.coef, errors, df, self.conf_level,
                (name,) * len(self.design.instruments),
            )  # fmt: skip
            parts.append(known.tidy())
        return pl.concat(parts)

    def glance(self) -> pl.DataFrame:
        """Return one row: size, fit, method, strength of instruments."""
        tests = self.tests
        r2, rmse = _goodness(self)
        row: dict[str, Any] = {
            "nobs": self.nobs,
            "r_squared": r2,
            "rmse": rmse,
            "method": self.method,
            "vcov": self.vcov_label,
            "clusters": self.rule.groups or None,
            "kp_rk_lm": _statistic(tests.underidentification),
            "kp_rk_wald_f": _statistic(tests.weak),
            "cragg_donald_f": _statistic(tests.cragg_donald),
            "effective_f": _statistic(tests.effective_f),
            "overid": _statistic(tests.overid),
            "overid_p_value": _p(tests.overid),
            "endogeneity_p_value": _p(tests.endogeneity),
        }
        return pl.DataFrame([row], infer_schema_length=None)

    def summary(self) -> Table:
        """Return the outcome equation and, below it, the first stage."""
        main = self.tidy().select(
            pl.lit(co.label("second_stage", outcome=co.shown(self.outcome))).alias("equation"),
            pl.all(),
        )
        first = self.first_stage_tidy().with_columns(
            pl.col("equation").map_elements(
                lambda name: co.label("first_stage", endogenous=co.shown(name)),
                return_dtype=pl.String,
            )
        )
        statistics: list[tuple[str, float | int | str | None]] = [(co.label("nobs"), self.nobs)]
        tests = self.tests
        for found in (tests.weak, tests.effective_f, tests.underidentification, tests.overid):
            if not isinstance(found, Inapplicable):
                statistics.append((found.label, found.statistic))
        if isinstance(tests.anderson_rubin_set, ConfidenceSet):
            level = f"{100 * self.conf_level:g}"
            shown = tests.anderson_rubin_set.text()
            statistics.append((co.label("ar_set", level=level), shown))
        return co.coefficient_table(
            "iv",
            co.label(
                "iv_title", outcome=co.shown(self.outcome), method=co.label(f"method_{self.method}")
            ),
            pl.concat([main, first]),
            statistics,
            self.notes,
            conf_level=self.conf_level,
            normal=not self.small,
            legend=(co.label("errors_are", vcov=self.vcov.words()),),
        )

    def tests_table(self) -> Table:
        """Return every test with its null in words, or why it has no answer."""
        rows = [check_row(found) for found in self.tests.all()]
        return check_table("iv-tests", co.label("iv_tests_title"), rows, ())

    def plot(self) -> Figure:
        """Return the coefficients with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        return coefficient_plot(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": f"iv_{self.method}",
            "formula": self.formula,
            "outcome": self.outcome,
            "vcov": self.vcov_label,
            "small": self.small,
            "coefficients": co.record_values(self.tidy()),
            "first_stage": co.record_values(self.first_stage_tidy()),
            "glance": self.glance().row(0, named=True),
            "tests": [found.to_dict() for found in self.tests.all()],
            "anderson_rubin_set": self.tests.anderson_rubin_set.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def iv(
    formula: str,
    data: Any,
    vcov: Vcov = "HC1",
    method: inst.Method = "2sls",
    *,
    small: bool = False,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> IvResult:
    """Regress with instruments: ``"y ~ x1 + x2 | d ~ z1 + z2"``.

    2SLS: β = (X'P_W X)⁻¹X'P_W y with instruments W = (z, x). Covariances and tests are those of
    ``ivreg2`` (Baum, Schaffer and Stillman 2007).

    Parameters
    ----------
    formula
        Outcome ``~`` exogenous ``|`` endogenous ``~`` excluded instruments.
    data
        A Survey, or any frame.
    vcov
        ``"classical"``, ``"HC0"``, ``"HC1"`` (HC0 times n/(n−K)), ``{"cluster": a}`` or
        ``{"cluster": (a, b)}``.
    method
        ``"2sls"``, ``"liml"`` or ``"gmm"`` (two-step efficient).
    small
        Scale covariances by n/(n−K) (clusters: (n−1)/(n−K)·G/(G−1)) and use t instead of the
        normal.
    weights
        Column of analytic weights.
    conf_level
        Level of intervals and of the Anderson–Rubin set.

    Raises
    ------
    FormulaError, SpecError
        If the formula or an option makes no sense.
    EstimationError
        With too few, constant or collinear instruments, or no first stage.
    """
    spec = parse_iv_vcov(vcov)
    if method not in get_args(inst.Method):
        raise SpecError("estimate.iv_method", given=method, known=list(get_args(inst.Method)))
    co.check_level(conf_level)
    design = build_iv_design(formula, data, weights, spec.clusters)
    return iv_of_design(design, spec, method, small=small, conf_level=conf_level, formula=formula)


def parse_iv_vcov(vcov: Vcov) -> VcovSpec:
    """Check ``vcov``; HC2 and HC3 belong to least squares.

    Raises
    ------
    SpecError
        If it is not one that instruments have.
    """
    spec = parse_vcov(vcov)
    if spec.kind in ("HC2", "HC3"):
        raise SpecError("estimate.iv_vcov", given=spec.kind)
    return spec


def iv_of_design(
    design: IvDesign,
    spec: VcovSpec,
    method: inst.Method = "2sls",
    *,
    small: bool = False,
    conf_level: float = 0.95,
    formula: str = "",
) -> IvResult:
    """Run the regression and its tests on arrays that are ready."""
    kinds: dict[str, inst.MomentKind] = {"classical": "iid", "cluster": "cluster"}
    codes = cluster_codes(design.base, spec)
    rule = inst.MomentRule(kinds.get(spec.kind, "robust"), codes)
    problem = design.partialled()
    fit = inst.fit_iv(problem, rule, method, small=small or spec.kind == "HC1")
    tests = run_iv_tests(problem, rule, fit, design, method, small=small, conf_level=conf_level)
    notes = gather(design.notes, iv_notes(design, spec, tests))
    return IvResult(
        formula,
        design,
        method,
        fit,
        problem,
        rule,
        spec,
        small,
        conf_level,
        first_stage=tests.first_stages,
        kp_rk_lm=tests.underidentification,
        kp_rk_wald_f=tests.weak,
        effective_f=tests.effective_f,
        overid=tests.overid,
        endogeneity=tests.endogeneity,
        anderson_rubin=tests.anderson_rubin_set,
        tests=tests,
        notes=notes,
    )


def _goodness(result: IvResult) -> tuple[float, float]:
    """R² (about the mean with a constant; may be negative) and root mean squared error."""
    base, residuals = result.design.base, result.fit.residuals
    w = np.ones(result.nobs) if base.weights is None else base.weights / base.weights.mean()
    centre = float(np.average(base.y, weights=w)) if base.intercept else 0.0
    total = float(w @ (base.y - centre) ** 2)
    rss = float(residuals @ residuals)
    df = result.nobs - len(result.fit.coef) if result.small else result.nobs
    return 1.0 - rss / total if total > 0 else math.nan, math.sqrt(rss / df)


def _statistic(found: AnyTest) -> float | None:
    return None if isinstance(found, Inapplicable) else found.statistic


def _p(found: AnyTest) -> float | None:
    return None if isinstance(found, Inapplicable) else found.p_value
