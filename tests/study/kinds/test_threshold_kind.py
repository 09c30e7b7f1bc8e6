"""A study with ``kind = "threshold"`` gives what ``lv.threshold`` gives."""

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
id = "once"
kind = "threshold"
variables = ["age"]
draws = 99
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_threshold(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    text = HEAD.replace("seed = 7", f'seed = 7\nlanguage = "{language}"') + STUDY
    Study.from_toml(write(tmp_path, text)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["income:age"]
    direct = lv.threshold(
        "income ~ member + size + age",
        farms(),
        "age",
        regime_dependent=["member", "1"],
        bootstrap=99,
        seed=7,
        vcov={"cluster": "village"},
    )
    # The record keeps 12 digits of the very same computation.
    assert found["glance"]["threshold"] == direct.gamma
    assert found["glance"]["sup_f_p_value"] == pytest.approx(direct.tests[0].p_value)  # type: ignore[union-attr]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert {"en": "Threshold in", "zh": "门槛值"}[language] in page
