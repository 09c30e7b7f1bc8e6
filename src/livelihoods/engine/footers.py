"""The footer of a Parquet file: rows and ranges of each row group, read without its data.

Polars reads footers for itself but does not show them. They are written in Thrift's compact
protocol (Apache Thrift, ``doc/specs/thrift-compact-protocol.md``) with the fields that
``parquet.thrift`` of the Apache Parquet format numbers; only what is needed is understood here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Value: TypeAlias = float | int | bool | str
Fields: TypeAlias = dict[int, Any]
_MAGIC = b"PAR1"
_MOST_BYTES = 1 << 28  # of a footer; a larger length is a broken file

# Physical types of parquet.thrift that have a plain order of numbers.
_NUMBERS = {0: "<?", 1: "<i", 2: "<q", 4: "<f", 5: "<d"}
_BYTES = 6
# Converted types (and logical types) under which the bytes mean a plain number or text.
_PLAIN_CONVERTED = {None, 0, 15, 16, 17, 18}  # none, UTF8, INT_8 … INT_64
_PLAIN_LOGICAL = {1, 10}  # STRING, INTEGER
_INTEGER = 10


class FooterError(Exception):
    """The bytes are no Parquet footer."""


@dataclass(frozen=True, slots=True)
class Extent:
    """One column in one row group.

    Attributes
    ----------
    low, high
        Smallest and largest value, or None if the writer did not say (or not in plain numbers).
    nulls
        Missing values, or None if the writer did not say. NaN is a value, which no writer counts.
    """

    low: Value | None
    high: Value | None
    nulls: int | None


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows stored together, and the extents of their columns by name."""

    rows: int
    extents: Mapping[str, Extent]


@dataclass(frozen=True, slots=True)
class Footer:
    """What a file says of itself: number of rows, and its row groups in order."""

    rows: int
    groups: tuple[RowGroup, ...]


def read_footer(path: Path) -> Footer:
    """Return the footer of a Parquet file.

    Raises
    ------
    FooterError
        If the file is cut off or no Parquet file.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < 12:
            raise FooterError("too short")
        file.seek(0)
        head = file.read(4)
        file.seek(size - 8)
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if head != _MAGIC or tail[4:] != _MAGIC or not 0 < length <= min(size - 12, _MOST_BYTES):
            raise FooterError("no PAR1")
        file.seek(size - 8 - length)
        content = file.read(length)
    return parse_footer(content)


def parse_footer(content: bytes) -> Footer:
    """Return what the bytes of a footer say.

    Raises
    ------
    FooterError
        If they say nothing that makes sense.
    """
    broken = (LookupError, TypeError, ValueError, AttributeError, struct.error, RecursionError)
    try:
        return _footer(_Reader(content).structure())
    except broken as error:
        raise FooterError(str(error)) from error


def _footer(fields: Fields) -> Footer:
    """Turn FileMetaData into a Footer; field numbers are those of parquet.thrift."""
    plain = _plain_columns(fields[2])
    groups = tuple(
        RowGroup(int(group[3]), dict(_extents(group[1], plain))) for group in fields.get(4, [])
    )
    rows = int(fields[3])
    if rows != sum(group.rows for group in groups):
        raise ValueError("row groups do not add up")
    return Footer(rows, groups)


def _plain_columns(schema: list[Fields]) -> set[str]:
    """Return top-level columns whose stored statistics read as plain numbers or text."""
    found = set()
    for element in schema[1:]:
        logical = element.get(10, {})
        kind = next(iter(logical), None)
        signed = kind != _INTEGER or logical[_INTEGER].get(2, True)
        if (
            element.get(6) in _PLAIN_CONVERTED
            and (kind is None or kind in _PLAIN_LOGICAL)
            and signed
            and not element.get(5)
        ):
            found.add(element[4].decode("utf-8"))
    return found


def _extents(chunks: list[Fields], plain: set[str]) -> list[tuple[str, Extent]]:
    found = []
    for chunk in chunks:
        column = chunk[3]
        path = [part.decode("utf-8") for part in column[3]]
        stated = column.get(12, {})
        if len(path) != 1:
            continue
        decode = _decoder(column[1]) if path[0] in plain else None
        low = high = None
        if decode is not None and 5 in stated and 6 in stated:
            exact = stated.get(7, True) and stated.get(8, True)
            low, high = (decode(stated[6]), decode(stated[5])) if exact else (None, None)
        if low != low or high != high:  # a NaN says nothing
            low = high = None
        found.append((path[0], Extent(low, high, stated.get(3))))
    return found


def _decoder(physical: int) -> Callable[[bytes], Value] | None:
    if physical == _BYTES:
        return lambda raw: raw.decode("utf-8")
    layout = _NUMBERS.get(physical)
    if layout is None:
        return None
    return lambda raw: struct.unpack(layout, raw)[0]


class _Reader:
    """Thrift's compact protocol."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def structure(self) -> Fields:
        """Return a structure as field number -> value."""
        fields: Fields = {}
        number = 0
        while (head := self._byte()) != 0:
            step = head >> 4
            number = number + step if step else self._zigzag()
            fields[number] = self._value(head & 0x0F, in_list=False)
        return fields

    def _value(self, kind: int, *, in_list: bool) -> Any:
        if kind in (1, 2):
            return self._byte() == 1 if in_list else kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            return self._list()
        if kind == 12:
            return self.structure()
        raise ValueError(f"kind {kind}")  # maps do not occur in Parquet's footers

    def _list(self) -> list[Any]:
        head = self._byte()
        size = head >> 4
        if size == 15:
            size = self._varint()
        return [self._value(head & 0x0F, in_list=True) for _ in range(size)]

    def _byte(self) -> int:
        value = self._content[self._place]
        self._place += 1
        return value

    def _bytes(self, length: int) -> bytes:
        end = self._place + length
        if end > len(self._content):
            raise IndexError("cut off")
        value = self._content[self._place : end]
        self._place = end
        return value

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
