"""Columns between Polars and DuckDB over the Arrow C stream, without pyarrow."""

from __future__ import annotations

from typing import Any


class Stream:
    """Shows only an object's Arrow stream.

    DuckDB takes a Polars frame for a reason to import pyarrow, and Polars takes a DuckDB relation
    for an unknown thing; both know the stream.
    """

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._owner.__arrow_c_stream__(requested_schema)
