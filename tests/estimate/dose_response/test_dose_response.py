"""Dose–response curves: formulas by hand, identities, known curves."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.numerics import dose as ds

GRID = [3.5, 4.5, 5.0, 5.5, 6.5]


def made(n: int = 400, seed: int = 1, curve: bool = True) -> pl.DataFrame:
    """E y(a) = 1 + .6 (a − 5) − .15 (a − 5)², or 1 at every dose; x and z confound."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    a = 5 + 0.6 * x - 0.4 * z + rng.normal(size=n)
    t = a - 5
    y = 1 + (0.6 * t - 0.15 * t**2) * curve + 0.7 * x + 0.5 * z + rng.normal(size=n)
    return pl.DataFrame({"y": y, "x": x, "z": z, "a": a, "v": np.arange(n) % 40})


def problem(data: pl.DataFrame, folds: int = 2, cap: float = np.inf) -> ds.Problem:
    n = data.height
    X = np.column_stack([np.ones(n), data["x"].to_numpy(), data["z"].to_numpy()])
    rows = np.arange(n, dtype=np.int64)
    return ds.Problem(
        X,
        data["a"].to_numpy(),
        data["y"].to_numpy(),
        rows % folds,
        np.array(GRID),
        rows,
        np.ones(n),
        cap,
        False,
    )


def test_pseudo_outcome_by_hand() -> None:
    import statsmodels.api as sm
    from scipy.stats import norm

    data = made(120)
    asked = problem(data)
    xi, ratio = ds.pseudo_outcome(asked, asked.w)
    X, a, y = asked.X, asked.dose, asked.y

    def terms(dose: np.ndarray, controls: np.ndarray) -> np.ndarray:
        s = (dose - a.mean()) / a.std()
        return np.column_stack([controls, s, s**2, s**3, controls[:, 1] * s, controls[:, 2] * s])

    for row in (0, 1, 50, 77):
        out = np.arange(120) % 2 != row % 2
        line = sm.OLS(y[out], terms(a[out], X[out])).fit()
        score = sm.OLS(a[out], X[out]).fit()
        sigma = np.sqrt(np.mean(score.resid**2))
        everybody = line.predict(terms(np.full(120, a[row]), X)).mean()
        density = norm.pdf(a[row], score.predict(X), sigma)
        weight = density.mean() / density[row]
        own = line.predict(terms(a[[row]], X[[row]]))[0]
        # The marginal density is interpolated between 60 points: errors of a thousandth.
        assert ratio[row] == pytest.approx(weight, rel=5e-3)
        assert xi[row] == pytest.approx((y[row] - own) * ratio[row] + everybody, rel=1e-8)


def test_local_quadratic_is_weighted_least_squares() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    a, xi, w = rng.normal(size=80), rng.normal(size=80), rng.integers(1, 3, 80).astype(float)
    height, slope = ds.local_quadratic(a, xi, w, np.array([-0.5, 0.4]), 0.7)
    for place, at in enumerate((-0.5, 0.4)):
        k = np.exp(-0.5 * ((a - at) / 0.7) ** 2) * w
        fit = sm.WLS(xi, np.column_stack([np.ones(80), a - at, (a - at) ** 2]), k).fit()
        assert height[place] == pytest.approx(fit.params[0], rel=1e-9)
        assert slope[place] == pytest.approx(fit.params[1], rel=1e-9)


def test_left_out_error_is_that_of_refits() -> None:
    rng = np.random.default_rng(5)
    a, xi, w = rng.normal(size=40), rng.normal(size=40), np.ones(40)
    error = 0.0
    for i in range(40):
        rest = np.arange(40) != i
        k = np.sqrt(np.exp(-0.5 * ((a[rest] - a[i]) / 0.6) ** 2))
        Z = np.column_stack([np.ones(39), a[rest] - a[i]]) * k[:, None]
        error += (xi[i] - np.linalg.lstsq(Z, xi[rest] * k, rcond=None)[0][0]) ** 2 / 40
    found = ds._left_out(a, xi, w, np.arange(40), 0.6)
    assert found == pytest.approx(error, rel=1e-8)


