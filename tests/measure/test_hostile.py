"""Whatever the data: a named error, or numbers without NaN. Hypothesis plays the careless user."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import LivelihoodsError

ITEMS = ["a", "b", "c", "d"]
values = st.one_of(
    st.none(),
    st.integers(1, 5).map(float),
    st.sampled_from([0.0, -1.0, 1e-300, 1e300, -1e300, 5e-324, float("inf"), float("nan")]),
    st.floats(-1e6, 1e6),
)
columns = st.one_of(
    st.lists(values, min_size=6, max_size=12),
    st.lists(st.integers(1, 5).map(float), min_size=6, max_size=12),
    values.map(lambda value: [value] * 12),
)


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    rows = [draw(columns) for _ in ITEMS]
    height = min(len(row) for row in rows)
    data: dict[str, Any] = {name: row[:height] for name, row in zip(ITEMS, rows, strict=True)}
    data["w"] = draw(st.lists(st.floats(-1, 5), min_size=height, max_size=height))
    data["g"] = draw(st.lists(st.sampled_from([1, 2, None]), min_size=height, max_size=height))
    return pl.DataFrame(data, strict=False)


def said(error: LivelihoodsError) -> None:
    """A refusal must have its sentence."""
    assert error.message()


def no_nan(frame: pl.DataFrame) -> bool:
    numbers = frame.select(pl.selectors.float())
    return not any(series.is_nan().any() or series.is_infinite().any() for series in numbers)


@given(
    frames(),
    st.sampled_from(["entropy", "equal", "critic", "cv", "pca"]),
    st.sampled_from(["flat", "two-level"]),
    st.booleans(),
    st.sampled_from([None, "w"]),
    st.sampled_from(["+", "-", {"target": 2.0}]),
    st.sampled_from([0.0, 1e-4, 1.0]),
)
def test_indices(
    data: pl.DataFrame, scheme: str, levels: str, by: bool, weight: str | None, first: Any, c: float
) -> None:
    spec = lv.IndexSpec(
        dimensions={"one": {"a": first, "b": "+"}, "two": {"c": "-", "d": "+"}},
        weights=scheme,
        levels=levels,
        shift=c,
        survey_weight=weight,
        by="g" if by else None,
        weights_by="by" if by else "pooled",
        bounds="by" if by else "pooled",
    )
    try:
        found = lv.build_index(data, spec)
    except LivelihoodsError as error:
        said(error)
        return
    parts = (found.weights, found.contributions, found.dimension_scores, found.bounds)
    assert all(no_nan(part) for part in (*parts, found.scores.to_frame(), found.entropy))
    assert ((found.scores.drop_nulls() >= 0) & (found.scores.drop_nulls() <= 1 + 1e-9)).all()
    assert repr(found)


@given(frames(), st.sampled_from(["pearson", "polychoric"]), st.sampled_from(["kaiser", 1, 2]))
def test_factor_scores(data: pl.DataFrame, correlation: Any, retain: Any) -> None:
    try:
        found = lv.factor_scores(data, ITEMS, retain, correlation=correlation, replicates=20)
    except LivelihoodsError as error:
        said(error)
        return
    parts = (found.scores, found.loadings, found.explained, found.eigenvalues, found.kmo_items)
    assert all(no_nan(part) for part in parts)
    assert repr(found)


@given(frames())
def test_reliability(data: pl.DataFrame) -> None:
    try:
        found = lv.reliability(data, ITEMS)
    except LivelihoodsError as error:
        said(error)
        return
    assert no_nan(found.item_rest)
    assert no_nan(found.inter_item)
    assert repr(found)


@given(frames(), st.sampled_from(["entropy", "critic", "equal"]))
def test_diagnostics(data: pl.DataFrame, scheme: Any) -> None:
    spec = lv.IndexSpec(dimensions={"d": dict.fromkeys(ITEMS, "+")}, weights=scheme)
    try:
        found = lv.index_diagnostics(data, spec, replicates=20)
    except LivelihoodsError as error:
        said(error)
        return
    assert no_nan(found.indicators)
    assert repr(found)
