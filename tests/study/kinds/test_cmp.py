"""Studies with ``kind = "cmp"`` and ``kind = "switching"``: the shape of the Jiangsu Table 9."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import livelihoods as lv
from livelihoods.errors import StudyError
from livelihoods.study import Study

HEAD = """format = 1
title = "Industrial integration and resilience, synthetic"
language = "{language}"
seed = 7
[data]
file = "survey.csv"
village = "village"
household = "household"
wave = "year"
[derive]
rii = "any_of(internal, chain, multifunction, technology)"
peers = "peer_share(of=rii, within=[village, year])"
[index.living]
weights = "equal"
[index.living.dimensions.learning]
training = "+"
channels = "+"
sources = "+"
[index.living.dimensions.buffering]
savings = "+"
income = "+"
[design]
treatment = "rii"
outcomes = ["living", "living.learning"]
controls = ["age", "household_size", "risk_appetite"]
cluster = "village"
"""

CMP = """
[[analysis]]
id = "table9"
kind = "cmp"
instruments = ["peers"]
"""


def _run(folder: Path, body: str, language: str = "en") -> tuple[dict[str, Any], Path]:
    lv.datasets.jiangsu_like().frame.write_csv(folder / "survey.csv")
    path = folder / "study.toml"
    path.write_text(HEAD.format(language=language) + body, encoding="utf-8")
    Study.from_toml(path).run(folder / "out")
    record = json.loads((folder / "out" / "record.json").read_text(encoding="utf-8"))
    (analysis,) = record["analyses"][-1:]
    return analysis, folder / "out"


def test_one_column_an_outcome_with_the_endogeneity_parameter(tmp_path: Path) -> None:
    analysis, out = _run(tmp_path, CMP)
    assert list(analysis["results"]) == [
        "living", "living.learning", "living:ols", "living.learning:ols",
    ]  # fmt: skip
    found = analysis["results"]["living"]
    terms = [(row["equation"], row["term"]) for row in found["coefficients"]]
    assert ("/", "atanhrho_12") in terms
    assert found["glance"]["converged"] is True
    assert found["vcov"] == "cluster(village)"
    text = "\n".join(p.read_text(encoding="utf-8") for p in (out / "tables").glob("*systems*.csv"))
    for line in ("Outcome equation", "Participation equation", "atanh ρ", "peers"):
        assert line in text
    page = (out / "report.html").read_text(encoding="utf-8")
    # A gap to least squares has several readings; the page gives them together or says alike.
    assert "negative selection" in page or "positive selection" in page


def test_effects_stand_beside_least_squares(tmp_path: Path) -> None:
    analysis, out = _run(tmp_path, CMP)
    (name,) = (out / "tables").glob("*effects*.csv")
    lines = name.read_text(encoding="utf-8")
    assert [lines.count(word) for word in ("ATE", "ATT", "ATU", "Least squares")] == [2] * 4
    system = analysis["results"]["living"]["coefficients"]
    (own,) = (row for row in system if (row["equation"], row["term"]) == ("living", "rii"))
    assert f"{own['estimate']:.3f}"[:4] in lines.replace("−", "-")


def test_a_system_written_out(tmp_path: Path) -> None:
    body = (
        '[[analysis]]\nid = "system"\nkind = "cmp"\nvcov = "robust"\nequations = [\n'
        '  { kind = "linear", formula = "`living` ~ rii + age" },\n'
        '  { kind = "probit", formula = "rii ~ peers + age" },\n]\n'
    )
    analysis, _ = _run(tmp_path, body)
    assert analysis["results"]["system"]["vcov"] == "robust"


def test_switching_prints_the_counterfactual_table(tmp_path: Path) -> None:
    body = '[[analysis]]\nid = "switch"\nkind = "switching"\ninstruments = ["peers"]\n'
    analysis, out = _run(tmp_path, body + 'vcov = "robust"\n')
    terms = [row["term"] for row in analysis["results"]["living"]["effects"]]
    assert terms[4:6] == ["ATT", "ATU"]
    assert len(list((out / "tables").glob("*switch*effects*.csv"))) == 2


def test_chinese_speaks_chinese(tmp_path: Path) -> None:
    _, out = _run(tmp_path, CMP, "zh")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "参与方程" in page
    assert "Participation equation" not in page


@pytest.mark.parametrize("kind", ["cmp", "switching"])
def test_instruments_are_asked_for(tmp_path: Path, kind: str) -> None:
    with pytest.raises(StudyError) as caught:
        _run(tmp_path, f'[[analysis]]\nid = "a"\nkind = "{kind}"\n')
    assert "instruments" in str(caught.value)


def test_same_spec_by_hand_gives_the_same_numbers(tmp_path: Path) -> None:
    """One Spec, every door: the study and Python agree."""
    body = (
        '[[analysis]]\nid = "system"\nkind = "cmp"\nvcov = "robust"\nequations = [\n'
        '  { kind = "linear", formula = "income ~ rii + age" },\n'
        '  { kind = "probit", formula = "rii ~ peers + age" },\n]\n'
    )
    analysis, _ = _run(tmp_path, body)
    data = lv.peer_share(_with_rii(), of="rii", within=("village", "year"), name="peers")
    direct = lv.cmp(
        lv.linear("income ~ rii + age"), lv.probit("rii ~ peers + age"), data=data, vcov="robust"
    )
    rows = analysis["results"]["system"]["coefficients"]
    for found, row in zip(direct.tidy().iter_rows(named=True), rows, strict=True):
        # The record keeps 12 digits of the same computation.
        assert row["estimate"] == pytest.approx(found["estimate"], rel=1e-10)


def _with_rii() -> lv.Survey:
    from livelihoods.design.derive import derive

    return derive(
        lv.datasets.jiangsu_like(),
        {"rii": "any_of(internal, chain, multifunction, technology)"},
    )
