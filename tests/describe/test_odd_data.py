"""Odd data: an answer or a LivelihoodsError, never a traceback of something else."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import LivelihoodsError

CALLS: dict[str, Callable[[pl.DataFrame], object]] = {
    "frequency": lambda f: lv.frequency_table(f, ["a", "b"]),
    "weighted": lambda f: lv.frequency_table(f, ["a", "t"], weights="w"),
    "bands": lambda f: lv.frequency_table(f, "a", bands={"a": [(None, 1), (1, 2), (3, None)]}),
    "summary": lambda f: lv.summary_statistics(f, ["a", "b"], by="t", weights="w", cluster="c"),
    "two": lambda f: lv.group_differences(f, ["a"], "t", weights="w"),
    "split": lambda f: lv.group_differences(f, ["a"], "b", split="median", cluster="c"),
    "anova": lambda f: lv.anova(f, ["a"], "c", weights="w", cluster="t"),
    "correlations": lambda f: lv.correlations(f, ["a", "b", "w"], weights="w"),
    "spearman": lambda f: lv.correlations(f, ["a", "b"], method="spearman"),
    "gap": lambda f: lv.item_gap(
        f, {"p": ("a", "b")}, willing=1, rarely=0, who=["w"], weights="w", cluster="c"
    ),
    "definitions": lambda f: lv.variable_definitions(f, ["a", "t"], weights="w"),
}
_SCHEMA = {"a": pl.Int64, "b": pl.Float64, "t": pl.String, "w": pl.Float64, "c": pl.Int8}
_ROW = st.tuples(
    st.sampled_from([0, 1, 2, None]),
    st.sampled_from([0.0, 1.0, -2.5, None, float("nan"), float("inf")]),
    st.sampled_from(["u", "v", "", None]),
    st.sampled_from([0.0, 1.0, 2.5, None]),
    st.sampled_from([1, 2, 127, None]),
)


@pytest.mark.parametrize("name", list(CALLS))
@given(rows=st.lists(_ROW, max_size=12))
def test_odd_data(name: str, rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    fault: LivelihoodsError | None = None
    try:
        found = CALLS[name](frame)
    except LivelihoodsError as error:
        fault = error
    else:
        assert repr(found)
    assert fault is None or (str(fault) and fault.message("zh"))
