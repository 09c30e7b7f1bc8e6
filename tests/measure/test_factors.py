"""Factor scores against R's converged values, their laws, and what is refused."""

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
from livelihoods import engine, words
from livelihoods.errors import DataError, EstimationError, LivelihoodsError, SpecError


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, Any]:
    path = shared / "reference" / "measure" / "uganda_seed10_pca_varimax.json"
    return json.loads(path.read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def uganda(shared: Path) -> pl.DataFrame:
    return pl.read_csv(shared / "data" / "uganda_maize_2019.csv", infer_schema_length=None)


# R 4.2 with psych 2.2.9, rotation to machine precision: 1e-10 is far inside both.
NEAR = {"rtol": 0, "atol": 1e-10}


@pytest.mark.shared
def test_uganda(reference: dict[str, Any], uganda: pl.DataFrame) -> None:
    items = reference["input"]["columns"]
    found = lv.factor_scores(uganda, items)
    assert found.nobs == reference["n"]
    assert found.components == ["F1", "F2", "F3"]
    assert found.kmo == pytest.approx(reference["kmo_overall"], abs=1e-12)
    np.testing.assert_allclose(
        found.kmo_items["kmo"], list(reference["kmo_items"].values()), **NEAR
    )
    test = reference["bartlett"]
    assert found.bartlett.chi2 == pytest.approx(test["chi2"], rel=1e-12)
    assert found.bartlett.df == test["df"]
    assert found.bartlett.log_p == pytest.approx(test["log_p"], rel=1e-12)
    np.testing.assert_allclose(found.eigenvalues["eigenvalue"], reference["eigenvalues"], **NEAR)
    for ours, theirs in (
        (found.loadings, reference["varimax_loadings"]),
        (found.coefficients, reference["score_coefficients"]),
    ):
        expected = [list(theirs[item].values()) for item in items]
        np.testing.assert_allclose(ours.select("F1", "F2", "F3"), expected, **NEAR)
    np.testing.assert_allclose(
        found.explained["sum_of_squares"], list(reference["rotated_ss_loadings"].values()), **NEAR
    )
    np.testing.assert_allclose(
        found.explained["weight"], list(reference["composite_weights"].values()), **NEAR
    )
    first = reference["first_rows"]
    np.testing.assert_allclose(found.scores[:10], first["scores"], **NEAR)
    np.testing.assert_allclose(found.composite[:10], first["composite"], **NEAR)
    plain = lv.factor_scores(uganda, items, rotation=None)
    unrotated = np.array([list(reference["unrotated_loadings"][i].values()) for i in items])
    np.testing.assert_allclose(
        np.abs(plain.loadings.select("F1", "F2", "F3").to_numpy()), np.abs(unrotated), **NEAR
    )
    assert "measure.parallel_differs" in [note.code for note in found.notes]


def survey(seed: int = 1, n: int = 300, p: int = 6) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 2))
    loads = np.zeros((2, p))
    loads[0, : p // 2] = loads[1, p // 2 :] = 1.0
    x = common @ loads + 0.7 * rng.normal(size=(n, p))
    return pl.DataFrame(x, schema=[f"q{j}" for j in range(p)])


ITEMS = [f"q{j}" for j in range(6)]


@given(st.integers(0, 300))
def test_laws(seed: int) -> None:
    found = lv.factor_scores(survey(seed), ITEMS, retain=2, replicates=20)
    scores = found.scores.to_numpy()
    # Regression scores of components: mean 0, covariance I (n − 1).
    np.testing.assert_allclose(np.cov(scores.T), np.eye(2), atol=1e-9)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-10)
    # Law of the composite: variance Σ weight² (facts/measurement.md).
    weight = found.explained["weight"].to_numpy()
    assert np.var(found.composite.to_numpy(), ddof=1) == pytest.approx((weight**2).sum(), rel=1e-9)
    assert found.explained["sum_of_squares"].is_sorted(descending=True)
    assert (found.loadings.select("F1", "F2").sum().to_numpy() >= 0).all()
    np.testing.assert_allclose(
        found.loadings["communality"].sum(), found.explained["sum_of_squares"].sum(), rtol=1e-12
    )


