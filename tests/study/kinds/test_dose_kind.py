"""A study with ``kind = "dose_response"`` gives what ``lv.dose_response`` gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import livelihoods as lv
from livelihoods.study import Study
from study.studies import HEAD, farms, write

STUDY = """
[design]
treatment = "member"
outcomes = ["income"]
controls = ["size"]
cluster = "village"
[[analysis]]
id = "ages"
kind = "dose_response"
dose = "age"
draws = 99
points = 5
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_dose_response(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    text = HEAD.replace("seed = 7", f'seed = 7\nlanguage = "{language}"') + STUDY
    Study.from_toml(write(tmp_path, text)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["income"]
    direct = lv.dose_response(
        "income ~ size", farms(), "age", grid=5, draws=99, seed=7, cluster="village"
    )
    # The record keeps 12 digits of the very same computation.
    assert [row["estimate"] for row in found["curve"]] == pytest.approx(
        direct.frame["estimate"].to_list(), rel=1e-9
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert {"en": "If everybody had this dose", "zh": "剂量—反应曲线"}[language] in page
