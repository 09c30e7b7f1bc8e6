"""Files joined by key: every row accounted for, nothing multiplied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import MISSING_SCHEMA, Variable

HOUSEHOLDS = {"hh": [1, 2, 3, 4, 5], "v": ["a", "b", "a", None, "z"], "income": [1, 2, 3, 4, 5]}


def villages() -> lv.Survey:
    survey = as_survey({"village": ["a", "b", "c"], "road": [1, None, 0]})
    book = lv.Codebook({"road": Variable("road", {"en": "Paved road"}, question="v3")})
    apart = pl.DataFrame([(1, "road", "-99", "refused")], schema=MISSING_SCHEMA, orient="row")
    return replace(survey, codebook=book, missing=apart)


def test_households_get_their_village() -> None:
    joined = lv.join(HOUSEHOLDS, villages(), {"v": "village"})
    assert joined.survey.frame["road"].to_list() == [1, None, 1, None, None]
    assert (joined.matched, joined.left_only, joined.right_only) == (3, 2, 1)
    assert joined.survey.codebook.label("road") == "Paved road"
    assert joined.survey.sources("road") == ("v3",)
    assert joined.survey.missing.rows() == [(1, "road", "-99", "refused")]
    assert {note.code: note.where.rows for note in joined.notes} == {
        "survey.join_no_key": (3,),
        "survey.join_alone": (4,),
    }
    assert [row.cells[1].value for row in joined.summary().rows] == [3, 2, 1]


def test_inner_join_writes_the_sample_flow() -> None:
    survey = lv.join(HOUSEHOLDS, villages(), {"v": "village"}, how="inner").survey
    assert survey.rows.tolist() == [0, 1, 2]
    assert [(step.before, step.after) for step in survey.sample_flow.steps] == [(5, 3)]


def test_one_to_many_is_the_same_turned_about() -> None:
    one = lv.join(villages(), HOUSEHOLDS, {"village": "v"}, kind="1:m").survey.frame
    many = lv.join(HOUSEHOLDS, villages(), {"v": "village"}).survey.frame
    assert one.equals(many)


def test_columns_of_both_files_must_agree() -> None:
    same = {"v": ["a", "b"], "income": [1, 2]}
    joined = lv.join({"v": ["a", "b"], "income": [1, 2], "x": [0, 0]}, same, "v", kind="1:1")
    assert [note.code for note in joined.notes] == ["survey.join_same"]
    with pytest.raises(DataError, match="do not say the same"):
        lv.join({"v": ["a", "b"], "income": [1, 9]}, same, "v")
    assert lv.join({"v": ["a"], "income": [9]}, {**same, "y": [1, 2]}, "v", take=["y"]).matched == 1


@pytest.mark.parametrize(
    ("right", "on", "kind", "code"),
    [
        ({"v": ["a", "a"], "x": [1, 2]}, "v", "m:1", "survey.join_many_to_many"),
        ({"hh": [1, 1], "x": [1, 2]}, "hh", "m:1", "survey.join_duplicates"),
        ({"v": ["a", "b"], "x": [1, 2]}, "v", "1:1", "survey.join_duplicates"),
        ({"v": [1, 2], "x": [1, 2]}, "v", "m:1", "survey.join_key_types"),
        ({"v": ["A", "B"], "x": [1, 2]}, "v", "m:1", "survey.join_no_match"),
        ({"w": ["a"], "x": [1]}, "v", "m:1", "survey.no_key"),
        ({"v": ["a"], "x": [1]}, "v", "m:m", "survey.join_kind"),
    ],
)
def test_refusals(right: dict[str, Any], on: str, kind: Any, code: str) -> None:
    with pytest.raises((DataError, SpecError)) as caught:
        lv.join(HOUSEHOLDS, right, on, kind=kind)
    assert caught.value.code == code
    assert caught.value.message("en") != caught.value.message("zh")


def test_whole_floats_match_integers() -> None:
    assert lv.join({"hh": [1, 2]}, {"hh": [1.0, 3.0], "x": [5, 6]}, "hh").matched == 1


@given(
    left=st.lists(st.none() | st.integers(0, 6), min_size=1, max_size=20),
    right=st.lists(st.integers(0, 6), unique=True, min_size=1),
)
def test_every_left_row_is_counted_once(left: list[int | None], right: list[int]) -> None:
    """matched + left only = left rows; used + right only = right rows; order is kept."""
    if not set(left) & set(right):
        return
    data = {"k": pl.Series(left, dtype=pl.Int64), "at": list(range(len(left)))}
    joined = lv.join(data, {"k": right, "x": right}, "k")
    assert joined.matched + joined.left_only == joined.survey.frame.height == len(left)
    assert joined.right_rows + joined.right_only == len(right)
    assert joined.survey.frame["at"].to_list() == list(range(len(left)))
    assert joined.survey.frame["x"].to_list() == [k if k in right else None for k in left]
