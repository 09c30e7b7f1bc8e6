"""A study with ``kind = "treatments"`` gives what ``lv.treatments`` gives."""

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
controls = ["age", "size"]
cluster = "village"
[[analysis]]
id = "kinds"
kind = "treatments"
kinds = ["member", "contract"]
"""


def with_contracts() -> pl.DataFrame:
    drawn = np.random.default_rng(5).random(200) < 0.4
    return farms().with_columns(contract=pl.Series(drawn.astype(np.int64)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_treatments(tmp_path: Path, language: str) -> None:
    out = tmp_path / "out"
    text = HEAD.replace("seed = 7", f'seed = 7\nlanguage = "{language}"') + STUDY
    Study.from_toml(write(tmp_path, text, with_contracts())).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["income"]
    direct = lv.treatments(
        "income ~ age + size",
        with_contracts(),
        ["member", "contract"],
        seed=7,
        vcov={"cluster": "village"},
    )
    # The record keeps 12 digits of the very same computation.
    assert [row["estimate"] for row in found["estimates"]] == pytest.approx(
        direct.tidy()["estimate"].to_list(), rel=1e-9
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert {"en": "Complementarity", "zh": "互补性"}[language] in page


def test_a_kind_inside_the_outcome_index_is_refused(tmp_path: Path) -> None:
    text = HEAD + STUDY.replace('["income"]', '["living"]') + "\n[index.living]\n"
    text += 'weights = "equal"\n[index.living.dimensions.goods]\nincome = "+"\ncontract = "+"\n'
    with pytest.raises(lv.LivelihoodsError, match="contract"):
        Study.from_toml(write(tmp_path, text, with_contracts())).run(tmp_path / "out")
