"""The synthetic Shanxi survey has the printed counts and the structure it was given."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihoods.datasets.shanxi import EFFECT, shanxi_like

# Printed table -> its items in the order of its rows.
TABLES = {
    "table01_willingness.csv": [f"will_{i}" for i in range(1, 8)],
    "table02_frequency.csv": [f"freq_{i}" for i in range(1, 4)],
    "table03_time.csv": [f"time_{i}" for i in range(1, 4)],
    "table04_effect.csv": [f"value_{i}" for i in range(1, 7)],
    "table05_risk.csv": [f"risk_{i}" for i in range(1, 4)],
    "table06_financial_capital.csv": ["capital"],
    "table07_livelihood_mode.csv": ["mode"],
    "table08_income.csv": ["income"],
}


def _counts(values: np.ndarray, levels: int) -> list[int]:
    return np.bincount(values, minlength=levels + 1)[1:].tolist()


def _printed(path: Path) -> list[list[int]]:
    rows = list(csv.reader(path.open(encoding="utf-8")))[1:]
    return [[int(cell.split("/")[0]) for cell in row[1:] if "/" in cell] for row in rows]


@pytest.mark.parametrize("table", TABLES)
def test_margins_are_the_printed_counts(shared: Path, table: str) -> None:
    # Source: the study's Tables 1-8 as transcribed in ../shared/tables/shanxi; exact.
    frame = shanxi_like().frame
    for item, counts in zip(
        TABLES[table], _printed(shared / "tables/shanxi" / table), strict=False
    ):
        assert _counts(frame[item].to_numpy(), len(counts)) == counts


@settings(max_examples=8)
@given(seed=st.integers(0, 2**31))
def test_seed_moves_answers_never_counts(seed: int) -> None:
    one, other = shanxi_like(seed).frame, shanxi_like(2024).frame
    for item in [name for names in TABLES.values() for name in names]:
        assert sorted(one[item].to_list()) == sorted(other[item].to_list())


def test_three_factors_as_in_the_study() -> None:
    # Section 4.2.1 of the study: three eigenvalues above 1, 76.20 % of the variance. The margins
    # are exact and the correlations are ours, so the share is met loosely: within five points.
    frame = shanxi_like().frame
    items = [name for t in ("table02", "table03", "table04") for k, v in TABLES.items()
             if k.startswith(t) for name in v]  # fmt: skip
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(frame.select(items).to_numpy().T))[::-1]
    assert int((eigenvalues > 1).sum()) == 3
    assert abs(eigenvalues[:3].sum() / len(items) - 0.762) < 0.05


def test_known_effects_are_recovered_on_average() -> None:
    # Truth: EFFECT, correlations of latent scores. Rank correlation of observed scores is weaker
    # through cutting and item noise, so over 30 seeds it must keep the order and the sign.
    mean = dict.fromkeys(EFFECT, 0.0)
    for seed in range(30):
        frame = shanxi_like(seed).frame
        action = frame.select("^(freq|time|value)_.*$").to_numpy().astype(float)
        action = ((action - action.mean(0)) / action.std(0)).sum(1)
        for name in EFFECT:
            column = frame["risk_1" if name == "risk" else name].to_numpy().astype(float)
            mean[name] += float(np.corrcoef(action, column)[0, 1]) / 30
    assert 0.05 < mean["risk"] < mean["capital"] < mean["income"] < EFFECT["income"]


def test_it_says_that_it_is_synthetic() -> None:
    survey = shanxi_like()
    assert [note.code for note in survey.notes] == ["datasets.synthetic"]
    assert "shanxi_like" in survey.notes[0].sentence("en")
    assert survey.codebook.label("will_3", "zh") == "加入农民专业合作社的意愿"
