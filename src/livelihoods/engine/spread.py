"""Additive states behind inequality: sums that stay small, and sorted values that do not.

Theil's T, its split by groups, the coefficient of variation and the effective number need four
sums a group. The exact Gini, the median and Wolfson's measure need the order of the values: their
state is the sorted distinct values with their weights, as large as there are different values.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from livelihoods.engine.blocks import Columns
from livelihoods.engine.fold import State
from livelihoods.numerics.inequality import GroupSums, Masses, group_sums
from livelihoods.typing import Floats, Ints


def share_sums(
    name: str, weight: str, groups: str | None = None, count: int = 1
) -> State[Any, GroupSums]:
    """State of Σw, Σwx, Σwx², Σwx·ln x by the codes 0 … ``count − 1`` of column ``groups``."""
    return State(
        partial(_no_sums, count),
        partial(_update_sums, name, weight, groups, count),
        _merge_sums,
        _itself,
    )


def _no_sums(count: int) -> GroupSums:
    return GroupSums(*(np.zeros(count) for _ in range(4)))


def _update_sums(
    name: str, weight: str, groups: str | None, count: int, state: GroupSums, columns: Columns
) -> GroupSums:
    x: Floats = columns[name]
    codes: Ints = np.zeros(x.size, np.int64) if groups is None else columns[groups]
    return _merge_sums(state, group_sums(x, columns[weight], codes, count))


def _merge_sums(left: GroupSums, right: GroupSums) -> GroupSums:
    return GroupSums(
        left.weight + right.weight,
        left.total + right.total,
        left.square + right.square,
        left.log_total + right.log_total,
    )


def distinct_masses(name: str, weight: str) -> State[list[Masses], Masses]:
    """State of the distinct values in order, each with the sum of its weights.

    Each block is sorted by itself; the blocks stand side by side until the end, when they are
    sorted into one.
    """
    return State(list, partial(_update_masses, name, weight), _beside, _joined)


def _update_masses(name: str, weight: str, state: list[Masses], columns: Columns) -> list[Masses]:
    state.append(_distinct(columns[name], columns[weight]))
    return state


def _beside(left: list[Masses], right: list[Masses]) -> list[Masses]:
    return left + right


def _joined(state: list[Masses]) -> Masses:
    if len(state) == 1:
        return state[0]
    none: Floats = np.empty(0)
    values = np.concatenate([none, *(part.values for part in state)])
    return _distinct(values, np.concatenate([none, *(part.weight for part in state)]))


def _distinct(values: Floats, weight: Floats) -> Masses:
    distinct, place = np.unique(values + 0.0, return_inverse=True)
    summed = np.bincount(place, weight, distinct.size)
    return Masses(distinct, np.asarray(summed, dtype=np.float64))


def _itself(state: Any) -> Any:
    return state
