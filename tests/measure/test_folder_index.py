"""The index of a Parquet folder is that of the same rows in memory, whoever computes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.engine import BLOCK_ROWS
from livelihoods.errors import DataError, OutputError

ROWS = 5 * BLOCK_ROWS + 301
PARTS = {"money": {"income": "+", "debt": "-"}, "voice": {"meetings": "+", "trust": {"target": 4}}}


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(31)
    return pl.DataFrame(
        {
            "id": np.arange(ROWS),
            "income": rng.lognormal(9, 1, ROWS),
            "debt": rng.exponential(2e3, ROWS),
            "meetings": rng.integers(0, 13, ROWS).astype(np.int8),
            "trust": rng.integers(1, 6, ROWS),
            "w": rng.random(ROWS) + 0.5,
            "wave": np.sort(rng.integers(2019, 2022, ROWS)),
        }
    )


def _folder(frame: pl.DataFrame, folder: Path, group: int = 50_000) -> Any:
    """One file a wave, so that row groups hold one wave each."""
    folder.mkdir()
    for wave, part in frame.group_by("wave", maintain_order=True):
        part.write_parquet(folder / f"wave-{wave[0]}.parquet", row_group_size=group)
    return lv.open_parquet(folder)


@pytest.fixture(scope="module")
def sorted_folder(frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return _folder(frame, tmp_path_factory.mktemp("a") / "sorted")


@pytest.fixture(scope="module")
def mixed(frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Waves mixed in every row group, and gaps."""
    holes = np.random.default_rng(5).random(ROWS) < 0.02
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=2).with_columns(
        income=pl.when(pl.Series(~holes)).then(pl.col("income")),
        debt=pl.when(pl.Series(np.roll(holes, 9))).then(float("nan")).otherwise(pl.col("debt")),
    )
    file = tmp_path_factory.mktemp("b") / "mixed.parquet"
    shuffled.write_parquet(file, row_group_size=70_000)
    return shuffled, lv.open_parquet(file)


def _same(found: Any, expected: Any) -> None:
    for name in ("weights", "entropy", "bounds"):
        assert getattr(found, name).equals(getattr(expected, name)), name
    assert found.nobs == expected.nobs
    # The mean comes from sums of oriented values instead of scores: rounding of 3e5 additions.
    assert found.glance()["mean"][0] == pytest.approx(expected.glance()["mean"][0], rel=1e-11)


OPTIONS: dict[str, dict[str, Any]] = {
    "pooled": {},
    "by wave": {"by": "wave", "weights_by": "by", "bounds": "by"},
    "bounds by": {"by": "wave", "bounds": "by"},
    "weighted": {"survey_weight": "w"},
    "critic": {"weights": "critic"},
    "two levels": {"levels": "two-level"},
    "baseline": {"weights_from": {"wave": 2019}},
    "given": {"weights": {"income": 0.4, "debt": 0.3, "meetings": 0.2, "trust": 0.1}},
    "declared": {"bounds": {"income": (100.0, 50_000.0), "meetings": (1, 9)}},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_same_digits_as_in_memory(
    frame: pl.DataFrame, sorted_folder: Any, mixed: Any, options: dict[str, Any]
) -> None:
    spec = lv.IndexSpec(dimensions=PARTS, **options)
    for rows, folder in ((frame, sorted_folder), mixed):
        found, expected = lv.build_index(folder, spec), lv.build_index(rows, spec)
        if options.get("survey_weight"):  # in memory the mean is not weighted
            assert found.weights.equals(expected.weights)
            continue
        _same(found, expected)
        codes = [note.code for note in expected.notes if "other_households" not in note.code]
        assert [n.code for n in found.notes if n.code != "measure.folder_ranks"] == codes


def test_any_executor_gives_the_same_bytes(mixed: Any) -> None:
    spec = lv.IndexSpec(dimensions=PARTS, by="wave", weights_by="by", bounds="by")
    seen = {
        str(lv.build_index(mixed[1], spec, executor).to_dict())
        for executor in (None, "threads:1", "threads:2", "dask-local:2")
    }
    assert len(seen) == 1


def test_means_are_those_of_the_scores_by_wave(frame: pl.DataFrame, sorted_folder: Any) -> None:
    spec = lv.IndexSpec(dimensions=PARTS, by="wave", weights_by="by")
    found, memory = lv.build_index(sorted_folder, spec), lv.build_index(frame, spec)
    expected = memory.contributions.with_columns(wave=frame["wave"], score=memory.scores)
    expected = expected.group_by("wave", maintain_order=True).mean()
    for name in ("score", "money", "voice"):
        np.testing.assert_allclose(found.means[name], expected[name], rtol=1e-11)
    assert found.means["rows"].sum() == frame.height


def test_scores_are_written_whole(mixed: Any, tmp_path: Path) -> None:
    rows, folder = mixed
    spec = lv.IndexSpec(dimensions=PARTS, by="wave", weights_by="by", bounds="by")
    found, memory = lv.build_index(folder, spec), lv.build_index(rows, spec)
    opened = found.write_scores(tmp_path / "scores", keep=["id", "wave"], executor="threads:2")
    assert opened.columns == ("id", "wave", "score", "score.money", "score.voice")
    written = pl.concat([pl.read_parquet(file) for file in opened.files.paths])
    assert written["id"].equals(rows["id"])
    assert written["score"].null_count() == memory.scores.null_count()
    # A score is Σ w z in one sum, in memory the sum of the dimensions' sums: two roundings.
    np.testing.assert_allclose(written["score"], memory.scores, rtol=1e-14)
    np.testing.assert_allclose(written["score.money"], memory.contributions["money"], rtol=1e-14)
    again = found.write_scores(tmp_path / "again", keep=["id", "wave"], executor="threads:1")
    for a, b in zip(opened.files.paths, again.files.paths, strict=True):
        assert Path(a).read_bytes() == Path(b).read_bytes()
    with pytest.raises(OutputError) as caught:
        found.write_scores(tmp_path / "scores")
    assert caught.value.code == "measure.scores_exist"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "scores"]


