"""Every test of an instrumental-variable regression, as objects with their nulls in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.estimate.test_result import AnyTest, Inapplicable, TestResult, chi2_test, f_test
from livelihoods.estimate.vcov import VcovSpec, cluster_notes
from livelihoods.estimate.weak_iv import ConfidenceSet, stock_yogo, tf_critical
from livelihoods.notes import Note
from livelihoods.numerics import identification as ident
from livelihoods.numerics import instrumental as inst
from livelihoods.numerics import special

if TYPE_CHECKING:
    from livelihoods.estimate.iv_design import IvDesign

WEAK_F = 10.0


@dataclass(frozen=True, slots=True)
class IvTests:
    """The tests of one regression; see :mod:`livelihoods.numerics.identification`.

    Attributes
    ----------
    first_stages
        One an endogenous regressor.
    underidentification, weak, cragg_donald
        Rank tests.
    stock_yogo_size, stock_yogo_bias
        The Cragg–Donald F against Stock and Yogo's values, where these exist.
    effective_f
        Montiel Olea and Pflueger, one endogenous regressor.
    conditional
        Sanderson–Windmeijer, one a regressor; Inapplicable with one endogenous regressor.
    overid, endogeneity
        Sargan or Hansen; Durbin–Wu–Hausman or its robust form.
    anderson_rubin, anderson_rubin_set
        That all effects are zero; and the set of effects not rejected.
    tf
        |t| against its critical value given the first-stage F.
    """

    first_stages: tuple[ident.FirstStage, ...]
    underidentification: AnyTest
    weak: AnyTest
    cragg_donald: AnyTest
    stock_yogo_size: AnyTest
    stock_yogo_bias: AnyTest
    effective_f: AnyTest
    conditional: tuple[AnyTest, ...]
    overid: AnyTest
    endogeneity: AnyTest
    anderson_rubin: AnyTest
    anderson_rubin_set: ConfidenceSet | Inapplicable
    tf: AnyTest

    def all(self) -> tuple[AnyTest, ...]:
        """Return the tests in the order of reading."""
        return (
            self.underidentification,
            self.weak,
            *((self.cragg_donald,) if self.cragg_donald != self.weak else ()),
            self.stock_yogo_size,
            self.stock_yogo_bias,
            self.effective_f,
            *self.conditional,
            self.overid,
            self.endogeneity,
            self.anderson_rubin,
            self.tf,
        )


def run_iv_tests(
    problem: inst.Partialled,
    rule: inst.MomentRule,
    fit: inst.IvFit,
    design: IvDesign,
    method: inst.Method,
    *,
    small: bool,
    conf_level: float,
) -> IvTests:
    """Run all tests that exist here, and say why the others do not."""
    k1, l1 = problem.D.shape[1], problem.Z.shape[1]
    iid = rule.kind == "iid"
    rank = ident.rank_tests(problem, rule)
    stages = ident.first_stages(problem, rule)
    size, bias = stock_yogo(rank.cragg_donald, k1, l1, iid=iid, method=method)
    under = chi2_test("anderson_lm" if iid else "kp_rk_lm", rank.lm, float(rank.df))
    cd = TestResult("cragg_donald", rank.cragg_donald, "none")
    weak = cd if iid else TestResult("kp_rk_wald_f", rank.wald_f, "none")
    conditional = tuple(
        f_test("sanderson_windmeijer", stage.sw_f, float(stage.sw_df), _df(problem, rule),
               endogenous=name)
        for name, stage in zip(design.endogenous, stages, strict=True)
    )  # fmt: skip
    statistic = ident.anderson_rubin(problem, rule)
    at_zero = statistic(np.eye(k1 + 1)[0])
    ar_f = ident.wald_to_f(problem, rule, at_zero, l1)
    return IvTests(
        stages,
        under,
        weak,
        cd,
        size,
        bias,
        _effective(problem, rule),
        conditional if k1 > 1 else (),
        _overid(problem, rule, fit, design, method),
        _endogeneity(problem, rule, design),
        f_test("anderson_rubin", ar_f, float(l1), _df(problem, rule)),
        _anderson_rubin_set(problem, rule, fit, conf_level),
        _tf(problem, fit, stages, design, conf_level),
    )


def _df(problem: inst.Partialled, rule: inst.MomentRule) -> float:
    return float(rule.groups - 1 if rule.codes else problem.n - problem.instruments)


def _effective(problem: inst.Partialled, rule: inst.MomentRule) -> AnyTest:
    if problem.D.shape[1] > 1:
        return Inapplicable("effective_f", "one_endogenous")
    found = ident.effective_f(problem, rule)
    return TestResult("effective_f", found.statistic, "none", (found.df,), critical=found.critical)


def _overid(
    problem: inst.Partialled,
    rule: inst.MomentRule,
    fit: inst.IvFit,
    design: IvDesign,
    method: inst.Method,
) -> AnyTest:
    extra = problem.Z.shape[1] - problem.D.shape[1]
    name = "sargan" if rule.kind == "iid" else "hansen_j"
    if extra == 0:
        values = {"n": len(design.instruments)}
        return Inapplicable(name, "just_identified", values)
    return chi2_test(name, inst.overidentification(problem, rule, fit), float(extra))


def _endogeneity(problem: inst.Partialled, rule: inst.MomentRule, design: IvDesign) -> AnyTest:
    name = "durbin_wu_hausman" if rule.kind == "iid" else "robust_endogeneity"
    k1 = problem.D.shape[1]
    if problem.n <= problem.instruments + k1:
        return Inapplicable(name, "too_few_rows")
    if rule.codes and rule.groups < problem.Z.shape[1] + k1:
        return Inapplicable(name, "fewer_clusters_than_moments", {"groups": rule.groups})
    statistic = inst.endogeneity(problem, rule)
    return chi2_test(name, statistic, float(k1), variables=list(design.endogenous))


def _anderson_rubin_set(
    problem: inst.Partialled, rule: inst.MomentRule, fit: inst.IvFit, conf_level: float
) -> ConfidenceSet | Inapplicable:
    if problem.D.shape[1] > 1:
        return Inapplicable("anderson_rubin", "one_endogenous")
    l1 = problem.Z.shape[1]
    limit = special.f_critical(1.0 - conf_level, float(l1), _df(problem, rule))
    critical = limit / ident.wald_to_f(problem, rule, 1.0, l1)
    scale = max(math.sqrt(float(fit.covariance[0, 0])), 1e-12)
    statistic = ident.anderson_rubin(problem, rule)
    found = ident.confidence_set(statistic, critical, float(fit.coef[0]), scale)
    return ConfidenceSet(found, conf_level)


def _tf(
    problem: inst.Partialled,
    fit: inst.IvFit,
    stages: tuple[ident.FirstStage, ...],
    design: IvDesign,
    conf_level: float,
) -> AnyTest:
    if problem.D.shape[1] != 1 or problem.Z.shape[1] != 1:
        return Inapplicable("tf", "one_instrument")
    if abs(conf_level - 0.95) > 1e-12:
        return Inapplicable("tf", "five_percent_only")
    error = math.sqrt(float(fit.covariance[0, 0]))
    critical = tf_critical(stages[0].f)
    values = {"endogenous": design.endogenous[0], "f": stages[0].f}
    return TestResult(
        "tf", abs(float(fit.coef[0])) / error, "none", critical=critical, values=values
    )


def iv_notes(design: IvDesign, spec: VcovSpec, tests: IvTests) -> tuple[Note, ...]:
    """Say what the tests mean for the reader."""
    notes = cluster_notes(design.base, spec)
    effective, weak = tests.effective_f, tests.weak
    if isinstance(effective, TestResult) and effective.critical is not None:
        if effective.statistic <= effective.critical:
            values = {"f": effective.statistic, "critical": effective.critical}
            notes += (Note("estimate.weak_instruments", "serious", values),)
    elif isinstance(weak, TestResult) and weak.statistic < WEAK_F:
        notes += (Note("estimate.weak_rank", "serious", {"f": weak.statistic}),)
    if (
        isinstance(tests.underidentification, TestResult)
        and tests.underidentification.p_value > 0.05
    ):
        p = tests.underidentification.p_value
        notes += (Note("estimate.underidentified", "serious", {"p": p}),)
    if isinstance(tests.overid, TestResult) and tests.overid.p_value < 0.05:
        notes += (Note("estimate.overid_rejected", "warning", {"p": tests.overid.p_value}),)
    known = tests.anderson_rubin_set
    if isinstance(known, ConfidenceSet) and known.shape != "interval":
        shown = {"level": f"{100 * known.conf_level:g}", "shown": known.text()}
        if known.shape == "empty":
            notes += (Note("estimate.ar_empty", "warning", shown),)
        elif not known.bounded:
            notes += (Note("estimate.ar_unbounded", "serious", shown),)
    return notes
