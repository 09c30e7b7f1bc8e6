"""Errors of a proxy at every cutoff, against counting people one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.cooperatives.targeting import cutoffs as co

EXACT = 1e-12  # sums of a few doubles


def counted(score, truth, z, w, cutoff, q):
    """The definitions, person by person."""
    selected, poor = score < cutoff, truth < z
    lowest = co.lowest_part(truth, w, 0, q)
    chosen = w[selected].sum()
    return (
        chosen / w.sum(),
        w[poor & ~selected].sum() / w[poor].sum(),
        w[selected & ~poor].sum() / chosen if chosen else np.nan,
        w[selected & ~poor].sum() / w[~poor].sum(),
        (w * lowest)[selected].sum() / chosen / q if chosen else np.nan,
    )


@given(st.integers(0, 2**31), st.integers(5, 60), st.sampled_from([0.2, 0.4]))
def test_one_sort_gives_what_counting_gives(seed: int, n: int, q: float) -> None:
    rng = np.random.default_rng(seed)
    truth, score = rng.integers(1, 9, n).astype(float), rng.integers(1, 9, n).astype(float)
    truth[0], truth[1] = 1.0, 9.0  # somebody is poor and somebody is not
    w = rng.integers(1, 5, n).astype(float)
    ranked = co.rank(score, truth < 4, co.lowest_part(truth, w, 0, q), w)
    cutoffs = np.array([0.5, 2.0, 3.5, 8.0, 99.0])
    found = co.at_cutoffs(ranked, cutoffs, q).stacked()
    expected = np.array([counted(score, truth, 4, w, each, q) for each in cutoffs]).T
    np.testing.assert_allclose(found, expected, rtol=EXACT, atol=EXACT)


@given(st.integers(0, 2**31), st.integers(8, 80))
def test_as_many_as_are_poor_makes_both_errors_equal(seed: int, n: int) -> None:
    # Identity: #selected = #poor implies #poor left out = #others let in.
    rng = np.random.default_rng(seed)
    truth, score = rng.random(n), rng.random(n)
    w = rng.integers(1, 4, n).astype(float)
    poor = truth < 0.4
    poor[:2] = True, False
    ranked = co.rank(score, poor, poor.astype(float), w)
    share = np.array([w[poor].sum() / w.sum()])
    found = co.at_coverage(ranked, share, 0.4)
    assert found.exclusion[0] == pytest.approx(found.leakage[0], abs=EXACT)


def test_limits_of_the_proxy() -> None:
    truth = np.arange(1.0, 101.0)
    one = np.ones(100)
    poor = truth <= 30
    lowest = co.lowest_part(truth, one, 0, 0.3)
    perfect = co.rank(truth, poor, lowest, one)
    at = co.at_coverage(perfect, np.array([0.3]), 0.3)
    # A perfect proxy: no error, and the poorest 30 % get all: 1/0.3.
    assert (at.exclusion[0], at.leakage[0]) == (0.0, 0.0)
    assert at.cgh[0] == pytest.approx(1 / 0.3, rel=EXACT)
    assert co.rank_accuracy(perfect) == 1.0
    # A proxy that says the same of all is a lottery: CGH 1, chance 1/2, misses 1 - coverage.
    blind = co.rank(one, poor, lowest, one)
    at = co.at_coverage(blind, np.array([0.3]), 0.3)
    assert at.cgh[0] == pytest.approx(1.0, rel=EXACT)
    assert at.exclusion[0] == pytest.approx(0.7, rel=EXACT)
    assert co.rank_accuracy(blind) == 0.5


def test_the_poorest_part_is_shared_among_ties() -> None:
    # By hand: of weights 1, 2, 1 the poorest half (2 of 4) takes the first whole and half the tie.
    got = co.lowest_part(np.array([1.0, 5.0, 9.0]), np.array([1.0, 2.0, 1.0]), 0.0, 0.5)
    np.testing.assert_allclose(got, [1.0, 0.5, 0.0], atol=EXACT)


def test_chance_of_ranking_agrees_with_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(5)
    score = rng.integers(0, 30, 400).astype(float)
    poor = rng.random(400) < 1 / (1 + np.exp((score - 12) / 6))
    w = rng.random(400) + 0.1
    ranked = co.rank(score, poor, poor.astype(float), w)
    expected = metrics.roc_auc_score(poor, -score, sample_weight=w)
    assert co.rank_accuracy(ranked) == pytest.approx(expected, rel=1e-10)


def test_benefit_shares_add_up() -> None:
    rng = np.random.default_rng(3)
    truth, w = rng.random(50), rng.random(50)
    benefit = rng.random(50) * (rng.random(50) < 0.5)
    share, reached = co.incidence(truth, benefit, w, 5)
    assert share.sum() == pytest.approx(1.0, rel=EXACT)
    assert np.all((reached >= 0) & (reached <= 1))


@given(st.integers(0, 2**31), st.integers(2, 40), st.integers(2, 9))
def test_folds_keep_groups_whole_and_even(seed: int, groups: int, folds: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, 300)
    codes[:groups] = np.arange(groups)
    fold = co.fold_of_groups(codes, min(folds, groups), rng)
    sizes = np.bincount(fold[codes], minlength=min(folds, groups))
    assert sizes.min() > 0
    assert sizes.max() - sizes.min() <= np.bincount(codes).max()
