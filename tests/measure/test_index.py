"""Indices against 50-digit arithmetic, their laws, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import livelihoods as lv
from livelihoods import engine
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.numerics.ranks import average_ranks, quantile_groups, spearman

# Inputs and dimensions of the worked example; its values come from reference/measure (50 digits).
WAVE_1 = [[3, 100, 0, 5], [1, 150, 0, 7], [4, 120, 1, 5], [2, 300, 0, 9], [5, 80, 1, 2]]
WAVE_1 += [[2, 110, 0, 4]]
WAVE_2 = [[4, 130, 1, 4], [1, 140, 0, 8], [5, 160, 1, 3], [2, 280, 0, 9], [5, 90, 1, 1]]
WAVE_2 += [[3, 150, 1, 2]]
DIMENSIONS = {"buffer": {"a": "+", "b": "+"}, "self_org_learning": {"c": "+", "d": "-"}}
# 50-digit reference, 4 indicators: double precision leaves about 1e-14.
EXACT = {"rtol": 0, "atol": 2e-14}


def frame(rows: list[list[float]], wave: int | None = None) -> pl.DataFrame:
    found = pl.DataFrame(rows, schema=["a", "b", "c", "d"], orient="row")
    return found if wave is None else found.with_columns(wave=pl.lit(wave))


BOTH = pl.concat([frame(WAVE_1, 1), frame(WAVE_2, 2)])


def index(data: pl.DataFrame = BOTH, **options: Any) -> lv.Index:
    return lv.build_index(data, lv.IndexSpec(dimensions=DIMENSIONS, **options))


def weights(found: lv.Index) -> np.ndarray:
    return found.weights["weight"].to_numpy()


@pytest.fixture(scope="module")
def worked(shared: Path) -> dict[str, Any]:
    path = shared / "reference" / "measure" / "entropy_worked_6x4.json"
    return json.loads(path.read_text())  # type: ignore[no-any-return]


@pytest.mark.shared
@pytest.mark.parametrize("shift", ["0", "1e-4", "1e-2", "1"])
def test_worked_example(worked: dict[str, Any], shift: str) -> None:
    expected = worked[f"wave1_shift_{shift}"]
    found = index(frame(WAVE_1), shift=float(shift))
    np.testing.assert_allclose(found.entropy["entropy"], expected["entropy"], **EXACT)
    np.testing.assert_allclose(weights(found), expected["weights"], **EXACT)
    np.testing.assert_allclose(found.scores, expected["score_unshifted_z"], **EXACT)
    for dimension in DIMENSIONS:
        np.testing.assert_allclose(
            found.contributions[dimension], expected["dimension_contribution"][dimension], **EXACT
        )
        np.testing.assert_allclose(
            found.dimension_scores[dimension], expected["dimension_score_0_1"][dimension], **EXACT
        )
    critic = index(frame(WAVE_1), weights="critic")
    np.testing.assert_allclose(weights(critic), expected["critic_weights"], **EXACT)


@pytest.mark.shared
@pytest.mark.parametrize("shift", ["0", "1e-4", "1"])
def test_two_level(worked: dict[str, Any], shift: str) -> None:
    expected = worked[f"wave1_shift_{shift}"]["two_level"]
    found = index(frame(WAVE_1), shift=float(shift), levels="two-level")
    np.testing.assert_allclose(found.scores, expected["score"], **EXACT)
    for dimension, inner in expected["inner_weights"].items():
        part = found.weights.filter(pl.col("dimension") == dimension)
        np.testing.assert_allclose(part["share_in_dimension"], inner, **EXACT)
        top = part["dimension_weight"][0]
        np.testing.assert_allclose(top, expected["top_weights"][dimension], **EXACT)
        np.testing.assert_allclose(
            found.dimension_scores[dimension], expected["dimension_scores"][dimension], **EXACT
        )


@pytest.mark.shared
def test_waves(worked: dict[str, Any]) -> None:
    pooled = index(by="wave")
    expected = worked["pooled_both_waves_shift_1e-4"]
    np.testing.assert_allclose(weights(pooled), expected["weights"], **EXACT)
    np.testing.assert_allclose(pooled.scores, expected["score_unshifted_z"], **EXACT)
    cases = {
        "per_year_weights_pooled_minmax_shift_1e-4": {"weights_by": "by"},
        "per_year_all_shift_1e-4": {"weights_by": "by", "bounds": "by"},
    }
    for name, options in cases.items():
        found = index(by="wave", **options)
        for wave in ("1", "2"):
            part = worked[name][f"wave{wave}"]
            chosen = found.weights.filter(pl.col("wave") == wave)
            np.testing.assert_allclose(chosen["weight"], part["weights"], **EXACT)
            rows = found.scores.filter(BOTH["wave"] == int(wave))
            np.testing.assert_allclose(rows, part["score_unshifted_z"], **EXACT)
            inside = found.dimension_scores.filter(BOTH["wave"] == int(wave))
            for dimension in DIMENSIONS:
                np.testing.assert_allclose(
                    inside[dimension], part["dimension_score_0_1"][dimension], **EXACT
                )
        assert "measure.weights_by_wave" in [note.code for note in found.notes]


@pytest.fixture(scope="module")
def uganda(shared: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    data = pl.read_csv(shared / "data" / "uganda_maize_2019.csv", infer_schema_length=None)
    path = shared / "reference" / "measure" / "entropy_uganda12.json"
    return data, json.loads(path.read_text())


def uganda_spec(reference: dict[str, Any], **options: Any) -> lv.IndexSpec:
    signs = {
        name: "+" if sign > 0 else "-"
        for name, sign in zip(reference["columns"], reference["signs"], strict=True)
    }
    return lv.IndexSpec(dimensions={"all": signs}, **options)


@pytest.mark.shared
@pytest.mark.parametrize("shift", ["0", "1e-8", "1e-6", "1e-4", "1e-3", "1e-2", "1"])
def test_uganda(uganda: tuple[pl.DataFrame, dict[str, Any]], shift: str) -> None:
    data, reference = uganda
    expected = reference[f"shift_{shift}"]
    found = lv.build_index(data, uganda_spec(reference, shift=float(shift)))
    assert found.nobs == reference["n"]
    # Reference made with NumPy in double precision.
    np.testing.assert_allclose(weights(found), expected["weights"], rtol=1e-11)
    scores = found.scores.drop_nulls()
    np.testing.assert_allclose(scores[:10], expected["score_first10"], rtol=1e-11)
    assert scores.mean() == pytest.approx(expected["score_mean"], rel=1e-12)
    assert found.scores.len() == data.height


@pytest.mark.shared
def test_uganda_diagnostics(uganda: tuple[pl.DataFrame, dict[str, Any]]) -> None:
    data, reference = uganda
    expected = reference["diagnostics"]
    found = lv.build_index(data, uganda_spec(reference))
    row = found.diagnostics.row(0, named=True)
    near = {"rel": 1e-11}  # reference: NumPy and scipy.stats in double precision
    assert row["effective_number"] == pytest.approx(
        expected["effective_number_of_indicators_1/sum_w2"], **near
    )
    assert row["spearman_equal"] == pytest.approx(expected["spearman_score_vs_equal"], **near)
    assert row["bottom_quintile_changed"] == pytest.approx(
        expected["bottom_quintile_changed_vs_equal"], **near
    )
    critic = lv.build_index(data, uganda_spec(reference, weights="critic"))
    np.testing.assert_allclose(weights(critic), expected["critic_weights"], rtol=1e-11)
    both = (found.scores.drop_nulls().to_numpy(), critic.scores.drop_nulls().to_numpy())
    assert spearman(*both) == pytest.approx(expected["spearman_score_vs_critic"], **near)
    # The first component's score by this program ranks as the reference's.
    pca = lv.build_index(data, uganda_spec(reference, weights="pca"))
    assert spearman(both[0], pca.scores.drop_nulls().to_numpy()) == pytest.approx(
        expected["spearman_score_vs_pca1"], **near
    )


@pytest.mark.parametrize("ones", [500, 250, 100, 50, 10])
def test_binary_law(ones: int) -> None:
    """1 − e = −ln(prevalence)/ln n for a 0/1 indicator without shift (entropy_laws.json)."""
    x = np.zeros(1000)
    x[:ones] = 1
    spec = lv.IndexSpec(dimensions={"d": {"x": "+"}}, shift=0)
    found = lv.build_index({"x": x}, spec)
    # Closed form; rounding only.
    assert found.entropy["divergence"][0] == pytest.approx(
        -np.log(ones / 1000) / np.log(1000), abs=1e-14
    )


matrices = hnp.arrays(
    np.float64, st.tuples(st.integers(4, 30), st.just(4)), elements=st.floats(0, 100, width=16)
).filter(lambda x: bool((np.ptp(x, axis=0) > 1e-2).all()))


def of(x: np.ndarray, **options: Any) -> lv.Index:
    return index(pl.DataFrame(x, schema=["a", "b", "c", "d"]), **options)


@given(matrices)
def test_laws(x: np.ndarray) -> None:
    found = of(x)
    # Identities of the definition; tolerance for summation order.
    assert weights(found).sum() == pytest.approx(1.0, abs=1e-12)
    total = found.contributions.sum_horizontal()
    np.testing.assert_allclose(total, found.scores, atol=1e-12)
    assert found.scores.min() >= 0
    assert found.scores.max() <= 1 + 1e-12
    for dimension in DIMENSIONS:
        inside = found.weights.filter(pl.col("dimension") == dimension)["weight"].sum()
        np.testing.assert_allclose(
            found.dimension_scores[dimension] * inside, found.contributions[dimension], atol=1e-12
        )
    # Replication of the sample leaves weights as they are (entropy_laws.json).
    np.testing.assert_allclose(weights(of(np.tile(x, (3, 1)))), weights(found), atol=1e-9)
    # A sampling weight of 2 is a row written twice; the scale of the weights is of no importance.
    double = np.where(np.arange(x.shape[0]) % 2 == 0, 2, 1)
    spec = lv.IndexSpec(dimensions=DIMENSIONS, survey_weight="w")
    weighted = pl.DataFrame(x, schema=["a", "b", "c", "d"]).with_columns(w=0.3 * double)
    np.testing.assert_allclose(
        weights(lv.build_index(weighted, spec)), weights(of(np.repeat(x, double, 0))), atol=1e-9
    )


@given(matrices, st.sampled_from(["entropy", "equal", "critic", "cv"]))
def test_units_do_not_matter(x: np.ndarray, scheme: str) -> None:
    scaled = x * np.array([2.0, 10.0, 0.5, 4.0]) + np.array([0.0, -3.0, 7.0, 1.0])
    np.testing.assert_allclose(
        of(scaled, weights=scheme).scores, of(x, weights=scheme).scores, atol=1e-7
    )


def test_reversal_and_duplication() -> None:
    # entropy_laws.json: reverse-coding everything changes the weights to these.
    turned = {
        "buffer": {"a": "-", "b": "-"},
        "self_org_learning": {"c": "-", "d": "+"},
    }
    spec = lv.IndexSpec(dimensions=turned, shift=0)
    expected = [0.23406638999978877, 0.1665786607169477, 0.35538294806372434, 0.2439720012195392]
    np.testing.assert_allclose(weights(lv.build_index(frame(WAVE_1), spec)), expected, **EXACT)
    # A copy of an indicator doubles its share before normalisation.
    twice = lv.IndexSpec(dimensions={"d": {"a": "+", "a2": "+", "b": "+"}})
    once = lv.IndexSpec(dimensions={"d": {"a": "+", "b": "+"}})
    data = frame(WAVE_1).with_columns(a2=pl.col("a"))
    first, second = weights(lv.build_index(data, once)), weights(lv.build_index(data, twice))
    assert second[0] + second[1] == pytest.approx(2 * first[0] / (1 + first[0]), rel=1e-12)


def test_three_levels_and_equal_weights() -> None:
    dimensions = {"one": {"s": {"a": "+", "b": "+"}, "t": {"c": "+"}}, "two": {"d": "-"}}
    flat = lv.IndexSpec(dimensions=dimensions, weights="equal")
    nested = lv.IndexSpec(dimensions=dimensions, weights="equal", levels="two-level")
    found = lv.build_index(BOTH, nested)
    # By hand from the definition in IndexSpec: 1/2 · 1/2 · 1/2 and so on.
    assert weights(found).tolist() == [0.125, 0.125, 0.25, 0.5]
    assert weights(lv.build_index(BOTH, flat)).tolist() == [0.25] * 4
    assert found.sub_contributions.columns == ["one.s", "one.t"]
    np.testing.assert_allclose(
        found.sub_contributions.sum_horizontal(), found.contributions["one"], atol=1e-15
    )
    entropy = lv.build_index(BOTH, lv.IndexSpec(dimensions=dimensions, levels="two-level", shift=0))
    # Second route: sub-dimension s on its own, then its score beside c.
    inner = lv.build_index(BOTH, lv.IndexSpec(dimensions={"s": {"a": "+", "b": "+"}}, shift=0))
    upper = BOTH.with_columns(s=inner.scores)
    bounds = {"s": (0.0, 1.0)}
    middle = lv.build_index(
        upper, lv.IndexSpec(dimensions={"m": {"s": "+", "c": "+"}}, shift=0, bounds=bounds)
    )
    one = entropy.weights.filter(pl.col("dimension") == "one")["share_in_dimension"]
    first, second = weights(middle)
    np.testing.assert_allclose(one, [*(weights(inner) * first), second], atol=1e-14)


def test_target_and_declared_bounds() -> None:
    spec = lv.IndexSpec(
        dimensions={"d": {"x": {"target": 3}, "y": "+"}},
        weights="equal",
        bounds={"y": (0, 10)},
    )
    found = lv.build_index({"x": [1, 3, 4, 7], "y": [0, 5, 10, 20]}, spec)
    # By hand: 1 − |x − 3|/4 and y/10 (20 counts as 10), each with weight one half.
    expected = [(0.5 + 0) / 2, (1 + 0.5) / 2, (0.75 + 1) / 2, (0 + 1) / 2]
    np.testing.assert_allclose(found.scores, expected, rtol=1e-15)
    assert [note.code for note in found.notes] == ["measure.beyond_bounds"]
    assert found.bounds.row(1, named=True) == {"indicator": "y", "low": 0.0, "high": 10.0}


def test_frozen_weights() -> None:
    found = index(weights_from={"wave": 1}, by="wave")
    pooled_bounds = {
        name: (float(BOTH[name].min()), float(BOTH[name].max()))  # type: ignore[arg-type]
        for name in ("a", "b", "c", "d")
    }
    alone = index(BOTH.filter(pl.col("wave") == 1), bounds=pooled_bounds)
    np.testing.assert_allclose(weights(found), weights(alone), rtol=1e-15)
    assert found.nobs == 12
    assert "measure.weights_frozen" in [note.code for note in found.notes]


def test_given_weights() -> None:
    found = index(weights={"a": 1, "b": 1, "c": 2, "d": 4})
    assert weights(found).tolist() == [0.125, 0.125, 0.25, 0.5]
    assert "measure.weights_rescaled" in [note.code for note in found.notes]


def test_attach_records_lineage() -> None:
    survey = lv.Survey(BOTH, lineage={"a": ("q1", "q2"), "b": ("q2",)})
    found = lv.build_index(survey, lv.IndexSpec(dimensions=DIMENSIONS))
    attached = found.attach(survey, "r")
    assert attached.frame.columns[5:] == [
        "r",
        "r.buffer",
        "r.buffer.score",
        "r.self_org_learning",
        "r.self_org_learning.score",
    ]
    assert attached.sources("r") == ("c", "d", "q1", "q2")
    assert attached.sources("r.buffer.score") == ("q1", "q2")
    with pytest.raises(DataError, match="12 rows; this survey has 6"):
        found.attach(frame(WAVE_1), "r")


def test_missing_rows_keep_their_place() -> None:
    data = BOTH.with_columns(a=pl.when(pl.col("a") == 5).then(None).otherwise(pl.col("a")))
    found = index(data)
    assert found.scores.is_null().to_list() == (BOTH["a"] == 5).to_list()
    assert found.contributions["buffer"].null_count() == found.scores.null_count() == 3
    note = found.notes[0]
    assert (note.code, note.values["n"]) == ("measure.rows_left_out", 3)
    assert note.where.rows == tuple(np.flatnonzero((BOTH["a"] == 5).to_numpy()))


def test_workers_change_no_digit() -> None:
    rng = np.random.default_rng(5)
    rows = 3 * engine.BLOCK_ROWS + 77
    data = pl.DataFrame(rng.lognormal(size=(rows, 4)), schema=["a", "b", "c", "d"]).with_columns(
        wave=pl.Series(rng.integers(1, 4, rows)),
        a=pl.when(pl.Series(rng.random(rows) < 0.01)).then(None).otherwise(pl.col("c")),
    )
    for options in (
        {"levels": "two-level"},
        {"weights": "critic"},
        {"by": "wave", "weights_by": "by", "bounds": "by"},
    ):
        spec = lv.IndexSpec(dimensions=DIMENSIONS, **options)
        seen = set()
        for workers in (1, 2, 8):
            with engine.ThreadExecutor(workers) as threads:
                found = lv.build_index(data, spec, threads)
            seen.add(weights(found).tobytes() + found.scores.to_numpy().tobytes())
        assert len(seen) == 1


REFUSED_DATA: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"a": [2.0] * 6}, {}, "a has the same value in every row"),
    ({"a": [None] * 6}, {}, "No row has an answer in a"),
    ({"a": ["x"] * 6}, {}, "a holds String"),
    ({"a": [1.0, float("inf"), 2, 3, 4, 5]}, {}, "infinite in row 2"),
    (
        {"a": [1, None, None, None, None, None], "b": [None, 1, 2, 3, 4, 5]},
        {},
        "None of the 6 rows",
    ),
    ({"w": [1, 0, 1, 1, -1, 1]}, {"survey_weight": "w"}, "zero or negative in row 2 and 5"),
    ({"g": [1] * 6}, {"weights_from": {"g": 2}}, "No complete row has g = 2"),
    (
        {"g": [1] * 3 + [2] * 3, "a": [1, 1, 1, 2, 3, 4]},
        {"by": "g", "weights_by": "by"},
        "1: a does",
    ),
    ({}, {"by": "year", "weights_by": "by"}, "no column 'year'"),
]


@pytest.mark.parametrize(("columns", "options", "message"), REFUSED_DATA)
def test_data_refused(columns: dict[str, Any], options: dict[str, Any], message: str) -> None:
    data = frame(WAVE_1).with_columns(
        **{name: pl.Series(values, strict=False) for name, values in columns.items()}
    )
    with pytest.raises(DataError, match=message):
        index(data, **options)


REFUSED_SPECS: list[tuple[dict[str, Any], str]] = [
    ({"dimensions": {"d": {}}}, "Dimension d has no indicator"),
    ({"dimensions": {"d": {"a": "+"}, "e": {"a": "+"}}}, "more than one place"),
    ({"dimensions": {"d": {"score": {"a": "+"}}}}, "sub-dimension called 'score'"),
    ({"bounds": {"a": (5, 1)}}, "bounds of a are 5.0 and 1.0"),
    ({"bounds": {"z": (0, 1)}}, "bounds names z"),
    ({"bounds": "by"}, 'bounds = "by" needs'),
    ({"weights": {"a": 1, "b": 1, "c": 1}}, "leave out d"),
    ({"weights": {"a": 1, "b": 1, "c": 0, "d": -1}}, "weight of c and d is 0.0 and -1.0"),
    ({"weights": {"a": 1, "b": 1, "c": 1, "d": 1}, "levels": "two-level"}, "contradict levels"),
    ({"by": "w", "weights_by": "by", "weights_from": {"w": 1}}, "contradict each other"),
    ({"weights_from": {"w": 1, "v": 2}}, "names w and v"),
    ({"dimensions": {"d": {"a": {"target": float("nan")}}}}, "target of a is nan"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED_SPECS)
def test_specs_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        lv.IndexSpec(**{"dimensions": DIMENSIONS, **options})


def test_component_weights_need_one_direction() -> None:
    x = np.arange(20.0)
    data = {"a": x, "b": x**2, "c": -x + np.sin(x), "d": -x}
    with pytest.raises(EstimationError, match="c would get the weight"):
        lv.build_index(data, lv.IndexSpec(dimensions=DIMENSIONS, weights="pca"))


def test_summary_and_plot_speak_both_languages() -> None:
    from livelihoods import words
    from livelihoods.tables.to_text import to_text

    found = index(by="wave", weights_by="by")
    for language in words.LANGUAGES:
        with words.use_language(language):
            text = to_text(found.summary())
            assert words.text("measure.effective_number") in text
            assert found.plot().alt
    assert "must not be differenced" in repr(found)
    assert found.to_dict()["nobs"] == 12
    assert found.tidy().columns[-5:] == [
        "std_error",
        "statistic",
        "p_value",
        "conf_low",
        "conf_high",
    ]
    assert found.glance().height == 1


def test_ranks_against_scipy() -> None:
    from scipy.stats import rankdata, spearmanr

    rng = np.random.default_rng(8)
    x, y = rng.integers(0, 9, 200).astype(float), rng.normal(size=200)
    # scipy.stats is the outside reference; rounding only.
    np.testing.assert_array_equal(average_ranks(x), rankdata(x))
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-14)
    assert np.bincount(quantile_groups(y)).tolist() == [0, 40, 40, 40, 40, 40]
