"""Breadth against depth: statsmodels, identities, truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError, EstimationError, SpecError

MODES = ("m1", "m2", "m3")


def made(n: int = 500, seed: int = 6) -> pl.DataFrame:
    """One more mode is worth 0.5, a unit of depth 0.1 (standard deviation about 4 among all)."""
    rng = np.random.default_rng(seed)
    taken = (rng.random((n, 3)) < 0.4).astype(float)
    k, x = taken.sum(axis=1), rng.normal(size=n)
    depth = np.where(k > 0, rng.gamma(2.0, 3.0, n), 0.0)
    y = 1 + 0.5 * k + 0.1 * depth + 0.4 * x + rng.normal(size=n)
    data = {name: taken[:, j] for j, name in enumerate(MODES)}
    return pl.DataFrame({"y": y, "x": x, "depth": depth, "v": rng.integers(0, 40, n), **data})


def rows(found: object, scale: str) -> dict[str, dict[str, float]]:
    frame = found.tidy().filter(scale=scale)  # type: ignore[attr-defined]
    return {row["part"]: row for row in frame.iter_rows(named=True)}


def test_scales_are_linear_combinations_in_statsmodels() -> None:
    import statsmodels.api as sm

    data = made()
    found = lv.breadth_depth(
        "y ~ x", data, MODES, "depth", cost={"mode": 3.0, "depth": 0.5}, vcov={"cluster": "v"}
    )
    k = data.select(MODES).to_numpy().sum(axis=1)
    depth = data["depth"].to_numpy()
    X = np.column_stack([np.ones(k.size), data["x"].to_numpy(), k, depth])
    peer = sm.OLS(data["y"].to_numpy(), X).fit(
        cov_type="cluster", cov_kwds={"groups": data["v"].to_numpy()}, use_t=True
    )
    steps = {
        "mixed": (1.0, depth.std()),
        "sd": (k.std(), depth.std()),
        "cost": (1 / 3.0, 1 / 0.5),
    }
    for scale, (b, d) in steps.items():
        test = peer.t_test(np.array([0, 0, b, -d]))
        apart = rows(found, scale)["difference"]
        # The same combination of the same regression: rounding only.
        assert apart["estimate"] == pytest.approx(float(test.effect[0]), rel=1e-9)
        assert apart["std_error"] == pytest.approx(float(test.sd[0, 0]), rel=1e-9)
        assert apart["p_value"] == pytest.approx(float(test.pvalue), rel=1e-6, abs=1e-12)
    assert "difference" not in rows(found, "unit")


def test_truth_is_recovered() -> None:
    found = lv.breadth_depth("y ~ x", made(4000), MODES, "depth")
    unit = rows(found, "unit")
    for part, truth in (("breadth", 0.5), ("depth", 0.1)):
        assert abs(unit[part]["estimate"] - truth) < 3 * unit[part]["std_error"]
    assert found.glance()["p_value"][0] == rows(found, "sd")["difference"]["p_value"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 5000), st.floats(0.05, 40.0))
def test_the_unit_of_depth_does_not_matter_per_deviation(seed: int, scale: float) -> None:
    data = made(150, seed)
    moved = data.with_columns(depth=pl.col("depth") * scale)
    one, two = (lv.breadth_depth("y ~ x", d, MODES, "depth") for d in (data, moved))
    for part in ("breadth", "depth", "difference"):
        for key in ("estimate", "std_error"):
            assert rows(two, "sd")[part][key] == pytest.approx(
                rows(one, "sd")[part][key], rel=1e-7, abs=1e-10
            )


def test_takers_are_a_regression_of_takers() -> None:
    data = made()
    k = pl.sum_horizontal(*MODES)
    found = lv.breadth_depth("y ~ x", data, MODES, "depth", among="takers")
    alone = lv.ols("y ~ x + k + depth", data.with_columns(k=k).filter(pl.col("k") > 0)).tidy()
    row = alone.row(by_predicate=pl.col("term") == "k", named=True)
    assert rows(found, "unit")["breadth"]["std_error"] == pytest.approx(row["std_error"])


def test_missing_depth_of_those_without_a_mode_is_zero() -> None:
    data = made()
    k = pl.sum_horizontal(*MODES)
    blank = data.with_columns(depth=pl.when(k > 0).then(pl.col("depth")).otherwise(None))
    one, two = (lv.breadth_depth("y ~ x", d, MODES, "depth") for d in (data, blank))
    assert one.tidy().equals(two.tidy())
    assert "estimate.breadth_filled" in {note.code for note in two.notes}
    odd = data.with_columns(depth=pl.when(k == 0).then(2.0).otherwise(pl.col("depth")))
    codes = {n.code for n in lv.breadth_depth("y ~ x", odd, MODES, "depth").notes}
    assert "estimate.breadth_stray" in codes


def test_bends_and_relations_are_said() -> None:
    data = made(1500).with_columns(y=pl.col("y") + 0.3 * pl.sum_horizontal(*MODES) ** 2)
    codes = {n.code for n in lv.breadth_depth("y ~ x", data, MODES, "depth").notes}
    assert "estimate.breadth_bends" in codes
    near = data.with_columns(depth=pl.sum_horizontal(*MODES) + 0.1 * pl.col("x"))
    codes = {n.code for n in lv.breadth_depth("y ~ 1", near, MODES, "depth").notes}
    assert "estimate.breadth_related" in codes


def test_table_and_figure() -> None:
    found = lv.breadth_depth("y ~ x", made(), MODES, "depth", cost={"mode": 1.0, "depth": 1.0})
    text = found.summary().to_text()
    assert "One unit of cost" in text
    assert "Squares of both" in text
    assert found.plot().alt
    assert found.to_dict()["spread"]["depth"] > 0


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"modes": ["m1"]}, "at least two"),
        ({"modes": ["m1", "m1"]}, "at least two"),
        ({"depth": "x"}, "two roles"),
        ({"depth": "m1"}, "two roles"),
        ({"among": "some"}, "neither all nor takers"),
        ({"cost": {"mode": 1.0}}, "costs"),
        ({"cost": {"mode": 1.0, "depth": 0.0}}, "costs"),
    ],
)
def test_requests_that_make_no_sense(keys: dict[str, object], text: str) -> None:
    asked: dict[str, object] = {"modes": MODES, "depth": "depth", **keys}
    with pytest.raises(SpecError, match=text):
        lv.breadth_depth("y ~ x", made(100), **asked)  # type: ignore[arg-type]


def test_data_that_cannot_answer() -> None:
    data = made(100).with_columns(t=pl.lit("a"), same=pl.sum_horizontal(*MODES))
    with pytest.raises(DataError, match="not numeric"):
        lv.breadth_depth("y ~ x", data, MODES, "t")
    with pytest.raises(EstimationError, match="cannot be told"):
        lv.breadth_depth("y ~ x", data, MODES, "same")
    with pytest.raises(SpecError, match="column breadth already"):
        lv.breadth_depth("y ~ x", data.with_columns(breadth=1.0), MODES, "depth")
