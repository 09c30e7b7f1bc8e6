"""A study with ``kind = "insurance_take_up"`` gives what the function gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livelihoods.cooperatives import insurance_take_up
from livelihoods.errors import LivelihoodsError
from livelihoods.study import Study
from study.studies import HEAD, farms, write

STUDY = """
[design]
outcomes = ["member"]
controls = ["size"]
cluster = "village"
[[analysis]]
id = "who"
kind = "insurance_take_up"
price = "age"
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_take_up(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    text = HEAD.replace("seed = 7", f'seed = 7\nlanguage = "{language}"') + STUDY
    Study.from_toml(write(tmp_path, text)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["member"]
    direct = insurance_take_up(
        farms(), "member", price="age", controls=["size"], vcov={"cluster": "village"}
    )
    assert found["roles"] == {"age": "price", "size": "controls"}
    effects = {row["term"]: row["estimate"] for row in found["effects"]}
    # The record keeps twelve digits.
    for row in direct.tidy().iter_rows(named=True):
        assert effects[row["term"]] == pytest.approx(row["estimate"], rel=1e-11)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert ("谁参加保险" if language == "zh" else "Who insures") in page


def test_unknown_columns_are_refused(tmp_path: Path) -> None:
    text = HEAD + STUDY.replace('"age"', '"premium"')
    with pytest.raises(LivelihoodsError, match="premium"):
        Study.from_toml(write(tmp_path, text)).run(tmp_path / "out")
