"""Small studies that several tests run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

HEAD = """format = 1
title = "A small study"
seed = 7
[data]
file = "farms.csv"
"""

INDEX = """
[index.living]
weights = "equal"
[index.living.dimensions.goods]
income = "+"
rooms = "+"
"""

OLS = """
[design]
treatment = "member"
outcomes = ["living"]
controls = ["age"]
cluster = "village"
[[analysis]]
id = "baseline"
kind = "ols"
"""

SMALL = HEAD + INDEX + OLS
QUICK = '[output]\nformats = ["csv"]\nfigures = ["svg"]\n'


def farms(n: int = 200) -> pl.DataFrame:
    """Farm households made from a seed: members earn more by construction."""
    rng = np.random.default_rng(20260101)
    member = (rng.random(n) < 0.4).astype(np.int64)
    age = rng.integers(18, 80, n)
    size = rng.integers(1, 9, n)
    return pl.DataFrame(
        {
            "id": [f"h{i:04d}" for i in range(n)],
            "village": rng.integers(0, 20, n),
            "member": member,
            "age": age,
            "size": size,
            "income": np.round(500 + 200 * member + 3.0 * age + rng.normal(0, 100, n), 3),
            "rooms": rng.integers(1, 7, n) + member,
        }
    )


def write(folder: Path, text: str = SMALL, frame: pl.DataFrame | None = None) -> Path:
    """Put data and study file into a folder; return the study file."""
    (farms() if frame is None else frame).write_csv(folder / "farms.csv")
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path
