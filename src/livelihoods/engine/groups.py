"""Rows of a block told apart by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from livelihoods.engine.blocks import Columns
from livelihoods.typing import Ints


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows are told apart by an integer column with codes 0 … ``count - 1``."""

    column: str
    count: int


def parts_of(columns: Columns, groups: Groups | None) -> Iterator[tuple[int, slice | Ints]]:
    """Yield each group that occurs, and its rows in their order."""
    if groups is None:
        yield 0, slice(None)
        return
    codes = columns[groups.column]
    sizes = np.bincount(codes, minlength=groups.count)
    present = np.flatnonzero(sizes)
    if present.size == 1:  # a block inside one wave needs no copies
        yield int(present[0]), slice(None)
        return
    if np.all(codes[1:] >= codes[:-1]):  # waves one after the other: views
        start = 0
        for group in present:
            yield int(group), slice(start, start + int(sizes[group]))
            start += int(sizes[group])
        return
    for group in present:
        yield int(group), np.flatnonzero(codes == group)


def height_of(columns: Columns, names: tuple[str, ...], rows: slice | Ints) -> int:
    """Return the number of rows of a group in a block."""
    if isinstance(rows, slice):
        return len(range(*rows.indices(len(columns[names[0]]))))
    return int(rows.size)
