"""Samples that several tests of matching share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from livelihoods.estimate.matching.model import Sample
from livelihoods.typing import Floats


def stata_columns(folder: Path, name: str) -> dict[str, Floats]:
    frame = pl.read_csv(folder / name, infer_schema_length=None)
    numeric = [c for c in frame.columns if frame[c].dtype.is_numeric()]
    return {c: frame[c].cast(pl.Float64).fill_null(float("nan")).to_numpy() for c in numeric}


def reference(folder: Path, name: str) -> tuple[pl.DataFrame, dict[str, Any]]:
    values = json.loads((folder / f"{name}.json").read_text())
    return pl.read_csv(folder / f"data_{name}.csv", infer_schema_length=None), values


def sample_of(frame: pl.DataFrame, values: dict[str, Any]) -> Sample:
    n = frame.height
    return Sample(
        treated=frame[values["treat"]].to_numpy() == 1,
        outcomes=frame[values["outcome"]].cast(pl.Float64).to_numpy()[None, :],
        score=frame["_pscore"].to_numpy(),
        X=frame.select(values["covariates"]).cast(pl.Float64).to_numpy(),
        weights=np.ones(n),
        strata=np.zeros(n, dtype=np.int64),
    )


def drawn(n: int, seed: int, outcomes: int = 1, round_to: int | None = None) -> Sample:
    """A sample with confounding by two covariates and an effect of one."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    score = 1.0 / (1.0 + np.exp(-(0.8 * X[:, 0] - 0.5 * X[:, 1] - 0.4)))
    treated = rng.random(n) < score
    if round_to is not None:
        score = np.clip(np.round(score, round_to), 0.01, 0.99)
    y = X.sum(axis=1) + treated + rng.normal(size=(outcomes, n))
    zeros = np.zeros(n, dtype=np.int64)
    return Sample(treated, y, score, X, np.ones(n), zeros)
