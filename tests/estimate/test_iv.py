"""lv.iv: recorded ivreg2 through the public door, refusals, sets and words."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate.iv import IvResult
from livelihoods.estimate.test_result import Inapplicable, TestResult
from livelihoods.estimate.weak_iv import ConfidenceSet, tf_critical
from livelihoods.typing import Result


def data(seed: int = 1, n: int = 500, strength: float = 0.5) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    z1, z2, x, u = (r.normal(size=n) for _ in range(4))
    d = strength * (z1 + z2) + 0.3 * x + 0.7 * u + r.normal(size=n)
    y = 1 + 0.4 * d + 0.2 * x + u * (0.6 + 0.3 * np.abs(z1))
    village = r.integers(0, 50, n)
    return pl.DataFrame({"y": y, "d": d, "x": x, "z1": z1, "z2": z2, "village": village})


FORMULA = "y ~ x | d ~ z1 + z2"


@pytest.mark.parametrize(
    ("kind", "vcov", "small"),
    [
        ("iid", "classical", False),
        ("robust", "HC0", False),
        ("robust_small", "HC0", True),
        ("cl", {"cluster": "cluster_id"}, False),
        ("cl_small", {"cluster": "cluster_id"}, True),
    ],
)
def test_recorded_ivreg2_by_the_public_door(
    shared: Path, kind: str, vcov: str, small: bool
) -> None:
    # Stata kept floats and printed 8 digits: read through float32, see the record's _precision.
    record = json.loads((shared / "reference/iv/ivreg2_stata.json").read_text())
    want = record["fixtures"]["sim_cluster"]["results"][kind]
    frame = pl.read_csv(shared / "reference/iv/sim_cluster_data.csv")
    frame = frame.with_columns(pl.col("y", "x1", "z1", "z2", "endo1").cast(pl.Float32))
    found = lv.iv("y ~ x1 | endo1 ~ z1 + z2", frame, vcov, small=small)
    rows = {row["term"]: row for row in found.tidy().iter_rows(named=True)}
    for term, stata in (("endo1", "endo1"), ("x1", "x1"), ("(Intercept)", "_cons")):
        assert rows[term]["estimate"] == pytest.approx(want["coef"][stata], rel=1e-9)
        assert rows[term]["std_error"] == pytest.approx(want["se"][stata], rel=1e-9)
    diag = want["diag"]
    for test, statistic, p in (
        (found.kp_rk_lm, "idstat", "idp"),
        (found.overid, "j", "jp"),
        (found.endogeneity, "estat", "estatp"),
        (found.tests.anderson_rubin, "arf", "arfp"),
    ):
        assert isinstance(test, TestResult)
        assert test.statistic == pytest.approx(diag[statistic], rel=1e-8)
        assert test.p_value == pytest.approx(diag[p], rel=1e-6)
    assert found.glance()["kp_rk_wald_f"][0] == pytest.approx(diag["widstat"], rel=1e-9)
    assert found.glance()["r_squared"][0] == pytest.approx(diag["r2"], rel=1e-9)
    assert found.glance()["rmse"][0] == pytest.approx(diag["rmse"], rel=1e-9)


def test_hc1_is_hc0_with_the_factor() -> None:
    a, b = (lv.iv(FORMULA, data(), vcov).fit.covariance for vcov in ("HC0", "HC1"))
    np.testing.assert_allclose(b, a * 500 / 497, rtol=1e-12)


def test_every_test_is_an_answer_or_a_reason() -> None:
    found = lv.iv(FORMULA, data(), {"cluster": "village"})
    for test in found.tests.all():
        assert test.label
        assert test.reason if isinstance(test, Inapplicable) else test.null
    assert isinstance(found.tests.stock_yogo_size, Inapplicable)
    assert "independent" in found.tests.stock_yogo_size.reason
    text = found.tests_table().to_text()
    assert "Kleibergen–Paap rk LM" in text
    assert "Effective F" in text


def test_just_identified_says_so() -> None:
    found = lv.iv("y ~ x | d ~ z1", data(), "classical")
    assert isinstance(found.overid, Inapplicable)
    assert "nothing is left over" in found.overid.reason
    size, bias = found.tests.stock_yogo_size, found.tests.stock_yogo_bias
    assert isinstance(size, TestResult)
    assert size.critical == 16.38  # Stock and Yogo (2005), Table 5.2
    assert isinstance(bias, Inapplicable)
    assert isinstance(found.tests.tf, TestResult)


def test_two_endogenous_regressors() -> None:
    r = np.random.default_rng(3)
    frame = data().with_columns(z3=pl.Series(r.normal(size=500)))
    frame = frame.with_columns(e=pl.col("z3") + pl.Series(r.normal(size=500)))
    found = lv.iv("y ~ x | d + e ~ z1 + z2 + z3", frame, "HC0")
    assert len(found.first_stage) == 2
    assert len(found.tests.conditional) == 2
    assert isinstance(found.effective_f, Inapplicable)
    assert isinstance(found.anderson_rubin, Inapplicable)
    assert found.first_stage_tidy().height == 6


def codes(result: IvResult) -> set[str]:
    return {note.code for note in result.notes}


def test_weak_instruments_are_said_and_the_set_is_unbounded() -> None:
    found = lv.iv(FORMULA, data(strength=0.01), "HC0")
    assert "estimate.weak_instruments" in codes(found)
    assert isinstance(found.anderson_rubin, ConfidenceSet)
    assert not found.anderson_rubin.bounded
    assert "estimate.ar_unbounded" in codes(found)
    assert found.to_dict()["anderson_rubin_set"]["shape"] in ("line", "ray", "pieces")


def test_invalid_instruments_give_an_empty_set() -> None:
    frame = data(strength=2.0).with_columns(y=pl.col("y") + 3 * pl.col("z1") - 3 * pl.col("z2"))
    found = lv.iv(FORMULA, frame, "HC0")
    assert isinstance(found.anderson_rubin, ConfidenceSet)
    assert found.anderson_rubin.shape == "empty"
    assert {"estimate.ar_empty", "estimate.overid_rejected"} <= codes(found)
    assert "empty" in found.anderson_rubin.sentence("en")


def test_anderson_rubin_covers_whatever_the_strength() -> None:
    # 400 samples each: coverage 95 % ± 3·sqrt(.05·.95/400) = 3.3 points, weak or strong. The set
    # holds 0.4 exactly when the statistic there is below the critical value.
    from livelihoods.numerics import identification as ident
    from livelihoods.numerics import instrumental as inst
    from livelihoods.numerics.special import f_critical

    rule = inst.MomentRule("robust")
    for strength in (0.02, 0.6):
        hits = 0
        for seed in range(400):
            y, d, x, z1, z2, _ = data(seed, 150, strength).to_numpy().T
            X, Z = np.column_stack([np.ones(150), x]), np.column_stack([z1, z2])
            problem = inst.partial_out(y, d[:, None], X, Z)
            at = ident.anderson_rubin(problem, rule)(np.array([1.0, -0.4]))
            hits += ident.wald_to_f(problem, rule, at, 2) <= f_critical(0.05, 2, 146)
        assert abs(hits / 400 - 0.95) < 0.033


def test_tf_critical_values_as_published() -> None:
    # Lee, McCrary, Moreira and Porter (2022): 1.96 from F = 104.67 on; at F = 10 the standard
    # error is to be multiplied by 1.751 (their text), 1.751·1.96 = 3.43.
    assert tf_critical(200.0) == 1.96
    assert tf_critical(10.0) == pytest.approx(1.751 * 1.96, abs=0.005)
    assert math.isinf(tf_critical(3.5))


def test_bad_instruments_are_named() -> None:
    frame = data().with_columns(one=pl.lit(1.0), twice=2 * pl.col("z1"), copy=pl.col("x") * 3)
    with pytest.raises(EstimationError, match="one"):
        lv.iv("y ~ x | d ~ one", frame)
    with pytest.raises(EstimationError, match="copy"):
        lv.iv("y ~ x | d ~ copy", frame)
    found = lv.iv("y ~ x | d ~ z1 + twice", frame)
    assert "estimate.instruments_collinear" in codes(found)
    assert isinstance(found.overid, Inapplicable)
    with pytest.raises(EstimationError, match="determined"):
        lv.iv("y ~ x | copy ~ z1", frame)
    with pytest.raises(SpecError, match="no instruments"):
        lv.iv("y ~ x + d", frame)
    with pytest.raises(SpecError, match="HC3"):
        lv.iv(FORMULA, frame, "HC3")
    with pytest.raises(SpecError, match="method"):
        lv.iv(FORMULA, frame, method="3sls")  # type: ignore[arg-type]


def test_zero_first_stage_is_an_error() -> None:
    z = np.tile([-1.0, -1.0, 1.0, 1.0], 20)
    d = np.tile([-1.0, 1.0, -1.0, 1.0], 20)
    y = np.random.default_rng(1).normal(size=80)
    with pytest.raises(EstimationError, match="does not vary"):
        lv.iv("y ~ 1 | d ~ z", pl.DataFrame({"y": y, "d": d, "z": z}))


def test_prints_keeps_the_protocol_and_speaks_chinese() -> None:
    found = lv.iv(FORMULA, data())
    assert isinstance(found, Result)
    assert "First stage: d" in repr(found)
    assert "d" in lv.regression_table([found]).to_text()
    assert found.plot().id == "coefficients"
    with words.use_language("zh"):
        assert "第一阶段" in repr(found)
        assert "工具变量检验" in found.tests_table().to_text()
