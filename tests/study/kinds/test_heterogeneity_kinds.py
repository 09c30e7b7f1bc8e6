"""Studies with ``kind = "heterogeneity"`` and ``kind = "moderation"``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.study import Study

HEAD = """format = 1
title = "Groups, synthetic"
language = "{language}"
seed = 7
[data]
file = "survey.csv"
[design]
treatment = "rii"
outcomes = ["training"]
controls = ["age"]
cluster = "village"
[[analysis]]
"""


def run(folder: Path, text: str, language: str = "en") -> tuple[dict[str, Any], str]:
    modes = ["internal", "chain", "multifunction", "technology"]
    frame = lv.datasets.jiangsu_like().frame.select("training", "age", "village", "year", *modes)
    taken = np.max(frame.select(modes).to_numpy(), axis=1)
    frame.with_columns(rii=pl.Series(taken)).write_csv(folder / "survey.csv")
    path = folder / "study.toml"
    path.write_text(HEAD.format(language=language) + text, encoding="utf-8")
    Study.from_toml(path).run(folder / "out")
    record = json.loads((folder / "out" / "record.json").read_text(encoding="utf-8"))
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    return record["analyses"][0]["results"], page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_kinds_of_treatment(tmp_path: Path, language: str) -> None:
    text = 'id = "modes"\nkind = "heterogeneity"\nby = ["chain", "technology"]\n'
    text += 'estimator = ["ols", "matching"]\n'
    results, page = run(tmp_path, text, language)
    assert [row["group"] for row in results["training"]["effects"]] == ["chain", "technology"] * 2
    assert {"en": "Equal effects", "zh": "效应相等检验"}[language] in page


def test_groups(tmp_path: Path) -> None:
    results, _ = run(tmp_path, 'id = "waves"\nkind = "heterogeneity"\nby = "year"\n')
    assert len(results["training"]["differences"]) == 1


def test_moderation(tmp_path: Path) -> None:
    text = 'id = "older"\nkind = "moderation"\nmoderators = ["age"]\n'
    results, page = run(tmp_path, text)
    assert len(results["training:age"]["effects"]) == 21
    assert "Effect of rii" in page
