"""Index diagnostics against the published critique's numbers, laws and a second route."""

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
from livelihoods.errors import LivelihoodsError
from livelihoods.measure.arrays import columns, oriented_matrix, plan_of, weights_of, without
from livelihoods.measure.prepare import prepare
from livelihoods.survey.door import as_survey


@pytest.fixture(scope="module")
def uganda(shared: Path) -> tuple[pl.DataFrame, lv.IndexSpec, dict[str, Any]]:
    data = pl.read_csv(
        shared / "data" / "uganda_maize_2019.csv",
        infer_schema_length=None,
        schema_overrides={"village": pl.String},
    )
    path = shared / "reference" / "measure" / "entropy_uganda12.json"
    reference = json.loads(path.read_text())
    signs = {
        name: "+" if sign > 0 else "-"
        for name, sign in zip(reference["columns"], reference["signs"], strict=True)
    }
    return data, lv.IndexSpec(dimensions={"all": signs}), reference["diagnostics"]


@pytest.mark.shared
def test_uganda(uganda: tuple[pl.DataFrame, lv.IndexSpec, dict[str, Any]]) -> None:
    data, spec, expected = uganda
    found = lv.index_diagnostics(data, spec, replicates=1000, seed=1)
    frame = found.indicators
    near = {"rtol": 0, "atol": 1e-11}  # reference: NumPy and scipy.stats in double precision
    np.testing.assert_allclose(frame["mean_z"], expected["mean_z"], **near)
    np.testing.assert_allclose(frame["skewness"], expected["skew_z"], rtol=1e-11)
    glance = found.glance().row(0, named=True)
    assert glance["weight_skewness"] == pytest.approx(expected["spearman_weight_skew"], abs=1e-12)
    versions = {line["version"]: line for line in found.versions.to_dicts()}
    for name, key in (("critic", "critic"), ("equal", "equal"), ("pca", "pca1")):
        value = expected[f"spearman_score_vs_{key}"]
        assert versions[name]["spearman"] == pytest.approx(value, abs=1e-11)
    weights = found.version_weights
    np.testing.assert_allclose(weights["critic"], expected["critic_weights"], **near)
    # Bootstrap of 1,000 draws against another seed's 1,000 or so: standard deviations agree to
    # about 1/√(2·1000) = 2 % each in normal tails; skewed indicators need far more: 35 %.
    sd = frame["std_error"].to_numpy()
    np.testing.assert_allclose(sd, expected["bootstrap_sd_of_weights"], rtol=0.35, atol=2e-4)
    # facts/measurement.md §3: numbers printed there, to the digits printed.
    row = {line["indicator"]: line for line in frame.to_dicts()}
    assert round(row["roof_iron"]["reversed"], 3) == 0.439
    assert round(row["dap"]["reversed"], 3) == 0.051
    assert round(row["educ"]["duplicated"], 3) == 0.102
    assert round(row["land_acres"]["weight"] + row["land_acres"]["row_change"], 4) == 0.0739
    codes = {note.code for note in found.notes}
    assert {"measure.follows_skewness", "measure.one_row_moves", "measure.not_reversible"} <= codes


def survey(n: int = 120, seed: int = 3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, 1))
    x = base + rng.normal(size=(n, 5))
    return pl.DataFrame(
        {
            "a": x[:, 0],
            "b": np.exp(x[:, 1]),
            "c": (x[:, 2] > 0.5).astype(int),
            "d": -x[:, 3],
            "e": np.round(x[:, 4]),
            "village": rng.integers(0, 12, n),
            "w": rng.random(n) + 0.5,
            "year": rng.integers(2020, 2022, n),
        }
    )


DIMENSIONS: dict[str, Any] = {
    "one": {"s": {"a": "+", "b": "+"}, "t": {"c": "+"}},
    "two": {"d": "-", "e": {"target": 0.0}},
}


@given(
    st.sampled_from(["entropy", "critic", "cv", "equal"]),
    st.sampled_from(["flat", "two-level"]),
    st.sampled_from(["pooled", "by", {"a": (-6.0, 6.0)}]),
    st.booleans(),
    st.booleans(),
)
def test_arrays_and_states_agree(
    scheme: str, levels: str, bounds: Any, weighted: bool, frozen: bool
) -> None:
    options: dict[str, Any] = {"weights": scheme, "levels": levels, "bounds": bounds, "by": "year"}
    options["survey_weight"] = "w" if weighted else None
    options["weights_from"] = {"year": 2020} if frozen else None
    spec = lv.IndexSpec(dimensions=DIMENSIONS, **options)
    plan = plan_of(prepare(as_survey(survey()), spec), spec)
    z = oriented_matrix(plan)
    assert z is not None
    # Two implementations of the same formulas: rounding only.
    np.testing.assert_allclose(
        weights_of(plan, z), lv.build_index(survey(), spec).weights["weight"], atol=1e-12
    )


