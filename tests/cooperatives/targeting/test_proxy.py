"""Proxy means tests: held-out communes of Viet Nam, recovery, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.cooperatives.targeting import ProxyMeansTest, proxy_means_test
from livelihoods.cooperatives.targeting.held_out import group_sums, predict_held_out
from livelihoods.design.derive import derive

FORMULA = "lnpc ~ hhsize + educyr + C(sex) + age + C(farm) + C(urban)"
POOREST = {"poorest": 0.25}


@pytest.fixture(scope="module")
def vietnam() -> lv.Survey:
    return derive(lv.datasets.vietnam(), {"lnpc": "lntotal - log(hhsize)"})


@pytest.fixture(scope="module")
def found(vietnam: lv.Survey) -> ProxyMeansTest:
    return proxy_means_test(
        FORMULA, vietnam, POOREST, cluster="commune", persons="hhsize", replicates=40, seed=3
    )


def test_held_out_communes_agree_with_scikit_learn(
    vietnam: lv.Survey, found: ProxyMeansTest
) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    scores = found.scores()
    frame = vietnam.frame
    X = np.column_stack(
        [
            frame["hhsize"], frame["educyr"], frame["age"],
            (frame["sex"] == "male"), (frame["farm"] == "yes"), (frame["urban"] == "yes"),
        ]
    ).astype(float)  # fmt: skip
    y, fold = frame["lnpc"].to_numpy(), scores["fold"].to_numpy()
    expected = np.empty(y.size)
    for number in range(10):
        out = fold == number
        expected[out] = linear.LinearRegression().fit(X[~out], y[~out]).predict(X[out])
    # Two routes to the same least squares.
    np.testing.assert_allclose(scores["predicted"].to_numpy(), expected, rtol=1e-9)


def test_no_commune_is_on_both_sides(vietnam: lv.Survey, found: ProxyMeansTest) -> None:
    folds = found.scores()["fold"].alias("fold")
    sides = pl.DataFrame([vietnam.frame["commune"], folds]).group_by("commune").n_unique()
    assert sides["fold"].max() == 1


def test_errors_of_viet_nam(found: ProxyMeansTest) -> None:
    glance = found.glance().to_dicts()[0]
    assert (glance["nobs"], glance["clusters"], glance["folds"]) == (5999, 194, 10)
    # By construction a quarter of the persons is poor, up to one household at the line.
    assert glance["poor_share"] == pytest.approx(0.25, abs=0.001)
    quota = found.found.at_quota
    assert quota.exclusion[0] == pytest.approx(quota.leakage[0], abs=1e-12)
    # Held out can do no better on average than fitted here; and it beats a lottery.
    assert glance["r2_held_out"] < glance["r2"]
    assert quota.exclusion[0] < 1 - glance["poor_share"]
    assert quota.cgh[0] > 1
    curve = found.curve()
    assert np.all(np.diff(curve["exclusion"].to_numpy()) <= 1e-12)
    assert (curve["exclusion_low"] <= curve["exclusion_high"]).all()
    tidy = found.tidy().filter(pl.col("term") != "coverage")
    assert (tidy["conf_low"] < tidy["estimate"]).all()
    assert (tidy["estimate"] < tidy["conf_high"]).all()


def test_the_same_seed_gives_the_same_digits(vietnam: lv.Survey) -> None:
    def once() -> dict[str, object]:
        return proxy_means_test(
            FORMULA, vietnam, POOREST, cluster="commune", replicates=20, seed=8
        ).to_dict()

    assert once() == once()


def test_refit_by_sums_is_refit_by_rows() -> None:
    # A draw with whole-number weights equals fitting the rows repeated that often.
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    y, codes = rng.normal(size=60), np.arange(60) % 6
    drawn, fold = np.array([0.0, 2, 1, 1, 0, 2]), np.array([0, 0, 1, 1, 2, 2])
    got, unseen = predict_held_out(group_sums(X, y, np.ones(60), codes), fold, drawn)
    expected = np.empty(60)
    for number in range(3):
        rows = [
            i for i in range(60) for _ in range(int(drawn[codes[i]])) if fold[codes[i]] != number
        ]
        coef = np.linalg.lstsq(X[rows], y[rows], rcond=None)[0]
        out = fold[codes] == number
        expected[out] = X[out] @ coef
    np.testing.assert_allclose(got, expected, rtol=1e-9)
    assert not unseen.any()


def test_a_level_of_one_place_only_counts_as_nothing_there() -> None:
    rng = np.random.default_rng(2)
    place = np.repeat(np.arange(12), 10)
    frame = pl.DataFrame(
        {
            "y": rng.normal(8, 0.5, 120),
            "x": rng.normal(size=120),
            "island": (place == 3).astype(int),
            "place": place,
        }
    )
    found = proxy_means_test("y ~ x + island", frame, {"poorest": 0.3}, cluster="place",
                             replicates=0)  # fmt: skip
    note = next(note for note in found.notes if note.code == "targeting.unseen_levels")
    assert note.values["names"] == ["island"]


def test_money_and_its_logarithm_agree(vietnam: lv.Survey) -> None:
    money = derive(vietnam, {"pc": "exp(lnpc)"})
    line = {"poorest": 0.3}
    one = proxy_means_test("lnpc ~ educyr + age", money, line, cluster="commune", replicates=0)
    two = proxy_means_test("pc ~ educyr + age", money, line, cluster="commune", replicates=0,
                           scale="money")  # fmt: skip
    np.testing.assert_allclose(one.found.flat(), two.found.flat(), rtol=1e-9)
    with pytest.raises(lv.LivelihoodsError, match="money"):
        two.coefficient_table()


def test_a_strong_proxy_is_recovered() -> None:
    # ln c = 8 + x + u with sd(u) = 0.3: R² = 1/(1 + 0.09) = 0.917 in the population.
    rng = np.random.default_rng(11)
    x = rng.normal(size=4000)
    frame = pl.DataFrame(
        {"y": 8 + x + rng.normal(0, 0.3, 4000), "x": x, "v": np.arange(4000) % 100}
    )
    found = proxy_means_test("y ~ x", frame, {"poorest": 0.3}, cluster="v", replicates=0)
    assert found.found.r2 == pytest.approx(1 / 1.09, abs=0.01)
    assert found.found.rmse == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"line": 0.0}, "targeting.bad_line"),
        ({"line": float("nan")}, "targeting.bad_line"),
        ({"line": {"poorest": 2}}, "targeting.bad_line"),
        ({"line": 1.0}, "targeting.nobody_poor"),
        ({"line": 1e9}, "targeting.everybody_poor"),
        ({"folds": 1}, "targeting.bad_count"),
        ({"replicates": 3}, "targeting.bad_count"),
        ({"poorest": 1.5}, "targeting.bad_share"),
        ({"coverage": (0.0,)}, "targeting.bad_share"),
        ({"scale": "log"}, "targeting.unknown_scale"),
        ({"cluster": "nowhere"}, "describe.unknown_columns"),
        ({"cluster": "one"}, "targeting.one_cluster"),
        ({"persons": "none"}, "targeting.no_persons"),
    ],
)
def test_refusals(change: dict[str, object], code: str) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"y": rng.normal(8, 1, 50), "x": rng.normal(size=50), "one": [1] * 50, "none": [0] * 50}
    )
    asked = {"line": {"poorest": 0.3}, "replicates": 0} | change
    with pytest.raises(lv.LivelihoodsError) as caught:
        proxy_means_test("y ~ x", frame, asked.pop("line"), **asked)
    assert caught.value.code == code
    assert caught.value.message("zh")


def test_not_positive_money() -> None:
    frame = pl.DataFrame({"c": [0.0, 1.0, 2.0, 3.0], "x": [1.0, 2.0, 4.0, 3.0]})
    with pytest.raises(lv.LivelihoodsError, match="rows 1"):
        proxy_means_test("c ~ x", frame, 2.0, scale="money", replicates=0)


def test_tables_and_figures_speak_both_languages(found: ProxyMeansTest) -> None:
    from livelihoods import words

    for language in words.LANGUAGES:
        with words.use_language(language):
            assert "CGH" in found.summary().to_text()
            assert "hhsize" in found.coefficient_table().to_text()
            for what in ("errors", "cgh", "incidence"):
                assert found.plot(what).to_svg().startswith("<svg")
