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

from livelihoods.engine.blocks import Columns, Source, as_source
from livelihoods.engine.executor import Executor, ThreadExecutor

S = TypeVar("S")
F = TypeVar("F")

# Tasks per fold. A task covers a run of 2^k blocks, which is a whole branch of the tree, so the
# number of tasks changes nothing in the result.
_MOST_TASKS = 64


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
        Where to compute; None computes one block here and more on threads. The answer has the
        same digits whichever it is.
    """
    source = as_source(data)
    if source.blocks == 0:
        return state.finish(state.start())
    if executor is None and source.blocks == 1:
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


def _fold_on(state: State[S, F], source: Source, executor: Executor) -> F:
    shared_state, shared_source = executor.broadcast(state), executor.broadcast(source)
    pending = [
        executor.submit(_branch, shared_state, shared_source, first, last)
        for first, last in _runs(source.blocks)
    ]
    return state.finish(_merge_tree(state.merge, executor.gather(pending)))


def _runs(blocks: int) -> Iterator[tuple[int, int]]:
    length = 1
    while length * _MOST_TASKS < blocks:
        length *= 2
    for first in range(0, blocks, length):
        yield first, min(first + length, blocks)


def _branch(state: State[S, F], source: Source, first: int, last: int) -> S:
    """Return the state of blocks ``first`` … ``last - 1``: one branch of the tree.

    Keeps a state per level instead of one per block, as a binary counter keeps carries.
    """
    carried: list[tuple[int, S]] = []
    for block in range(first, last):
        size, current = 1, state.update(state.start(), source.read(block))
        while carried and carried[-1][0] == size:
            current = state.merge(carried.pop()[1], current)
            size *= 2
        carried.append((size, current))
    # An odd last one rises until it meets a neighbour: the smallest runs join first.
    _, total = carried.pop()
    while carried:
        total = state.merge(carried.pop()[1], total)
    return total


def _merge_tree(merge: Callable[[S, S], S], states: Sequence[S]) -> S:
    level = list(states)
    while len(level) > 1:
        pairs = [merge(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


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
