"""Studies with ``kind`` iv, oster, fit and sensitivity give what the Python calls give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import livelihoods as lv
from livelihoods.study import Study
from study.studies import HEAD, INDEX, farms, write

DESIGN = """
[design]
treatment = "member"
outcomes = ["living", "income"]
controls = ["age", "size"]
cluster = "village"
[[analysis]]
"""


def run(tmp_path: Path, analysis: str, name: str) -> tuple[dict[str, Any], str]:
    out = tmp_path / "out"
    Study.from_toml(write(tmp_path, HEAD + INDEX + DESIGN + analysis)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    (found,) = (item for item in record["analyses"] if item["id"] == name)
    return found["results"], (out / "report.html").read_text(encoding="utf-8")


def test_iv(tmp_path: Path) -> None:
    text = 'id = "instrumented"\nkind = "iv"\ninstruments = ["rooms"]\noutcomes = ["income"]\n'
    text += "direct_effect = [0, 5]\n"
    results, page = run(tmp_path, text, "instrumented")
    direct = lv.iv("income ~ age + size | member ~ rooms", farms(), {"cluster": "village"})
    # The record keeps 12 digits of the very same computation.
    assert results["income"]["coefficients"][0]["estimate"] == pytest.approx(
        direct.fit.coef[0], rel=1e-11
    )
    assert "direct:income" in results
    assert "Kleibergen–Paap rk LM" in page


def test_an_instrument_inside_the_index_is_refused(tmp_path: Path) -> None:
    text = 'id = "instrumented"\nkind = "iv"\ninstruments = ["rooms"]\noutcomes = ["living"]\n'
    with pytest.raises(lv.LivelihoodsError, match="rooms"):
        run(tmp_path, text, "instrumented")


def test_oster(tmp_path: Path) -> None:
    text = 'id = "selection"\nkind = "oster"\nbootstrap = 50\nbenchmarks = ["age"]\n'
    text += 'outcomes = ["income"]\n'
    results, page = run(tmp_path, text, "selection")
    direct = lv.oster("income ~ member + age + size", farms(), "member")
    estimates = {row["term"]: row for row in results["income"]["estimates"]}
    assert estimates["delta_star"]["estimate"] == pytest.approx(direct.delta_star, rel=1e-10)
    assert estimates["beta_star"]["conf_low"] is not None
    assert results["confounding:income"]["values"]["rv"] > 0
    assert "Criterion 2" in page


def test_fit(tmp_path: Path) -> None:
    text = 'id = "model"\nkind = "fit"\nmodel = "logit"\ntreatment = "size"\n'
    text += 'outcomes = ["member"]\ncontrols = ["age"]\n'
    results, page = run(tmp_path, text, "model")
    direct = lv.fit("member ~ size + age", farms(), "logit", {"cluster": "village"})
    effects = results["member"]["marginal_effects"]
    assert effects[0]["estimate"] == pytest.approx(direct.effects()["estimate"][0], rel=1e-10)
    assert "Average marginal effects" in page


def test_sensitivity(tmp_path: Path) -> None:
    text = 'id = "what-if"\nkind = "sensitivity"\noutcomes = ["income"]\ne_value = true\n'
    text += 'placebo = ["rooms"]\nbenchmarks = ["age"]\npairs = { caliper = 0.2 }\n'
    text += "misreport = { false_negative = [0, 0.1] }\n"
    results, page = run(tmp_path, text, "what-if")
    assert list(results) == [
        "confounding:income",
        "misreport:income",
        "rosenbaum:income",
        "e_value:income",
        "placebo",
    ]
    assert "Hidden bias" in page


def test_sensitivity_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(lv.LivelihoodsError, match="nothing"):
        run(tmp_path, 'id = "what-if"\nkind = "sensitivity"\n', "what-if")


def test_tables_print_the_wordings_of_the_codebook(tmp_path: Path) -> None:
    book = (
        '[variables.member]\nlabel = "Cooperative member"\n[variables.income]\nlabel = "Income"\n'
    )
    (tmp_path / "book.toml").write_text(book, encoding="utf-8")
    head = HEAD.replace('file = "farms.csv"', 'file = "farms.csv"\ncodebook = "book.toml"')
    text = DESIGN + 'id = "selection"\nkind = "oster"\noutcomes = ["income"]\n'
    out = tmp_path / "out"
    Study.from_toml(write(tmp_path, head + text)).run(out)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Cooperative member on Income" in page
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    assert "income" in record["analyses"][-1]["results"]
