"""Bad input to groups, mechanisms and moderation: a named error or a note, never a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.errors import DataError, EstimationError, SpecError

FORMULA = "y ~ d + x"


@pytest.fixture
def data() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    n = 200
    d = (rng.random(n) < 0.5).astype(int)
    x = rng.normal(size=n)
    return pl.DataFrame(
        {
            "y": rng.normal(size=n), "d": d, "m": rng.normal(size=n), "x": x,
            "g": ["a"] * 99 + ["b"] * 100 + ["c"],
            "up": d * (x > 0), "down": d * (x <= 0), "never": 0 * d,
        }
    ).with_columns(copy=pl.col("y"), twice=2 * pl.col("y") + 1)  # fmt: skip


def codes(result: Any) -> set[str]:
    return {note.code for note in result.notes}


@pytest.mark.parametrize("mediators", [["y"], ["copy"], ["twice", "m"]])
def test_a_mediator_that_is_the_outcome(data: pl.DataFrame, mediators: list[str]) -> None:
    with pytest.raises((SpecError, EstimationError), match="reproduce it exactly"):
        lv.mechanisms(FORMULA, data, "d", mediators)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"m": pl.lit(1.0)}, "m do not vary"),
        ({"m": 2.0 * pl.col("d")}, "m do not vary, or are determined"),
        ({"d": pl.lit(1)}, "d does not vary"),
    ],
)
def test_mediators_and_treatments_without_variation(
    data: pl.DataFrame, change: dict[str, Any], match: str
) -> None:
    with pytest.raises(EstimationError, match=match):
        lv.mechanisms(FORMULA, data.with_columns(**change), "d", ["m"])


@pytest.mark.parametrize("estimator", ["ols", "matching", ("ols", "matching")])
def test_groups_of_one_and_groups_without_variation(data: pl.DataFrame, estimator: Any) -> None:
    found = lv.heterogeneity(FORMULA, data, "d", "g", estimator=estimator)
    assert found.tidy()["group"].unique(maintain_order=True).to_list() == ["a", "b"]
    assert "estimate.heterogeneity_group_of_one" in codes(found)
    same = data.with_columns(d=pl.when(pl.col("g") == "b").then(1).otherwise("d"))
    found = lv.heterogeneity(FORMULA, same, "d", "g", estimator=estimator)
    assert found.tidy()["group"].unique().to_list() == ["a"]
    assert "estimate.heterogeneity_no_variation" in codes(found)
    assert found.matched is None  # one estimate: nothing to compare
    with pytest.raises(EstimationError, match="d does not vary"):
        lv.heterogeneity(FORMULA, data.with_columns(d=pl.lit(1)), "d", "g", estimator=estimator)


def test_empty_cells_of_mode_and_form(data: pl.DataFrame) -> None:
    found = lv.heterogeneity(FORMULA, data, "d", ["up", "down"], across=["never", "d"])
    assert found.tidy()["group"].to_list() == ["up:d", "down:d"]
    note = next(n for n in found.notes if n.code == "estimate.heterogeneity_empty_cells")
    assert note.values["n"] == 2
    with pytest.raises(EstimationError, match="Nobody takes part in never"):
        lv.heterogeneity(FORMULA, data, "d", ["never"])


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda d: lv.moderation(FORMULA, d.with_columns(m=pl.lit(1.0)), "d", "m"), "determine m"),
        (lambda d: lv.moderation(FORMULA, d.with_columns(d=pl.lit(0)), "d", "m"), "determine d"),
        (lambda d: lv.match("d ~ x", d.with_columns(d=pl.lit(1)), "y"), "1 in all 200 rows"),
        (lambda d: lv.transport(FORMULA, d.with_columns(d=pl.lit(1)), d, "d"), "must be 0 and 1"),
        (lambda d: lv.transport(FORMULA, d, d.head(0), "d"), "None of the 0 rows"),
        (lambda d: lv.transport(f"{FORMULA} + g", d, d, "d"), r"g\[c\] predict d"),
        (lambda d: lv.transport(FORMULA, d.head(5), d, "d"), "d"),
    ],
)
def test_other_calls_name_what_is_wrong(
    data: pl.DataFrame, call: Callable[[pl.DataFrame], Any], match: str
) -> None:
    with pytest.raises((EstimationError, SpecError, DataError), match=match):
        call(data)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_message_is_whole_in_both_languages(data: pl.DataFrame, language: str) -> None:
    from livelihoods import words

    with words.use_language(language):
        with pytest.raises(EstimationError) as caught:
            lv.heterogeneity(FORMULA, data, "d", ["never"])
        text = caught.value.message()
    assert "{" not in text
    assert "never" in text
