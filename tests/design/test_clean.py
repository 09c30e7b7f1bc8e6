"""Cleaning rules and winsorising: what leaves, what changes, and that the flow says so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import livelihoods as lv
from livelihoods.design.clean import CleanRule, clean
from livelihoods.design.winsorise import tail_values
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey


@pytest.fixture
def frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "age": [20, 35, None, 150, 60],
            "kind": ["u", "r", "r", "r", None],
            "income": [1.0, 2.0, 3.0, 4.0, 1000.0],
        }
    )


def test_rules_in_order_with_flow(frame: pl.DataFrame) -> None:
    rules = (
        CleanRule(keep="kind == 'r'", reason="rural households only"),
        CleanRule(range={"age": (0, 120)}),
        CleanRule(drop_missing=("age",)),
    )
    done = clean(as_survey(frame), rules)
    assert done.frame["income"].to_list() == [2.0]
    assert done.rows.tolist() == [1]
    flow = [(step.before, step.after) for step in done.sample_flow.steps]
    assert flow == [(5, 3), (3, 3), (3, 1)]
    assert done.sample_flow.steps[0].reason == "rural households only"
    codes = [(note.code, note.where.rows) for note in done.notes]
    assert codes == [("design.condition_unknown", (4,)), ("design.out_of_range", (3,))]
    assert done.missing.rows() == [(3, "age", "150", "[0, 120]")]
    assert all(note.sentence("zh") for note in done.notes)


def test_drop_keeps_the_undecided(frame: pl.DataFrame) -> None:
    done = clean(as_survey(frame), [CleanRule(drop="age > 100")])
    assert done.rows.tolist() == [0, 1, 2, 4]
    assert done.notes[0].values["n"] == 1


def test_recode(frame: pl.DataFrame) -> None:
    rule = CleanRule(recode={"age": {"150": None, "20": 21}, "kind": {"u": "urban"}})
    done = clean(as_survey(frame), [rule])
    assert done.frame["age"].to_list() == [21, 35, None, None, 60]
    assert done.frame["kind"].to_list() == ["urban", "r", "r", "r", None]
    with pytest.raises(DataError):
        clean(as_survey(frame), [CleanRule(recode={"age": {"20": "young"}})])


def test_one_action_a_rule() -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        CleanRule(keep="a", drop="b")
    with pytest.raises(ValidationError, match="exactly one"):
        CleanRule(reason="nothing")
    with pytest.raises(ValidationError):
        CleanRule(keeep="a")  # type: ignore[call-arg]


def test_tail_values_are_statas() -> None:
    # Stata's _pctile by its manual: the mean of x(np), x(np + 1) if np is whole, else x(ceil np).
    x = np.arange(1.0, 101.0)
    assert tail_values(x, 0.01, 0.99) == (1.5, 99.5)
    assert tail_values(x[:50], 0.01, 0.99) == (1.0, 50.0)
    assert tail_values(x, 0.29, 0.71) == (29.5, 71.5)  # 100 × 0.29 is not whole in floats
    assert tail_values(x, 0.0, 1.0) == (1.0, 100.0)


def test_tail_values_equal_r_type_2() -> None:
    # numpy's "averaged_inverted_cdf" is type 2 of Hyndman and Fan (1996).
    rng = np.random.default_rng(3)
    for n in (1, 2, 7, 40, 200, 1000):
        x = rng.normal(size=n)
        for low, high in [(0.01, 0.99), (0.05, 0.95), (0.25, 0.75), (0.125, 0.5)]:
            expected = np.quantile(x, [low, high], method="averaged_inverted_cdf")
            np.testing.assert_allclose(tail_values(x, low, high), expected, rtol=1e-14)


def test_winsorise_notes_and_groups() -> None:
    frame = pl.DataFrame({"x": [*range(1, 101), None], "g": [0] * 50 + [1] * 51})
    done = lv.winsorise(frame, ["x"], tails=(0.02, 0.98))
    assert done.frame["x"].to_list()[:3] == [2.5, 2.5, 3.0]
    assert done.frame["x"].to_list()[-1] is None
    assert done.notes[0].where.rows == (0, 1, 98, 99)
    assert len(done.sample_flow.steps) == 1
    groups = lv.winsorise(frame, ["x"], tails=(0.02, 0.98), by="g")
    assert groups.frame["x"].to_list()[48:52] == [49.0, 49.5, 51.5, 52.0]
    with pytest.raises(SpecError, match="tails"):
        lv.winsorise(frame, ["x"], tails=(0.9, 0.1))
    with pytest.raises(SpecError, match="nope"):
        lv.winsorise(frame, ["nope"])


@given(
    st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=1, max_size=60),
    st.sampled_from([(0.01, 0.99), (0.05, 0.95), (0.0, 0.9)]),
)
def test_winsorise_laws(x: list[float | None], tails: tuple[float, float]) -> None:
    """Order is kept, the middle is untouched, doing it again changes nothing inside the range."""
    frame = pl.DataFrame({"x": x}, schema={"x": pl.Float64})
    once = lv.winsorise(frame, ["x"], tails=tails).frame["x"]
    assert once.null_count() == frame["x"].null_count()
    pairs = [(a, b) for a, b in zip(x, once.to_list(), strict=True) if a is not None]
    ordered = [b for _, b in sorted(pairs)]
    assert ordered == sorted(ordered)
    if pairs:
        inside = [b for _, b in pairs]
        assert all(a == b for a, b in pairs if min(inside) < b < max(inside))
