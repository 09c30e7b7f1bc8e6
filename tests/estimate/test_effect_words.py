"""Effects worded rightly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate.hand_made import design
from livelihoods.errors import SpecError
from livelihoods.estimate.effect_words import Effect, describe_effect
from livelihoods.estimate.ols import ols_of_design
from livelihoods.estimate.vcov import parse_vcov


def effect(outcome: str, y: np.ndarray, term: str, x: np.ndarray) -> Effect:
    made = design(y, {term: x}, outcome=outcome)
    result = ols_of_design(made, parse_vcov("classical"))
    return describe_effect(result.coefficients, made, term)


MEMBER = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
INDEX = np.array([0.3, 0.4, 0.5, 0.4, 0.5, 0.6, 0.7, 0.6])


def test_index_points_share_and_standard_deviations() -> None:
    # Means 0.4 and 0.6: 0.2 points, half of the comparison mean, sd of (.3,.4,.5,.4) = 0.0816.
    found = effect("resilience", INDEX, "member", MEMBER)
    assert found.estimate == pytest.approx(0.2)
    assert found.share_of_mean == pytest.approx(0.5)
    assert found.sd_units == pytest.approx(0.2 / math.sqrt(0.02 / 3))
    said = found.text("en")
    assert "0.200 points higher" in said
    assert "50.0 % of the mean of those without it (0.400)" in said
    assert math.isnan(found.percent)
    assert "0.200 分" in found.text("zh")


def test_level_coefficients_are_never_percentages() -> None:
    said = effect("resilience", INDEX, "x", np.arange(8.0)).sentences("en")
    assert "%" not in said[0].replace("95 % interval", "")
    assert any("standard deviation" in sentence for sentence in said)


def test_logged_outcome_with_kennedy() -> None:
    found = effect("log(income)", np.log(INDEX * 1e4), "member", MEMBER)
    b = np.log(INDEX[4:]).mean() - np.log(INDEX[:4]).mean()
    assert found.percent == pytest.approx(100 * (math.exp(b) - 1))
    assert found.kennedy < found.percent
    assert "Kennedy" in found.text("en")
    assert math.isnan(found.share_of_mean)


def test_elasticity_and_log_of_a_sum() -> None:
    x = np.arange(1.0, 9.0)
    elastic = effect("log(income)", 0.4 * np.log(x) + 0.01 * INDEX, "log(land)", np.log(x))
    assert elastic.contrast == "elastic"
    assert "elasticity" in elastic.text("en")
    plus_one = effect("log1p(loan)", INDEX, "member", MEMBER)
    assert plus_one.log_plus_one
    assert "no percentage" in plus_one.text("en")
    assert math.isnan(plus_one.percent)


@given(st.integers(0, 10_000))
def test_zero_inside_the_interval_is_said(seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=8)
    found = effect("resilience", y, "member", MEMBER)
    inside = found.conf_low <= 0 <= found.conf_high
    assert ("includes zero" in found.text("en")) == inside


def test_unknown_term() -> None:
    made = design(INDEX, {"member": MEMBER})
    result = ols_of_design(made, parse_vcov("HC1"))
    with pytest.raises(SpecError, match="no term"):
        describe_effect(result.coefficients, made, "mebmer")
