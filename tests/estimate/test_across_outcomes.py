"""lv.across_outcomes: the stacked regression, known ranks, refusals."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import EstimationError, SpecError
from livelihoods.typing import Result


def survey(seed: int, effects: tuple[float, ...] = (0.5, 0.2, 0.2), n: int = 400) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    village = np.arange(n) % 50
    d = (r.random(n) < 0.4).astype(float)
    common = r.normal(size=n) + 0.5 * r.normal(size=50)[village]
    ys = {f"y{j}": e * d + common + r.normal(size=n) for j, e in enumerate(effects)}
    return pl.DataFrame({**ys, "d": d, "x": r.normal(size=n), "village": village})


def fits(frame: pl.DataFrame) -> list[Result]:
    names = [name for name in frame.columns if name.startswith("y")]
    return [lv.ols(f"{name} ~ d + x", frame, {"cluster": "village"}) for name in names]


def test_two_outcomes_are_the_regression_of_their_difference() -> None:
    # With the same regressors, b1 - b2 is the coefficient of y1 - y2, and its cluster-robust error
    # is that of one regression: an identity, up to rounding.
    frame = survey(1, (0.5, 0.2))
    found = lv.across_outcomes(fits(frame), "d", "raw", seed=1)
    one = lv.ols(
        "z ~ d + x", frame.with_columns(z=pl.col("y1") - pl.col("y0")), {"cluster": "village"}
    )
    row = one.tidy().filter(pl.col("term") == "d").row(0, named=True)
    assert found["wald_f"] == pytest.approx(row["statistic"] ** 2, rel=1e-9)
    assert found["p_value"] == pytest.approx(row["p_value"], rel=1e-9)


def test_rank_intervals_cover_jointly() -> None:
    # Effects 0.5, 0.2, 0.2: ranks 1, then 2 or 3. 100 surveys at 0.90: standard error 0.03.
    missed, first = 0, 0
    for seed in range(100):
        found = lv.across_outcomes(fits(survey(seed)), "d", "raw", seed=3, conf_level=0.9)
        low, high = (found.tidy()[key].to_list() for key in ("rank_low", "rank_high"))
        missed += low[0] > 1 or high[1] < 2 or high[2] < 2 or (low[1] > 2 or low[2] > 2)
        first += found["first_certain"]
    assert missed <= 10 + 9
    assert first >= 20


def test_scales_and_result() -> None:
    frame = survey(4)
    found = lv.across_outcomes(fits(frame), "d", {"y0": 0.5, "y1": 0.3, "y2": 0.2}, seed=1)
    own = fits(frame)[0].tidy().filter(pl.col("term") == "d")["estimate"][0]
    assert isinstance(found, Result)
    assert found.tidy()["estimate"][0] == pytest.approx(0.5 * own)
    assert found.tidy()["first_share"].sum() == pytest.approx(1.0)
    assert "Rank" in repr(found)
    sd = lv.across_outcomes(fits(frame), "d", seed=1).tidy()["estimate"][0]
    assert sd == pytest.approx(own / frame["y0"].std())


def test_refusals() -> None:
    results = fits(survey(5))
    with pytest.raises(SpecError, match="Two or more"):
        lv.across_outcomes(results[:1], "d", seed=1)
    with pytest.raises(SpecError, match="scale"):
        lv.across_outcomes(results, "d", "metres", seed=1)
    flat = fits(survey(5).with_columns(y1=pl.lit(1.0)))
    with pytest.raises(EstimationError, match="singular"):
        lv.across_outcomes(flat, "d", seed=1)
    with pytest.raises(SpecError, match="land"):
        lv.across_outcomes(results, "land", seed=1)
