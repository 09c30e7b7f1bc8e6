"""build_design: the arrays are those formulaic makes, and everything left out is logged."""

from __future__ import annotations

import formulaic
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods import words
from livelihoods.design.build import build_design
from livelihoods.design.sample import REASONS
from livelihoods.errors import DataError, FormulaError, SpecError


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    n = 60
    return pl.DataFrame(
        {
            "y": rng.normal(size=n),
            "x": rng.normal(size=n),
            "z": rng.uniform(1, 9, size=n),
            "g": rng.choice(["b", "a", "c"], size=n),
            "h": rng.choice([1, 2, 3], size=n),
            "m": rng.choice([True, False], size=n),
        }
    )


# Our spelling -> the same model for formulaic (test oracle); columns compared in order.
SAME = [
    ("y ~ x + z", "1 + x + z"),
    ("y ~ x + C(g)", "1 + x + C(g)"),
    ("y ~ g + x - 1", "0 + C(g) + x"),
    ('y ~ C(g, ref="b")', "1 + C(g, contr.treatment('b'))"),
    ("y ~ C(h, ref=3) + z", "1 + C(h, contr.treatment(3)) + z"),
    ("y ~ x*z", "1 + x + z + x:z"),
    ("y ~ x + C(g) + x:C(g)", "1 + x + C(g) + x:C(g)"),
    ("y ~ C(g)*C(h)", "1 + C(g) + C(h) + C(g):C(h)"),
    ("y ~ log(z) + z^2", "1 + log(z) + I(z**2)"),
    ("y ~ poly(z, 3, raw=false)", "1 + poly(z, 3)"),
    ("y ~ sqrt(z) + exp(x)", "1 + sqrt(z) + exp(x)"),
]


@pytest.mark.parametrize(("ours", "oracle"), SAME)
def test_columns_equal_formulaic(frame: pl.DataFrame, ours: str, oracle: str) -> None:
    design = build_design(ours, frame)
    matrix = formulaic.model_matrix(
        oracle, frame.to_pandas(), context={"sqrt": np.sqrt, "exp": np.exp}, ensure_full_rank=True
    )
    theirs = np.asarray(matrix, dtype=float)
    if "C(g):C(h)" in oracle:  # formulaic lets the last factor change fastest; the set is the same
        assert design.X.shape == theirs.shape
        ours_sorted = design.X[:, np.lexsort(design.X)]
        np.testing.assert_array_equal(ours_sorted, theirs[:, np.lexsort(theirs)])
        return
    # Same arithmetic on the same numbers: only rounding of powers and QR may differ.
    np.testing.assert_allclose(design.X, theirs, rtol=1e-10, atol=1e-12)
    assert design.X.flags.f_contiguous


def test_names_are_those_of_the_contract(frame: pl.DataFrame) -> None:
    design = build_design("y ~ x + C(h) + g + m + z^2 + poly(x, 2) + x:g", frame)
    assert design.names == (
        "(Intercept)",
        "x",
        "C(h)[2]",
        "C(h)[3]",
        "g[b]",
        "g[c]",
        "m",
        "z^2",
        "x^2",
        "x:g[b]",
        "x:g[c]",
    )
    assert design.collinear == ("x",)  # poly(x, 2) repeats x; the first stays
    assert any(note.code == "design.reference" for note in design.notes)


def test_every_lost_row_is_logged_once() -> None:
    data = pl.DataFrame(
        {
            "y": [1.0, None, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0],
            "x": [1.0, None, float("nan"), 4.0, 1.0, 6.0, 2.0, 1.0],
            "z": [1.0, 1.0, 1.0, 0.0, 5.0, -1.0, 2.0, 2.5],
            "w": [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 2.0, 3.0],
            "v": ["a", "a", "a", "a", "b", "b", "b", None],
        }
    )
    design = build_design("y ~ x + log(z)", data, weights="w", cluster="v")
    # By hand: each row under the first cause in the order outcome, terms, weights, clusters.
    assert [(d.reason, d.variable, d.rows) for d in design.dropped] == [
        ("missing", "y", (1,)),
        ("missing", "x", (2,)),
        ("not_positive_log", "log(z)", (3, 5)),
        ("zero_weight", "w", (4,)),
        ("missing_cluster", "v", (7,)),
    ]
    assert design.rows.tolist() == [0, 6]
    assert design.weights is not None
    assert design.weights.tolist() == [1.0, 2.0]
    assert design.clusters["v"].tolist() == [0, 1]
    assert len(design.notes) >= 5
    assert all(note.sentence("en") and note.sentence("zh") for note in design.notes)


def test_reasons_have_words() -> None:
    for reason in REASONS:
        assert words.has(f"design.notes.rows_{reason}")
        assert words.has(f"design.dropped.{reason}")


