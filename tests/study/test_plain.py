"""The record's numbers have 12 digits and survive another reader."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.notes import Note
from livelihoods.study.plain import plain, to_json


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_12_digits(x: float) -> None:
    # Rounding to 12 significant digits moves a number by at most half a unit of the 12th.
    written = json.loads(to_json(x))
    assert written == pytest.approx(x, rel=5.0e-12, abs=1e-320)
    assert plain(written) == written


def test_what_json_does_not_know() -> None:
    values = {
        "nan": math.nan,
        "inf": -math.inf,
        "array": np.array([1.0, 2.0]),
        "whole": np.int64(3),
        "frame": pl.DataFrame({"a": [1, 2]}),
        "note": Note("study.shared_alone"),
        "zero": -0.0,
    }
    read = json.loads(to_json(values))
    assert read["nan"] is None
    assert read["inf"] == "-Infinity"
    assert read["array"] == [1.0, 2.0]
    assert read["whole"] == 3
    assert read["frame"] == {"a": [1, 2]}
    assert read["note"]["code"] == "study.shared_alone"
    assert str(read["zero"]) == "0.0"


def test_what_nobody_thought_of_is_a_fault() -> None:
    with pytest.raises(TypeError):
        plain(object())