def test_recovers_the_structure() -> None:
    # Generator: two independent factors, three items each, λ = 1/√1.49 = .82 in the population.
    found = lv.factor_scores(survey(5, n=20_000), ITEMS, retain="parallel")
    assert found.components == ["F1", "F2"]
    loads = found.loadings.select("F1", "F2").to_numpy()
    own = np.where(loads[:3, 0].mean() > 0.5, 0, 1)
    assert (loads[:3, own] > 0.8).all()
    assert (np.abs(loads[:3, 1 - own]) < 0.05).all()


def test_anchors_and_signs() -> None:
    data = survey(2).with_columns((-pl.col("q0")).alias("q0"), (-pl.col("q1")).alias("q1"))
    plain = lv.factor_scores(data, ITEMS, retain=2)
    assert "measure.reverse_keyed" in [note.code for note in plain.notes]
    anchored = lv.factor_scores(data, ITEMS, retain=2, anchor="q2")
    turned = lv.factor_scores(data, ITEMS, retain=2, anchor="q0")
    row = {name: anchored.loadings.filter(pl.col("item") == "q2")[name][0] for name in ("F1", "F2")}
    strongest = max(row, key=lambda name: abs(row[name]))
    assert row[strongest] > 0
    # Turning one component turns its score and changes the composite.
    np.testing.assert_allclose(turned.scores[strongest], -anchored.scores[strongest], atol=1e-12)
    assert not np.allclose(turned.composite, anchored.composite)
    number = int(strongest[1])
    same = lv.factor_scores(data, ITEMS, retain=2, anchor={number: "q2"})
    np.testing.assert_array_equal(same.scores, anchored.scores)
    np.testing.assert_array_equal(
        lv.factor_scores(data, ITEMS, retain=2, anchor={strongest: "q2"}).scores, same.scores
    )


def test_missing_rows_and_attach() -> None:
    data = survey().with_columns(
        q1=pl.when(pl.int_range(pl.len()) == 4).then(None).otherwise(pl.col("q1"))
    )
    found = lv.factor_scores(data, ITEMS, retain=2)
    assert found.scores["F1"].null_count() == 1
    assert found.composite.is_null().arg_true().to_list() == [4]
    attached = found.attach(lv.Survey(data, lineage={"q0": ("s1",)}), "level")
    assert attached.sources("level.F1") == ("q1", "q2", "q3", "q4", "q5", "s1")
    with pytest.raises(DataError, match="300 rows; this survey has 299"):
        found.attach(data[1:], "level")


def test_workers_change_no_digit() -> None:
    data = survey(9, n=2 * engine.BLOCK_ROWS + 5)
    seen = set()
    for workers in (1, 2, 8):
        with engine.ThreadExecutor(workers) as threads:
            found = lv.factor_scores(data, ITEMS, executor=threads, replicates=20)
        seen.add(found.composite.to_numpy().tobytes())
    assert len(seen) == 1


def test_scores_of_other_kinds() -> None:
    data = survey()
    for kind in ("bartlett", "anderson_rubin"):
        found = lv.factor_scores(data, ITEMS, retain=2, scores=kind)  # type: ignore[arg-type]
        regression = lv.factor_scores(data, ITEMS, retain=2)
        for name in ("F1", "F2"):
            r = np.corrcoef(found.scores[name], regression.scores[name])[0, 1]
            assert r > 0.9
    with pytest.raises(EstimationError, match="explained wholly"):
        lv.factor_scores(data, ITEMS, retain=6, scores="bartlett")


def notes(data: Any, items: list[str], **options: Any) -> dict[str, str]:
    return {note.code: note.severity for note in lv.factor_scores(data, items, **options).notes}


