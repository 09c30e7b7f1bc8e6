"""Mechanisms by group, and two mediators together, against statsmodels and known truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import EstimationError, SpecError

NAMES = ("m", "k")


def made(n: int = 400, seed: int = 2, product: float = 0.4) -> pl.DataFrame:
    """The treatment moves m by 1 in group 0 and by 2 in group 1; m and k are complements."""
    rng = np.random.default_rng(seed)
    g = rng.integers(0, 2, n).astype(float)
    d, x = (rng.random(n) < 0.5).astype(float), rng.normal(size=n)
    m = (1 + g) * d + 0.3 * x + rng.normal(size=n)
    k = 0.5 * d + rng.normal(size=n)
    y = 1 + d + 0.6 * m + 0.2 * k + product * m * k + 0.2 * x + rng.normal(size=n)
    village = rng.integers(0, 40, n)
    return pl.DataFrame({"y": y, "d": d, "x": x, "g": g, "m": m, "k": k, "v": village})


def test_groups_agree_with_stacked_regressions_in_statsmodels() -> None:
    import statsmodels.api as sm

    data = made()
    found = lv.mechanisms("y ~ d + x", data, "d", NAMES, by="g", vcov="HC0").by_group
    assert found is not None
    arrays = {name: data[name].to_numpy() for name in data.columns}
    spread = arrays["m"].std()
    Z = np.column_stack([np.ones(data.height), arrays["d"], arrays["x"]])
    one = (arrays["g"] == 1).astype(float)[:, None]
    stacked = sm.OLS(arrays["m"] / spread, np.hstack([Z * (1 - one), Z * one])).fit(
        cov_type="HC0", use_t=True
    )
    moves = found.tidy().filter(part="moves", term="m")
    # The same regression stacked by another program: rounding only.
    assert moves["estimate"].to_numpy() == pytest.approx(stacked.params[[1, 4]], rel=1e-9)
    assert moves["std_error"].to_numpy() == pytest.approx(stacked.bse[[1, 4]], rel=1e-9)
    wald = stacked.wald_test(np.array([[0, 1, 0, 0, -1, 0]]), use_f=True, scalar=True)
    tested = found.tests.filter(part="moves", term="m")["statistic"][0]
    assert tested == pytest.approx(float(wald.statistic), rel=1e-8)
    assert tested > 10  # 1 against 2 was built in


def test_groups_are_the_mechanisms_of_the_groups() -> None:
    data = made(300)
    whole = lv.mechanisms("y ~ d + x", data, "d", NAMES, by="g", vcov={"cluster": "v"})
    assert whole.by_group is not None
    for level in (0.0, 1.0):
        alone = lv.mechanisms(
            "y ~ d + x", data.filter(g=level), "d", NAMES, vcov={"cluster": "v"}
        ).tidy()
        split = alone.filter(part="accounting")
        through = whole.by_group.tidy().filter(part="through", group=f"{level:g}")
        # Identity: a group's split is that of the group by itself, error included.
        for key in ("estimate", "std_error"):
            assert through[key].to_numpy() == pytest.approx(split[key].to_numpy(), rel=1e-9)


def test_pairs_agree_with_statsmodels() -> None:
    import statsmodels.api as sm

    data = made()
    found = lv.mechanisms("y ~ d + x", data, "d", NAMES, interactions=[("m", "k")])
    assert found.pairs is not None
    a, b = ((data[n] - data[n].mean()).to_numpy() / data[n].to_numpy().std() for n in NAMES)
    d, x = data["d"].to_numpy(), data["x"].to_numpy()
    X = np.column_stack([np.ones(a.size), d, x, a, b, a * b])
    peer = sm.OLS(data["y"].to_numpy(), X).fit(cov_type="HC1", use_t=True)
    rows = {row["part"]: row for row in found.pairs.tidy().iter_rows(named=True)}
    assert rows["product"]["estimate"] == pytest.approx(peer.params[5], rel=1e-9)
    assert rows["product"]["std_error"] == pytest.approx(peer.bse[5], rel=1e-9)
    at = peer.t_test(np.array([0, 0, 0, 1, 0, -1]))
    assert rows["first_low"]["estimate"] == pytest.approx(float(at.effect[0]), rel=1e-9)
    assert rows["first_low"]["std_error"] == pytest.approx(float(at.sd[0, 0]), rel=1e-9)
    # Truth 0.4 a unit of each, within three errors; so they are complements.
    truth = 0.4 * data["m"].to_numpy().std() * data["k"].to_numpy().std()
    assert abs(rows["product"]["estimate"] - truth) < 3 * rows["product"]["std_error"]
    assert found.pairs.verdict(("m", "k")) == "complements"
    assert "complements" in found.pairs.summary().to_text()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 30.0), st.floats(-9.0, 9.0))
def test_units_of_the_mediators_do_not_matter(seed: int, scale: float, shift: float) -> None:
    data = made(120, seed)
    moved = data.with_columns(m=pl.col("m") * scale + shift)
    options: dict[str, object] = {"by": "g", "interactions": [("m", "k")]}
    first, second = (
        lv.mechanisms("y ~ d + x", frame, "d", NAMES, **options)  # type: ignore[arg-type]
        for frame in (data, moved)
    )
    for part in ("by_group", "pairs"):
        one, two = getattr(first, part).tidy(), getattr(second, part).tidy()
        for key in ("estimate", "std_error"):
            assert two[key].to_numpy() == pytest.approx(one[key].to_numpy(), rel=1e-6, abs=1e-8)


def test_two_valued_mediators_are_jointly_present_or_not() -> None:
    data = made(2000).with_columns(
        p=(pl.col("x") + pl.col("k") > 0).cast(pl.Float64), q=(pl.col("k") > 0.2).cast(pl.Float64)
    )
    found = lv.mechanisms("y ~ d", data, "d", ("p", "q"), interactions=[("p", "q")])
    assert found.pairs is not None
    rows = {row["part"]: row["estimate"] for row in found.pairs.tidy().iter_rows(named=True)}
    # Identity of a 2 x 2 table: the effect where the other is present = where absent + product.
    assert rows["first_high"] == pytest.approx(rows["first_low"] + rows["product"], rel=1e-9)
    assert rows["second_high"] == pytest.approx(rows["second_low"] + rows["product"], rel=1e-9)


def test_groups_without_an_answer_are_said() -> None:
    data = made().with_columns(
        g=pl.when(pl.int_range(pl.len()) == 0)
        .then(9.0)
        .when(pl.int_range(pl.len()) < 40)
        .then(8.0)
        .when(pl.int_range(pl.len()) < 43)
        .then(7.0)
        .otherwise(pl.col("g")),
        d=pl.when(pl.int_range(pl.len()) < 40).then(0.0).otherwise(pl.col("d")),
    )
    data[41, "d"], data[40, "d"], data[42, "d"] = 1.0, 0.0, 0.0
    found = lv.mechanisms("y ~ d + x", data, "d", NAMES, by="g").by_group
    assert found is not None
    assert list(found.wording) == ["0", "1"]
    codes = [note.code.removeprefix("estimate.heterogeneity_") for note in found.notes]
    assert codes == ["too_few", "no_variation", "group_of_one"]
    assert found.plot().alt
    assert "All mediators together" in found.summary().to_text()


def test_requests_that_make_no_sense() -> None:
    data = made().with_columns(p=(pl.col("x") > 0).cast(pl.Float64))
    data = data.with_columns(q=1 - pl.col("p"), same=pl.col("d"))
    for pair in (("m", "m"), ("m", "x"), ("m",)):
        with pytest.raises(SpecError, match="no pair of mediators"):
            lv.mechanisms("y ~ d + x", data, "d", NAMES, interactions=[pair])
    with pytest.raises(SpecError, match="each pair stands once"):
        lv.mechanisms("y ~ d", data, "d", NAMES, interactions=[("m", "k"), ("k", "m")])
    with pytest.raises(EstimationError, match="There is no group of same"):
        lv.mechanisms("y ~ d + x", data, "d", NAMES, by="same")
    one = data.with_columns(z=pl.col("m") * pl.col("k"))
    spread = [(pl.col(n) - pl.col(n).mean()) / pl.col(n).std(ddof=0) for n in NAMES]
    one = one.with_columns(z=spread[0] * spread[1])
    with pytest.raises(EstimationError, match="determined by"):
        lv.mechanisms("y ~ d + z", one, "d", NAMES, interactions=[("m", "k")])
