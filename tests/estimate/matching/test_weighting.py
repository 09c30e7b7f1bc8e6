"""Weighting: exact balance, known values, influence functions as derivatives, recovery."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from estimate.matching.matching_samples import reference
from livelihoods.errors import EstimationError
from livelihoods.estimate.matching.entropy_balance import balance_arm
from livelihoods.estimate.matching.weigh import weigh_sample

FORMULA = "d ~ x + z"
LALONDE = "treat ~ age + educ + black + hispan + married + nodegree + re74 + re75"


def _frame(n: int = 500, seed: int = 5) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    d = (rng.random(n) < 1 / (1 + np.exp(-(0.6 * x - 0.4 * z)))).astype(int)
    y = 2.0 * d + x + z + rng.normal(size=n)
    return pl.DataFrame({"d": d, "x": x, "z": z, "y": y, "v": rng.integers(0, 60, n)})


@pytest.mark.parametrize("estimand", ["ATT", "ATU", "ATE"])
def test_entropy_balancing_is_exact(estimand: Any) -> None:
    result = lv.match(FORMULA, _frame(), "y", method="entropy", moments=2, estimand=estimand,
                      support="none")  # fmt: skip
    sample, m = result.ready.sample, result.matching
    load = m.focal + m.donor
    for power in (1, 2):
        means = [np.average(sample.X[arm] ** power, axis=0, weights=load[arm])
                 for arm in (sample.treated, ~sample.treated)]  # fmt: skip
        # The dual is solved to 1e-10 standard deviations.
        np.testing.assert_allclose(means[0], means[1], rtol=0, atol=1e-8)
    assert (load > 0).all()


def test_overlap_weights_with_a_logit_balance_exactly() -> None:
    """Li, Morgan and Zaslavsky (2018), theorem 3."""
    result = lv.match(FORMULA, _frame(), "y", method="overlap", support="none")
    bias = result.balance.covariates.filter(pl.col("sample") == "matched")["bias"]  # type: ignore[union-attr]
    assert bias.abs().max() < 1e-7  # type: ignore[operator]
    assert result.spec.estimand == "ATO"


def test_lalonde_by_entropy_and_inverse_probability(shared: Path) -> None:
    """Entropy balancing on these rows: 1,273.3 (vignette of R's WeightIt)."""
    frame, _ = reference(shared / "reference" / "matching", "lalonde614")
    entropy = lv.match(LALONDE, frame, "re78", method="entropy", support="none")
    assert entropy.estimate["estimate"][0] == pytest.approx(1273.3, abs=0.05)
    weighted = lv.match(LALONDE, frame, "re78", method="ipw", support="none")
    p, t = frame["_pscore"].to_numpy(), frame["treat"].to_numpy() == 1
    y = frame["re78"].to_numpy().astype(float)
    odds = p[~t] / (1 - p[~t])
    by_hand = y[t].mean() - odds @ y[~t] / odds.sum()
    # The scores of the reference agree with ours to 1e-12.
    assert weighted.estimate["estimate"][0] == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize(
    ("method", "estimand"),
    [("ipw", "ATT"), ("ipw", "ATU"), ("ipw", "ATE"), ("overlap", "ATO"), ("entropy", "ATT"),
     ("entropy", "ATU"), ("entropy", "ATE")],
)  # fmt: skip
def test_the_influence_function_is_the_derivative(method: str, estimand: Any) -> None:
    """Weighing one row a little more moves the estimate by its influence."""
    frame = _frame(250).with_columns(w=pl.lit(1.0))
    options: dict[str, Any] = {"method": method, "estimand": estimand, "support": "none",
                               "weights": "w"}  # fmt: skip
    full = lv.match(FORMULA, frame, "y", **options)
    _, influence = weigh_sample(full.spec, full.ready, "none")
    step = 1e-4
    for i in range(0, 250, 12):
        heavier = pl.Series(np.where(np.arange(250) == i, 1.0 + step, 1.0))
        moved = lv.match(FORMULA, frame.with_columns(w=heavier), "y", **options)
        slope = (moved.estimate["estimate"][0] - full.estimate["estimate"][0]) / step
        # A one-sided difference with step 1e-4 is off by about 1e-4 of the largest influence.
        assert slope == pytest.approx(influence[0, i], rel=1e-2, abs=2e-5)
    error = np.sqrt((influence**2).sum() * 250 / 249)
    assert full.estimate["std_error"][0] == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize("method", ["ipw", "overlap", "entropy", "aipw"])
def test_recovers_the_effect(method: str) -> None:
    result = lv.match(FORMULA, _frame(4000), "y", method=method, seed=1)
    row = result.estimate.row(0, named=True)
    # The true effect is 2; four standard errors miss it once in 16,000 samples.
    assert abs(row["estimate"] - 2.0) < 4 * row["std_error"]
    assert row["std_error"] < 0.1


def test_aipw_survives_a_wrong_score() -> None:
    """Given scores that are noise, the lines alone carry the answer."""
    frame = _frame(4000)
    rng = np.random.default_rng(8)
    wrong = frame.with_columns(p=pl.Series(rng.uniform(0.3, 0.7, 4000)))
    robust = lv.match(FORMULA, wrong, "y", method="aipw", score="p", estimand="ATE")
    naive = lv.match(FORMULA, wrong, "y", method="ipw", score="p", estimand="ATE")
    assert abs(robust.estimate["estimate"][0] - 2.0) < 0.15
    assert abs(naive.estimate["estimate"][0] - 2.0) > 0.15


def test_clusters_of_one_row_are_rows() -> None:
    frame = _frame().with_row_index("own")
    rows = lv.match(FORMULA, frame, "y", method="ipw")
    clusters = lv.match(FORMULA, frame, "y", method="ipw", se={"cluster": "own"})
    assert clusters.estimate["std_error"][0] == pytest.approx(rows.estimate["std_error"][0])
    assert clusters.vcov_label == "influence_cluster"


def test_what_cannot_be_balanced_is_refused() -> None:
    away = np.column_stack([np.linspace(0.5, 2.0, 50), np.random.default_rng(1).normal(size=50)])
    with pytest.raises(EstimationError) as wrong:
        balance_arm(away, np.ones(50), "d")
    assert wrong.value.code == "estimate.match_cannot_balance"
    assert wrong.value.message("zh")
