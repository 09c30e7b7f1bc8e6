"""The study kind ``multiplicity`` gives what the Python call gives, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import livelihoods as lv
from livelihoods.study import Study
from study.studies import HEAD, farms, write

DESIGN = """
[design]
treatment = "member"
outcomes = ["income", "rooms", "size"]
controls = ["age"]
cluster = "village"
[[analysis]]
id = "family"
kind = "multiplicity"
draws = 99
index = "mean"
reverse = ["size"]
compare = "sd"
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_kind(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    text = f'language = "{language}"\n' + HEAD + DESIGN
    Study.from_toml(write(tmp_path, text)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    (found,) = (item for item in record["analyses"] if item["id"] == "family")
    fitted = [
        lv.ols(f"{y} ~ member + age", farms(), {"cluster": "village"})
        for y in ("income", "rooms", "size")
    ]
    direct = lv.multiplicity(
        fitted, "member", draws=99, seed=7, family="family", index="mean", reverse=["size"]
    )
    rows = found["results"]["family"]["hypotheses"]
    assert [row["p_romano_wolf"] for row in rows] == direct.tidy()["p_romano_wolf"].to_list()
    across = lv.across_outcomes(fitted, "member", "sd", seed=7, family="family:compare")
    compared = found["results"]["compare"]["values"]
    assert compared["p_value"] == pytest.approx(across["p_value"], rel=1e-10)
    assert "Romano–Wolf" in (out / "report.html").read_text(encoding="utf-8")
