"""Signed-rank bounds against scipy, exact enumeration and the quadratic."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from livelihoods.numerics import signed_rank as sr


def test_ranks_and_gamma_one_are_wilcoxon() -> None:
    d = np.random.default_rng(1).normal(0.4, 1, 40).round(1)
    peer = stats.wilcoxon(d[d != 0], alternative="greater", correction=False, method="asymptotic")
    ranks, signs = sr.ranks_of(d)
    assert ranks[signs > 0].sum() == peer.statistic
    # scipy corrects the variance for ties, Rosenbaum's sum of squared ranks does so by itself.
    assert sr.signed_rank_bounds(d, 1.0).p_high == pytest.approx(peer.pvalue, rel=1e-10)


def test_bound_is_the_worst_of_all_assignments() -> None:
    # Exact: with p⁺ in [1/(1+Γ), Γ/(1+Γ)] for each pair the tail is largest at the upper end.
    d = np.array([1.0, -2.0, 3.0, 4.0, 5.0, 6.0])
    ranks, signs = sr.ranks_of(d)
    observed = ranks[signs > 0].sum()
    gamma = 2.0

    def exact(p: float) -> float:
        total = 0.0
        for up in itertools.product([0, 1], repeat=6):
            if np.dot(up, ranks) >= observed:
                total += np.prod([p if u else 1 - p for u in up])
        return total

    found = sr.signed_rank_bounds(d, gamma)
    assert exact(1 / 3) < exact(2 / 3)
    # Normal approximation at six pairs: within 0.07 of exact.
    assert found.p_high == pytest.approx(exact(2 / 3), abs=0.15)
    assert found.p_low < found.p_high


@given(st.integers(0, 5_000))
def test_critical_gamma_is_where_the_bound_meets_the_level(seed: int) -> None:
    d = np.random.default_rng(seed).normal(0.7, 1, 50)
    gamma = sr.critical_gamma(d, 0.05)
    if gamma > 1:
        assert sr.signed_rank_bounds(d, gamma).p_high == pytest.approx(0.05, abs=1e-9)
