"""Frequencies and summaries of a Parquet folder are those of the same rows in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.engine import BLOCK_ROWS
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Codebook, Variable

ROWS = 2 * BLOCK_ROWS + 77
BOOK = Codebook(
    {
        "trust": Variable("trust", values={"en": {"1": "none", "5": "full"}}, scale="ordinal"),
        "village": Variable("village", scale="nominal"),
    }
)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(9)
    gappy = pl.Series(rng.integers(0, 4, ROWS)).set(pl.Series(rng.random(ROWS) < 0.1), None)
    return pl.DataFrame(
        {
            "trust": rng.integers(1, 6, ROWS).astype(np.int8),
            "gappy": gappy,
            "wide": rng.integers(0, 50, ROWS),
            "word": np.array(["yes", "no", "maybe"])[rng.integers(0, 3, ROWS)],
            "yes": rng.random(ROWS) < 0.2,
            "income": np.where(rng.random(ROWS) < 0.05, np.nan, rng.lognormal(9, 1, ROWS)),
            "village": rng.integers(0, 9, ROWS),
            "w": np.where(rng.random(ROWS) < 0.01, 0.0, rng.random(ROWS)),
        }
    )


@pytest.fixture(scope="module")
def folder(frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = tmp_path_factory.mktemp("describe")
    frame.head(50_000).write_parquet(place / "a.parquet", row_group_size=20_000)
    frame.tail(-50_000).write_parquet(place / "b.parquet", row_group_size=90_000)
    return lv.open_parquet(place, BOOK)


def _in_memory(frame: pl.DataFrame) -> Any:
    from dataclasses import replace

    return replace(as_survey(frame), codebook=BOOK)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("executor", ["threads:1", "threads:2"])
def test_frequencies(frame: pl.DataFrame, folder: Any, weights: str | None, executor: str) -> None:
    names = ["trust", "gappy", "wide", "word", "yes"]
    found = lv.frequency_table(folder, names, weights=weights, executor=executor)
    expected = lv.frequency_table(_in_memory(frame), names, weights=weights)
    assert found.tidy().equals(expected.tidy())
    assert found.statistics().equals(expected.statistics())
    assert found.weight == expected.weight
    told = [(note.code, note.values) for note in found.notes]
    assert told == [(note.code, note.values) for note in expected.notes]


def test_frequencies_of_a_column_pulled_in(frame: pl.DataFrame, folder: Any) -> None:
    found = lv.frequency_table(lv.winsorise(folder, ["wide"]), ["wide"])
    expected = lv.frequency_table(lv.winsorise(frame, ["wide"]), ["wide"])
    assert found.tidy()["count"].to_list() == expected.tidy()["count"].to_list()


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("by", [None, "word", "yes"])
def test_summaries(frame: pl.DataFrame, folder: Any, by: str | None, weights: str | None) -> None:
    names = ["income", "gappy", "trust", "village"]
    found = lv.summary_statistics(folder, names, by, weights=weights, executor="threads:2")
    expected = lv.summary_statistics(_in_memory(frame), names, by, weights=weights)
    assert found.tidy().equals(expected.tidy())
    assert found.groups == expected.groups
    assert "income" in repr(found)
    codes = [note.code for note in found.notes]
    assert ("describe.folder_no_test" in codes) == (by == "yes")


def test_all_numeric_columns_by_default(frame: pl.DataFrame, folder: Any) -> None:
    found = lv.summary_statistics(folder)
    names = [name for name in frame.columns if name != "word"]
    assert found.tidy()["variable"].to_list() == names


def test_refusals(folder: Any, tmp_path: Path) -> None:
    for call, kind, code in (
        (lambda: lv.frequency_table(folder, ["trst"]), DataError, "survey.folder_column"),
        (lambda: lv.frequency_table(folder, ["income"]), DataError, "describe.too_many_answers"),
        (lambda: lv.summary_statistics(folder, ["word"]), DataError, "survey.folder_not_numeric"),
        (
            lambda: lv.summary_statistics(folder, ["wide"], cluster="village"),
            SpecError,
            "describe.folder_cluster",
        ),
        (
            lambda: lv.summary_statistics(folder, ["trust"], "income"),
            SpecError,
            "describe.bad_groups",
        ),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert caught.value.code == code
        assert str(caught.value)
    pl.DataFrame({"q": [1, 2], "w": [1.0, -1.0]}).write_parquet(tmp_path / "a.parquet")
    opened = lv.open_parquet(tmp_path)
    for call in (
        lambda: lv.frequency_table(opened, ["q"], weights="w"),
        lambda: lv.summary_statistics(opened, ["q"], weights="w"),
    ):
        with pytest.raises(DataError) as caught:
            call()
        assert caught.value.code == "describe.folder_weights"