def test_a_quadratic_without_noise_is_reproduced() -> None:
    data = made(300)
    t = pl.col("a") - 5
    exact = data.with_columns(y=1 + 0.6 * t - 0.15 * t**2)
    found = lv.dose_response("y ~ x + z", exact, "a", grid=GRID, draws=99)
    t_ = np.array(GRID) - 5
    # No noise and a model that holds it: identity, whatever bandwidth and score.
    assert found.frame["estimate"].to_numpy() == pytest.approx(
        1 + 0.6 * t_ - 0.15 * t_**2, abs=1e-8
    )
    assert found.frame["slope"].to_numpy() == pytest.approx(0.6 - 0.3 * t_, abs=1e-7)


@pytest.mark.parametrize("density", ["normal", "kernel"])
def test_truth_is_recovered(density: str) -> None:
    data = made(3000, 8)
    found = lv.dose_response(
        "y ~ x + z", data, "a", grid=GRID, draws=99, cluster="v", density=density  # type: ignore[arg-type]
    )  # fmt: skip
    t = np.array(GRID) - 5
    apart = found.frame["estimate"].to_numpy() - (1 + 0.6 * t - 0.15 * t**2)
    # The whole curve within 3.5 of its own errors, and no wider than it should be.
    assert np.all(np.abs(apart) < 3.5 * found.frame["std_error"].to_numpy())
    assert found.frame["std_error"].to_numpy().max() < 0.3
    assert found.test.p_value == pytest.approx(1 / 100)
    # Least squares of the raw cloud is confounded, so agreement is not trivial.
    naive = lv.ols("y ~ a", data).tidy()["estimate"][1]
    assert naive > 0.7


def test_a_flat_curve_is_flat() -> None:
    found = lv.dose_response("y ~ x + z", made(600, 2, False), "a", grid=GRID, draws=99)
    assert found.test.p_value > 0.05
    assert (found.frame["band_low"] <= 1).all()
    assert (found.frame["band_high"] >= 1).all()


def test_logarithms_are_the_curve_of_the_logarithm() -> None:
    data = made(300).with_columns(dose=pl.col("a").exp())
    points = list(np.exp(GRID))
    one = lv.dose_response("y ~ x + z", data, "a", grid=GRID, draws=99, bandwidth=0.6)
    two = lv.dose_response(
        "y ~ x + z", data, "dose", scale="log", grid=points, draws=99, bandwidth=0.6
    )
    assert two.frame["estimate"].to_numpy() == pytest.approx(
        one.frame["estimate"].to_numpy(), rel=1e-8
    )
    # A doubling is a step of ln 2 in the logarithm.
    assert two.frame["slope"].to_numpy() == pytest.approx(
        one.frame["slope"].to_numpy() * np.log(2), rel=1e-8
    )
    assert "Per doubling" in two.summary().to_text()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 5000), st.floats(0.2, 20.0), st.floats(-9.0, 9.0))
def test_units_do_not_matter(seed: int, scale: float, shift: float) -> None:
    data = made(150, seed)
    moved = data.with_columns(
        y=2 * pl.col("y") + 1, a=pl.col("a") * scale + shift, x=3 * pl.col("x") - shift
    )
    points = [4.5, 5.0, 5.5]
    one = lv.dose_response("y ~ x + z", data, "a", grid=points, draws=99, bandwidth=0.8)
    two = lv.dose_response(
        "y ~ x + z",
        moved,
        "a",
        grid=[scale * p + shift for p in points],
        draws=99,
        bandwidth=0.8 * scale,
    )
    assert two.frame["estimate"].to_numpy() == pytest.approx(
        2 * one.frame["estimate"].to_numpy() + 1, rel=1e-5, abs=1e-6
    )
    assert two.frame["slope"].to_numpy() * scale == pytest.approx(
        2 * one.frame["slope"].to_numpy(), rel=1e-4, abs=1e-5
    )


