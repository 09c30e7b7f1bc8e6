"""A study with ``kind = "matching"``: outcomes by methods, the shape of the Jiangsu Table 6."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import livelihoods as lv
from livelihoods.study import Study
from study.studies import HEAD, INDEX, farms, write

PSM = """
[design]
treatment = "member"
outcomes = ["living", "income"]
controls = ["age", "size"]
cluster = "village"
[[analysis]]
id = "psm"
kind = "matching"
"""


def test_three_methods_share_one_sample_and_give_one_table(tmp_path: Path) -> None:
    out = tmp_path / "out"
    Study.from_toml(write(tmp_path, HEAD + INDEX + PSM)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    (analysis,) = (item for item in record["analyses"] if item["id"] == "psm")
    assert list(analysis["results"]) == ["1:nearest", "2:kernel", "3:local_linear"]
    rows = analysis["results"]["2:kernel"]["estimate"]
    assert [row["outcome"] for row in rows] == ["living", "income"]
    direct = lv.match("member ~ age + size", farms(), "income", method="kernel")
    # The record keeps 12 digits of the very same computation.
    assert rows[1]["estimate"] == pytest.approx(direct.estimate["estimate"][0], rel=1e-11)
    (name,) = (path for path in (out / "tables").iterdir() if "methods" in path.name
               and path.suffix == ".csv")  # fmt: skip
    printed = name.read_text(encoding="utf-8")
    assert printed.count("Kernel (Epanechnikov, 0.06)") == 2


def test_methods_and_errors_are_options(tmp_path: Path) -> None:
    text = (
        HEAD
        + INDEX
        + PSM
        + (
            'methods = [{ method = "kernel", bandwidth = 0.1 }]\n'
            "se = { bootstrap = 20 }\nbalance = false\nsweep = true\n"
        )
    )
    out = tmp_path / "out"
    Study.from_toml(write(tmp_path, text)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    (analysis,) = (item for item in record["analyses"] if item["id"] == "psm")
    found = analysis["results"]["1:kernel"]
    assert found["errors"]["cluster"] == "village"
    assert found["glance"]["vcov"] == "bootstrap"


def test_a_foreign_option_is_an_error(tmp_path: Path) -> None:
    text = HEAD + INDEX + PSM + 'methods = [{ method = "kernel", caliper = 0.1 }]\n'
    with pytest.raises(lv.LivelihoodsError, match="caliper"):
        Study.from_toml(write(tmp_path, text))


def test_weighting_stands_beside_matching(tmp_path: Path) -> None:
    text = (
        HEAD
        + INDEX
        + PSM
        + (
            'methods = [{ method = "kernel" }, { method = "overlap" }, { method = "entropy" }]\n'
            "se = { bootstrap = 10 }\n"
        )
    )
    out = tmp_path / "out"
    Study.from_toml(write(tmp_path, text)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    (analysis,) = (item for item in record["analyses"] if item["id"] == "psm")
    kinds = {name: found["glance"]["vcov"] for name, found in analysis["results"].items()}
    assert kinds == {
        "1:kernel": "bootstrap", "2:overlap": "influence_cluster",
        "3:entropy": "influence_cluster",
    }  # fmt: skip
