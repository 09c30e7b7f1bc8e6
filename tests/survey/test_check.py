"""What the data say against themselves."""

from __future__ import annotations

from dataclasses import replace

import livelihoods as lv
from livelihoods.survey.door import as_survey


def test_empty_constant_range_and_duplicates() -> None:
    data = {
        "id": ["a", "b", "b", "d"],
        "age": [30, 130, 41, 41],
        "same": [1, 1, 1, 1],
        "none": [None, None, None, None],
    }
    book = lv.Codebook(
        {
            "id": lv.Variable("id", role="id"),
            "age": lv.Variable("age", low=15, high=110),
        }
    )
    check = lv.data_check(replace(as_survey(data), codebook=book))
    found = {note.code: note.where.rows for note in check.notes}
    assert found == {
        "survey.constant": (),
        "survey.all_missing": (),
        "survey.out_of_range": (1,),
        "survey.duplicate_id": (1, 2),
        "survey.duplicate_rows": (2, 3),
    }
    assert check.tidy().height == len(check.summary().rows) == 5
    assert "outside 15 to 110 on 1 row (2)" in repr(check)


def test_original_rows_are_named_after_rows_left() -> None:
    survey = as_survey({"x": [1, 2, 30]})
    kept = survey.keep(survey.frame["x"] > 1, "not one")
    check = lv.data_check(kept, bounds={"x": (0, 10)})
    assert check.notes[0].where.rows == (2,)
