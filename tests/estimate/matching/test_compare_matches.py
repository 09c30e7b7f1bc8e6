"""lv.compare_matches: joint covariance of matching estimates that share rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.matching.row_influence import row_influence


def made(n: int = 800, seed: int = 1, gap: float = 0.0) -> pl.DataFrame:
    """Two kinds of treatment, the second stronger by ``gap``; effects 1 otherwise."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    d = rng.random(n) < 1 / (1 + np.exp(-(0.6 * x - 0.4 * z)))
    kind = rng.integers(0, 2, n)
    y = x + z + d * (1.0 + gap * kind) + rng.normal(size=n)
    return pl.DataFrame(
        {
            "y": y, "twice": 2 * y, "d": d.astype(float), "x": x, "z": z,
            "a": (d & (kind == 0)).astype(int), "b": (d & (kind == 1)).astype(int),
            "village": rng.integers(0, 60, n), "group": rng.integers(0, 2, n),
        }
    )  # fmt: skip


def kinds(frame: pl.DataFrame, **options: Any) -> dict[str, Any]:
    """Match the takers of each kind with the same controls, as rows of one survey."""
    survey = lv.Survey(frame)
    out = {}
    for name in ("a", "b"):
        keep = (pl.Series(frame["d"] == 0)) | (frame[name] == 1)
        out[name] = lv.match("d ~ x + z", survey.keep(keep, "kind"), "y", **options)
    return out


@pytest.mark.parametrize("estimand", ["ATT", "ATU", "ATE"])
def test_the_linear_form_has_the_error_of_abadie_and_imbens(estimand: Any) -> None:
    # The same variance by another route (own-arm neighbours and formulas of 2016): both estimate
    # one number, each with some noise; 12 % at n = 3,000.
    data = made(3000, 3)
    found = lv.match("d ~ x + z", data, "y", estimand=estimand, support="none")
    assert found.errors.kind == "abadie_imbens_2016"
    influence = row_influence(found)[0]
    assert np.sqrt(influence @ influence) == pytest.approx(found.errors.values[0], rel=0.12)
    # They sum to what matching leaves unbalanced, far below the error.
    assert abs(influence.sum()) < 0.5 * found.errors.values[0]


def test_the_linear_form_of_a_smooth_has_the_error_of_the_bootstrap() -> None:
    # 300 draws know a standard error to about 4 %; three of those.
    data = made(1500, 4)
    found = lv.match("d ~ x + z", data, "y", method="kernel", se={"bootstrap": 300}, seed=1)
    influence = row_influence(found)[0]
    assert np.sqrt(influence @ influence) == pytest.approx(found.errors.values[0], rel=0.12)


def test_the_error_of_a_difference_is_that_of_many_samples() -> None:
    # Oracle: the standard deviation of the difference over 150 samples (known to 6 %); two kinds
    # share their controls, so treating them as independent overstates it by far.
    apart, joint, naive = [], [], []
    for seed in range(150):
        found = lv.compare_matches(kinds(made(500, seed), method="ipw"))
        apart.append(found.pairs["estimate"][0])
        joint.append(found.pairs["std_error"][0])
        naive.append(np.sqrt((found.frame["std_error"] ** 2).sum()))
    truth = float(np.std(apart))
    assert np.mean(joint) == pytest.approx(truth, rel=0.18)
    assert np.mean(naive) > 1.10 * truth


@pytest.mark.parametrize("method", ["nearest", "kernel"])
def test_the_size_of_the_test_is_near_its_level(method: str) -> None:
    # 80 samples without a difference: 5 % rejections, within three binomial errors (7.3 %).
    rejected = [
        lv.compare_matches(kinds(made(400, seed), method=method), covariance="influence")
        .pairs["p_value"][0] < 0.05
        for seed in range(80)
    ]  # fmt: skip
    assert np.mean(rejected) < 0.05 + 0.073