def test_serious_notes() -> None:
    rng = np.random.default_rng(7)
    noise = pl.DataFrame(rng.normal(size=(400, 4)), schema=["a", "b", "c", "d"])
    assert notes(noise, ["a", "b", "c", "d"])["measure.not_correlated"] == "serious"
    assert notes(survey(), ["q0", "q1"])["measure.two_items"] == "serious"
    # A difference and its two parts: pairwise shared, jointly not (KMO below one half).
    x, y = rng.normal(size=(2, 500))
    odd = {"x": x, "y": y, "gap": x - y + 0.3 * rng.normal(size=500)}
    assert notes(odd, ["x", "y", "gap"])["measure.kmo_low"] == "serious"
    assert "measure.few_answers" in notes(survey().select((pl.all() > 0).cast(pl.Int8)), ITEMS)
    assert "measure.few_rows_per_item" in notes(survey(n=20), ITEMS)


def test_polychoric() -> None:
    latent = survey(4, n=4_000)
    answers = pl.DataFrame(np.digitize(latent.to_numpy(), [0.5, 1.5]), schema=ITEMS)
    pearson = lv.factor_scores(answers, ITEMS, retain=2)
    behind = lv.factor_scores(answers, ITEMS, retain=2, correlation="polychoric")
    truth = lv.factor_scores(latent, ITEMS, retain=2)
    error = [np.abs(found.correlation - truth.correlation).max() for found in (pearson, behind)]
    # Recovery: the latent correlations are .67 and 0; three coarse answers shrink the former by
    # about .15, polychoric ones keep them within sampling error (about 4/√n = .06).
    assert error[1] < 0.06 < error[0]
    codes = [note.code for note in behind.notes]
    assert "measure.polychoric" in codes
    assert "measure.few_answers" not in codes
    assert behind.scores["F1"].std() == pytest.approx(1.0, abs=0.2)


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"items": ["q0"]}, "at least 2 different items"),
    ({}, {"items": ["q0", "q0", "q1"]}, "named twice: q0"),
    ({}, {"items": ["q0", "zz"]}, "no column 'zz'"),
    ({"q0": [1.0] * 300}, {}, "q0 has the same value"),
    ({"q0": [None] * 300}, {}, "No row has an answer in q0"),
    ({"q0": [1.0, 2, 3] + [None] * 297}, {}, "3 complete rows for 6 items"),
    ({}, {"retain": 7}, "7 components were asked for from 6 items"),
    ({}, {"retain": "all"}, "retain is 'all'"),
    ({}, {"rotation": "promax"}, "rotation is 'promax'"),
    ({}, {"anchor": "zz"}, "anchor zz is not among"),
    ({}, {"anchor": {"one": "q0"}}, "'one' is no component"),
    ({}, {"anchor": {5: "q0"}, "retain": 2}, "for component 5, but 2 were kept"),
    ({}, {"replicates": 3}, "at least 20"),
    ({}, {"correlation": "polychoric"}, "more than 10 different answers"),
    ({}, {"correlation": "kendall"}, "correlation is 'kendall'"),
]


@pytest.mark.parametrize(("columns", "options", "message"), REFUSED)
def test_refused(columns: dict[str, Any], options: dict[str, Any], message: str) -> None:
    data = survey().with_columns(**{name: pl.Series(v) for name, v in columns.items()})
    with pytest.raises(LivelihoodsError, match=message):
        lv.factor_scores(data, **{"items": ITEMS, **options})


def test_copies_are_refused() -> None:
    data = survey().with_columns(total=pl.col("q0") + pl.col("q1"))
    with pytest.raises(DataError, match="q0, q1 and total determine one another"):
        lv.factor_scores(data, [*ITEMS, "total"])
    with pytest.raises(SpecError):
        lv.factor_scores(data, [])


def test_outputs_in_both_languages() -> None:
    from livelihoods.tables.to_text import to_text

    found = lv.factor_scores(survey(), ITEMS)
    for language in words.LANGUAGES:
        with words.use_language(language):
            assert words.text("measure.communality") in to_text(found.summary())
            assert words.text("measure.random_mean") in to_text(found.variance())
            assert found.plot().alt != found.plot("loadings").alt
            assert all(note.sentence() for note in found.notes)
    assert found.to_dict()["components"] == 2
    assert found.tidy().height == 12
