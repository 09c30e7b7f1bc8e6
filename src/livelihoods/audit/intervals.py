"""Closed intervals of exact fractions: what a printed number can have been before it was rounded.

A printed ``3.64`` stands for every value between 3.635 and 3.645. All sums, products and quotients
are exact (``fractions.Fraction``); square roots are rounded outward at 40 digits. Tail
probabilities are the one place where floats enter: they are evaluated at the ends of an interval
and widened by a relative 1e-9, a thousand times their error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

_ROOT_SCALE = 10**40
_FLOAT_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """All real numbers from ``low`` to ``high``, both included."""

    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"empty interval: {self.low} > {self.high}")

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __mul__(self, other: Interval) -> Interval:
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: Interval) -> Interval:
        """Divide; the divisor must not hold zero."""
        if other.low <= 0 <= other.high:
            raise ZeroDivisionError("the divisor's interval holds zero")
        return self * Interval(1 / other.high, 1 / other.low)

    def __contains__(self, value: Fraction | int) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> Fraction:
        """Length of the interval."""
        return self.high - self.low

    @property
    def middle(self) -> Fraction:
        """Centre of the interval."""
        return (self.low + self.high) / 2

    def meets(self, other: Interval) -> bool:
        """Tell whether the two have a number in common."""
        return self.low <= other.high and other.low <= self.high

    def within(self, other: Interval) -> Interval | None:
        """Return what the two have in common, or None."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else None

    def magnitude(self) -> Interval:
        """Return the interval of absolute values."""
        if 0 in self:
            return Interval(Fraction(0), max(-self.low, self.high))
        return self if self.low > 0 else -self

    def square(self) -> Interval:
        """Return the interval of squares."""
        size = self.magnitude()
        return Interval(size.low**2, size.high**2)

    def root(self) -> Interval:
        """Return an interval that holds the square roots; negative parts are cut off."""
        low, high = max(self.low, Fraction(0)), self.high
        if high < 0:
            raise ValueError("no real square root")
        return Interval(_root_below(low), _root_above(high))

    def widened(self, by: Fraction) -> Interval:
        """Return the interval with ``by`` added at both ends."""
        return Interval(self.low - by, self.high + by)


def exactly(value: int | Fraction) -> Interval:
    """Return the interval of one number."""
    return Interval(Fraction(value), Fraction(value))


def between(low: Fraction | int, high: Fraction | int) -> Interval:
    """Return the interval from ``low`` to ``high``."""
    return Interval(Fraction(low), Fraction(high))


def at_least_zero(ends: Interval) -> Interval:
    """Return the interval with its negative part moved to zero: probabilities, squares."""
    zero = Fraction(0)
    return Interval(max(ends.low, zero), max(ends.high, zero))


def rounded(value: Fraction, decimals: int) -> Interval:
    """Return what may have been printed as ``value`` with so many decimals.

    Half a unit of the last digit to both sides, ends included: which way a program rounds a tie is
    not known. Negative ``decimals`` mean that the number was rounded to tens, hundreds and so on.
    """
    half = Fraction(1, 2) / Fraction(10) ** decimals
    return Interval(value - half, value + half)


def hull(parts: Iterable[Interval]) -> Interval:
    """Return the smallest interval that holds all parts."""
    listed = list(parts)
    return Interval(min(p.low for p in listed), max(p.high for p in listed))


def total(parts: Iterable[Interval]) -> Interval:
    """Return the interval of the sum."""
    result = exactly(0)
    for part in parts:
        result = result + part
    return result


def falling(function: Callable[[float], float], over: Interval) -> Interval:
    """Return the values of a falling function over an interval, widened for float error."""
    high, low = function(float(over.low)), function(float(over.high))
    return _from_floats(low, high)


def rising(function: Callable[[float], float], over: Interval) -> Interval:
    """Return the values of a rising function over an interval, widened for float error."""
    low, high = function(float(over.low)), function(float(over.high))
    return _from_floats(low, high)


def _from_floats(low: float, high: float) -> Interval:
    return Interval(
        Fraction(low) - Fraction(_FLOAT_SLACK * abs(low)),
        Fraction(high) + Fraction(_FLOAT_SLACK * abs(high)),
    )


def _root_below(value: Fraction) -> Fraction:
    return Fraction(isqrt(value.numerator * _ROOT_SCALE**2 // value.denominator), _ROOT_SCALE)


def _root_above(value: Fraction) -> Fraction:
    scaled = -(-value.numerator * _ROOT_SCALE**2 // value.denominator)
    floor = isqrt(scaled)
    return Fraction(floor if floor * floor == scaled else floor + 1, _ROOT_SCALE)
