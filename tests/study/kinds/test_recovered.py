"""Studies with ``kind = "recovered"``: estimates beside the truth that the generator knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import StudyError
from livelihoods.study import Study

HEAD = """format = 1
title = "Recovered, synthetic"
language = "{language}"
seed = 7
[data]
dataset = "jiangsu_like"
[derive]
rii = "any_of(internal, chain, multifunction, technology)"
[index.resilience]
system = "jiangsu_resilience"
weights = "entropy"
[index.by_wave]
system = "jiangsu_resilience"
weights = "entropy"
by = "year"
weights_by = "by"
[design]
treatment = "rii"
outcomes = ["resilience"]
controls = ["age", "risk_appetite", "C(year)"]
cluster = "village"
[output]
formats = ["csv"]
figures = ["svg"]
"""
CLOSING = """
[[analysis]]
id = "closing"
kind = "recovered"
"""


def run(folder: Path, analyses: str, language: str = "en") -> tuple[list[dict[str, Any]], Any]:
    path = folder / "study.toml"
    path.write_text(HEAD.format(language=language) + analyses + CLOSING, encoding="utf-8")
    done = Study.from_toml(path).run(folder / "out")
    record = json.loads((folder / "out" / "record.json").read_text(encoding="utf-8"))
    return record["analyses"][-1]["results"]["recovered"]["claims"], done


OLS = """
[[analysis]]
id = "least-squares"
kind = "ols"
outcomes = ["resilience", "resilience.learning", "resilience.learning.score", "by_wave", "training"]
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_truths_of_indices_parts_and_columns(tmp_path: Path, language: str) -> None:
    found, done = run(tmp_path, OLS, language)
    truths = {row["effect_on"]: row["truth"] for row in found}
    truth = lv.datasets.jiangsu_truth()
    index = done.ran.prepared.indices["resilience"]
    weights, bounds = {}, {}
    for row in index.weights.iter_rows(named=True):
        weights[row["indicator"]] = row["weight"] * (1 if row["direction"] == "+" else -1)
    for row in index.bounds.iter_rows(named=True):
        bounds[row["indicator"]] = (row["low"], row["high"])
    # The generator's own sum over indicators, written apart from the study's.
    assert truths["resilience"] == pytest.approx(truth.effect(weights, bounds), rel=1e-9)
    learning = index.weights.filter(dimension="learning")
    part = {name: weights[name] for name in learning["indicator"]}
    assert truths["resilience.learning"] == pytest.approx(truth.effect(part, bounds), rel=1e-9)
    share = float(learning["weight"].sum())
    expected = truths["resilience.learning"] / share
    assert truths["resilience.learning.score"] == pytest.approx(expected, rel=1e-9)
    change = truth.with_["training"].to_numpy() - truth.without["training"].to_numpy()
    assert truths["training"] == pytest.approx(change[truth.treated > 0].mean(), rel=1e-9)
    # Weights by wave differ a little, so does the yardstick: near the pooled truth, not equal.
    assert truths["by_wave"] == pytest.approx(truths["resilience"], rel=0.05)
    assert truths["by_wave"] != truths["resilience"]
    for row in found:
        assert row["covered"] == (row["conf_low"] <= row["truth"] <= row["conf_high"])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert {"en": "Intervals that hold the truth", "zh": "覆盖真实效应的区间"}[language] in page
    assert {"en": "One sample tells", "zh": "一个样本只说明"}[language] in page


