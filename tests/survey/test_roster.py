"""Member rosters: one person chosen, or all collapsed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError, SpecError

# Four households written by hand: 1 plain, 2 with two heads, 3 without a head, 4 head decides not.
ROSTER = {
    "hh": [1, 1, 1, 2, 2, 3, 4, 4, 4],
    "relation": [1, 2, 3, 1, 1, 3, 1, 2, 3],
    "decides": [0, 0, 0, 0, 0, 0, 0, 1, 0],
    "age": [50, 48, 12, 40, 70, 20, 66, 60, None],
    "school": [6, 9, 5, None, None, 12, 3, 8, None],
}


def test_the_head_is_chosen_and_the_rest_is_said() -> None:
    heads = lv.choose_person(ROSTER, "hh", {"relation": 1}, age="age")
    assert heads.rows.tolist() == [0, 4, 6]
    assert [step.after for step in heads.sample_flow.steps] == [3]
    said = {note.code: note.values for note in heads.notes}
    assert said["survey.no_person"]["households"] == ["3"]
    assert said["survey.several_persons"]["rows"] == [3, 4]
    assert lv.choose_person(ROSTER, "hh", {"relation": 1}).rows.tolist() == [0, 3, 6]


def test_rules_are_tried_in_order() -> None:
    rules = [{"decides": 1}, {"relation": (1, 2)}, {"age": 20}]
    chosen = lv.choose_person(ROSTER, "hh", rules, age="age")
    assert chosen.rows.tolist() == [0, 4, 5, 7]
    assert chosen.frame["chosen_by"].to_list() == [2, 2, 3, 1]
    assert chosen.sources("chosen_by") == ("age", "decides", "relation")
    assert "survey.no_person" not in [note.code for note in chosen.notes]


def test_bad_rules_are_refused() -> None:
    with pytest.raises(DataError, match="Nobody in the roster meets relation = 9"):
        lv.choose_person(ROSTER, "hh", {"relation": 9})
    with pytest.raises(DataError, match="no column role"):
        lv.choose_person(ROSTER, "hh", {"role": 1})
    with pytest.raises(DataError, match="another type"):
        lv.choose_person(ROSTER, "hh", {"relation": "head"})
    with pytest.raises(SpecError):
        lv.choose_person(ROSTER, "hh", [])


def test_a_roster_is_collapsed() -> None:
    survey = lv.collapse_roster(ROSTER, "hh", age="age", schooling="school")
    # By hand: household 1 has one child to two of working age; 2 one elderly to one.
    assert survey.frame.to_dict(as_series=False) == {
        "hh": [1, 2, 3, 4],
        "hh_size": [3, 2, 1, 3],
        "n_children": [1, 0, 0, None],
        "n_elderly": [0, 1, 0, None],
        "n_working_age": [2, 1, 1, None],
        "schooling_max": [9, None, 12, 8],
        "dependency_ratio": [0.5, 1.0, 0.0, None],
    }
    assert survey.sources("dependency_ratio") == ("age",)
    assert survey.codebook.label("dependency_ratio", "zh") == "抚养比"
    assert [note.code for note in survey.notes] == ["survey.age_unknown"]
    nobody = lv.collapse_roster({"hh": [1, None], "age": [80, 3]}, "hh", age="age")
    assert nobody.frame["dependency_ratio"].to_list() == [None]
    codes = [note.code for note in nobody.notes]
    assert codes == ["survey.members_without_household", "survey.nobody_works"]
    with pytest.raises(DataError, match="does not hold numbers"):
        lv.collapse_roster({"hh": [1], "age": ["x"]}, "hh", age="age")


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 99)), min_size=1, max_size=30))
def test_ages_partition_the_household(people: list[tuple[int, int]]) -> None:
    data = {"hh": [unit for unit, _ in people], "age": [years for _, years in people]}
    frame = lv.collapse_roster(data, "hh", age="age").frame
    parts = frame["n_children"] + frame["n_elderly"] + frame["n_working_age"]
    assert parts.to_list() == frame["hh_size"].to_list()
    assert frame["hh_size"].sum() == len(people)
