"""Waves appended and linked."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import MISSING_SCHEMA, Variable


def wave(label: str, **columns: list[object]) -> lv.Survey:
    book = lv.Codebook({"q": Variable("q", values={"en": {"1": label, "2": "no"}})})
    return replace(as_survey(columns), codebook=book)


def test_waves_are_stacked_with_what_differs_noted() -> None:
    first = wave("yes", hh=[1, 2], q=[1, None])
    apart = pl.DataFrame([(1, "q", "-99", "refused")], schema=MISSING_SCHEMA, orient="row")
    second = wave("often", hh=[2, 3], q=[1.0, 2.5], new=["x", None])
    survey = lv.append_waves({2020: first, 2022: replace(second, missing=apart)}, wave="year")
    assert survey.frame.to_dict(as_series=False) == {
        "hh": [1, 2, 2, 3],
        "q": [1.0, None, 1.0, 2.5],
        "new": [None, None, "x", None],
        "year": [2020, 2020, 2022, 2022],
    }
    assert survey.missing["row"].to_list() == [3]
    assert survey.design.wave == "year"
    assert {note.code: note.where.variables for note in survey.notes} == {
        "survey.labels_changed": ("q",),
        "survey.wave_lacks": ("new",),
    }
    assert "1: yes → often" in survey.notes[0].sentence()


def test_types_must_agree_and_the_name_be_free() -> None:
    with pytest.raises(DataError, match="1: number and 2: text"):
        lv.append_waves({1: {"x": [1]}, 2: {"x": ["a"]}})
    with pytest.raises(DataError, match="already is a column wave"):
        lv.append_waves({1: {"wave": [1]}})
    with pytest.raises(SpecError):
        lv.append_waves({})


def test_a_panel_is_linked_by_unit() -> None:
    long = {"hh": [2, 1, 1, 3, None], "year": [1, 1, 2, 2, 2], "x": [1, 2, 3, 4, 5]}
    panel = lv.link_waves(long, "hh", "year")
    assert panel.frame["x"].to_list() == [2, 3, 1, 4]
    assert panel.rows.tolist() == [1, 2, 0, 3]
    assert (panel.design.household, panel.design.wave) == ("hh", "year")
    balanced = lv.link_waves(long, "hh", "year", keep="balanced")
    assert balanced.frame["hh"].to_list() == [1, 1]
    assert [(s.before, s.after) for s in balanced.sample_flow.steps] == [(5, 4), (4, 2)]
    with pytest.raises(DataError, match="more than once in a year"):
        lv.link_waves({"hh": [1, 1], "year": [1, 1]}, "hh", "year")
    with pytest.raises(SpecError, match="tells the waves apart"):
        lv.link_waves({"hh": [1, 1]}, "hh")


def test_rice_farms_are_a_balanced_panel() -> None:
    # plm: 171 farms x 6 seasons.
    panel = lv.link_waves(lv.datasets.rice_farms(), "id", keep="balanced")
    assert panel.frame.height == 171 * 6
