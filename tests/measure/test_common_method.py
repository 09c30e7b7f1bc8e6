"""The common-method check: wording, single factor, and the association without alike questions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import LivelihoodsError
from livelihoods.measure.wording import likeness, tokens
from livelihoods.numerics.fit_indices import factor_fit

SETS = {"freq": 3, "time": 3, "value": 6}
ACTION = [f"{part}_{j}" for part, count in SETS.items() for j in range(1, count + 1)]
OUTCOME = ["risk_1", "risk_2", "risk_3", "income", "capital"]


def test_shanxi_questions_asked_twice() -> None:
    """The Shanxi study asks of losses prevented and of losses borne, of income and of income."""
    found = lv.common_method(lv.datasets.shanxi_like(), ACTION, OUTCOME)
    pairs = set(zip(found.pairs["regressor_item"], found.pairs["outcome_item"], strict=True))
    assert {("value_3", "risk_2"), ("value_3", "risk_3"), ("value_4", "income")} <= pairs
    assert set(found.kept) == set(ACTION) - {"value_3", "value_4"}
    assert found.correlation_without is not None
    codes = {note.code for note in found.notes}
    assert {"measure.worded_alike", "measure.harman_weak"} <= codes
    # Second route: the mean of standardised items, correlated.
    frame = lv.datasets.shanxi_like().frame
    x = frame.select(ACTION).to_numpy().astype(float)
    y = frame.select(OUTCOME).to_numpy().astype(float)
    z = [((a - a.mean(0)) / a.std(0)).sum(1) for a in (x, y)]
    assert found.correlation[0] == pytest.approx(np.corrcoef(*z)[0, 1], abs=1e-12)


def test_likeness() -> None:
    ((share, common),) = likeness(["Losses from disasters"], ["Bear losses of disaster"])[0]
    assert common == ["disaster", "loss"]
    assert share == 1.0  # every content word of the shorter question stands in the other
    assert likeness(["Trainings attended"], ["Annual income"])[0][0] == (0.0, [])
    assert likeness(["家庭年收入"], ["年收入的变化"])[0][0][0] > 0.5
    assert tokens("") == frozenset()
    assert likeness([""], ["income"]) == [[(0.0, [])]]


def test_same_source_is_listed_without_words() -> None:
    survey = lv.Survey(items(), lineage={"x0": ("q9",), "y0": ("q9",)})
    found = lv.common_method(survey, ["x0", "x1", "x2"], ["y0", "y1", "y2"])
    assert found.pairs["same_source"].to_list() == [True]
    assert found.kept == ("x1", "x2")


def items(seed: int = 1, n: int = 500, common: float = 0.0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 2))
    method = rng.normal(size=(n, 1))
    x = factors[:, :1] + common * method + 0.6 * rng.normal(size=(n, 3))
    y = factors[:, 1:] + common * method + 0.6 * rng.normal(size=(n, 3))
    names = [f"x{j}" for j in range(3)] + [f"y{j}" for j in range(3)]
    return pl.DataFrame(np.column_stack([x, y]), schema=names)


def check(data: Any, **options: Any) -> lv.CommonMethod:
    return lv.common_method(data, ["x0", "x1", "x2"], ["y0", "y1", "y2"], **options)


def test_one_pen_is_found() -> None:
    clean, tainted = check(items()), check(items(common=4.0))
    assert clean.harman < 0.5 < tainted.harman
    codes = [note.code for note in tainted.notes]
    assert "measure.harman_high" in codes
    # Two factors are true of the clean data (generator): their fit is exact up to chance, one
    # factor's is not.
    one, two = clean.fits.to_dicts()
    assert two["p_value"] > 0.001
    assert one["rmsea"] > 0.1 > two["rmsea"]
    assert clean.correlation_without is None
    low, high = clean.correlation[1:]
    assert low < 0.0 < high


def test_fit_statistics_against_factor_analyzer_formulas() -> None:
    """A population matrix of one factor fits exactly: χ² 0, RMSEA 0, CFI 1, SRMR 0."""
    loads = np.array([0.8, 0.7, 0.6, 0.5])
    R = np.outer(loads, loads)
    np.fill_diagonal(R, 1.0)
    fit = factor_fit(R, 300, 1)
    assert fit is not None
    assert (fit.df, fit.cfi, fit.rmsea) == (2, 1.0, 0.0)
    # What the quasi-Newton search leaves in ψ, squared and times n.
    assert fit.chi2 == pytest.approx(0.0, abs=1e-6)
    assert fit.srmr == pytest.approx(0.0, abs=1e-5)
    assert factor_fit(R[:3, :3], 300, 1) is None  # three items leave no degree of freedom


REFUSED: list[tuple[tuple[Any, Any], dict[str, Any], str]] = [
    ((["x0"], ["x0", "y0"]), {}, "in both: x0"),
    ((["x0"], []), {}, "at least one item on each side"),
    ((["x0"], ["y0"]), {"likeness_from": 0}, "likeness_from is 0"),
    ((["x0"], ["y0"]), {"conf_level": 2}, "confidence level is 2"),
    ((["x0"], ["zz"]), {}, "no column 'zz'"),
]


@pytest.mark.parametrize(("sides", "options", "message"), REFUSED)
def test_refused(sides: tuple[Any, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(LivelihoodsError, match=message):
        lv.common_method(items(), *sides, **options)


def test_outputs_in_both_languages() -> None:
    found = lv.common_method(lv.datasets.shanxi_like(), ACTION, OUTCOME)
    for language in words.LANGUAGES:
        with words.use_language(language):
            assert words.text("measure.harman") in found.summary().to_text()
            assert found.plot().id == "eigenvalues"
    assert check(items()).summary().rows[0].cells[0].value == words.text("measure.alike_none")
    assert found.tidy().height == 2
    assert found.to_dict()["pairs"] == found.pairs.height
