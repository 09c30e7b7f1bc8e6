"""Files as they arrive."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import DataError


def written(folder: Path, content: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_types_are_restored(tmp_path: Path) -> None:
    path = written(tmp_path, "n,x,w,t,code,place\n1,1.5,a,TRUE,007,1.1\n,NA,b,FALSE,12,1.10\n")
    frame = lv.read_survey(path).frame
    assert frame.to_dict(as_series=False) == {
        "n": [1, None],
        "x": [1.5, None],
        "w": ["a", "b"],
        "t": [True, False],
        "code": ["007", "12"],
        "place": ["1.1", "1.10"],
    }


def test_codes_that_mean_missing_are_kept_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "income\n100\n-99\n98\n97\n")
    entry = lv.Codebook(
        {"income": lv.Variable("income", missing={"-99": "refused", "97..98": "don't know"})}
    )
    survey = lv.read_survey(path, entry)
    assert survey.frame["income"].to_list() == [100, None, None, None]
    assert survey.missing.rows() == [
        (1, "income", "-99", "refused"),
        (2, "income", "98", "don't know"),
        (3, "income", "97", "don't know"),
    ]
    assert [note.code for note in survey.notes] == ["survey.missing_apart"]


def test_parquet_and_notes_of_absent_names(tmp_path: Path) -> None:
    pl.DataFrame({"age": [1.0, float("nan")]}).write_parquet(tmp_path / "a.parquet")
    book = lv.Codebook({"agee": lv.Variable("agee")})
    survey = lv.read_survey(tmp_path / "a.parquet", book)
    assert survey.frame["age"].to_list() == [1.0, None]
    assert "nearest column: age" in survey.notes[0].sentence()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.doc", b"x", "survey.unknown_file_type"),
        ("a.csv", b"", "survey.empty_file"),
        ("a.csv", b"\n\n", "survey.empty_file"),
        ("a.csv", b"a,b\n", "survey.no_rows"),
        ("a.csv", b"a,a\n1,2\n", "survey.duplicate_columns"),
        ("a.csv", b"a,\n1,2\n", "survey.unnamed_columns"),
        ("a.csv", b"a,b\n1,2,3\n", "survey.ragged"),
        ("a.csv", b"a,b\n\x00\x00,\x81\xff\n", "survey.undecodable"),
        ("a.parquet", b"no parquet", "survey.unreadable"),
        ("a.dta", b"no stata file", "survey.unreadable"),
        ("a.sav", b"no spss file", "survey.unreadable"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    with pytest.raises(DataError) as caught:
        lv.read_survey(written(tmp_path, content, name))
    assert caught.value.code == code
    assert name in caught.value.message("en")
    assert caught.value.message("zh")


def test_absent_files_name_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, "a\n1\n", "households.csv")
    with pytest.raises(DataError, match=r"households\.csv"):
        lv.read_survey(tmp_path / "houshold.csv")
    with pytest.raises(DataError, match="no file"):
        lv.read_survey(tmp_path / "absent" / "x.csv")
    with pytest.raises(DataError, match="folder"):
        lv.read_survey(tmp_path)
