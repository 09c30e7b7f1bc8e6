"""Another person gets the same tables: from Python, and from the package with masked data."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import StudyError
from livelihoods.study import Study
from livelihoods.study.literal import literal
from livelihoods.study.pseudonyms import travelling
from study.studies import QUICK, SMALL, farms, write


def _python(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(lv.__file__).parents[1])}
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_replicate_py_gives_the_same_tables(tmp_path: Path) -> None:
    text = SMALL.replace("A small study", r"A \"\"\"small\"\"\" \\ study {x}") + QUICK
    Study.from_toml(write(tmp_path, text)).run(tmp_path / "out")
    done = _python(tmp_path / "out" / "replicate.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The tables are the same." in done.stdout


def test_replicate_py_says_what_differs(tmp_path: Path) -> None:
    Study.from_toml(write(tmp_path, SMALL + QUICK)).run(tmp_path / "out")
    write(tmp_path, SMALL, farms().with_columns(income=pl.col("income") * pl.col("age")))
    done = _python(tmp_path / "out" / "replicate.py", str(tmp_path))
    assert done.returncode == 1
    assert "The data differ" in done.stdout
    assert "baseline-regression" in done.stdout


def test_the_package_replicates_with_masked_data(tmp_path: Path) -> None:
    text = SMALL.replace('file = "farms.csv"', 'file = "farms.csv"\nhousehold = "id"')
    text += QUICK + 'data = "pseudonymised"\n'
    Study.from_toml(write(tmp_path, text)).run(tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "replication.zip") as package:
        package.extractall(tmp_path / "sent")
    frame = pl.read_parquet(tmp_path / "sent" / "data.parquet")
    # Only what the study uses travels: "size" is used nowhere.
    assert frame.columns == ["id", "village", "member", "age", "income", "rooms"]
    assert not {*frame["id"]} & {*farms()["id"]}
    again = Study.from_toml(tmp_path / "sent" / "study.toml").run(tmp_path / "again")
    assert again.record["rows_used"] == farms().height
    first = [n for n in lv.compare_runs(tmp_path / "out", tmp_path / "again") if "data" not in n]
    assert first == []
    assert _python(tmp_path / "sent" / "replicate.py").stdout.endswith("The tables are the same.\n")


def test_identifiers_that_decide_something_stay_and_are_named(tmp_path: Path) -> None:
    text = SMALL.replace('file = "farms.csv"', 'file = "farms.csv"\nhousehold = "id"')
    text += "[[clean]]\ndrop = 'id == \"h0003\"'\n"
    study = Study.from_toml(write(tmp_path, text))
    found = travelling(study.spec, lv.read_survey(tmp_path / "farms.csv"))
    assert found.kept == ()  # the plain survey does not know what identifies
    from livelihoods.study.source import read_data

    found = travelling(study.spec, read_data(study.spec, tmp_path).survey)
    assert found.kept == ("id",)
    assert found.replaced == ("village",)
    assert found.frame["village"].n_unique() == farms()["village"].n_unique()


def test_without_asking_no_data_travel(tmp_path: Path) -> None:
    Study.from_toml(write(tmp_path, SMALL + QUICK)).run(tmp_path / "out")
    content = (tmp_path / "out" / "replication.zip").read_bytes()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [name for name in names if name.endswith((".parquet", "farms.csv"))]
    assert {"README.txt", "codebook.toml", "record.json", "replicate.py", "study.toml"} <= {*names}


def test_compare_needs_two_runs(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"record\.json"):
        lv.compare_runs(tmp_path, tmp_path)


_VALUES = st.recursive(
    st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=12,
)


@given(_VALUES)
def test_literal_text_means_the_value(value: object) -> None:
    import ast

    try:
        text = literal(value, 4)
        text.encode()
    except UnicodeEncodeError:
        return
    assert ast.literal_eval(text) == value