def test_a_difference_that_is_there_is_found_both_ways() -> None:
    data = made(1200, 2, gap=1.0)
    found = lv.compare_matches(kinds(data, method="kernel"), cluster="village", draws=199, seed=5)
    assert found.how == "bootstrap"
    assert found.vcov_label == "bootstrap(village)"
    other = lv.compare_matches(
        kinds(data, method="kernel"), cluster="village", covariance="influence"
    )
    # Two routes to one error; 199 draws know it to 5 %.
    assert found.pairs["std_error"][0] == pytest.approx(other.pairs["std_error"][0], rel=0.2)
    assert found.glance()["p_equal"][0] < 0.01
    again = lv.compare_matches(kinds(data, method="kernel"), cluster="village", draws=199, seed=5)
    assert again.covariance.tolist() == found.covariance.tolist()


def test_methods_on_one_sample() -> None:
    data = made(600, 7)
    found = [lv.match("d ~ x + z", data, "y", method=name) for name in ("nearest", "kernel", "ipw")]
    compared = lv.compare_matches(found)
    assert compared.how == "influence"
    assert compared.pairs.height == 3
    # Methods share all their rows: differences are known far better than each effect.
    assert compared.pairs["std_error"].max() < compared.frame["std_error"].min()
    same = lv.compare_matches([found[2], found[2]])
    assert same.pairs["estimate"][0] == 0.0
    assert same.pairs["statistic"][0] is None
    assert same.glance()["p_equal"][0] is None


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 50.0))
def test_units_rescale_and_the_scale_of_deviations_does_not_see_them(
    seed: int, factor: float
) -> None:
    data = made(200, seed).with_columns(twice=pl.col("y") * factor)
    found = lv.match("d ~ x + z", data, ["y", "twice"], method="ipw", support="none")
    compared = lv.compare_matches([found], scale="sd")
    # y and a multiple of it are one outcome in standard deviations.
    assert compared.pairs["estimate"][0] == pytest.approx(0.0, abs=1e-9)
    raw = lv.compare_matches([found])
    assert raw.covariance[0, 1] == pytest.approx(raw.covariance[0, 0] * factor, rel=1e-8)
    assert "estimate.compare_units" in {note.code for note in raw.notes}


def test_clusters_of_the_weighting_are_those_of_the_matching() -> None:
    # Identity: one estimate's joint error is lv.match's own clustered influence error.
    data = made(500, 9)
    options = {"method": "ipw", "support": "none", "se": {"cluster": "village"}}
    found = lv.match("d ~ x + z", data, ["y", "twice"], **options)
    compared = lv.compare_matches([found], cluster="village")
    assert compared.frame["std_error"].to_numpy() == pytest.approx(found.errors.values, rel=1e-10)


def test_refusals() -> None:
    data = made(300)
    one = lv.match("d ~ x + z", data, "y")
    other = lv.match("d ~ x + z", made(300, 8), "y")
    with pytest.raises(SpecError, match="nothing to compare"):
        lv.compare_matches([one])
    with pytest.raises(SpecError, match="do not come from one data set"):
        lv.compare_matches({"one": one, "other": other})
    with pytest.raises(SpecError, match="bootstrap is not used for nearest"):
        lv.compare_matches([one, one], covariance="bootstrap")
    with pytest.raises(SpecError, match="nowhere"):
        lv.compare_matches([one, one], cluster="nowhere")
    with pytest.raises(SpecError, match="scale"):
        lv.compare_matches([one, one], scale="range")  # type: ignore[arg-type]
    alone = lv.match("d ~ x", data.with_columns(village=pl.lit(1)), "y", method="ipw")
    with pytest.raises(EstimationError, match="one cluster"):
        lv.compare_matches([alone, alone], cluster="village")
    gaps = data.with_columns(
        village=pl.when(pl.int_range(pl.len()) < 3).then(None).otherwise("village")
    )
    holes = lv.match("d ~ x", gaps, "y", method="ipw", support="none")
    with pytest.raises(DataError, match="no value of village"):
        lv.compare_matches([holes, holes], cluster="village")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_table_and_figure(language: str) -> None:
    from livelihoods import words

    with words.use_language(language):
        found = lv.compare_matches(kinds(made(300), method="ipw"), cluster="village")
        assert {"en": "Equal effects", "zh": "效应相等检验"}[language] in found.summary().to_text()
        assert found.plot().to_svg().startswith("<svg")
        assert found.to_dict()["differences"][0]["term"] == "a - b"
