"""Studies with ``kind = "targeting"`` and ``"vulnerability"`` give what the functions give."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods import cooperatives as co
from livelihoods.study import Study
from study.studies import HEAD, QUICK, write


def homes(waves: int = 1, n: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(31)
    land, size = rng.uniform(0, 3, n), rng.integers(1, 7, n)
    frames = [
        pl.DataFrame(
            {
                "house": np.arange(n),
                "year": 2020 + 2 * wave,
                "village": np.arange(n) % 20,
                "land": land,
                "size": size,
                "lnc": 8 + 0.4 * land - 0.05 * size + rng.normal(0, 0.35, n),
            }
        )
        for wave in range(waves)
    ]
    return pl.concat(frames)


DESIGN = """
[design]
outcomes = ["lnc"]
controls = ["land", "size"]
cluster = "village"
"""


def run(folder: Path, analysis: str, frame: pl.DataFrame) -> tuple[dict, str]:
    out = folder / "out"
    Study.from_toml(write(folder, HEAD + DESIGN + analysis + QUICK, frame)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    return record["analyses"][-1]["results"], (out / "report.html").read_text(encoding="utf-8")


def test_targeting(tmp_path: Path) -> None:
    analysis = """
[[analysis]]
id = "who"
kind = "targeting"
line = { poorest = 0.3 }
persons = "size"
folds = 5
replicates = 20
"""
    results, report = run(tmp_path, analysis, homes())
    direct = co.proxy_means_test(
        "lnc ~ land + size", homes(), {"poorest": 0.3}, cluster="village", persons="size",
        folds=5, replicates=20, seed=7, identity="who/lnc",
    )  # fmt: skip
    # The record keeps 12 digits of the very same computation, bootstrap included.
    recorded = [row["conf_low"] for row in results["lnc"]["errors"]]
    np.testing.assert_allclose(recorded, direct.tidy()["conf_low"].to_numpy(), rtol=1e-9)
    assert "CGH" in report


def test_vulnerability_of_one_wave(tmp_path: Path) -> None:
    analysis = '[[analysis]]\nid = "risk"\nkind = "vulnerability"\nline = 3500\n'
    results, report = run(tmp_path, analysis, homes())
    direct = co.vulnerability("lnc ~ land + size", homes(), 3500.0, cluster="village")
    share = direct.glance()["vulnerable_share"][0]
    assert results["lnc"]["glance"]["vulnerable_share"] == pytest.approx(share, rel=1e-10)
    assert "One cross-section cannot show" in report


WAVES = """
[[analysis]]
id = "risk"
kind = "vulnerability"
line = 4000
waves = true
folds = 5
"""


def test_return_between_two_waves(tmp_path: Path) -> None:
    declared = 'household = "house"\nwave = "year"\n'
    frame = homes(2)
    text = HEAD + declared + DESIGN + WAVES + QUICK
    out = tmp_path / "out"
    Study.from_toml(write(tmp_path, text, frame)).run(out)
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    found = record["analyses"][-1]["results"]["lnc"]["glance"]
    assert found["at_risk"] > 100


def test_a_moving_line_is_refused(tmp_path: Path) -> None:
    analysis = WAVES.replace("line = 4000", "line = { poorest = 0.3 }")
    with pytest.raises(lv.LivelihoodsError, match="amount"):
        run(tmp_path, analysis, homes(2))
