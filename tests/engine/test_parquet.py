"""Blocks do not depend on files and row groups; footers say what pyarrow says; broken files."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods import engine
from livelihoods.engine.footers import Footer, FooterError, parse_footer, read_footer
from livelihoods.engine.parquet import Wanted, open_files, stated_levels, stated_ranges
from livelihoods.errors import DataError

ROWS = 3 * engine.BLOCK_ROWS + 517


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(3)
    return pl.DataFrame(
        {
            "x": rng.normal(size=ROWS),
            "gappy": pl.Series(rng.random(ROWS)).set(pl.Series(rng.random(ROWS) < 0.1), None),
            "q": rng.integers(-2, 6, ROWS).astype(np.int8),
            "yes": rng.random(ROWS) < 0.3,
            "wave": np.sort(rng.integers(2019, 2022, ROWS)).astype(np.int16),
            "county": np.array(["a", "b", "c"])[rng.integers(0, 3, ROWS)],
        }
    )


def _write(frame: pl.DataFrame, folder: Path, cuts: list[int], group: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    ends = [0, *cuts, frame.height]
    for place, (low, high) in enumerate(pairwise(ends)):
        frame.slice(low, high - low).write_parquet(
            folder / f"part-{place:02d}.parquet", row_group_size=group
        )
    return folder


WANTED = (
    Wanted("x", "x"),
    Wanted("gappy", "gappy"),
    Wanted("q", "q"),
    Wanted("whole", "q", "whole", fill=99),
    Wanted("yes", "yes"),
    Wanted("wave", "wave", "codes", (2019, 2020, 2021)),
    Wanted("county", "county", "codes", ("a", "c")),
    Wanted("is_b", "county", "equals", fill="b"),
)


@pytest.mark.parametrize(
    ("cuts", "group"), [([], 10**6), ([5, 70_000, 70_000], 30_001), ([131_072], 1_000)]
)
def test_blocks_are_the_rows_of_the_frame(
    frame: pl.DataFrame, tmp_path: Path, cuts: list[int], group: int
) -> None:
    source = open_files(_write(frame, tmp_path / "p", cuts, group)).source(*WANTED)
    assert source.blocks == 4
    blocks = list(engine.read_run(source, 0, 4))
    joined = {
        one.name: np.concatenate([np.asarray(block[one.name]) for block in blocks])
        for one in WANTED
    }
    assert [len(block["x"]) for block in blocks] == [engine.BLOCK_ROWS] * 3 + [517]
    np.testing.assert_array_equal(joined["x"], frame["x"].to_numpy())
    np.testing.assert_array_equal(joined["gappy"], frame["gappy"].to_numpy())
    np.testing.assert_array_equal(joined["q"], frame["q"].to_numpy().astype(float))
    np.testing.assert_array_equal(joined["whole"], frame["q"].to_numpy())
    np.testing.assert_array_equal(joined["yes"], frame["yes"].to_numpy().astype(float))
    np.testing.assert_array_equal(joined["wave"], frame["wave"].to_numpy() - 2019)
    places = np.array([{"a": 0, "b": -1, "c": 1}[name] for name in frame["county"]])
    np.testing.assert_array_equal(joined["county"], places)
    np.testing.assert_array_equal(joined["is_b"], places == -1)
    np.testing.assert_array_equal(source.read(2)["x"], blocks[2]["x"])


def test_limits_pull_values_in(frame: pl.DataFrame, tmp_path: Path) -> None:
    files = open_files(_write(frame, tmp_path / "p", [], 10**6))
    source = files.source(Wanted("x", "x", limits=(-1.0, 1.0)), Wanted("q", "q", limits=(0.0, 3.0)))
    block = source.read(0)
    np.testing.assert_array_equal(block["x"], frame["x"].to_numpy()[:65_536].clip(-1, 1))
    np.testing.assert_array_equal(np.asarray(block["q"]), frame["q"].to_numpy()[:65_536].clip(0, 3))


@pytest.mark.parametrize("version", ["1.0", "2.4", "2.6"])
def test_footers_say_what_pyarrow_says(frame: pl.DataFrame, tmp_path: Path, version: str) -> None:
    # pyarrow's reader is the outside reference; files by pyarrow and by Polars.
    odd = frame.head(1_000).with_columns(
        when=pl.date(2020, 1, 1),
        small=pl.col("x").cast(pl.Float32),
        long=pl.col("wave").cast(pl.Int64) * -(2**40),
        unsigned=pl.col("wave").cast(pl.UInt16) + 40_000,
    )
    pq.write_table(odd.to_arrow(), tmp_path / "a.parquet", row_group_size=300, version=version)
    odd.write_parquet(tmp_path / "b.parquet", row_group_size=300)
    for file in (tmp_path / "a.parquet", tmp_path / "b.parquet"):
        told, ours = pq.ParquetFile(file).metadata, read_footer(file)
        assert ours.rows == told.num_rows
        assert len(ours.groups) == told.num_row_groups
        for number, group in enumerate(ours.groups):
            theirs = told.row_group(number)
            assert group.rows == theirs.num_rows
            for j in range(theirs.num_columns):
                column = theirs.column(j)
                extent, stated = group.extents[column.path_in_schema], column.statistics
                assert extent.nulls == stated.null_count
                if extent.low is not None:
                    assert (extent.low, extent.high) == (stated.min, stated.max)
            assert group.extents["long"].low is not None
            assert group.extents["when"].low is None  # a date is no plain number
            assert group.extents["unsigned"].low is None


def test_footers_give_levels_and_ranges_by_wave(frame: pl.DataFrame, tmp_path: Path) -> None:
    sizes = frame.group_by("wave", maintain_order=True).len()["len"].to_list()
    apart = open_files(_write(frame, tmp_path / "apart", np.cumsum(sizes)[:-1].tolist(), 40_000))
    assert stated_levels(apart, "wave") == [2019, 2020, 2021]
    found = stated_ranges(apart, ["x", "q", "yes"], "wave", [2019, 2020, 2021])
    assert found is not None
    rows, low, high = found
    assert rows.tolist() == sizes
    lows = frame.group_by("wave", maintain_order=True).agg(pl.col("x", "q", "yes").min())
    np.testing.assert_array_equal(low, lows.drop("wave").cast(pl.Float64).to_numpy())
    highs = frame.group_by("wave", maintain_order=True).agg(pl.col("x", "q", "yes").max())
    np.testing.assert_array_equal(high, highs.drop("wave").cast(pl.Float64).to_numpy())
    assert stated_ranges(apart, ["gappy"]) is None
    mixed = open_files(_write(frame, tmp_path / "mixed", [], 10**6))
    assert stated_levels(mixed, "wave") is None
    assert stated_ranges(mixed, ["x"], "wave", [2019, 2020, 2021]) is None
    assert stated_ranges(mixed, ["x"]) is not None


def _code(call: Any) -> tuple[str, DataError]:
    with pytest.raises(DataError) as caught:
        call()
    return caught.value.code, caught.value


def test_no_files_and_no_rows(tmp_path: Path) -> None:
    assert _code(lambda: open_files(tmp_path))[0] == "engine.no_parquet"
    assert _code(lambda: open_files(tmp_path / "*.parquet"))[0] == "engine.no_parquet"
    pl.DataFrame({"x": pl.Series([], dtype=pl.Float64)}).write_parquet(tmp_path / "a.parquet")
    assert _code(lambda: open_files(tmp_path))[0] == "engine.no_parquet_rows"


@pytest.mark.parametrize(
    ("other", "column"),
    [
        (pl.DataFrame({"x": [1, 2], "z": [0.5, 1.0]}), "x"),
        (pl.DataFrame({"x": [1.0]}), "z"),
        (pl.DataFrame({"x": [1.0], "z": [1.0], "more": [1]}), "more"),
    ],
)
def test_schema_drift_names_file_and_column(
    tmp_path: Path, other: pl.DataFrame, column: str
) -> None:
    pl.DataFrame({"x": [1.0], "z": [1.0]}).write_parquet(tmp_path / "a.parquet")
    other.write_parquet(tmp_path / "b.parquet")
    code, error = _code(lambda: open_files(tmp_path))
    assert code == "engine.schema_drift"
    assert error.values["variable"] == column
    assert error.values["file"].endswith("b.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all, but long enough"])
def test_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    code, error = _code(lambda: open_files(tmp_path))
    assert code == "engine.corrupt_parquet"
    assert "a.parquet" in str(error)


def test_a_file_cut_off(frame: pl.DataFrame, tmp_path: Path) -> None:
    whole = _write(frame, tmp_path / "p", [], 10**6) / "part-00.parquet"
    whole.write_bytes(whole.read_bytes()[:-1_000])
    assert _code(lambda: open_files(tmp_path / "p"))[0] == "engine.corrupt_parquet"


def test_damaged_pages_name_the_column(frame: pl.DataFrame, tmp_path: Path) -> None:
    file = _write(frame, tmp_path / "p", [], 10**6) / "part-00.parquet"
    chunk = pq.ParquetFile(file).metadata.row_group(0).column(1)
    content = bytearray(file.read_bytes())
    start = chunk.data_page_offset
    content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    file.write_bytes(bytes(content))
    source = open_files(file).source(Wanted("x", "x"), Wanted("gappy", "gappy"))
    code, error = _code(lambda: engine.fold(engine.moments(["x"]), source))
    assert code == "engine.corrupt_column"
    assert error.values["variable"] == "gappy"


@given(st.binary(max_size=300))
def test_any_bytes_as_a_footer(content: bytes) -> None:
    # Anything but a footer or its own error would stop a whole register for one broken file.
    with suppress(FooterError):
        assert isinstance(parse_footer(content), Footer)
