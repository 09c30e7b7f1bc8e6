"""A study with ``kind = "breadth_depth"`` gives what ``lv.breadth_depth`` gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.study import Study
from study.studies import HEAD, farms, write

STUDY = """
[design]
outcomes = ["income"]
controls = ["age"]
cluster = "village"
[[analysis]]
id = "more"
kind = "breadth_depth"
modes = ["member", "contract"]
depth = "rooms"
cost = { mode = 10.0, depth = 2.0 }
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_breadth_depth(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    drawn = np.random.default_rng(5).random(200) < 0.4
    data = farms().with_columns(contract=pl.Series(drawn.astype(np.int64)))
    text = HEAD.replace("seed = 7", f'seed = 7\nlanguage = "{language}"') + STUDY
    Study.from_toml(write(tmp_path, text, data)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["income"]
    direct = lv.breadth_depth(
        "income ~ age",
        data,
        ["member", "contract"],
        "rooms",
        cost={"mode": 10.0, "depth": 2.0},
        vcov={"cluster": "village"},
    )
    # The record keeps 12 digits of the very same computation.
    assert [row["estimate"] for row in found["effects"]] == pytest.approx(
        direct.tidy()["estimate"].to_list(), rel=1e-10
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert {"en": "Number of modes", "zh": "参与模式数"}[language] in page