@pytest.mark.parametrize("levels", ["flat", "two-level"])
def test_altered_systems_are_those_of_altered_specs(levels: Any) -> None:
    spec = lv.IndexSpec(dimensions=DIMENSIONS, levels=levels)
    plan = plan_of(prepare(as_survey(survey()), spec), spec)
    fewer: dict[str, Any] = {"one": {"s": {"a": "+", "b": "+"}}, "two": DIMENSIONS["two"]}
    rest = without(plan, 2)
    z = oriented_matrix(rest)
    assert z is not None
    shorter = lv.build_index(survey(), lv.IndexSpec(dimensions=fewer, levels=levels))
    np.testing.assert_allclose(weights_of(rest, z), shorter.weights["weight"], atol=1e-12)
    twice = columns(plan, np.array([0, 1, 2, 3, 4, 0]))
    z = oriented_matrix(twice)
    assert z is not None
    more: dict[str, Any] = {
        "one": {"s": {"a": "+", "b": "+", "a2": "+"}, "t": {"c": "+"}},
        "two": DIMENSIONS["two"],
    }
    data = survey().with_columns(a2=pl.col("a"))
    longer = lv.build_index(data, lv.IndexSpec(dimensions=more, levels=levels)).weights["weight"]
    np.testing.assert_allclose(
        np.asarray(weights_of(twice, z))[[0, 1, 5, 2, 3, 4]], longer, atol=1e-12
    )


def test_one_row_out_is_rebuilding_without_it() -> None:
    spec = lv.IndexSpec(dimensions=DIMENSIONS)
    found = lv.index_diagnostics(survey(), spec, replicates=0)
    line = found.indicators.row(1, named=True)
    rows = np.arange(survey().height) != line["row"]
    again = lv.build_index(survey().filter(pl.Series(rows)), spec)
    # Second route: the index built anew without that row.
    assert again.weights["weight"][1] == pytest.approx(
        line["weight"] + line["row_change"], abs=1e-12
    )
    assert found.tidy()["std_error"].null_count() == 5


def test_bootstrap_does_not_depend_on_workers_and_covers() -> None:
    spec = lv.IndexSpec(dimensions={"d": {"a": "+", "d": "-", "e": "+"}})
    call = {"replicates": 200, "cluster": "village", "seed": 4}
    with engine.ThreadExecutor(1) as one, engine.ThreadExecutor(8) as eight:
        first = lv.index_diagnostics(survey(), spec, executor=one, **call)  # type: ignore[arg-type]
        second = lv.index_diagnostics(survey(), spec, executor=eight, **call)  # type: ignore[arg-type]
    assert first.indicators.equals(second.indicators)
    assert (first.indicators["conf_low"] < first.indicators["conf_high"]).all()
    rows = lv.index_diagnostics(survey(), spec, replicates=200, seed=4)
    assert not rows.indicators["std_error"].equals(first.indicators["std_error"])


def test_fixed_weights_have_no_interval() -> None:
    for weights in ("equal", {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}):
        found = lv.index_diagnostics(survey(), lv.IndexSpec(dimensions=DIMENSIONS, weights=weights))
        assert found.replicates == 0
        assert found.indicators["std_error"].null_count() == 5
        assert "entropy" in found.versions["version"]


def test_failed_draws_are_counted() -> None:
    data = survey(n=40).with_columns(c=pl.Series([1] + [0] * 39))
    found = lv.index_diagnostics(data, lv.IndexSpec(dimensions=DIMENSIONS), replicates=100)
    note = next(note for note in found.notes if note.code == "measure.draws_failed")
    # A row is left out of a draw of 40 with probability (39/40)^40 = .363; 5 standard errors.
    assert abs(note.values["failed"] / 100 - 0.363) < 5 * 0.048


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"replicates": 5}, "at least 20"),
    ({"conf_level": 95}, "confidence level is 95"),
    ({"shifts": (-1,)}, "shifts are -1"),
    ({"cluster": "zz"}, "no column 'zz'"),
    ({"cluster": "same"}, "one cluster of same"),
    ({"cluster": "gap"}, "gap is missing in row 1"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refused(options: dict[str, Any], message: str) -> None:
    data = survey().with_columns(same=pl.lit(1), gap=pl.Series([None] + [1, 2, 3] * 39 + [1, 2]))
    with pytest.raises(LivelihoodsError, match=message):
        lv.index_diagnostics(data, lv.IndexSpec(dimensions=DIMENSIONS), **options)


def test_outputs_in_both_languages() -> None:
    from livelihoods.tables.to_text import to_text

    spec = lv.IndexSpec(dimensions=DIMENSIONS, by="year", weights_by="by")
    found = lv.index_diagnostics(survey(), spec, replicates=50)
    for language in words.LANGUAGES:
        with words.use_language(language):
            assert words.text("measure.diag_reversed") in to_text(found.summary())
            assert found.plot().id == "weights-compared"
            assert all(note.sentence() for note in found.notes)
    assert "measure.diagnostics_pooled" in [note.code for note in found.notes]
    assert found.to_dict()["nobs"] == 120
