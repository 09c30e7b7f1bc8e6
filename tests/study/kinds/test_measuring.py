"""Studies with factor scores, reliability and index diagnostics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import StudyError
from livelihoods.study import Study

FACTOR = """format = 1
title = "Collective action"
seed = 3
[data]
file = "shanxi.csv"
[factor.action]
items = ["freq_1", "freq_2", "freq_3", "time_1", "time_2", "time_3", "value_1", "value_2"]
label = { en = "Collective action", zh = "集体行动" }
[index.living]
weights = "equal"
[index.living.dimensions.risk]
risk_1 = "+"
risk_2 = "+"
risk_3 = "+"
[index.living.dimensions.money]
income = "+"
[design]
treatment = "action"
outcomes = ["living"]
controls = ["age", "gender"]
cluster = "village"
[[analysis]]
id = "scales"
kind = "reliability"
scales = { frequency = ["freq_1", "freq_2", "freq_3"], risk = ["risk_1", "risk_2", "risk_3"] }
[[analysis]]
id = "weights"
kind = "index_diagnostics"
index = "living"
replicates = 40
[[analysis]]
id = "own"
kind = "factor_scores"
items = ["risk_1", "risk_2", "risk_3"]
[[analysis]]
id = "base"
kind = "ols"
"""


def write(folder: Path, text: str = FACTOR) -> Path:
    lv.datasets.shanxi_like().frame.write_csv(folder / "shanxi.csv")
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("measuring")
    Study.from_toml(write(folder)).run(folder / "out")
    return json.loads((folder / "out" / "record.json").read_text())  # type: ignore[no-any-return]


def test_the_record_holds_what_python_gives(record: dict[str, Any]) -> None:
    done = {analysis["id"]: analysis["results"] for analysis in record["analyses"]}
    survey = lv.datasets.shanxi_like()
    items = [f"{part}_{j}" for part in ("freq", "time", "value") for j in (1, 2, 3)][:8]
    direct = lv.factor_scores(survey, items, seed=3)
    # The record keeps 12 digits of the very same computation.
    assert done["factor-1"]["action"]["kmo"] == pytest.approx(direct.kmo, rel=1e-11)
    alpha = lv.reliability(survey, ["risk_1", "risk_2", "risk_3"]).alpha
    assert done["scales"]["risk"]["alpha"] == pytest.approx(alpha, rel=1e-11)
    assert done["weights"]["living"]["nobs"] == 312
    attached = direct.attach(survey, "action")
    spec = lv.IndexSpec(
        dimensions={"risk": {f"risk_{j}": "+" for j in (1, 2, 3)}, "money": {"income": "+"}},
        weights="equal",
    )
    frame = lv.build_index(attached, spec).attach(attached, "living")
    model = lv.ols("living ~ action + age + gender", frame, {"cluster": "village"})
    (result,) = done["base"].values()
    ours = next(row for row in result["coefficients"] if row["term"] == "action")
    theirs = model.tidy().row(by_predicate=pl.col("term") == "action", named=True)
    assert ours["estimate"] == pytest.approx(theirs["estimate"], rel=1e-10)


def test_scores_hidden_in_the_outcome_are_refused(tmp_path: Path) -> None:
    text = FACTOR.replace('income = "+"', 'income = "+"\nfreq_1 = "+"')
    with pytest.raises(StudyError, match="freq_1"):
        Study.from_toml(write(tmp_path, text)).run(tmp_path / "out")


WRONG: list[tuple[str, str, str]] = [
    ('items = ["risk_1", "risk_2", "risk_3"]', "", "needs either factor or items"),
    ('items = ["risk_1", "risk_2", "risk_3"]', 'factor = "acton"', r"no section \[factor.acton\]"),
    ("scales = {", "items = ['age', 'gender']\nscales = {", "needs either items or scales"),
    ("scales = {", "keys = ['age']\nscales = {", "stands in no scale"),
    ('"freq_1", "freq_2", "freq_3", "time_1"', '"freq_9", "time_1"', "no column 'freq_9'"),
    ("[factor.action]", "[factor.living]", "made twice"),
    ("label = { en", 'retane = "kaiser"\nlabel = { en', "retain"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        Study.from_toml(write(tmp_path, FACTOR.replace(old, new))).run(tmp_path / "out")
    assert not (tmp_path / "out").exists()


CHECK = """[[analysis]]
id = "twice"
kind = "common_method"
index = "living"
"""


def test_questions_asked_twice_are_left_out_and_the_model_re_run(tmp_path: Path) -> None:
    codebook = "\n".join(
        f'[variables.{name}]\nlabel = {{ en = "{label}" }}'
        for name, label in (
            ("value_1", "Effect on preventing losses from disasters"),
            ("risk_2", "Able to bear losses from serious disasters"),
        )
    )
    text = FACTOR.split("[[analysis]]", maxsplit=1)[0] + codebook + "\n" + CHECK
    Study.from_toml(write(tmp_path, text)).run(tmp_path / "out")
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    (results,) = (a["results"] for a in record["analyses"] if a["id"] == "twice")
    assert list(results) == ["check", "living:action", "living:action_without_alike"]
    kept = ["freq_1", "freq_2", "freq_3", "time_1", "time_2", "time_3", "value_2"]
    assert results["check"]["kept"] == kept
    wrong = text.replace('index = "living"\n', "")
    with pytest.raises(StudyError, match="needs either index or items"):
        Study.from_toml(write(tmp_path, wrong)).run(tmp_path / "other")
