"""Reliability against R's psych, closed forms and known structures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import LivelihoodsError
from livelihoods.numerics.reliability import alpha_interval, hierarchical


@pytest.mark.shared
def test_uganda(shared: Path) -> None:
    path = shared / "reference" / "measure" / "uganda_seed10_pca_varimax.json"
    expected = json.loads(path.read_text())["reliability"]
    data = pl.read_csv(shared / "data" / "uganda_maize_2019.csv", infer_schema_length=None)
    found = lv.reliability(data, expected["items"])
    # R 4.2, psych 2.2.9: closed forms to rounding, the ML factor to its convergence (1e-8).
    assert found.alpha == pytest.approx(expected["raw_alpha"], abs=1e-12)
    assert found.alpha_raw == found.alpha
    assert found.alpha_standardised == pytest.approx(expected["std_alpha"], abs=1e-12)
    assert found.mean_correlation == pytest.approx(expected["average_r"], abs=1e-12)
    frame = found.item_rest
    for column, values in (
        ("alpha_without", expected["alpha_if_dropped"]),
        ("item_rest", expected["item_rest_r"]),
    ):
        np.testing.assert_allclose(frame[column], list(values.values()), atol=1e-12)
    np.testing.assert_allclose(frame["loading"], list(expected["ml_loadings"].values()), atol=1e-8)
    assert found.omega == pytest.approx(expected["omega_total_1factor_std"], abs=1e-8)
    assert found.omega_hierarchical < found.omega_total


def scale(seed: int = 0, n: int = 400, p: int = 6) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, p))
    return pl.DataFrame(x, schema=[f"q{j}" for j in range(p)])


ITEMS = [f"q{j}" for j in range(6)]


@given(st.integers(0, 500))
def test_keys_undo_reversal(seed: int) -> None:
    data = scale(seed)
    turned = data.with_columns((7 - pl.col("q0")).alias("q0"), (3 - pl.col("q4")).alias("q4"))
    plain = lv.reliability(data, ITEMS)
    keyed = lv.reliability(turned, ITEMS, keys=["q0", "q4"])
    # Law: reversing an item and keying it leaves every coefficient as it was.
    for name in ("alpha", "alpha_standardised", "omega", "mean_correlation"):
        assert getattr(keyed, name) == pytest.approx(getattr(plain, name), abs=1e-7)
    assert keyed.alpha_raw < keyed.alpha
    assert lv.reliability(turned, ITEMS, {"q0": -1, "q4": -1, "q1": 1}).alpha == keyed.alpha


def test_closed_forms() -> None:
    # Population of the generator: α = ω = 6/(6 + 1) for six items of variance 2, r = ½.
    found = lv.reliability(scale(3, n=40_000), ITEMS)
    # Monte Carlo error of α with n = 40,000: (1 − α)·√(2p/((p − 1)n)) ≈ .001; four of them.
    assert found.alpha == pytest.approx(6 / 7, abs=0.005)
    assert found.omega == pytest.approx(6 / 7, abs=0.005)
    two = lv.reliability(scale(), ["q0", "q1"])
    r = two.mean_correlation
    # Spearman–Brown: standardised α of two items is 2r/(1 + r).
    assert two.alpha_standardised == pytest.approx(2 * r / (1 + r), abs=1e-12)
    assert [note.code for note in two.notes] == ["measure.alpha_of_two", "measure.omega_absent"]


def test_interval_covers() -> None:
    # Feldt's interval is exact for this generator: 400 draws, 95 % ± 4 binomial standard errors.
    inside = 0
    for seed in range(400):
        data = scale(seed, n=30, p=4).to_numpy()
        covariance = np.cov(data.T)
        p = 4
        value = p / (p - 1) * (1 - np.trace(covariance) / covariance.sum())
        low, high = alpha_interval(value, 30, p, 0.95)
        inside += low <= 4 / 5 <= high
    assert abs(inside / 400 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


def test_hierarchical_recovers_a_known_structure() -> None:
    # Population matrix of a general factor above three groups of three items.
    general = np.array([0.8, 0.7, 0.6])
    pattern = np.kron(np.eye(3), np.array([[0.8], [0.7], [0.6]]))
    phi = np.outer(general, general)
    np.fill_diagonal(phi, 1.0)
    R = pattern @ phi @ pattern.T
    np.fill_diagonal(R, 1.0)
    found = hierarchical(R)
    assert found is not None
    loads = pattern @ general
    # Closed forms of Schmid and Leiman; 1e-4: what the search leaves in the uniquenesses.
    assert found.omega_hierarchical == pytest.approx(loads.sum() ** 2 / R.sum(), abs=1e-4)
    unique = 9 - (np.diag(pattern @ phi @ pattern.T)).sum()
    assert found.omega_total == pytest.approx(1 - unique / R.sum(), abs=1e-4)
    np.testing.assert_allclose(np.sort(found.general), np.sort(loads), atol=1e-4)


def test_items_that_run_against_the_rest_are_named() -> None:
    found = lv.reliability(scale().with_columns(-pl.col("q2")), ITEMS)
    note = next(note for note in found.notes if note.code == "measure.item_against")
    assert note.values["items"] == ["q2"]
    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    odd = {"a": x, "b": -x + 0.1 * rng.normal(size=200), "c": rng.normal(size=200)}
    severities = {note.code: note.severity for note in lv.reliability(odd, list(odd)).notes}
    assert severities["measure.alpha_negative"] == "serious"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"items": ["q0"]}, "at least 2"),
    ({"keys": ["zz"]}, "keys name zz"),
    ({"keys": {"q0": 2}}, "keys name q0"),
    ({"conf_level": 95}, "confidence level is 95"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(LivelihoodsError, match=message):
        lv.reliability(scale(), **{"items": ITEMS, **options})
    with pytest.raises(LivelihoodsError, match="same value in every row"):
        lv.reliability(scale().with_columns(q0=pl.lit(3)), ITEMS)


def test_outputs_in_both_languages() -> None:
    from livelihoods.tables.to_text import to_text

    found = lv.reliability(scale(), ITEMS, keys=["q0"])
    for language in words.LANGUAGES:
        with words.use_language(language):
            text = to_text(found.summary())
            assert words.text("measure.omega") in text
            assert "q0 (R)" in text
            assert to_text(found.correlations())
            assert found.plot().id == "inter-item-map"
    assert found.tidy()["term"][0] == "alpha"
    assert found.to_dict()["items"] == 6
