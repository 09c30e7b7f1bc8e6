"""Exact interval arithmetic: every operation holds the result of every choice within."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.audit.intervals import Interval, between, falling, rounded, total

numbers = st.fractions(min_value=-1000, max_value=1000, max_denominator=10_000)
intervals = st.builds(lambda a, b: between(min(a, b), max(a, b)), numbers, numbers)
shares = st.fractions(min_value=0, max_value=1)


def _inside(ends: Interval, share: Fraction) -> Fraction:
    return ends.low + share * ends.width


@given(intervals, intervals, shares, shares)
def test_operations_hold_every_choice(a: Interval, b: Interval, s: Fraction, t: Fraction) -> None:
    # Identity: the image of a point lies in the image of the interval.
    x, y = _inside(a, s), _inside(b, t)
    assert x + y in a + b
    assert x - y in a - b
    assert x * y in a * b
    assert abs(x) in a.magnitude()
    assert x * x in a.square()
    if 0 not in b:
        assert x / y in a / b


@given(st.fractions(min_value=0, max_value=10_000, max_denominator=1_000))
def test_root_is_outward(value: Fraction) -> None:
    ends = between(value, value).root()
    assert ends.low**2 <= value <= ends.high**2
    # 40 digits: the squares are within 2·√value·1e-40 of the value.
    assert ends.width < Fraction(1, 10**38)


@given(numbers, st.integers(0, 4))
def test_rounding_is_undone(value: Fraction, decimals: int) -> None:
    printed = Fraction(f"{float(value):.{decimals}f}")
    # A float prints its own rounding; it differs from the fraction by less than 1e-12 here.
    assert value in rounded(printed, decimals).widened(Fraction(1, 10**12))


def test_division_by_an_interval_around_zero_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        between(1, 2) / between(-1, 1)


def test_empty_intervals_are_refused() -> None:
    with pytest.raises(ValueError, match="empty interval"):
        Interval(Fraction(2), Fraction(1))


@given(st.lists(intervals, min_size=1, max_size=6))
def test_total_is_the_repeated_sum(parts: list[Interval]) -> None:
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    assert total(parts) == result


def test_falling_functions_are_widened() -> None:
    ends = falling(lambda x: math.exp(-x), between(1, 2))
    assert ends.low < Fraction(math.exp(-2))
    assert ends.high > Fraction(math.exp(-1))
