"""Attrition between waves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import livelihoods as lv
from livelihoods.errors import DataError, SpecError


def panel(seed: int = 8) -> dict[str, object]:
    """200 units; those with little land are lost more often in the second wave."""
    rng = np.random.default_rng([3, seed])
    land = rng.gamma(2.0, 3.0, 200)
    age = rng.normal(50, 10, 200)
    stays = rng.random(200) < np.where(land > 5, 0.95, 0.5)
    units = np.arange(200)
    return {
        "hh": np.concatenate([units, units[stays], [900, 901]]),
        "wave": np.concatenate([np.full(200, 1), np.full(stays.sum() + 2, 2)]),
        "land": np.concatenate([land, land[stays], [1.0, 2.0]]),
        "age": np.concatenate([age, age[stays], [30.0, 31.0]]),
        "stays": np.concatenate([stays, np.ones(stays.sum() + 2)]),
    }


def test_losses_and_who_was_lost() -> None:
    data = panel()
    result = lv.attrition(data, "hh", "wave", ["land", "age"])
    stays = np.asarray(data["stays"])[:200].astype(bool)
    loss = result.losses[0]
    assert (loss.there, loss.followed, loss.lost, loss.joined) == (
        200,
        stays.sum(),
        200 - stays.sum(),
        2,
    )
    # Outside reference: scipy's Welch test.
    land = np.asarray(data["land"])[:200]
    welch = stats.ttest_ind(land[~stays], land[stays], equal_var=False)
    tidy = result.tidy()
    assert tidy["statistic"][0] == pytest.approx(welch.statistic, rel=1e-9)
    assert tidy["p_value"][0] == pytest.approx(welch.pvalue, rel=1e-9)
    low, high = welch.confidence_interval()
    assert (tidy["conf_low"][0], tidy["conf_high"][0]) == pytest.approx((low, high), rel=1e-9)
    codes = [note.code for note in result.notes]
    assert codes == ["survey.attrition_high", "survey.lost_differ", "survey.lost_joint"]
    assert all(note.sentence("zh") for note in result.notes)
    assert len(result.summary().rows) == 1
    assert len(result.balance().rows) == 2
    assert result.to_dict()["joint"]["df"] == [2, 197]


def test_the_joint_test_is_that_of_least_squares() -> None:
    import statsmodels.api as sm

    data = panel()
    result = lv.attrition(data, "hh", "wave", ["land", "age"])
    X = np.column_stack([np.asarray(data["land"])[:200], np.asarray(data["age"])[:200]])
    fit = sm.OLS(np.asarray(data["stays"])[:200].astype(float), sm.add_constant(X)).fit()
    assert (result.joint_f, result.joint_p) == pytest.approx((fit.fvalue, fit.f_pvalue), rel=1e-8)


def test_repeated_cross_sections_are_no_panel() -> None:
    data = {"hh": [1, 2, 3, 4], "wave": [1, 1, 2, 2]}
    result = lv.attrition(data, "hh", "wave")
    assert [note.code for note in result.notes] == ["survey.no_panel"]
    assert result.glance()["rate"].to_list() == [1.0]
    with pytest.raises(SpecError, match="only one wave"):
        lv.attrition({"hh": [1], "wave": [1]}, "hh", "wave")
    with pytest.raises(DataError, match="does not hold numbers"):
        lv.attrition({**data, "x": list("abcd")}, "hh", "wave", ["x"])


def test_a_constant_difference_has_no_p() -> None:
    data = {"hh": [*range(8), 0, 1, 2, 3], "wave": [1] * 8 + [2] * 4, "x": [1.0] * 12}
    result = lv.attrition(data, "hh", "wave", ["x"])
    assert result.differences[0].difference == 0
    assert np.isnan(result.differences[0].p_value)
