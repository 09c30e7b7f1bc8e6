"""The describing kinds run in a study and record what the Python calls return."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import livelihoods as lv
from livelihoods.cli import answer
from livelihoods.study import Study
from study.studies import HEAD, INDEX, farms, write

DESCRIBE = """
[design]
treatment = "member"
outcomes = ["living", "income"]
controls = ["age"]
cluster = "village"
[[analysis]]
id = "freq"
kind = "frequency"
items = ["rooms", "size"]
scale = "count"
average = "none"
[[analysis]]
id = "diff"
kind = "differences"
[[analysis]]
id = "anova"
kind = "anova"
by = "size"
[[analysis]]
id = "corr"
kind = "correlations"
items = ["income", "age", "rooms"]
[[analysis]]
id = "held"
kind = "inequality"
items = ["income", "size"]
groups = "member"
[[analysis]]
id = "gap"
kind = "gap"
pairs = { rooms = ["size", "rooms"] }
who = ["age"]
[[analysis]]
id = "defs"
kind = "definitions"
index = ["living"]
[[analysis]]
id = "stats"
kind = "statistics"
items = ["income", "age"]
by = "member"
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_describing_kinds_equal_the_python_calls(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    text = HEAD.replace("seed = 7", f'seed = 7\nlanguage = "{language}"') + INDEX + DESCRIBE
    Study.from_toml(write(tmp_path, text)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    results = {item["id"]: item["results"] for item in record["analyses"]}
    direct = lv.group_differences(farms(), "income", "member", cluster="village").tidy()
    rows = [r for r in results["diff"]["differences"]["tests"] if r["term"] == "income"]
    # The record keeps 12 digits of the very same computation.
    assert rows[0]["method"] == "clustered"
    assert rows[0]["p_value"] == pytest.approx(direct["p_value"][0], rel=1e-10)
    assert results["anova"]["anova"]["tests"]
    held = [r for r in results["held"]["inequality"]["measures"] if r["variable"] == "income"]
    alone = lv.inequality(farms(), "income", groups="member", cluster="village").tidy()
    assert held[0]["conf_high"] == pytest.approx(alone["conf_high"][0], rel=1e-10)
    assert len(results["corr"]["correlations"]["pairs"]) == 3
    gap = results["gap"]["gap"]["pairs"][0]
    assert gap["in_gap"] == lv.item_gap(farms(), {"p": ("size", "rooms")}).pairs[0].in_gap
    assert {row["item"] for row in results["freq"]["frequency"]["answers"]} == {"rooms", "size"}
    assert results["stats"]["statistics"]["by"] == "member"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Stuart" in page


COMMANDS = [
    ["income", "age"],
    ["income", "--by", "member", "--cluster", "village"],
    ["rooms", "--how", "frequency"],
    ["income", "--how", "differences", "--by", "member"],
    ["income", "--how", "anova", "--by", "size"],
    ["income", "age", "--how", "correlations"],
    ["size", "rooms", "--how", "gap"],
    ["income", "--how", "inequality", "--by", "member"],
    ["--how", "definitions"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda a: " ".join(a))
def test_describe_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    farms().write_csv(tmp_path / "farms.csv")
    assert answer(["describe", str(tmp_path / "farms.csv"), *arguments]) == 0
    assert capsys.readouterr().out.strip()


def test_describe_command_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    farms().write_csv(tmp_path / "farms.csv")
    source = str(tmp_path / "farms.csv")
    assert answer(["describe", source, "income", "--how", "anova"]) == 2
    assert "--by" in capsys.readouterr().err
    assert answer(["describe", source, "size", "--how", "gap"]) == 2
    assert answer(["describe", source, "nope"]) == 2
