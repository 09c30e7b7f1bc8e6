"""Interactions and marginal effects."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import EstimationError, SpecError


def made(n: int = 400, seed: int = 3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    d, m = (rng.random(n) < 0.4).astype(float), rng.normal(5, 2, n)
    y = 1 + 0.5 * d + 0.3 * m + 0.2 * d * m + rng.normal(size=n)
    return pl.DataFrame({"y": y, "d": d, "m": m, "x": rng.normal(size=n)})


def test_marginal_effects_agree_with_statsmodels() -> None:
    import statsmodels.api as sm

    data = made()
    found = lv.moderation("y ~ d + x", data, "d", "m", values=[2.0, 6.0])
    d, m, x = (data[name].to_numpy() for name in ("d", "m", "x"))
    X = np.column_stack([np.ones(d.size), d, x, m, d * m])
    peer = sm.OLS(data["y"].to_numpy(), X).fit(cov_type="HC1", use_t=True)
    for row in found.tidy().iter_rows(named=True):
        test = peer.t_test(np.array([0, 1, 0, 0, row["value"]]))
        # The same linear combination in statsmodels: rounding only.
        assert row["estimate"] == pytest.approx(float(test.effect[0]), rel=1e-9)
        assert row["std_error"] == pytest.approx(float(test.sd[0, 0]), rel=1e-9)
        assert row["p_value"] == pytest.approx(float(test.pvalue), rel=1e-6, abs=1e-12)
    # Truth 0.2: recovered within three of its own errors.
    glance = found.glance().row(0, named=True)
    assert abs(glance["estimate"] - 0.2) < 3 * glance["std_error"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-20, 20))
def test_effects_do_not_depend_on_the_moderators_origin(seed: int, shift: float) -> None:
    data = made(120, seed)
    moved = data.with_columns(m=pl.col("m") + shift)
    first = lv.moderation("y ~ d + x", data, "d", "m", values=[4.0, 5.0]).tidy()
    second = lv.moderation("y ~ d + x", moved, "d", "m", values=[4 + shift, 5 + shift]).tidy()
    for key in ("estimate", "std_error"):
        assert first[key].to_numpy() == pytest.approx(second[key].to_numpy(), rel=1e-6, abs=1e-8)


def test_a_binary_moderator_gives_the_two_groups() -> None:
    data = made().with_columns(m=(pl.col("m") > 5).cast(pl.Float64))
    found = lv.moderation("y ~ d", data, "d", "m").tidy()
    groups = lv.heterogeneity("y ~ d", data, "d", "m").tidy()
    # Without further controls the interaction is the saturated regression of both groups.
    assert found["estimate"].to_numpy() == pytest.approx(groups["estimate"].to_numpy(), rel=1e-9)


def test_notes_table_and_figure() -> None:
    data = made().with_columns(m=pl.col("m").abs() + 1)
    found = lv.moderation("y ~ d + m + d:m", data, "d", "m", values=[2.0, 99.0])
    codes = {note.code for note in found.notes}
    assert {"estimate.moderation_zero", "estimate.moderation_outside"} <= codes
    assert "estimate.moderation_support" in codes
    assert found.interaction == "d:m"
    assert "d = " not in found.summary().to_text()
    assert found.plot().alt
    assert found.to_dict()["interaction"]["interaction"] == "d:m"


def test_requests_that_make_no_sense() -> None:
    data = made().with_columns(t=pl.lit("a"), same=pl.col("d"))
    with pytest.raises(SpecError, match="three different"):
        lv.moderation("y ~ d", data, "d", "d")
    with pytest.raises(SpecError, match="not numeric"):
        lv.moderation("y ~ d", data, "d", "t")
    with pytest.raises(SpecError, match="no term"):
        lv.moderation("y ~ x", data, "d", "m")
    with pytest.raises(SpecError, match="finite"):
        lv.moderation("y ~ d", data, "d", "m", values=[])
    with pytest.raises(EstimationError, match="determine"):
        lv.moderation("y ~ d", data, "d", "same")