def test_every_kind_of_claim(tmp_path: Path) -> None:
    text = """
[[analysis]]
id = "matched"
kind = "matching"
methods = [{ method = "ipw" }, { method = "overlap" }]
[[analysis]]
id = "modes"
kind = "heterogeneity"
by = ["internal", "chain"]
[[analysis]]
id = "waves"
kind = "heterogeneity"
by = "year"
[[analysis]]
id = "why"
kind = "mechanisms"
mediators = ["credit", "awareness"]
[[analysis]]
id = "oster"
kind = "oster"
"""
    found, _ = run(tmp_path, text)
    by_analysis = {name: [r for r in found if r["analysis"] == name] for name in
                   ("matched", "modes", "waves", "why", "oster")}  # fmt: skip
    assert [len(rows) for rows in by_analysis.values()] == [2, 2, 2, 4, 1]
    frame, truth = lv.datasets.jiangsu_like().frame, lv.datasets.jiangsu_truth()
    aware = truth.with_["awareness"].to_numpy() - truth.without["awareness"].to_numpy()
    row = next(r for r in by_analysis["why"] if r["effect_on"] == "awareness")
    # Built into the generator: + 0.9 before rounding and clipping to 0 ... 10.
    assert row["truth"] == pytest.approx(aware[truth.treated > 0].mean(), rel=1e-9)
    assert row["truth"] == pytest.approx(0.9, abs=0.1)
    through = [r for r in by_analysis["why"] if r["through"] is not None]
    assert [r["through"] for r in through] == ["credit", "awareness"]
    assert all(0 < r["truth"] < 0.01 for r in through)
    # Takers of each mode: chain adds most by construction, internal nothing of its own.
    internal, chain = (row["truth"] for row in by_analysis["modes"])
    assert chain > internal
    # Overlap weights average another population than the treated.
    assert by_analysis["matched"][0]["truth"] != by_analysis["matched"][1]["truth"]
    first, second = (row["truth"] for row in by_analysis["waves"])
    share = frame.filter(pl.Series(truth.treated > 0))["year"].eq(2020).mean()
    total = share * first + (1 - share) * second
    least = run_truth(tmp_path)
    # Identity: the waves' truths average to the truth of all.
    assert total == pytest.approx(least, rel=1e-9)


def run_truth(folder: Path) -> float:
    other = folder / "again"
    other.mkdir()
    text = '\n[[analysis]]\nid = "least-squares"\nkind = "ols"\n'
    return float(run(other, text)[0][0]["truth"])


def test_only_what_the_generator_drew_has_a_truth(tmp_path: Path) -> None:
    text = OLS + '\n[[analysis]]\nid = "other"\nkind = "ols"\ntreatment = "gender"\n'
    found, _ = run(tmp_path, text)
    assert {row["analysis"] for row in found} == {"least-squares"}


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    text = HEAD.format(language="en") + OLS + CLOSING
    path.write_text(text + 'analyses = ["least-square"]\n', encoding="utf-8")
    with pytest.raises(StudyError, match="least-squares"):
        Study.from_toml(path).run(tmp_path / "out")
    path.write_text(HEAD.format(language="en") + CLOSING, encoding="utf-8")
    with pytest.raises(StudyError, match="No analysis before"):
        Study.from_toml(path).run(tmp_path / "out")
    lv.datasets.jiangsu_like().frame.write_csv(tmp_path / "real.csv")
    real = text.replace('dataset = "jiangsu_like"', 'file = "real.csv"')
    path.write_text(real, encoding="utf-8")
    with pytest.raises(StudyError, match="know no true effects"):
        Study.from_toml(path).run(tmp_path / "out")


def test_truth_of() -> None:
    survey = lv.datasets.jiangsu_like(7)
    truth = lv.datasets.truth_of(survey)
    assert truth is not None
    same = lv.datasets.jiangsu_truth(7)
    assert np.array_equal(truth.treated, same.treated)
    # What a mediator blocked leaves is the whole effect less what runs through it.
    whole, through = truth.change("helpers"), truth.change("helpers", "governance")
    assert whole is not None
    assert through is not None
    assert 0 < through.mean() < whole.mean()
    assert truth.change("age") is None
    assert truth.change("helpers", "nobody") is None
    assert lv.datasets.truth_of(lv.datasets.shanxi_like()) is None
    assert lv.datasets.truth_of(lv.datasets.jiangsu_like(rows=3000)) is None
