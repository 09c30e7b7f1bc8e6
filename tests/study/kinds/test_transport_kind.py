"""Studies with ``kind = "transport"``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import livelihoods as lv
from livelihoods.errors import StudyError
from livelihoods.study import Study

HEAD = """format = 1
title = "Another province, synthetic"
language = "{language}"
seed = 7
[data]
dataset = "jiangsu_like"
[derive]
rii = "any_of(internal, chain, multifunction, technology)"
[design]
treatment = "rii"
outcomes = ["training"]
controls = ["age", "risk_appetite", "household_size", "C(year)"]
cluster = "village"
[output]
formats = ["csv"]
figures = ["svg"]
[[analysis]]
id = "elsewhere"
kind = "transport"
over = ["age", "risk_appetite", "household_size"]
"""


def run(folder: Path, text: str, language: str = "en") -> tuple[list[dict[str, Any]], str]:
    path = folder / "study.toml"
    path.write_text(HEAD.format(language=language) + text, encoding="utf-8")
    Study.from_toml(path).run(folder / "out")
    record = json.loads((folder / "out" / "record.json").read_text(encoding="utf-8"))
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    return [item["results"] for item in record["analyses"]], page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_rows_of_the_data_are_the_target(tmp_path: Path, language: str) -> None:
    text = 'target = "city >= 10"\n[[analysis]]\nid = "closing"\nkind = "recovered"\n'
    results, page = run(tmp_path, text, language)
    found = results[0]["training"]
    frame = lv.datasets.jiangsu_like().frame
    there = int((frame["city"] >= 10).sum())
    assert found["overlap"]["target_rows"] == there
    assert found["overlap"]["study_rows"] == frame.height - there
    assert found["vcov"] == "cluster(village)"
    assert {"en": "In the target", "zh": "目标总体"}[language] in page
    # The generator knows the effect there: mean change of the target's rows, treated or not.
    claims = results[1]["recovered"]["claims"]
    truth = lv.datasets.jiangsu_truth().change("training")
    assert truth is not None
    expected = truth[(frame["city"] >= 10).to_numpy()].mean()
    assert [row["truth"] for row in claims[3:]] == pytest.approx([expected] * 3, rel=1e-9)


def test_means_are_the_target(tmp_path: Path) -> None:
    text = "means = { age = 55, risk_appetite = 1.6, household_size = 3.2 }\n"
    results, page = run(tmp_path, text)
    assert results[0]["training"]["overlap"]["target_rows"] is None
    assert "entropy weights" in page


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="one target"):
        run(tmp_path, "")
    with pytest.raises(StudyError, match="one of the two populations is empty"):
        run(tmp_path, 'target = "city > 99"\n')
    with pytest.raises(StudyError, match="citty"):
        run(tmp_path, 'target = "citty > 9"\n')
