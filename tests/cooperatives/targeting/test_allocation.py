"""Plans of support from frames: fairness, comparison, refusals, words."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods import words
from livelihoods.cooperatives.targeting import (
    allocate_support,
    match_support,
    two_level_targeting,
)


@pytest.fixture(scope="module")
def county() -> pl.DataFrame:
    rng = np.random.default_rng(42)
    n = 300
    return pl.DataFrame(
        {
            "c": np.round(np.exp(rng.normal(9, 0.5, n)), 2),
            "m": rng.normal(9, 0.4, n),
            "persons": rng.integers(1, 7, n),
            "sex": rng.choice(["female", "male"], n),
            "village": rng.integers(0, 8, n),
            "cooperative": [None if k == 0 else f"C{k}" for k in rng.integers(0, 6, n)],
            "benefit": np.round(100 * rng.random(n) * (rng.random(n) < 0.5), 2),
            "delivery": rng.integers(0, 90, n),
        }
    )


@pytest.mark.parametrize("alpha", [0, 1, 2])
def test_no_simple_plan_does_better(county: pl.DataFrame, alpha: int) -> None:
    plan = allocate_support(
        county, 60_000, 6000, consumption="c", persons="persons", alpha=alpha, by=["sex", "village"]
    )
    measure = dict(zip(plan.tidy()["plan"], plan.tidy()[f"fgt{alpha}"], strict=True))
    assert measure["chosen"] == min(measure.values())
    assert plan.spent <= 60_000 * (1 + 1e-9)
    for frame in plan.fairness.values():
        for share in ("share_of_poor", "share_of_gap", "share_of_money"):
            assert frame[share].sum() == pytest.approx(1.0, rel=1e-9)
        assert frame["persons"].sum() == county["persons"].sum()


def test_uncertain_consumption(county: pl.DataFrame) -> None:
    plan = allocate_support(
        county, 60_000, 6000, predicted="m", spread=0.4, persons="persons", alpha=2
    )
    left = dict(zip(plan.tidy()["plan"], plan.tidy()["fgt2"], strict=True))
    # Exact knowledge is not there: acting as if it were is worse in expectation.
    assert left["chosen"] == min(left.values())
    assert left["chosen"] < left["as_if_known"]


def test_grants_are_whole(county: pl.DataFrame) -> None:
    plan = allocate_support(
        county, 20_000, 6000, consumption="c", persons="persons", alpha=2, grants=[800, 2000]
    )
    amounts = set(plan.households()["amount"].round(6).to_list())
    assert amounts == {0.0, 800.0, 2000.0}
    one = allocate_support(county, 4_100, 6000, consumption="c", persons="persons", grants=[800])
    assert one.glance()["recipients"][0] == 5


def test_the_poorest_are_named_when_they_are_passed_over(county: pl.DataFrame) -> None:
    plan = allocate_support(county, 20_000, 6000, consumption="c", alpha=0)
    note = next(n for n in plan.notes if n.code == "targeting.poorest_passed_over")
    assert note.values["share"] == 0.0


def test_who_cannot_be_judged_is_listed() -> None:
    frame = pl.DataFrame({"c": [1.0, None, 9.0], "village": ["a", "a", None]})
    plan = allocate_support(frame, 2.0, 5.0, consumption="c", by=["village"])
    note = next(n for n in plan.notes if n.code == "targeting.not_judged")
    assert note.values["rows"] == [1]
    assert plan.households()["row"].to_list() == [0, 2]
    assert plan.fairness["village"]["group"].to_list() == ["a", None]


def test_through_cooperatives(county: pl.DataFrame) -> None:
    found = two_level_targeting(
        county, 6000, cooperative="cooperative", consumption="c", benefit="benefit",
        persons="persons",
    )  # fmt: skip
    glance = found.glance().to_dicts()[0]
    parts = glance["between"] + glance["within"]
    assert parts == pytest.approx(glance["poor_share_of_money"] - glance["share_of_poor"])
    assert found.outside == pytest.approx(
        county.filter(pl.col("cooperative").is_null())["benefit"].sum()
    )
    matched = match_support(
        county, 30_000, 6000, cooperative="cooperative", consumption="c", claim="delivery",
        persons="persons",
    )  # fmt: skip
    left = dict(zip(matched.comparison["plan"], matched.comparison["fgt2"], strict=True))
    assert left["chosen"] == min(left.values())
    assert matched.tidy()["support"].sum() == pytest.approx(30_000)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"budget": 0}, "targeting.bad_budget"),
        ({"budget": float("inf")}, "targeting.bad_budget"),
        ({"line": -1}, "targeting.bad_line"),
        ({"line": 1.0}, "targeting.nobody_poor"),
        ({"alpha": 3}, "targeting.bad_alpha"),
        ({"grants": [0]}, "targeting.bad_grants"),
        ({"grants": [900], "budget": 800}, "targeting.budget_buys_nothing"),
        ({"alpha": 0, "budget": 1e-6}, "targeting.budget_lifts_nobody"),
        ({"predicted": "m"}, "targeting.consumption_or_prediction"),
        ({"spread": 1.0}, "targeting.prediction_needs_spread"),
        ({"consumption": None, "predicted": "m", "spread": 0.0}, "targeting.no_spread"),
        (
            {"consumption": None, "predicted": "m", "spread": 0.4, "alpha": 0},
            "targeting.headcount_uncertain",
        ),
        ({"consumption": "m"}, None),
        ({"consumption": "nothing"}, "describe.unknown_columns"),
    ],
)
def test_refusals(county: pl.DataFrame, change: dict, code: str | None) -> None:
    asked = {"budget": 1000, "line": 6000, "consumption": "c"} | change
    budget, line = asked.pop("budget"), asked.pop("line")
    if code is None:
        assert allocate_support(county, budget, line, **asked).spent > 0
        return
    with pytest.raises(lv.LivelihoodsError) as caught:
        allocate_support(county, budget, line, **asked)
    assert caught.value.code == code
    assert caught.value.message("zh")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"claim": "none"}, "targeting.no_claims"),
        ({"claim": "minus"}, "targeting.negative"),
        ({"cooperative": "nowhere"}, "targeting.no_members"),
        ({"alpha": 0}, "targeting.bad_alpha_through"),
        ({"line": 7.0, "rich": True}, "targeting.nobody_poor"),
    ],
)
def test_refusals_of_matching(county: pl.DataFrame, change: dict, code: str) -> None:
    frame = county.with_columns(
        none=pl.lit(0), minus=pl.lit(-1.0), nowhere=pl.lit(None, dtype=pl.String)
    )
    change.pop("rich", None)
    asked = {"line": 6000, "cooperative": "cooperative", "consumption": "c"} | change
    with pytest.raises(lv.LivelihoodsError) as caught:
        match_support(frame, 100, asked.pop("line"), **asked)
    assert caught.value.code == code


def test_benefits_that_make_no_sense(county: pl.DataFrame) -> None:
    roles = {"cooperative": "cooperative", "consumption": "c", "benefit": "b"}
    with pytest.raises(lv.LivelihoodsError) as caught:
        two_level_targeting(county.with_columns(b=pl.lit(0.0)), 6000, **roles)
    assert caught.value.code == "targeting.no_benefit"
    with pytest.raises(lv.LivelihoodsError) as caught:
        two_level_targeting(county.with_columns(b=pl.lit(-2.0)), 6000, **roles)
    assert caught.value.code == "targeting.negative"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_is_said_in_both_languages(county: pl.DataFrame, language: str) -> None:
    with words.use_language(language):
        plan = allocate_support(
            county, 9000, 6000, predicted="m", spread=0.4, grants=[500], by=["sex"]
        )
        assert plan.summary().to_text()
        assert plan.fairness_tables()[0].to_text()
        assert plan.plot().to_svg()
        roles = {"cooperative": "cooperative", "consumption": "c"}
        found = two_level_targeting(county, 6000, benefit="benefit", **roles)
        assert found.summary().to_text()
        assert found.plot().to_svg()
        matched = match_support(county, 9000, 6000, **roles)
        assert matched.summary().to_text()
        assert matched.comparison_table().to_text()
