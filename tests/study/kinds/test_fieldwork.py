"""The kinds that speak of fieldwork: attrition and enumerators."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import LivelihoodsError
from livelihoods.study import Study

STUDY = """
format = 1
title = "Fieldwork"
language = "LANGUAGE"
seed = 1
[data]
file = "panel.csv"
wave = "year"
[sample]
issued = 240
valid = 220
[[sample.stages]]
unit = "county"
method = "purposive"
chosen = 2
[[analysis]]
id = "lost"
kind = "attrition"
unit = "hh"
variables = ["land"]
[[analysis]]
id = "who"
kind = "enumerators"
enumerator = "enumerator"
items = ["land", "trust"]
area = "village"
minutes = "minutes"
"""


def panel() -> pl.DataFrame:
    rng = np.random.default_rng([3, 13])
    first = pl.DataFrame(
        {
            "hh": np.arange(120),
            "year": 2020,
            "land": rng.gamma(2.0, 3.0, 120).round(2),
            "trust": rng.integers(1, 6, 120),
            "enumerator": [f"e{k % 4}" for k in range(120)],
            "village": rng.integers(0, 6, 120),
            "minutes": rng.integers(20, 60, 120),
        }
    )
    return pl.concat([first, first[20:].with_columns(year=pl.lit(2022, dtype=pl.Int32))])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_kinds_equal_the_python_calls(tmp_path: Path, language: str) -> None:
    panel().write_csv(tmp_path / "panel.csv")
    study = tmp_path / "study.toml"
    study.write_text(STUDY.replace("LANGUAGE", language), encoding="utf-8")
    Study.from_toml(study).run(tmp_path / "out")
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    assert [(step["before"], step["after"]) for step in record["sample_flow"]] == [(240, 220)]
    assert "survey.purposive" in str(record)
    results = {item["id"]: item["results"] for item in record["analyses"]}
    survey = lv.read_survey(tmp_path / "panel.csv")
    direct = lv.attrition(survey, "hh", "year", ["land"])
    lost = results["lost"]["attrition"]
    assert lost["losses"][0]["lost"] == 20
    assert lost["differences"][0]["estimate"] == pytest.approx(
        direct.differences[0].difference, rel=1e-11
    )  # twelve digits in the record
    effects = lv.enumerator_effects(
        survey, "enumerator", ["land", "trust"], area="village", minutes="minutes"
    )
    found = {item["term"]: item["icc"] for item in results["who"]["enumerators"]["items"]}
    for item in effects.items:
        assert found[item.variable] == pytest.approx(item.overall.icc, rel=1e-11)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert ("调查员" if language == "zh" else "Enumerator") in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("valid = 220", "valid = 250", "grows"),
        ('method = "purposive"', 'method = "lottery"', "sample"),
        ("issued = 240", "isued = 240", "issued"),
        ('unit = "hh"', 'unit = "farm"', "farm"),
    ],
)
def test_wrong_declarations_name_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    panel().write_csv(tmp_path / "panel.csv")
    study = tmp_path / "study.toml"
    study.write_text(STUDY.replace("LANGUAGE", "en").replace(old, new), encoding="utf-8")
    with pytest.raises(LivelihoodsError, match=said):
        Study.from_toml(study).run(tmp_path / "out")
    assert not (tmp_path / "out").exists()