def test_same_seed_same_digits_and_clusters_are_drawn_whole() -> None:
    data = made(200)
    two = [
        lv.dose_response("y ~ x", data, "a", grid=GRID, draws=99, seed=3, cluster="v").to_dict()
        for _ in range(2)
    ]
    assert two[0] == two[1]
    asked = problem(made(40))
    counts = []

    class Same:
        def integers(self, low: int, high: int, size: int) -> np.ndarray:
            counts.append(size)
            return np.arange(size)

    # A draw that takes every unit once is the estimate itself.
    drawn = ds.draw_curve(Same(), asked, 1.0)  # type: ignore[arg-type]
    assert np.array_equal(drawn, ds.curve(asked, asked.w, 1.0))
    assert counts == [40]


def test_heaps_caps_and_missing_doses_are_said() -> None:
    data = made(400).with_columns(
        a=pl.when(pl.col("v") < 10).then(0.0).otherwise(pl.col("a").abs() + 0.1)
    )
    codes = {n.code for n in lv.dose_response("y ~ x + z", data, "a", draws=99, cap=1.5).notes}
    assert {"estimate.dose_mass", "estimate.dose_capped", "estimate.dose_chosen"} <= codes
    positive = lv.dose_response("y ~ x + z", data, "a", draws=99, among="positive")
    assert positive.nobs == data.filter(pl.col("a") > 0).height
    assert "estimate.dose_mass" not in {n.code for n in positive.notes}
    lacking = made(300).with_columns(a=pl.when(pl.col("v") < 4).then(None).otherwise(pl.col("a")))
    found = lv.dose_response("y ~ x + z", lacking, "a", draws=99)
    assert found.nobs == lacking["a"].drop_nulls().len()
    assert "design.rows_missing" in {n.code for n in found.notes}


def test_table_and_figures() -> None:
    found = lv.dose_response("y ~ x + z", made(), "a", draws=99)
    text = found.summary().to_text()
    assert "95 % band, all doses" in text
    assert "effective" in text
    assert found.plot().to_svg().startswith("<svg")
    assert found.plot_slope().alt
    assert found.glance()["draws"][0] == 99
    inner = found.frame
    assert (inner["band_low"] <= inner["conf_low"]).all()
    assert inner["dose"].is_sorted()


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"scale": "root"}, "scale = root"),
        ({"among": "takers"}, "among = takers"),
        ({"density": "beta"}, "density = beta"),
        ({"cap": 0.5}, "cap = 0.5"),
        ({"folds": 1}, "folds = 1"),
        ({"draws": 20}, "draws = 20"),
        ({"bandwidth": -1.0}, "bandwidth"),
        ({"grid": 1}, "grid = 1"),
        ({"grid": [5.0]}, "no grid"),
        ({"grid": [5.0, 500.0]}, "beyond the doses"),
        ({"dose": "x"}, "in the formula"),
        ({"dose": "t"}, "not numeric"),
        ({"dose": "nowhere"}, "nowhere"),
    ],
)
def test_requests_that_make_no_sense(keys: dict[str, object], text: str) -> None:
    data = made(100).with_columns(t=pl.lit("a"))
    asked: dict[str, object] = {"dose": "a", "draws": 99, **keys}
    with pytest.raises(SpecError, match=text):
        lv.dose_response("y ~ x", data, **asked)  # type: ignore[arg-type]


def test_data_that_cannot_answer() -> None:
    data = made(200).with_columns(few=pl.col("v") % 3, minus=pl.col("a") - 5, one=pl.lit(1))
    with pytest.raises(DataError, match="3 values only"):
        lv.dose_response("y ~ x", data, "few")
    with pytest.raises(DataError, match="not positive"):
        lv.dose_response("y ~ x", data, "minus", scale="log")
    with pytest.raises(EstimationError, match="controls determine"):
        lv.dose_response("y ~ x", data.with_columns(same=2 * pl.col("x")), "same")
    with pytest.raises(EstimationError, match="cannot make 5 folds"):
        lv.dose_response("y ~ x", data, "a", cluster="few")
    with pytest.raises(EstimationError, match="have no line"):
        lv.dose_response("y ~ x", data, "a", bandwidth=1e-6)
