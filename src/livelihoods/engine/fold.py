"""Folding data into a small additive state: the one way in which a statistic meets rows.

Each canonical block gives a state of its own, ``update(start(), block)``; the states of blocks
0 … B-1 merge in one fixed balanced binary tree (neighbours pair up, an odd last one rises). The
tree depends on B alone, so the digits do too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np

from livelihoods.engine.blocks import Columns, Source, as_source, read_run
from livelihoods.engine.coded import taken
from livelihoods.engine.executor import Executor, ThreadExecutor, in_order

S = TypeVar("S")
F = TypeVar("F")

# Tasks per fold. A task covers a run of 2^k blocks, which is a whole branch of the tree, so the
# number of tasks changes nothing in the result.
_MOST_TASKS = 64
_LONG = 16


@dataclass(frozen=True, slots=True)
class State(Generic[S, F]):
    """A statistic as four plain functions on NumPy columns.

    Attributes
    ----------
    start
        Gives the empty state.
    update
        Takes the state and the columns of one block, returns the state with the block in it. It
        may change the state it was given, never the columns.
    merge
        Joins the states of two neighbouring runs of blocks, left one first.
    finish
        Turns the last state into the answer.

    The functions are module-level ones or ``functools.partial`` of such, so that a state can
    travel to another process.
    """

    start: Callable[[], S]
    update: Callable[[S, Columns], S]
    merge: Callable[[S, S], S]
    finish: Callable[[S], F]


def fold(state: State[S, F], data: Columns | Source, executor: Executor | None = None) -> F:
    """Fold data into a state and return the finished answer.

    Parameters
    ----------
    state
        The statistic.
    data
        Name -> array of shape ``(n,)``, or any source of canonical blocks.
    executor
        Where to compute; None is threads. One block is computed here. The answer has the same
        digits whichever it is.
    """
    source = as_source(data)
    if source.blocks == 0:
        return state.finish(state.start())
    if source.blocks == 1:  # nothing to divide
        return state.finish(_branch(state, source, 0, 1))
    if executor is None:
        with ThreadExecutor() as threads:
            return _fold_on(state, source, threads)
    return _fold_on(state, source, executor)


def map_blocks(
    function: Callable[[Columns], F], data: Columns | Source, executor: Executor | None = None
) -> list[F]:
    """Return ``function(columns)`` of every block, in the order of the blocks."""
    collected: list[F] = fold(
        State(list, partial(_append, function), _concatenate, _itself), data, executor
    )
    return collected


def combine(*states: State[Any, Any]) -> State[list[Any], tuple[Any, ...]]:
    """Join several statistics into one that reads the data once; answers come as a tuple."""
    return State(
        partial(_start_all, states),
        partial(_update_all, states),
        partial(_merge_all, states),
        partial(_finish_all, states),
    )


def through(function: Callable[[Columns], Columns], state: State[S, F]) -> State[S, F]:
    """Return the statistic of what a plain function makes of each block: its own rows only."""
    return State(
        state.start, partial(_update_through, function, state.update), state.merge, state.finish
    )


def _update_through(
    function: Callable[[Columns], Columns],
    update: Callable[[S, Columns], S],
    state: S,
    columns: Columns,
) -> S:
    return update(state, function(columns))


def by_group(
    column: str, function: Callable[[Columns], Columns], state: State[S, F]
) -> State[S, F]:
    """Return a statistic by group that sees each group's rows of a block by themselves.

    Parameters
    ----------
    column
        Codes of the groups, 0 or more.
    function
        What is made of the rows of one group: its own rows only.
    state
        A statistic that tells groups apart by the same column; its digits stay the same, but rows
        are put in the order of their groups once for all columns.
    """
    update = partial(_update_group, column, function, state.update)
    return State(state.start, update, state.merge, state.finish)


def _update_group(
    column: str,
    function: Callable[[Columns], Columns],
    update: Callable[[S, Columns], S],
    state: S,
    columns: Columns,
) -> S:
    codes = columns[column]
    if not codes.size or codes.min() == codes.max():
        return update(state, function(columns))
    sizes = np.bincount(codes)
    ends = np.cumsum(sizes)
    narrow = codes.astype(np.uint16) if sizes.size < 1 << 16 else codes  # sorted by radix
    order = np.argsort(narrow, kind="stable")
    ordered = {name: taken(values, order) for name, values in columns.items()}
    for group in np.flatnonzero(sizes):
        rows = slice(int(ends[group] - sizes[group]), int(ends[group]))
        part = {name: values[rows] for name, values in ordered.items()}
        state = update(state, function(part))
    return state


def _fold_on(state: State[S, F], source: Source, executor: Executor) -> F:
    shared_state, shared_source = executor.broadcast(state), executor.broadcast(source)
    # Fewer, longer tasks where a task costs a message or opens a file: about a tenth of a second.
    costly = getattr(executor, "remote", False) or getattr(source, "costly", False)
    calls = [
        (shared_state, shared_source, first, last)
        for first, last in _runs(source.blocks, _LONG if costly else 1)
    ]
    carried = _Carried(state.merge)
    for (_, _, first, last), answer in zip(calls, in_order(executor, _branch, calls), strict=True):
        carried.add(last - first, answer)
    return state.finish(carried.total())


def _runs(blocks: int, least: int) -> Iterator[tuple[int, int]]:
    length = least
    while length * _MOST_TASKS < blocks:
        length *= 2
    for first in range(0, blocks, length):
        yield first, min(first + length, blocks)


def _branch(state: State[S, F], source: Source, first: int, last: int) -> S:
    """Return the state of blocks ``first`` … ``last - 1``: one branch of the tree."""
    carried = _Carried(state.merge)
    for columns in read_run(source, first, last):
        carried.add(1, state.update(state.start(), columns))
    return carried.total()


class _Carried(Generic[S]):
    """Branches of the tree joined from the left as soon as two of a size are there.

    Keeps a state per level instead of one per block, as a binary counter keeps carries.
    """

    def __init__(self, merge: Callable[[S, S], S]) -> None:
        self._merge = merge
        self._branches: list[tuple[int, S]] = []

    def add(self, size: int, state: S) -> None:
        """Take in the branch of the next ``size`` blocks; only the last may be no power of 2."""
        branches = self._branches
        while branches and branches[-1][0] == size:
            state = self._merge(branches.pop()[1], state)
            size *= 2
        branches.append((size, state))

    def total(self) -> S:
        """Return the whole: an odd last one rises until it meets a neighbour."""
        _, total = self._branches.pop()
        while self._branches:
            total = self._merge(self._branches.pop()[1], total)
        return total


def _append(function: Callable[[Columns], F], state: list[F], columns: Columns) -> list[F]:
    state.append(function(columns))
    return state


def _concatenate(left: list[F], right: list[F]) -> list[F]:
    return left + right


def _itself(state: S) -> S:
    return state


def _start_all(states: Sequence[State[Any, Any]]) -> list[Any]:
    return [state.start() for state in states]


def _update_all(
    states: Sequence[State[Any, Any]], current: list[Any], columns: Columns
) -> list[Any]:
    return [state.update(one, columns) for state, one in zip(states, current, strict=True)]


def _merge_all(states: Sequence[State[Any, Any]], left: list[Any], right: list[Any]) -> list[Any]:
    return [state.merge(a, b) for state, a, b in zip(states, left, right, strict=True)]


def _finish_all(states: Sequence[State[Any, Any]], current: list[Any]) -> tuple[Any, ...]:
    return tuple(state.finish(one) for state, one in zip(states, current, strict=True))