def test_a_failure_leaves_nothing_half_written(mixed: Any, tmp_path: Path) -> None:
    found = lv.build_index(mixed[1], lv.IndexSpec(dimensions=PARTS))
    with pytest.raises(DataError):
        found.write_scores(tmp_path / "scores", keep=["nobody"])
    assert list(tmp_path.iterdir()) == []


def test_footers_that_leave_out_nan_are_not_believed(frame: pl.DataFrame, tmp_path: Path) -> None:
    # The largest income stands in a row without debt (NaN, which no footer counts as missing).
    place = int(np.argmax(frame["income"].to_numpy()))
    debt = frame["debt"].to_numpy().copy()
    debt[place] = np.nan
    holed = frame.with_columns(debt=pl.Series(debt))
    spec = lv.IndexSpec(dimensions=PARTS)
    _same(lv.build_index(_folder(holed, tmp_path / "n"), spec), lv.build_index(holed, spec))


def test_prints_and_draws(sorted_folder: Any) -> None:
    found = lv.build_index(sorted_folder, lv.IndexSpec(dimensions=PARTS))
    assert "income" in repr(found)
    assert found.tidy()["estimate"].sum() == pytest.approx(1.0)
    found.plot()
    assert repr(sorted_folder).startswith(f"{ROWS:,} rows × 7 columns in 3 Parquet files")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"dimensions": {"d": {"incme": "+"}}}, "survey.folder_column"),
        ({"dimensions": {"d": {"income": "+", "county": "+"}}}, "survey.folder_not_numeric"),
        ({"dimensions": {"d": {"income": "+", "same": "+"}}}, "measure.constant"),
        ({"dimensions": {"d": {"endless": "+"}}}, "measure.folder_too_large"),
        ({"dimensions": {"d": {"empty": "+"}}}, "measure.no_complete_row"),
        ({"dimensions": {"d": {"income": "+"}}, "survey_weight": "zero"}, "measure.folder_weight"),
        (
            {"dimensions": {"d": {"income": "+"}}, "weights_from": {"county": "x"}},
            "measure.empty_base",
        ),
    ],
)
def test_bad_columns(tmp_path: Path, options: dict[str, Any], code: str) -> None:
    n = 40
    file = tmp_path / "bad.parquet"
    pl.DataFrame(
        {
            "income": np.arange(n, dtype=float),
            "county": ["a"] * n,
            "same": [2.0] * n,
            "endless": [1.0] * (n - 1) + [float("inf")],
            "empty": pl.Series([None] * n, dtype=pl.Float64),
            "zero": [1.0] * (n - 1) + [0.0],
        }
    ).write_parquet(file)
    with pytest.raises(DataError) as caught:
        lv.build_index(lv.open_parquet(file), lv.IndexSpec(**options))
    assert caught.value.code == code
    assert str(caught.value)
