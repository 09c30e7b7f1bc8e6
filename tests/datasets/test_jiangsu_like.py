"""The synthetic Jiangsu survey: its shape, its known effects, its negative selection."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihoods.datasets.jiangsu import jiangsu_files, jiangsu_like, jiangsu_truth

LEARNING = ("training", "channels", "sources", "schooling", "reading")
BUFFERING = ("income", "savings", "debt_ratio", "labour", "health", "house", "durables", "optimism")
ORGANISING = ("helpers", "trust", "autonomy", "insurance")
INDICATORS = (*LEARNING, *BUFFERING, *ORGANISING)
CONTROLS = ("household_size", "age", "risk_appetite", "future", "shock", "pension")


def _scale(frame: pl.DataFrame) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    sign = {name: -1.0 if name == "debt_ratio" else 1.0 for name in INDICATORS}
    weights = {name: sign[name] / len(INDICATORS) for name in INDICATORS}
    bounds = {name: (float(frame[name].min()), float(frame[name].max())) for name in INDICATORS}
    return weights, bounds


def _index(frame: pl.DataFrame) -> np.ndarray:
    weights, bounds = _scale(frame)
    return sum(
        weights[name]
        * (frame[name].to_numpy() - bounds[name][0])
        / (bounds[name][1] - bounds[name][0])
        for name in INDICATORS
    )


def _share_of_others(frame: pl.DataFrame, treated: np.ndarray) -> np.ndarray:
    cell = np.unique(
        frame["village"].to_numpy() * 10_000 + frame["year"].to_numpy(), return_inverse=True
    )[1]
    return (np.bincount(cell, treated)[cell] - treated) / (np.bincount(cell)[cell] - 1)


def test_shape_of_the_study() -> None:
    # Jiangsu study, section 3.1: 1,111 households, 2 waves, 13 cities, 26 counties, 52 villages.
    frame = jiangsu_like().frame
    assert frame.height == 1111
    assert {name: frame[name].n_unique() for name in ("year", "city", "county", "village")} == {
        "year": 2, "city": 13, "county": 26, "village": 52,
    }  # fmt: skip
    assert sum(frame.null_count().row(0)) == 0


@settings(max_examples=6)
@given(seed=st.integers(0, 2**31))
def test_observed_is_the_arm_that_was_lived(seed: int) -> None:
    # Identity: observed = with participation for those who take part, without it for the others.
    frame, truth = jiangsu_like(seed).frame, jiangsu_truth(seed)
    for name in INDICATORS:
        lived = np.where(
            truth.treated > 0, truth.with_[name].to_numpy(), truth.without[name].to_numpy()
        )
        assert np.array_equal(frame[name].to_numpy().astype(float), lived)


def test_joined_files_are_the_survey() -> None:
    parts = jiangsu_files()
    joined = parts["households"].join(
        parts["villages"], on=["village", "year"], how="left", maintain_order="left"
    )
    assert joined.equals(jiangsu_like().frame)
    assert parts["villages"].height == 104


def test_participation_needs_a_mode_that_the_village_has() -> None:
    frame = jiangsu_like().frame
    for mode in ("internal", "chain", "multifunction", "technology"):
        assert frame.filter((pl.col(mode) == 1) & (pl.col(f"has_{mode}") == 0)).height == 0
    any_mode = frame.select(pl.max_horizontal("internal", "chain", "multifunction", "technology"))
    assert np.array_equal(any_mode.to_series().to_numpy(), jiangsu_truth().treated)


def test_least_squares_is_biased_down_and_the_instrument_is_not() -> None:
    # Truth: JiangsuTruth.effect. Over 40 seeds the mean of an estimator has a standard error of
    # sd/sqrt(40), about .0011 for least squares and .0034 for 2SLS; three of those are allowed.
    ols, iv, att = [], [], []
    for seed in range(40):
        frame, truth = jiangsu_like(seed).frame, jiangsu_truth(seed)
        treated = truth.treated
        log = [
            np.log(frame[name].to_numpy())
            for name in ("village_size", "village_income", "distance")
        ]
        rest = np.column_stack(
            [np.ones(frame.height), *(frame[name].to_numpy() for name in CONTROLS), *log,
             frame["year"].to_numpy() == 2022]
        )  # fmt: skip
        X = np.column_stack([treated, rest])
        Z = np.column_stack([_share_of_others(frame, treated), rest])
        y = _index(frame)
        fitted = Z @ np.linalg.lstsq(Z, X, rcond=None)[0]
        ols.append(np.linalg.lstsq(X, y, rcond=None)[0][0])
        iv.append(np.linalg.lstsq(fitted, y, rcond=None)[0][0])
        att.append(truth.effect(*_scale(frame)))
    assert np.mean(ols) < 0.6 * np.mean(att)
    assert abs(np.mean(iv) - np.mean(att)) < 3 * np.std(iv) / np.sqrt(40)


def test_learning_gains_most() -> None:
    frame, truth = jiangsu_like().frame, jiangsu_truth()
    weights, bounds = _scale(frame)
    gains = [
        truth.effect({name: weights[name] for name in names}, bounds)
        for names in (LEARNING, BUFFERING, ORGANISING)
    ]
    assert gains[0] > gains[1] > gains[2] > 0
    assert np.isclose(sum(gains), truth.effect(weights, bounds), atol=1e-12)
