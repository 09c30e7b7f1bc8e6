"""A study with ``kind = "mechanisms"`` gives what ``lv.mechanisms`` gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import livelihoods as lv
from livelihoods.study import Study
from study.studies import HEAD, INDEX, farms, write

STUDY = """
[design]
treatment = "member"
outcomes = ["income"]
controls = ["age"]
cluster = "village"
[[analysis]]
id = "ways"
kind = "mechanisms"
mediators = { house = ["rooms"], family = ["size"] }
"""


def test_mechanisms(tmp_path: Path) -> None:
    out = tmp_path / "out"
    Study.from_toml(write(tmp_path, HEAD + STUDY)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["income"]
    groups = {"house": ["rooms"], "family": ["size"]}
    direct = lv.mechanisms(
        "income ~ member + age", farms(), "member", groups, vcov={"cluster": "village"}
    )
    # The record keeps 12 digits of the very same computation.
    assert found["estimates"][0]["estimate"] == pytest.approx(
        direct.tidy()["estimate"][0], rel=1e-10
    )
    assert "Accounting split" in (out / "report.html").read_text(encoding="utf-8")


def test_a_mediator_inside_the_outcome_index_is_refused(tmp_path: Path) -> None:
    text = STUDY.replace('["income"]', '["living"]')
    with pytest.raises(lv.LivelihoodsError, match="rooms"):
        Study.from_toml(write(tmp_path, HEAD + INDEX + text)).run(tmp_path / "out")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_by_group_and_pairs(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    head = HEAD.replace("seed = 7", f'seed = 7\nlanguage = "{language}"')
    text = STUDY + 'by = ["half"]\ninteractions = [["rooms", "size"]]\n'
    half = farms().with_columns(half=(farms()["village"] > 9).cast(int))
    Study.from_toml(write(tmp_path, head + text, half)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["income"]
    assert [row["group"] for row in found["by_group"]["effects"][:4:2]] == ["0", "1"]
    assert found["pairs"]["pairs"] == [["rooms", "size"]]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert {"en": "Two mediators together", "zh": "两个中介变量的共同作用"}[language] in page
