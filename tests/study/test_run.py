"""One file in, one report out: the same bytes every time, and nothing half-written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import LivelihoodsError, StudyError
from livelihoods.study import Study
from study.studies import QUICK, SMALL, farms, write


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_run_writes_report_tables_figures_and_record(tmp_path: Path) -> None:
    run = lv.Study.from_toml(write(tmp_path)).run(tmp_path / "out", workers=1)
    assert "report.html" in run.files
    assert "record.json" in run.files
    for folder, endings in (("tables", "csv xlsx docx tex html txt"), ("figures", "svg png html")):
        for ending in endings.split(" "):
            assert any(n.startswith(f"{folder}/") and n.endswith(ending) for n in run.files)
    alone = {"codebook.html", "data-check.html", "replicate.py", "replication.zip", "study.toml"}
    assert alone <= {*run.files}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "A small study" in page
    assert "<script" not in page
    for name in re.findall(r'href="([^"#]+)"', page):
        assert (tmp_path / "out" / name).is_file(), name


def test_the_numbers_are_those_of_python(tmp_path: Path) -> None:
    run = Study.from_toml(write(tmp_path, SMALL + QUICK)).run(tmp_path / "out")
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    frame = farms()
    spec = lv.IndexSpec(dimensions={"goods": {"income": "+", "rooms": "+"}}, weights="equal")
    index = lv.build_index(frame, spec)
    data = frame.with_columns(index.scores.alias("living"))
    result = lv.ols("living ~ member + age", data, vcov={"cluster": "village"})
    (analysis,) = (item for item in record["analyses"] if item["id"] == "baseline")
    ((name, found),) = analysis["results"].items()
    assert name == "living:cluster"
    for row, expected in zip(found["coefficients"], result.tidy().to_dicts(), strict=True):
        # The record keeps 12 digits of the very same computation.
        assert row["term"] == expected["term"]
        assert row["estimate"] == pytest.approx(expected["estimate"], rel=1e-11)
        assert row["std_error"] == pytest.approx(expected["std_error"], rel=1e-11)
    assert run.record["rows_used"] == frame.height


def test_record_gives_every_number_of_the_tables(tmp_path: Path) -> None:
    run = Study.from_toml(write(tmp_path, SMALL + QUICK)).run(tmp_path / "out")
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    for name, kept in record["tables"].items():
        written = (tmp_path / "out" / "tables" / f"{name}.csv").read_text(encoding="utf-8-sig")
        import csv
        import io

        rows = list(csv.reader(io.StringIO(written)))[1:]
        assert len(rows) == len(kept["rows"])
        for line, row in zip(rows, kept["rows"], strict=True):
            for printed, value in zip(line, row["cells"], strict=True):
                if isinstance(value, int | float):
                    assert float(printed) == pytest.approx(value, rel=1e-11)
    assert set(run.record["tables"]) == set(record["tables"])


def test_same_bytes_for_two_runs_one_and_two_workers_and_any_hash_seed(tmp_path: Path) -> None:
    path = write(tmp_path, frame=farms(500))
    Study.from_toml(path).run(tmp_path / "one", workers=1)
    Study.from_toml(path).run(tmp_path / "two", workers=2)
    first = _contents(tmp_path / "one")
    assert first == _contents(tmp_path / "two")
    code = (
        "from livelihoods.study import Study;"
        f"Study.from_toml({str(path)!r}).run({str(tmp_path / 'three')!r}, workers=2)"
    )
    source = str(Path(lv.__file__).parents[1])
    env = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": source}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    assert first == _contents(tmp_path / "three")


def test_derived_columns_and_cleaning_are_applied_in_order(tmp_path: Path) -> None:
    text = SMALL + (
        '[derive]\nold = "age >= 60"\n'
        '[[clean]]\nkeep = "age >= 30"\nreason = "Adults who farm"\n'
        "[checks.age]\nhigh = 70\n"
    )
    run = Study.from_toml(write(tmp_path, text + QUICK)).run(tmp_path / "out")
    frame = farms()
    kept = frame.filter(pl.col("age") >= 30)
    assert run.record["rows_used"] == kept.height
    assert run.record["sample_flow"][-1]["reason"] == "Adults who farm"
    over = int((kept["age"] > 70).sum())
    (finding,) = (
        f
        for f in run.record["data_check"]["findings"]
        if f["variables"] == ["age"] and f["code"] == "survey.out_of_range"
    )
    assert len(finding["rows"]) == over
    rows = np.flatnonzero((frame["age"] > 70).to_numpy())
    assert finding["rows"] == rows.tolist()


BAD = [
    (SMALL.replace('"member"', '"membr"'), "no column 'membr'", "line 18"),
    (SMALL.replace('controls = ["age"]', 'controls = ["agee"]'), "'age'", "line 18"),
    (SMALL + '[derive]\nx = "__import__(1)"\n', "__import__", "line 22, derive.x"),
    (SMALL + '[derive]\nx = "age +"\n', "age", "line 22, derive.x"),
    (SMALL + '[[clean]]\nkeep = "age > 500"\n', "No row is left", "clean"),
    (SMALL + '[variables.ghost]\nlabel = "x"\n', "ghost", "line 21"),
    (SMALL + "[checks.ghost]\nlow = 1\n", "ghost", "line 21"),
    (SMALL.replace('income = "+"', 'incom = "+"'), "incom", "index.living"),
    (SMALL.replace("farms.csv", "farm.csv"), "farms.csv", "line 4, data"),
    (SMALL.replace("farms.csv", "study.toml"), "study.toml", "line 4, data"),
    (SMALL.replace('["living"]', '["income"]').replace('"member"', '"const"'), "const", "line 18"),
]


@pytest.mark.parametrize(("text", "said", "place"), BAD, ids=range(len(BAD)))
def test_bad_input_is_told_with_its_place_and_leaves_nothing(
    tmp_path: Path, text: str, said: str, place: str
) -> None:
    frame = farms().with_columns(pl.lit(1).alias("const"))
    study = Study.from_toml(write(tmp_path, text, frame))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StudyError) as caught:
        study.run(tmp_path / "out")
    told = caught.value.message()
    assert said in told, told
    assert place in told, told
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_of_others_is_refused_before_any_work(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("x")
    with pytest.raises(LivelihoodsError, match="did not write"):
        Study.from_toml(write(tmp_path, SMALL + QUICK)).run(out)


def test_plan_says_what_would_run(tmp_path: Path) -> None:
    frame = farms().with_columns(
        pl.when(pl.col("age") > 60).then(None).otherwise("age").alias("age")
    )
    plan = Study.from_toml(write(tmp_path, frame=frame)).check()
    assert [step.id for step in plan.steps] == ["index-1", "baseline"]
    assert plan.steps[1].rows == frame["age"].drop_nulls().len()
    assert plan.rows_used == frame.height
