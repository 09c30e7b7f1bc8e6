"""How the sample was drawn and how it became the rows in use."""

from __future__ import annotations

import pytest

import livelihoods as lv
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey

VILLAGES = {"v": [k // 8 for k in range(312)], "w": [1.0] * 312, "s": ["a"] * 304 + ["b"] * 8}


def test_the_flow_of_the_shanxi_study() -> None:
    # Shanxi study: 350 questionnaires issued, 312 valid, 89.14 per cent.
    survey = lv.declare_sample(
        VILLAGES,
        stages=[
            lv.Stage("county", "purposive", 3, 117),
            lv.Stage("village", "random", 39),
        ],
        issued=350,
        valid=312,
        weight="w",
        cluster="v",
        strata="s",
    )
    later = survey.keep(survey.frame["v"] > 0, "answered the index items", "missing")
    table = lv.sample_flow_table(later)
    assert [row.cells[1].value for row in table.rows] == [350, 312, 304]
    assert [row.cells[2].value for row in table.rows] == [None, 38, 8]
    assert round(100 * table.rows[1].cells[3].value, 2) == 89.14  # type: ignore[operator]
    assert table.legend[0] == "Stage: county, purposive, 3 of 117."
    assert "立意" in lv.sample_flow_table(later, "zh").legend[0]
    assert [note.code for note in survey.notes] == [
        "survey.purposive",
        "survey.single_cluster_strata",
    ]
    assert (survey.design.weight, survey.design.cluster) == ("w", "v")


def test_what_is_declared_is_checked() -> None:
    data = {"w": [1, 0, None], "v": [1, 2, 3]}
    survey = lv.declare_sample(data, weight="w", cluster="v", issued=5, returned=4, valid=4)
    assert {note.code: note.where.rows for note in survey.notes} == {
        "survey.bad_weights": (1, 2),
        "survey.few_clusters": (),
        "survey.valid_differs": (),
    }
    with pytest.raises(SpecError, match="grows at the step valid"):
        lv.declare_sample(data, issued=3, valid=4)
    with pytest.raises(SpecError, match="no known method"):
        lv.declare_sample(data, stages=[lv.Stage("village", "lottery")])
    with pytest.raises(DataError, match="no column z"):
        lv.declare_sample(data, strata="z")
    with pytest.raises(DataError, match="does not hold numbers"):
        lv.declare_sample({"w": ["a"]}, weight="w")


def test_without_steps_the_table_has_the_start() -> None:
    assert len(lv.sample_flow_table(as_survey({"a": [1]})).rows) == 1
