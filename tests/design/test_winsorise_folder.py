"""Winsorising a Parquet folder pulls in the values that winsorising in memory pulls in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.engine import BLOCK_ROWS
from livelihoods.engine.parquet import Wanted
from livelihoods.errors import DataError, SpecError

ROWS = 2 * BLOCK_ROWS + 91


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(8)
    income = rng.lognormal(9, 1, ROWS)
    income[::11] = np.nan
    return pl.DataFrame(
        {"income": income, "rooms": rng.integers(0, 9, ROWS), "empty": np.full(ROWS, np.nan)}
    )


@pytest.mark.parametrize("tails", [(0.01, 0.99), (0.0, 0.95), (0.25, 1.0), (0.5, 0.500001)])
def test_the_same_values_as_in_memory(
    frame: pl.DataFrame, tmp_path: Path, tails: tuple[float, float]
) -> None:
    frame.write_parquet(tmp_path / "a.parquet", row_group_size=40_000)
    folder = lv.winsorise(lv.open_parquet(tmp_path), ["income", "rooms"], tails)
    memory = lv.winsorise(frame, ["income", "rooms"], tails)
    threads = lv.winsorise(frame, ["income", "rooms"], tails, executor="threads:2")
    assert memory.frame.equals(threads.frame)
    source = folder.source(Wanted("income", "income"), Wanted("rooms", "rooms"))
    for name in ("income", "rooms"):
        read = np.concatenate([np.asarray(source.read(b)[name]) for b in range(source.blocks)])
        np.testing.assert_array_equal(read, memory.frame[name].cast(pl.Float64).to_numpy())
    for ours, theirs in zip(folder.notes, memory.notes, strict=True):
        assert ours.code == theirs.code == "design.winsorised"
        assert ours.values == theirs.values


def test_a_later_step_sees_the_values_pulled_in(frame: pl.DataFrame, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "a.parquet")
    spec = lv.IndexSpec(dimensions={"d": {"income": "+", "rooms": "+"}})
    folder = lv.winsorise(lv.open_parquet(tmp_path), ["income"], executor="threads:1")
    memory = lv.winsorise(frame, ["income"])
    found, expected = lv.build_index(folder, spec), lv.build_index(memory, spec)
    assert found.weights.equals(expected.weights)
    assert found.bounds.equals(expected.bounds)


def test_refusals(frame: pl.DataFrame, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "a.parquet")
    folder = lv.open_parquet(tmp_path)
    with pytest.raises(DataError) as caught:
        lv.winsorise(folder, ["empty"])
    assert caught.value.code == "engine.no_values"
    with pytest.raises(DataError) as caught:
        lv.winsorise(folder, ["incme"])
    assert caught.value.code == "survey.folder_column"
    with pytest.raises(SpecError) as refused:
        lv.winsorise(folder, ["income"], by="rooms")
    assert refused.value.code == "design.winsorise_by_folder"
