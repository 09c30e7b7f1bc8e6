"""Differences within cells: against least squares with dummies, by hand, and on planted gaps."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.cooperatives.linkage import matched_difference


def drawn(seed: int, gap: float, n: int = 400) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, 30, n)
    seller = rng.integers(0, 60, n)
    group = seller < 35
    y = rng.normal(0, 1, 30)[cell] + gap * group + rng.normal(0, 0.2, 60)[seller]
    return y + rng.normal(0, 0.1, n), group, cell, seller


def test_is_least_squares_with_a_dummy_for_each_cell() -> None:
    # Outside reference: statsmodels OLS with cell dummies and cov_type="cluster" (its factor is
    # G/(G−1) · (n−1)/(n−k) with k counting the dummies); the same algebra, hence 1e-9.
    y, group, cell, seller = drawn(1, -0.1)
    found = matched_difference(y, group, cell, seller)
    # A cell with one side only says nothing; least squares would count it in n and k.
    sides = [np.unique(group[cell == c]).size == 2 for c in range(30)]
    keep = np.array(sides)[cell]
    y, group, cell, seller = y[keep], group[keep], cell[keep], seller[keep]
    dummies = (cell[:, None] == np.unique(cell)).astype(float)
    fit = sm.OLS(y, np.column_stack([group.astype(float), dummies])).fit(
        cov_type="cluster", cov_kwds={"groups": seller}, use_t=True
    )
    assert found.estimate == pytest.approx(fit.params[0], rel=1e-9)
    assert found.std_error == pytest.approx(fit.bse[0], rel=1e-9)
    assert found.p_value == pytest.approx(fit.pvalues[0], rel=1e-7)


def test_by_hand() -> None:
    # Cell 0: group 9, others 10 and 12 → −2; cell 1 has one side only and says nothing.
    found = matched_difference(
        np.array([9.0, 10.0, 12.0, 50.0]),
        np.array([True, False, False, True]),
        np.array([0, 0, 0, 1]),
        np.array([0, 1, 2, 3]),
    )
    assert found.estimate == pytest.approx(-2.0)
    assert (found.rows, found.cells, found.clusters) == (3, 1, (1, 2))
    assert found.std_error is None  # one seller on a side has no error


def test_no_cell_with_both_sides() -> None:
    found = matched_difference(
        np.array([1.0, 2.0]), np.array([True, False]), np.array([0, 1]), np.array([0, 1])
    )
    assert (found.estimate, found.rows) == (None, 0)
    empty = np.array([], dtype=np.int64)
    assert matched_difference(empty.astype(float), empty.astype(bool), empty, empty).rows == 0


@given(st.integers(0, 10**6), st.floats(-5, 5))
def test_levels_of_cells_fall_out_and_sides_mirror(seed: int, lift: float) -> None:
    y, group, cell, seller = drawn(seed, 0.3, 80)
    one = matched_difference(y, group, cell, seller)
    shifted = matched_difference(y + lift * cell, group, cell, seller)
    mirrored = matched_difference(y, ~group, cell, seller)
    assert one.estimate is not None
    assert shifted.estimate == pytest.approx(one.estimate, abs=1e-9)
    assert mirrored.estimate == pytest.approx(-one.estimate, abs=1e-9)


def test_intervals_cover_the_planted_gap() -> None:
    # 95 % intervals over 200 draws: at least 180 hold the truth (binomial, p < 0.001 below that).
    held = 0
    for seed in range(200):
        found = matched_difference(*drawn(seed, -0.05, 200))
        assert found.conf_low is not None
        assert found.conf_high is not None
        held += found.conf_low <= -0.05 <= found.conf_high
    assert held >= 180
