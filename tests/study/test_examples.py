"""Every study in examples/ can be checked; the Shanxi study runs and gives the printed counts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import livelihoods as lv
from livelihoods.report.to_docx import to_docx
from livelihoods.study.document import pages

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_it_would_run(path: Path) -> None:
    plan = lv.Study.from_toml(path).check()
    assert plan.summary().rows


def test_the_shanxi_study_runs_whole(tmp_path: Path) -> None:
    text = (EXAMPLES / "shanxi.toml").read_text(encoding="utf-8")
    # All formats of every table and figure are tested elsewhere; here they would take a minute.
    quick = tmp_path / "shanxi.toml"
    quick.write_text(
        text + '\n[output]\nformats = ["csv", "docx"]\nfigures = ["svg"]\n', encoding="utf-8"
    )
    done = lv.Study.from_toml(quick).run(tmp_path / "out")
    # The program's own report, read from Word as a stranger would, agrees with itself.
    own = lv.audit(tmp_path / "out" / "report.docx")
    assert own.clean, own
    assert {"average_rows", "r_squared_and_f", "stars"} <= {
        v.rule for v in own.verdicts if v.checked
    }
    table = next((tmp_path / "out" / "tables").glob("*table-7-mode*.csv"))
    numbers = {cell for row in csv.reader(table.open(encoding="utf-8")) for cell in row}
    # Counts of the study's Table 7: 112, 20, 98, 31, 36 and 15 of 312 households.
    assert {"112", "20", "98", "31", "36", "15"} <= numbers
    codes = {note.code for note in done.all_notes}
    assert "datasets.synthetic" in codes
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "synthetic data" in report
    for number in range(1, 13):
        assert f"(Table {number})" in report or number == 10


def test_the_jiangsu_study_runs_whole(tmp_path: Path) -> None:
    text = (EXAMPLES / "jiangsu.toml").read_text(encoding="utf-8")
    quick = tmp_path / "jiangsu.toml"
    quick.write_text(text + '\n[output]\nformats = ["csv"]\nfigures = ["svg"]\n', encoding="utf-8")
    study = lv.Study.from_toml(quick)
    done = study.run(tmp_path / "out")
    # The report as Word, without a file of its own for every table, read as a stranger would.
    word = tmp_path / "report.docx"
    word.write_bytes(to_docx(pages(study, done.ran).document))
    own = lv.audit(word)
    assert own.clean, own
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    places = [report.index(f"(Table {number})") for number in range(1, 12)]
    assert places == sorted(places)  # its Tables 1 to 11 in its order
    # Villages are the clusters of every analysis with a covariance, the wave is in every formula.
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    found = {item["id"]: item["results"] for item in record["analyses"]}
    assert found["table-9-mixed-process"]["resilience"]["vcov"] == "cluster(village)"
    assert found["table-10-mechanisms"]["resilience"]["vcov"] == "cluster(village)"
    groups = found["table-11-modes"]["resilience"]
    assert groups["vcov"] == "cluster(village)"
    assert groups["matching"]["vcov"] == "influence(village)"
    assert "C(year)" in groups["formula"]
    # The closing table is made by the program: estimates and truth of each analysis.
    claims = found["recovered"]["recovered"]["claims"]
    told = {row["analysis"] for row in claims}
    tables = ("table-5-baseline", "table-6-matching", "table-9-mixed-process", "table-11-modes")
    assert told >= {*tables, "instrument", "table-10-mechanisms"}
    least = [row for row in claims if row["analysis"] == "table-5-baseline"]
    # Negative selection is built in: least squares is far below the truth (datasets/jiangsu).
    assert all(row["estimate"] < 0.6 * row["truth"] for row in least)
    assert any("recovered" in table.id for table in done.tables)
