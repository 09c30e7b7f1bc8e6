"""Cooperatives first, then members: against choosing one by one."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.cooperatives.targeting import two_level_selection

EXACT = 1e-10
ROLES = {"cooperative": "cooperative", "consumption": "c", "score": "s"}


def place(seed: int, n: int = 120) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    c = rng.uniform(1, 20, n)
    c[0] = 2.0
    return pl.DataFrame(
        {
            "c": c,
            "s": c + rng.normal(0, 4, n),
            "persons": rng.integers(1, 6, n),
            "cooperative": [None if k == 0 else f"C{k}" for k in rng.integers(0, 9, n)],
        }
    )


@given(st.integers(0, 2**31), st.sampled_from(["share", "number"]))
def test_where_the_poor_are_lost_adds_up(seed: int, rank_by: str) -> None:
    found = two_level_selection(place(seed), 8.0, persons="persons", rank_by=rank_by, **ROLES)
    frame = found.frame
    parts = frame["outside"] + frame["unchosen"] + frame["passed_over"]
    np.testing.assert_allclose(parts, frame["exclusion"], atol=EXACT)
    levels = frame.filter(pl.col("cooperatives").is_not_null())
    # More cooperatives: no fewer chosen, none lost for want of choosing in the end.
    assert np.all(np.diff(levels["unchosen"].to_numpy()) <= EXACT)
    assert levels["unchosen"][-1] == 0
    assert np.all(frame["selected"].to_numpy() <= found.quota + EXACT)


def test_one_by_one_with_a_perfect_score() -> None:
    # By hand: C1 has poor 1 and 2 and another 9; C2 poor 3 and 9, 9; 4 is in none. Line 5, quota
    # 4/7: one cooperative has three persons, so all of them are selected; two: 1, 2, 3 and a 9.
    frame = pl.DataFrame(
        {"c": [1.0, 2, 9, 3, 9, 9, 4], "cooperative": ["C1"] * 3 + ["C2"] * 3 + [None]}
    )
    found = two_level_selection(frame, 5.0, cooperative="cooperative", consumption="c", score="c",
                                cooperatives=(0.5, 1.0))  # fmt: skip
    rows = found.frame.to_dicts()
    assert rows[0]["chosen"] == 1
    assert rows[0]["unchosen"] == pytest.approx(1 / 4)
    assert rows[0]["outside"] == pytest.approx(1 / 4)
    assert rows[0]["leakage"] == pytest.approx(1 / 3)
    assert rows[1]["exclusion"] == pytest.approx(1 / 4)
    assert rows[1]["leakage"] == pytest.approx(1 / 4)
    assert rows[2]["exclusion"] == pytest.approx(0, abs=EXACT)  # directly, with a perfect score
    assert found.glance()["direct_exclusion"][0] == pytest.approx(0, abs=EXACT)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quota": 1.0}, "targeting.bad_share"),
        ({"cooperatives": (0.0,)}, "targeting.bad_share"),
        ({"rank_by": "name"}, "targeting.bad_rank"),
        ({"score": "nothing"}, "describe.unknown_columns"),
        ({"score": "empty"}, "targeting.nobody_judged"),
    ],
)
def test_refusals(change: dict, code: str) -> None:
    frame = place(1).with_columns(empty=pl.lit(None, dtype=pl.Float64))
    with pytest.raises(lv.LivelihoodsError) as caught:
        two_level_selection(frame, 8.0, **(ROLES | change))
    assert caught.value.code == code


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_both_languages(language: str) -> None:
    with words.use_language(language):
        found = two_level_selection(place(2), 8.0, **ROLES)
        assert found.summary().to_text()
        assert found.plot().to_svg()
