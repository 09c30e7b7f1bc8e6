"""Adjusted p-values: worked by hand, statsmodels' decisions, Anderson's program, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from livelihoods.numerics.multiplicity import (
    benjamini_hochberg,
    bonferroni,
    bootstrap_p,
    holm,
    romano_wolf,
    sharpened_q,
)

P = st.lists(st.floats(0, 1), min_size=1, max_size=12)
# The fifteen p-values of Benjamini and Hochberg (1995, section 4.1): Bonferroni and Holm reject
# three at 0.05, their procedure four.
BH1995 = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
]


def anderson(p: np.ndarray) -> np.ndarray:
    """Anderson's (2008) Stata program, step by step: levels 1.000, 0.999 … 0.001."""
    m = p.size
    order = np.argsort(p, kind="stable")
    ranked, rank = p[order], np.arange(1, m + 1)
    found = np.ones(m)
    for step in range(1000, 0, -1):
        q = step / 1000
        first = q / (1 + q)
        c = int(np.max(np.where(ranked <= first * rank / m, rank, 0)))
        second = first * m / (m - c) if c < m else np.inf
        last = int(np.max(np.where(ranked <= second * rank / m, rank, 0)))
        found[rank <= last] = q
    out = np.empty(m)
    out[order] = found
    return out


def test_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, then not falling.
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert bonferroni(p) == pytest.approx([0.04, 0.16, 0.12, 0.02])
    # Times 4/1, 4/2, 4/3, 4/4, then the least of itself and what follows.
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_published_example() -> None:
    assert int((bonferroni(BH1995) <= 0.05).sum()) == 3
    assert int((holm(BH1995) <= 0.05).sum()) == 3
    assert int((benjamini_hochberg(BH1995) <= 0.05).sum()) == 4


def test_sharpened_by_hand() -> None:
    # Two hypotheses, p = 0.01 and 0.6: stage one rejects the first from q' = 0.02 on, c = 1, and
    # stage two at 2q': q' = 0.02 → q = 0.02/0.98. The second: BH 0.6, times (2 − 1)/2 = 0.3 → 3/7.
    assert sharpened_q([0.01, 0.6]) == pytest.approx([0.02 / 0.98, 0.3 / 0.7])
    # Both small: all rejected at stage one from q' = 0.02 (BH of both), q = 0.02/0.98; before that
    # nothing is, because BH of the first is 0.02 as well.
    assert sharpened_q([0.01, 0.02]) == pytest.approx([0.02 / 0.98] * 2)


@pytest.mark.parametrize("seed", range(20))
def test_sharpened_is_andersons_program_rounded_up(seed: int) -> None:
    p = np.random.default_rng(seed).beta(0.4, 1.5, 9)
    exact, grid = sharpened_q(p), anderson(p)
    assert np.all(exact <= grid + 1e-12)
    assert np.all(grid - exact < 0.001 + 1e-12)


@settings(max_examples=40)
@given(P, st.sampled_from([0.01, 0.05, 0.1, 0.2]))
def test_statsmodels(p: list[float], alpha: float) -> None:
    for name, ours in (("bonferroni", bonferroni), ("holm", holm), ("fdr_bh", benjamini_hochberg)):
        # Same arithmetic in another order.
        assert ours(p) == pytest.approx(multipletests(p, alpha, name)[1], rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_statsmodels_two_stage_rejects_the_same(seed: int) -> None:
    p = np.random.default_rng(100 + seed).beta(0.4, 1.5, 11)
    for alpha in (0.03, 0.07, 0.15, 0.4):
        theirs = multipletests(p, alpha, "fdr_tsbky")[0]
        assert np.array_equal(sharpened_q(p) <= alpha, theirs)


@given(P, st.randoms(use_true_random=False))
def test_properties(p: list[float], shuffler: object) -> None:
    values = np.array(p)
    order = list(range(len(p)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    for adjust in (bonferroni, holm, benjamini_hochberg, sharpened_q):
        found = adjust(values)
        assert np.all((found >= 0) & (found <= 1))
        assert np.all(np.diff(found[np.argsort(values, kind="stable")]) >= -1e-15)
        assert np.array_equal(adjust(values[order]), found[order])
        if adjust is not sharpened_q:
            assert np.all(found >= values)
    assert np.all(holm(values) <= bonferroni(values))
    assert np.all(benjamini_hochberg(values) <= holm(values) + 1e-15)


def test_romano_wolf_by_hand() -> None:
    # Nine draws. Largest t = 3: the maxima are 1, 1, 1, 2, 2, 2, 4, 1, 1, one of them ≥ 3 → 2/10.
    # Then t = 1.5 alone against the second column: 2, 2, 2 ≥ 1.5 → 4/10.
    first = [1, 1, 1, 0, 0, 0, 4, 1, 1]
    second = [0, 0, 0, 2, -2, 2, 0, 0, 0]
    draws = np.column_stack([second, first]).astype(float)
    assert romano_wolf([-1.5, 3.0], draws) == pytest.approx([0.4, 0.2])


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_romano_wolf_properties(seed: int, m: int) -> None:
    r = np.random.default_rng(seed)
    t, draws = 2 * r.normal(size=m), r.normal(size=(60, m))
    found = romano_wolf(t, draws)
    assert np.all(found >= bootstrap_p(t, draws))
    assert np.all(np.diff(found[np.argsort(-np.abs(t))]) >= 0)
    order = r.permutation(m)
    assert np.array_equal(romano_wolf(t[order], draws[:, order]), found[order])


def test_romano_wolf_holds_the_familywise_rate_and_beats_holm() -> None:
    # Six true hypotheses, correlation 0.8. 2,000 families: the rate's standard error is 0.005.
    r = np.random.default_rng(5)
    root = np.linalg.cholesky(0.8 * np.ones((6, 6)) + 0.2 * np.eye(6))
    draws = r.normal(size=(999, 6)) @ root.T
    families = r.normal(size=(2000, 6)) @ root.T
    rate = np.mean([romano_wolf(t, draws).min() <= 0.05 for t in families])
    assert 0.035 < rate < 0.065
    t = np.full(6, 2.3)
    p = bootstrap_p(t, draws)
    assert romano_wolf(t, draws).max() < holm(p).min()
