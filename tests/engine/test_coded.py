"""Coded columns are the numbers they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from livelihoods.engine.coded import Coded, as_floats, coded, taken


@given(
    st.sampled_from([np.int8, np.uint8, np.bool_]).flatmap(
        lambda kind: arrays(kind, st.integers(1, 300))
    )
)
def test_codes_stand_for_their_numbers(values: np.ndarray) -> None:
    found = coded(values)
    assert found is not None
    plain = values.astype(np.float64)
    np.testing.assert_array_equal(as_floats(found), plain)
    assert found.ends() == (plain.min(), plain.max())
    assert len(found) == values.size
    rows = np.arange(values.size)[::-2]
    np.testing.assert_array_equal(as_floats(found[rows]), plain[rows])
    np.testing.assert_array_equal(as_floats(taken(found, rows)), plain[rows])
    np.testing.assert_array_equal(taken(plain, rows), plain[rows])
    bent = found.mapped(lambda table: np.abs(table - 3.0))
    assert bent.ends() == (np.abs(plain - 3).min(), np.abs(plain - 3).max())


@pytest.mark.parametrize("kind", [np.int16, np.float32, np.uint32, np.float64])
def test_wider_numbers_have_no_codes(kind: type) -> None:
    assert coded(np.zeros(3, kind)) is None


def test_a_function_of_the_table_is_that_of_the_rows() -> None:
    values = np.random.default_rng(0).integers(1, 6, 1_000).astype(np.int8)
    found = coded(values)
    assert isinstance(found, Coded)
    logs = found.mapped(lambda table: np.log(np.maximum(table, 1.0)))
    np.testing.assert_array_equal(as_floats(logs), np.log(values.astype(np.float64)))
