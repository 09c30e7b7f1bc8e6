"""Every frame a person may hold gives the same Survey."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from livelihoods.errors import DataError
from livelihoods.survey.door import as_survey, code_text

# The same three people, written by hand.
PLAIN = pl.DataFrame({"a": [1, None, 3], "b": ["x", None, "z"], "c": [1.5, None, 2.0]})


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN.lazy(),
        PLAIN.with_columns(pl.col("c").fill_null(float("nan"))),
        PLAIN.with_columns(pl.col("b").cast(pl.Categorical)),
        PLAIN.to_arrow(),
        pd.DataFrame(
            {
                "a": pd.array([1, None, 3], dtype="Int64"),
                "b": pd.Categorical(["x", None, "z"]),
                "c": [1.5, np.nan, 2.0],
            }
        ),
        pd.DataFrame(
            {
                "a": pd.array([1, None, 3], dtype="Int64"),
                "b": pd.Series(["x", None, "z"], dtype=object),
                "c": pd.array([1.5, None, 2.0], dtype="Float64"),
            }
        ),
        {"a": [1, None, 3], "b": np.array(["x", None, "z"], dtype=object), "c": [1.5, np.nan, 2]},
        {"a": np.ma.array([1, 9, 3], mask=[0, 1, 0]), "b": PLAIN["b"], "c": PLAIN["c"].to_numpy()},
    ],
    ids=[
        "polars",
        "lazy",
        "nan",
        "categorical",
        "arrow",
        "pandas",
        "objects",
        "dict",
        "masked",
    ],
)
def test_every_frame_gives_the_same(data: object) -> None:
    assert as_survey(data).frame.equals(PLAIN)


def test_a_duckdb_relation() -> None:
    with duckdb.connect() as connection:
        rows = "values (1::bigint, 'x', 1.5::double), (null, null, null), (3, 'z', 2)"
        assert as_survey(connection.sql(f"from ({rows}) as t(a, b, c)")).frame.equals(PLAIN)


def test_survey_passes_through() -> None:
    survey = as_survey(PLAIN)
    assert as_survey(survey) is survey


def test_needs_no_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": pd.Series(["x", None], dtype=object)})
    assert as_survey(frame).frame.equals(pl.DataFrame({"a": [1.0, None], "b": ["x", None]}))


def test_order_of_categories_is_kept() -> None:
    levels = pd.Categorical(["low", "high"], categories=["low", "high"], ordered=True)
    entry = as_survey(pd.DataFrame({"a": levels})).codebook.variables["a"]
    assert (list(entry.values["en"]), entry.scale) == (["low", "high"], "ordinal")


def test_mixed_types_become_words_and_are_noted() -> None:
    survey = as_survey({"a": [1, "two", None]})
    assert survey.frame["a"].to_list() == ["1", "two", None]
    assert [note.code for note in survey.notes] == ["survey.mixed_types"]


def test_duplicated_names_are_refused() -> None:
    with pytest.raises(DataError, match="more than once: a"):
        as_survey(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(DataError, match="more than once: a"):
        as_survey(pa.table([[1], [2]], names=["a", "a"]))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (3, "survey.not_a_frame"),
        ("file.csv", "survey.not_a_frame"),
        ({"a": [1], "b": [1, 2]}, "survey.unequal_lengths"),
        ({"a": np.zeros((2, 2))}, "survey.not_a_column"),
        ({"a": "text"}, "survey.not_a_column"),
    ],
)
def test_what_is_no_table_is_refused(data: object, code: str) -> None:
    with pytest.raises(DataError) as caught:
        as_survey(data)
    assert caught.value.code == code
    assert caught.value.message("zh")


def test_code_texts() -> None:
    assert [code_text(v) for v in (1.0, 1.5, True, "a", -99)] == ["1", "1.5", "1", "a", "-99"]
