"""Tails against scipy.stats, which the library itself never loads."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from livelihoods.numerics import special


@pytest.mark.parametrize("df", [1, 7, 120.5, math.inf])
@pytest.mark.parametrize("value", [0.0, 0.3, -2.1, 9.0])
def test_t(df: float, value: float) -> None:
    law = stats.norm if math.isinf(df) else stats.t(df)
    assert float(special.t_two_sided(value, df)) == pytest.approx(2 * law.sf(abs(value)), rel=1e-10)
    assert special.t_critical(0.95, df) == pytest.approx(law.ppf(0.975), rel=1e-10)


def test_f_and_chi2() -> None:
    assert special.f_tail(3.2, 4, 50) == pytest.approx(stats.f(4, 50).sf(3.2), rel=1e-11)
    assert special.f_tail(3.2, 4, math.inf) == pytest.approx(stats.chi2(4).sf(12.8), rel=1e-11)
    assert special.f_critical(0.05, 4, 50) == pytest.approx(stats.f(4, 50).isf(0.05), rel=1e-10)
    assert special.chi2_critical(0.05, 3) == pytest.approx(stats.chi2(3).isf(0.05), rel=1e-11)
    assert special.chi2_tail(-1.0, 3) == 1.0
    assert float(special.normal_density(1.0)) == pytest.approx(stats.norm.pdf(1.0), rel=1e-14)
