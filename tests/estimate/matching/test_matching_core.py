"""Invariants that any way of matching keeps, and the bootstrap's draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate.matching.matching_samples import drawn
from livelihoods.engine import ThreadExecutor
from livelihoods.estimate.matching.bootstrap import Plan, bootstrap, one_draw
from livelihoods.estimate.matching.core import match_sample
from livelihoods.estimate.matching.spec import (
    KernelSpec,
    LocalLinearSpec,
    MahalanobisSpec,
    MethodSpec,
    NearestSpec,
    RadiusSpec,
)
from livelihoods.numerics.glm import fit_logit, fit_probit
from livelihoods.numerics.warm import refit_binary, warm_start

METHODS: tuple[MethodSpec, ...] = (
    NearestSpec(),
    NearestSpec(neighbors=3, caliper=0.05),
    NearestSpec(ties="first"),
    NearestSpec(replace=False, caliper=0.1),
    RadiusSpec(caliper=0.05),
    KernelSpec(),
    KernelSpec(kernel="gaussian"),
    KernelSpec(kernel="tricube"),
    LocalLinearSpec(),
    LocalLinearSpec(kernel="gaussian"),
    LocalLinearSpec(local_linear="psmatch2"),
    MahalanobisSpec(neighbors=2, caliper=0.1),
)
_IDS = [f"{i}-{m.method}" for i, m in enumerate(METHODS)]


@pytest.mark.parametrize("method", METHODS, ids=_IDS)
@pytest.mark.parametrize("round_to", [None, 2])
def test_weights_and_effects_belong_together(method: MethodSpec, round_to: int | None) -> None:
    sample = drawn(500, 3, outcomes=2, round_to=round_to)
    for estimand in ("ATT", "ATU", "ATE"):
        found = match_sample(sample, method, estimand)
        # The donors' weights sum to the focal weight on either side, whatever the method.
        for arm in (sample.treated, ~sample.treated):
            assert found.donor[arm].sum() == pytest.approx(found.focal[~arm].sum(), rel=1e-10)
        if getattr(method, "local_linear", "") == "psmatch2":
            continue  # its weights count matches to smoothed outcomes, not outcomes
        sign = np.where(sample.treated, 1.0, -1.0)
        by_weights = (sample.outcomes * sign) @ (found.focal + found.donor) / found.focal.sum()
        np.testing.assert_allclose(by_weights, found.estimates, rtol=0, atol=1e-10)


@pytest.mark.parametrize("method", METHODS, ids=_IDS)
def test_lifting_the_outcome_changes_nothing(method: MethodSpec) -> None:
    sample = drawn(300, 4)
    lifted = replace(sample, outcomes=3.0 * sample.outcomes + 1e4)
    plain, moved = match_sample(sample, method), match_sample(lifted, method)
    # 1e4 has a rounding of 2e-12 per outcome.
    assert moved.estimates[0] == pytest.approx(3.0 * plain.estimates[0], abs=1e-8)


@given(st.integers(0, 10_000), st.sampled_from(METHODS), st.integers(20, 80))
def test_the_order_of_rows_is_nothing(seed: int, method: MethodSpec, n: int) -> None:
    sample = drawn(n, seed)
    if sample.treated.all() or not sample.treated.any():
        return
    order = np.random.default_rng(seed + 1).permutation(n)
    turned = replace(
        sample,
        treated=sample.treated[order],
        outcomes=sample.outcomes[:, order],
        score=sample.score[order],
        X=sample.X[order],
    )
    found, other = match_sample(sample, method), match_sample(turned, method)
    np.testing.assert_allclose(other.effects[:, :], found.effects[:, order], atol=1e-8)
    np.testing.assert_allclose(other.donor, found.donor[order], atol=1e-8)


def test_a_draw_is_the_resampled_data_matched() -> None:
    """A draw's counts as weights give what copying rows and fitting anew gives."""
    sample = drawn(400, 9)
    X = np.column_stack([sample.X, np.ones(400)])
    y = sample.treated.astype(np.float64)
    fit = fit_logit(X, y)
    clusters = np.arange(400) // 8
    for method in (KernelSpec(), LocalLinearSpec(), RadiusSpec(caliper=0.05)):
        plan = Plan(
            replace(sample, score=fit.fitted), clusters, 50, warm_start("logit", X, y, fit.coef),
            method, "ATT", "minmax",
        )  # fmt: skip
        ours = one_draw(np.random.default_rng(4), plan)
        times = np.bincount(np.random.default_rng(4).integers(50, size=50), minlength=50)
        rows = np.repeat(np.arange(400), times[clusters])
        again = fit_logit(X[rows], y[rows])
        copied = replace(
            sample, treated=sample.treated[rows], outcomes=sample.outcomes[:, rows],
            score=again.fitted, X=sample.X[rows], weights=np.ones(rows.size),
            strata=sample.strata[rows],
        )  # fmt: skip
        # Refits stop at an error of about 1e-7 in the index.
        assert ours[0] == pytest.approx(match_sample(copied, method).estimates[0], rel=1e-6)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_a_refit_is_the_weighted_fit(link: str) -> None:
    sample = drawn(600, 12)
    X, y = np.column_stack([sample.X, np.ones(600)]), sample.treated.astype(np.float64)
    fit = fit_logit if link == "logit" else fit_probit
    start = warm_start(link, X, y, fit(X, y).coef)  # type: ignore[arg-type]
    weights = np.random.default_rng(1).multinomial(600, np.full(600, 1 / 600)).astype(np.float64)
    found = refit_binary(start, weights)
    assert found is not None
    # Refits stop when the next step would be of the order of 1e-7 standard deviations.
    np.testing.assert_allclose(found, fit(X, y, weights).coef, rtol=0, atol=2e-6)


def test_draws_do_not_know_their_worker() -> None:
    sample = drawn(300, 2, outcomes=2)
    X, y = np.column_stack([sample.X, np.ones(300)]), sample.treated.astype(np.float64)
    start = warm_start("logit", X, y, fit_logit(X, y).coef)
    plan = Plan(sample, np.arange(300), 300, start, KernelSpec(), "ATT", "minmax")
    alone = bootstrap(plan, 30, seed=1, executor=ThreadExecutor(1))
    many = bootstrap(plan, 30, seed=1, executor=ThreadExecutor(3))
    assert np.array_equal(alone.estimates, many.estimates)
    assert not np.array_equal(bootstrap(plan, 30, seed=2).estimates, alone.estimates)
