"""Instrumental variables against recorded ivreg2 runs, linearmodels and identities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linearmodels.iv import IV2SLS, IVGMM, IVLIML

from livelihoods.numerics import identification as ident
from livelihoods.numerics import instrumental as inst

# The record holds 16 digits; data were stored as float32, so they are read through float32.
STATA = 1e-9
CASES = [
    ("card_overid", "iid"),
    ("card_overid", "robust"),
    ("sim_multi_endo", "iid"),
    ("sim_multi_endo", "robust"),
    ("sim_cluster", "iid"),
    ("sim_cluster", "robust"),
    ("sim_cluster", "cl"),
]
KINDS: dict[str, inst.MomentKind] = {"iid": "iid", "robust": "robust", "cl": "cluster"}


def load(shared: Path, name: str, kind: str) -> tuple[inst.Partialled, inst.MomentRule, Any]:
    record = json.loads((shared / "reference/iv/ivreg2_stata.json").read_text())["fixtures"][name]
    spec = record["spec"]
    frame = pl.read_csv(shared / "reference/iv" / spec["data"])
    used = [spec["y"], *spec["exog"].split(), *spec["endog"].split(), *spec["iv"].split()]
    frame = frame.drop_nulls(used)

    def matrix(names: str) -> np.ndarray:
        return frame.select(names.split()).to_numpy().astype(np.float32).astype(np.float64)

    X = np.column_stack([matrix(spec["exog"]), np.ones(frame.height)])
    problem = inst.partial_out(
        matrix(spec["y"])[:, 0], matrix(spec["endog"]), X, matrix(spec["iv"])
    )
    codes = ()
    if kind == "cl":
        codes = (np.unique(frame[spec["cl"]].to_numpy(), return_inverse=True)[1],)
    return problem, inst.MomentRule(KINDS[kind], codes), record


@pytest.mark.parametrize(("name", "kind"), CASES)
@pytest.mark.parametrize("small", [False, True])
def test_equals_recorded_ivreg2(shared: Path, name: str, kind: str, small: bool) -> None:
    problem, rule, record = load(shared, name, kind)
    want = record["results"][kind + ("_small" if small else "")]
    names = [*record["spec"]["endog"].split(), *record["spec"]["exog"].split(), "_cons"]
    fit = inst.fit_iv(problem, rule, small=small)
    for j, term in enumerate(names):
        assert fit.coef[j] == pytest.approx(want["coef"][term], rel=STATA)
        assert np.sqrt(fit.covariance[j, j]) == pytest.approx(want["se"][term], rel=STATA)
    diag = want["diag"]
    rank = ident.rank_tests(problem, rule)
    assert rank.lm == pytest.approx(diag["idstat"], rel=STATA)
    assert rank.df == diag["iddf"]
    assert rank.cragg_donald == pytest.approx(diag["cdf"], rel=STATA)
    assert rank.wald_f == pytest.approx(diag["widstat"], rel=STATA)
    assert inst.overidentification(problem, rule, fit) == pytest.approx(diag["j"], rel=1e-8)
    assert inst.endogeneity(problem, rule) == pytest.approx(diag["estat"], rel=1e-8)
    ar = ident.anderson_rubin(problem, rule)(np.eye(problem.D.shape[1] + 1)[0])
    l1 = problem.Z.shape[1]
    assert ar == pytest.approx(diag["archi2"], rel=STATA)
    assert ident.wald_to_f(problem, rule, ar, l1) == pytest.approx(diag["arf"], rel=STATA)
    for term, stage in zip(
        record["spec"]["endog"].split(), ident.first_stages(problem, rule), strict=True
    ):
        first = want["first"][term]
        assert stage.f == pytest.approx(first["F"], rel=STATA)
        assert stage.partial_r2 == pytest.approx(first["pr2"], rel=STATA)
        assert stage.shea_r2 == pytest.approx(first["sheapr2"], rel=STATA)
        assert stage.sw_f == pytest.approx(first["SWF"], rel=STATA)
        assert stage.sw_df == first["SWFdf1"]


def sample(
    seed: int = 1, n: int = 600, strength: float = 0.5, l1: int = 3
) -> tuple[np.ndarray, ...]:
    r = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), r.normal(size=n)])
    Z = r.normal(size=(n, l1))
    u = r.normal(size=n) * (0.5 + np.abs(Z[:, 0]))
    D = (strength * Z.sum(axis=1) + 0.3 * X[:, 1] + 0.7 * u + r.normal(size=n))[:, None]
    return 1 + 0.4 * D[:, 0] + 0.2 * X[:, 1] + u, D, X, Z


@pytest.mark.parametrize("method", ["2sls", "liml", "gmm"])
@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_linearmodels(method: inst.Method, weighted: bool) -> None:
    y, D, X, Z = sample()
    w = np.random.default_rng(8).uniform(0.2, 3, len(y)) if weighted else None
    fit = inst.fit_iv(inst.partial_out(y, D, X, Z, w), inst.MomentRule("robust"), method)
    model = {"2sls": IV2SLS, "liml": IVLIML, "gmm": IVGMM}[method](y, X, D, Z, weights=w)
    peer = model.fit(iter_limit=2) if method == "gmm" else model.fit(cov_type="robust")
    order = [2, 0, 1]  # linearmodels puts the exogenous ones first
    np.testing.assert_allclose(fit.coef, peer.params.to_numpy()[order], rtol=1e-9)
    if method == "2sls":
        np.testing.assert_allclose(
            np.sqrt(np.diag(fit.covariance)), peer.std_errors.to_numpy()[order], rtol=1e-9
        )
    if method == "gmm":
        J = inst.overidentification(inst.partial_out(y, D, X, Z, w), inst.MomentRule("robust"), fit)
        assert pytest.approx(peer.j_stat.stat, rel=1e-8) == J


def test_two_way_clusters_by_inclusion_and_exclusion() -> None:
    y, D, X, Z = sample()
    r = np.random.default_rng(2)
    a, b = r.integers(0, 30, len(y)), r.integers(0, 25, len(y))
    both = np.unique(a * 100 + b, return_inverse=True)[1]
    problem = inst.partial_out(y, D, X, Z)
    scores = problem.Z * D
    want = sum(
        sign * sum(np.outer(s, s) for s in (scores[c == g].sum(axis=0) for g in np.unique(c)))
        for sign, c in ((1, a), (1, b), (-1, both))
    ) / len(y)
    got = inst.moment_covariance(problem.Z, D, inst.MomentRule("cluster", (a, b)))
    np.testing.assert_allclose(got, want, rtol=1e-10)


def test_one_instrument_makes_2sls_liml_and_gmm_one() -> None:
    y, D, X, Z = sample(l1=1)
    problem = inst.partial_out(y, D, X, Z)
    rule = inst.MomentRule("robust")
    fits = [inst.fit_iv(problem, rule, method) for method in ("2sls", "liml", "gmm")]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.coef, fits[0].coef, rtol=1e-10)
    np.testing.assert_allclose(fits[1].covariance, fits[0].covariance, rtol=1e-9)
    assert fits[1].k == pytest.approx(1.0, abs=1e-10)
    assert abs(inst.overidentification(problem, rule, fits[0])) < 1e-15


@pytest.mark.parametrize("kind", ["iid", "robust", "cluster"])
def test_one_endogenous_makes_rk_f_the_robust_first_stage_f(kind: inst.MomentKind) -> None:
    y, D, X, Z = sample()
    codes = (np.arange(len(y)) // 10,) if kind == "cluster" else ()
    problem, rule = inst.partial_out(y, D, X, Z), inst.MomentRule(kind, codes)
    rank, stage = ident.rank_tests(problem, rule), ident.first_stages(problem, rule)[0]
    assert rank.wald_f == pytest.approx(stage.f, rel=1e-10)
    assert stage.sw_f == pytest.approx(stage.f, rel=1e-12)
    if kind == "iid":
        assert rank.cragg_donald == pytest.approx(stage.f, rel=1e-10)
    one = inst.partial_out(y, D, X, Z[:, :1])
    # With one instrument the effective F is the (robust) F.
    assert ident.effective_f(one, rule).statistic == pytest.approx(
        ident.first_stages(one, rule)[0].f, rel=1e-10
    )


def test_effective_f_critical_values_as_published() -> None:
    # Montiel Olea and Pflueger (2013), Table 1, τ = 10 %, 5 % level: 23.1 with one instrument;
    # homoskedastic moments make the effective degrees of freedom L1.
    y, D, X, Z = sample(l1=1)
    one = ident.effective_f(inst.partial_out(y, D, X, Z), inst.MomentRule("iid"))
    assert one.critical == pytest.approx(23.1, abs=0.05)
    y, D, X, Z = sample(l1=5)
    five = ident.effective_f(inst.partial_out(y, D, X, Z), inst.MomentRule("iid"))
    assert five.df == pytest.approx(5, rel=1e-9)


def test_anderson_rubin_set_is_where_the_statistic_says() -> None:
    y, D, X, Z = sample(strength=0.3)
    problem, rule = inst.partial_out(y, D, X, Z), inst.MomentRule("robust")
    statistic = ident.anderson_rubin(problem, rule)
    ((low, high),) = ident.confidence_set(statistic, 7.81, 0.4, 0.1)
    for edge in (low, high):
        assert statistic(np.array([1.0, -edge])) == pytest.approx(7.81, rel=1e-7)
    assert statistic(np.array([1.0, -(low + high) / 2])) < 7.81


def test_weak_instruments_give_unbounded_sets_and_bad_ones_empty_sets() -> None:
    y, D, X, Z = sample(strength=0.0)
    problem, rule = inst.partial_out(y, D, X, Z), inst.MomentRule("robust")
    weak = ident.confidence_set(ident.anderson_rubin(problem, rule), 7.81, 0.4, 0.1)
    assert weak[0][0] == -np.inf
    assert weak[-1][1] == np.inf
    y, D, X, Z = sample(strength=2.0)
    wrong = inst.partial_out(y + 3 * Z[:, 1] - 3 * Z[:, 2], D, X, Z)
    assert ident.confidence_set(ident.anderson_rubin(wrong, rule), 7.81, 0.4, 0.1) == ()


def test_size_of_the_overidentification_test() -> None:
    # 300 samples under valid instruments: 5 % test rejects in 5 % ± 3·sqrt(.05·.95/300).
    hits = 0
    for seed in range(300):
        problem = inst.partial_out(*sample(seed, 400))
        rule = inst.MomentRule("robust")
        hits += inst.overidentification(problem, rule, inst.fit_iv(problem, rule)) > 5.9915
    assert abs(hits / 300 - 0.05) < 0.038


@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-3, 3))
def test_units_do_not_matter(seed: int, scale: float, shift: float) -> None:
    # z → a + b·z leaves everything; y → y + c·d moves the effect by c and nothing else.
    y, D, X, Z = sample(seed, 120)
    rule = inst.MomentRule("robust")
    plain = inst.partial_out(y, D, X, Z)
    moved = inst.partial_out(y + shift * D[:, 0], D, X, 7.0 + scale * Z)
    one, two = inst.fit_iv(plain, rule), inst.fit_iv(moved, rule)
    assert two.coef[0] == pytest.approx(one.coef[0] + shift, rel=1e-6, abs=1e-8)
    np.testing.assert_allclose(two.covariance, one.covariance, rtol=1e-6, atol=1e-12)
    a, b = ident.rank_tests(plain, rule), ident.rank_tests(moved, rule)
    assert b.lm == pytest.approx(a.lm, rel=1e-7)
    assert b.wald_f == pytest.approx(a.wald_f, rel=1e-7)


def test_power_of_the_endogeneity_test() -> None:
    # The same law with and without the common shock u: 5 % and near certainty in 200 samples.
    rejected = {0.0: 0, 0.7: 0}
    for seed in range(200):
        r = np.random.default_rng(seed)
        X = np.ones((300, 1))
        Z, u = r.normal(size=(300, 2)), r.normal(size=300)
        for pull in rejected:
            D = (Z.sum(axis=1) + pull * u + r.normal(size=300))[:, None]
            problem = inst.partial_out(0.4 * D[:, 0] + u, D, X, Z)
            rejected[pull] += inst.endogeneity(problem, inst.MomentRule("robust")) > 3.8415
    # Three standard errors of a share of 0.05 in 200 samples: 4.6 points.
    assert abs(rejected[0.0] / 200 - 0.05) < 0.047
    assert rejected[0.7] / 200 > 0.95
