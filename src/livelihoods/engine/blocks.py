"""Canonical blocks: however data arrive, a statistic sees them in the same portions.

Block ``b`` is rows ``[65 536·b, 65 536·(b+1))`` of the row order. A source re-slices whatever it
reads (row groups, partitions, files) to these blocks, so that floating-point sums are taken over
the same rows in the same order on one thread, eight, or a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from numpy.typing import NDArray

BLOCK_ROWS = 65_536

Columns: TypeAlias = Mapping[str, NDArray[Any]]


@runtime_checkable
class Source(Protocol):
    """Data that can be read by canonical block, in any order and more than once."""

    @property
    def blocks(self) -> int:
        """Number of canonical blocks."""

    def read(self, block: int) -> Columns:
        """Return the columns of one block, each of the same length."""


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Columns in memory.

    Parameters
    ----------
    columns
        Name -> array of shape ``(n,)``, all of one length. Slices are views: nothing is copied.

    Raises
    ------
    ValueError
        If the columns differ in length.
    """

    columns: Columns

    def __post_init__(self) -> None:
        lengths = sorted({len(values) for values in self.columns.values()})
        if len(lengths) > 1:
            raise ValueError(f"columns of different lengths: {lengths}")

    @property
    def rows(self) -> int:
        """Number of rows."""
        return next((len(values) for values in self.columns.values()), 0)

    @property
    def blocks(self) -> int:
        """Number of canonical blocks; 0 for no rows."""
        return -(-self.rows // BLOCK_ROWS)

    def read(self, block: int) -> Columns:
        """Return views of one block."""
        rows = slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
        return {name: values[rows] for name, values in self.columns.items()}


@dataclass(frozen=True, slots=True)
class MappedSource:
    """A source whose blocks pass through a plain function: filtering, orienting, deriving.

    The function may drop rows; blocks stay those of the underlying row order.
    """

    source: Source
    function: Callable[[Columns], Columns]

    @property
    def blocks(self) -> int:
        """Number of canonical blocks of the underlying source."""
        return self.source.blocks

    @property
    def costly(self) -> bool:
        """Whether each read opens a file."""
        return bool(getattr(self.source, "costly", False))

    def read(self, block: int) -> Columns:
        """Return the transformed columns of one block."""
        return self.function(self.source.read(block))

    def read_run(self, first: int, last: int) -> Iterator[Columns]:
        """Yield the transformed columns of blocks ``first`` … ``last - 1``."""
        for columns in read_run(self.source, first, last):
            yield self.function(columns)


def read_run(source: Source, first: int, last: int) -> Iterator[Columns]:
    """Yield blocks ``first`` … ``last - 1``; a source of files reads many at a time."""
    several = getattr(source, "read_run", None)
    if several is not None:
        yield from several(first, last)
        return
    for block in range(first, last):
        yield source.read(block)


def as_source(data: Columns | Source) -> Source:
    """Return a source: one passes through, columns in memory are wrapped."""
    return ColumnSource(data) if isinstance(data, Mapping) else data
