"""Waves appended and villages joined in the study file, and the package that goes with them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import StudyError
from livelihoods.study import Study
from livelihoods.study.literal import literal
from study.studies import farms

TEXT = """format = 1
title = "Two waves and their villages"
[data]
waves = { 2020 = "w20.csv", 2022 = "w22.csv" }
wave = "year"
household = "id"
[[data.join]]
file = "villages.csv"
on = { village = "code" }
take = ["road"]
[design]
treatment = "member"
outcomes = ["income"]
controls = ["road", "C(year)"]
[[analysis]]
id = "baseline"
kind = "ols"
[output]
formats = ["csv"]
figures = []
data = "pseudonymised"
"""


def _files(folder: Path) -> Path:
    frame = farms()
    frame.head(120).write_csv(folder / "w20.csv")
    frame.tail(80).write_csv(folder / "w22.csv")
    villages = pl.DataFrame({"code": range(20), "road": [i % 2 for i in range(20)]})
    villages.write_csv(folder / "villages.csv")
    (folder / "study.toml").write_text(TEXT)
    return folder / "study.toml"


def test_waves_and_villages_become_one_table(tmp_path: Path) -> None:
    run = Study.from_toml(_files(tmp_path)).run(tmp_path / "out")
    frame = run.ran.prepared.read.frame
    assert frame["year"].to_list() == [2020] * 120 + [2022] * 80
    # Identity: the road of a village is its number's parity, as the villages' file was made.
    assert (frame["road"] == frame["village"] % 2).all()
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    assert list(record["data"]["files"]) == ["w20.csv", "w22.csv", "villages.csv"]
    assert record["data"]["joins"][0]["matched"] == 200
    assert any("join-1" in name for name in record["tables"])


def test_their_package_replicates_from_python(tmp_path: Path) -> None:
    first = Study.from_toml(_files(tmp_path)).run(tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "replication.zip") as package:
        package.extractall(tmp_path / "sent")
    assert not (tmp_path / "sent" / "study.toml").exists()
    script = (tmp_path / "sent" / "replicate.py").read_text(encoding="utf-8")
    data = {"household": "id", "wave": "year", "file": "data.parquet", "codebook": "codebook.toml"}
    assert f"data={literal(data, 4)}," in script
    spec = lv.StudySpec(**{**Study.from_toml(tmp_path / "study.toml").spec.said(), "data": data})
    again = Study.from_spec(spec, tmp_path / "sent").run(tmp_path / "again")
    name = next(n for n in first.record["tables"] if "regression" in n)
    other = next(n for n in again.record["tables"] if "regression" in n)
    assert first.record["tables"][name]["rows"] == again.record["tables"][other]["rows"]


def test_a_key_that_is_absent_is_told_with_its_place(tmp_path: Path) -> None:
    path = _files(tmp_path)
    path.write_text(TEXT.replace('village = "code"', 'village = "nr"'))
    with pytest.raises(StudyError, match="line 3, data"):
        Study.from_toml(path).check()