@given(
    st.lists(st.sampled_from([0.0, 1.0, 2.0, None]), min_size=1, max_size=30),
    st.lists(st.sampled_from([0.0, 1.0, 2.0, None]), min_size=30, max_size=30),
)
def test_log_adds_up(y: list[float | None], x: list[float | None]) -> None:
    data = pl.DataFrame({"y": y, "x": x[: len(y)]}, schema={"y": pl.Float64, "x": pl.Float64})
    if data.drop_nulls().is_empty():
        with pytest.raises(DataError):
            build_design("y ~ x", data)
        return
    design = build_design("y ~ x", data)
    lost = [row for drop in design.dropped for row in drop.rows]
    assert sorted([*lost, *design.rows.tolist()]) == list(range(len(y)))


def test_collinear_columns_go_in_formula_order(frame: pl.DataFrame) -> None:
    data = frame.with_columns(s=pl.col("x") + 2 * pl.col("z"), one=pl.lit(3.0))
    design = build_design("y ~ x + z + s + one", data)
    assert design.names == ("(Intercept)", "x", "z")
    assert design.collinear == ("s", "one")
    assert build_design("y ~ s + z + x", data).collinear == ("x",)


def test_clusters_are_numbered_by_first_appearance() -> None:
    data = pl.DataFrame({"y": [1.0, 2, 3, 4], "x": [1.0, 3, 2, 5], "v": ["q", "a", "q", "b"]})
    assert build_design("y ~ x", data, cluster=("v",)).clusters["v"].tolist() == [0, 1, 0, 2]


def test_errors_teach(frame: pl.DataFrame) -> None:
    with pytest.raises(FormulaError) as error:
        build_design("y ~ x + agee", frame.with_columns(age=pl.lit(1.0)))
    assert "age" in str(error.value)
    assert "^" in str(error.value).splitlines()[2]
    with pytest.raises(DataError, match="negative"):
        build_design("y ~ x", frame, weights="x")
    with pytest.raises(SpecError, match="nope"):
        build_design("y ~ x", frame, cluster="nope")
    with pytest.raises(FormulaError, match="no category"):
        build_design("y ~ C(h, ref=7)", frame)
    with pytest.raises(FormulaError, match="left"):
        build_design("~ x", frame)
    with pytest.raises(FormulaError, match=r"lv\.iv"):
        build_design("y ~ x | z ~ h", frame)
    with pytest.raises(FormulaError, match="right-hand"):
        build_design("y ~ x + y", frame)
    with pytest.raises(DataError, match="missing most"):
        build_design("y ~ x", frame.with_columns(y=pl.lit(None, dtype=pl.Float64)))
    with pytest.raises(DataError, match="categories"):
        build_design("y ~ i", pl.DataFrame({"y": range(300), "i": [str(i) for i in range(300)]}))


def test_single_valued_outcome_is_noted() -> None:
    design = build_design("y ~ x", {"y": np.ones(4), "x": np.arange(4.0)})
    assert [note.code for note in design.notes] == ["design.single_outcome"]


def test_no_copy_order_and_boolean_outcome(frame: pl.DataFrame) -> None:
    design = build_design("m ~ x", frame)
    np.testing.assert_array_equal(design.y, frame["m"].cast(pl.Float64).to_numpy())
    coded = build_design("C(g) ~ x", frame)
    assert set(coded.y.tolist()) == {0.0, 1.0, 2.0}


def test_lag_uses_the_wave_before() -> None:
    from dataclasses import replace

    from livelihoods.survey.door import as_survey
    from livelihoods.survey.model import SampleDesign

    frame = pl.DataFrame(
        {"h": [1, 1, 2, 2, 3], "t": [2016, 2018, 2018, 2016, 2018], "y": [1.0, 2, 3, 4, 5]}
    )
    survey = replace(as_survey(frame), design=SampleDesign(household="h", wave="t"))
    design = build_design("y ~ lag(y)", survey)
    assert design.rows.tolist() == [1, 2]
    assert design.X[:, 1].tolist() == [1.0, 4.0]
    assert design.dropped[0].reason == "no_value"
    with pytest.raises(FormulaError, match="household and wave"):
        build_design("y ~ lag(y)", frame)


def test_iv_arrays_share_one_sample(frame: pl.DataFrame) -> None:
    from livelihoods.design.instrumental import build_iv_design

    data = frame.with_columns(d=pl.col("x") + pl.col("z"), w=pl.col("z").shift(1))
    iv = build_iv_design("y ~ x | d ~ w + x:w + x", data, cluster="g")
    assert iv.exogenous.names == ("(Intercept)", "x")
    assert iv.endogenous == ("d",)
    assert iv.instruments == ("w", "x:w")  # x is exogenous already
    assert iv.D.shape == (59, 1)
    assert iv.exogenous.rows[0] == 1
    np.testing.assert_array_equal(iv.Z[:, 0], data["z"].to_numpy()[:-1])
    with pytest.raises(FormulaError, match="instrumented"):
        build_iv_design("y ~ x | x^1 ~ w", data)
    with pytest.raises(FormulaError, match="no instrumental"):
        build_iv_design("y ~ x", data)
