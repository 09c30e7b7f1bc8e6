"""The gap between saying and doing; definitions; the table of an index system."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import SquareTable

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Codebook, SampleDesign, Variable


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(8)
    n = 300
    will = rng.integers(1, 6, n)
    does = np.clip(will - rng.integers(0, 4, n), 1, 5)
    return pl.DataFrame(
        {
            "will": will,
            "does": does,
            "age": rng.integers(20, 70, n) + 5 * (does <= 2),
            "village": rng.integers(0, 30, n),
            "w": rng.uniform(0.5, 2, n),
        }
    )


def test_shares_by_counting(frame: pl.DataFrame) -> None:
    found = lv.item_gap(frame, {"labour": ("will", "does")}, who=["age"])
    pair = found.pairs[0]
    willing = frame.filter(pl.col("will") >= 4)
    lost = willing.filter(pl.col("does") <= 2)
    assert (pair.willing, pair.in_gap) == (willing.height, lost.height)
    assert pair.gap == pytest.approx(lost.height / willing.height)
    assert pair.gap_of_all == pytest.approx(lost.height / frame.height)
    assert pair.conf_low < pair.gap < pair.conf_high
    np.testing.assert_array_equal(
        pair.cross, np.histogram2d(frame["will"], frame["does"], bins=np.arange(0.5, 6))[0]
    )
    table = SquareTable(pair.cross, shift_zeros=False)
    assert pair.homogeneity is not None
    assert pair.homogeneity.bhapkar == pytest.approx(
        table.homogeneity(method="bhapkar").statistic, rel=1e-9
    )
    who = found.who["labour"].differences[0]
    assert who.sizes == (willing.height - lost.height, lost.height)
    assert who.means[1] == pytest.approx(lost["age"].mean())
    assert len(found.tables()) == 3
    assert found.notes[0].code == "describe.gap_scales"
    assert json.dumps(found.to_dict())


def test_weights_and_clusters(frame: pl.DataFrame) -> None:
    survey = replace(as_survey(frame), design=SampleDesign(weight="w", cluster="village"))
    pair = lv.item_gap(survey, {"p": ("will", "does")}).pairs[0]
    willing = frame.filter(pl.col("will") >= 4)
    w = willing["w"].to_numpy()
    expected = w @ (willing["does"].to_numpy() <= 2) / w.sum()
    assert pair.gap == pytest.approx(expected)
    plain = lv.item_gap(frame, {"p": ("will", "does")}).pairs[0]
    assert (pair.conf_low, pair.conf_high) != (plain.conf_low, plain.conf_high)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=40))
def test_gap_laws(answers: list[tuple[int, int]]) -> None:
    """Shares lie in their interval; the cross-table holds everybody; members are the willing."""
    will, does = (np.array(column) for column in zip(*answers, strict=True))
    pair = lv.item_gap({"a": will, "b": does}, {"p": ("a", "b")}).pairs[0]
    assert pair.cross.sum() == len(answers)
    assert (pair.member >= 0).sum() == pair.willing
    assert (pair.member == 1).sum() == pair.in_gap
    if pair.willing:
        assert pair.conf_low - 1e-12 <= pair.gap <= pair.conf_high + 1e-12
    else:
        assert np.isnan(pair.gap)


def test_shanxi_like_headline() -> None:
    """On the synthetic Shanxi survey the gap prints, in both languages."""
    survey = lv.datasets.shanxi_like()
    names = survey.frame.columns
    will = next(name for name in names if name.startswith("will"))
    often = next(name for name in names if name.startswith("freq"))
    found = lv.item_gap(survey, {"activity": (will, often)})
    for language in ("en", "zh"):
        with words.use_language(language):
            assert repr(found)
            assert all(table.title for table in found.tables())


def test_errors(frame: pl.DataFrame) -> None:
    with pytest.raises(SpecError):
        lv.item_gap(frame, {})
    with pytest.raises(SpecError, match="nope"):
        lv.item_gap(frame, {"p": ("will", "nope")})
    with pytest.raises(DataError, match="Nobody answered both"):
        lv.item_gap(frame.with_columns(does=pl.lit(None, dtype=pl.Int64)), {"p": ("will", "does")})
    found = lv.item_gap(frame, {"p": ("will", "does")}, willing=9, who=["age"])
    assert {note.code for note in found.notes} >= {
        "describe.nobody_willing",
        "describe.gap_too_few",
    }


def test_definitions(frame: pl.DataFrame) -> None:
    book = Codebook(
        {
            "will": Variable(
                "will", label={"en": "Willingness"}, values={"en": {"1": "no", "5": "yes"}}
            ),
            "age": Variable("age", label={"en": "Age"}, unit="years", question="q7"),
        }
    )
    survey = replace(as_survey(frame), codebook=book)
    found = lv.variable_definitions(survey, {"Outcome": ["will"], "Controls": ["age", "does"]})
    rows = found.tidy().to_dicts()
    assert [row["category"] for row in rows] == ["Outcome", "Controls", "Controls"]
    assert rows[0]["definition"] == "1 = no; 5 = yes"
    assert rows[1]["definition"] == "q7"
    assert rows[1]["mean"] == pytest.approx(frame["age"].mean())
    assert found.notes[0].where.variables == ("does",)
    assert "Willingness" in repr(found)
    told = lv.variable_definitions(survey, ["does"], wording={"does": "how often"})
    assert told.tidy()["definition"].to_list() == ["how often"]
    assert not told.notes
    assert "category" not in lv.variable_definitions(survey, ["age"]).tidy().columns


def test_index_system(frame: pl.DataFrame) -> None:
    spec = lv.IndexSpec(dimensions={"a": {"will": "+", "does": "+"}, "b": {"age": "-"}})
    index = lv.build_index(frame, spec)
    found = lv.index_system_table(frame, index).tidy()
    assert found["weight"].sum() == pytest.approx(1.0)
    assert found["mean"][2] == pytest.approx(frame["age"].mean())
    assert "sub_dimension" not in found.columns
    assert "Index system" in repr(lv.index_system_table(frame, index))
