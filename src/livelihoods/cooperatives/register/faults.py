"""Faults of the database file, by their names in this house."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livelihoods.errors import DataError, OutputError


@contextmanager
def named(path: Path, table: str = "") -> Iterator[None]:
    """Give an error of the database its name in this house."""
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise OutputError(
            "cooperatives.register_io", file=str(path), problem=first_line(str(error))
        ) from error
    except (duckdb.TransactionException, duckdb.FatalException) as error:
        # A commit that finds no room is told as a failed transaction, and may end the connection.
        raise OutputError(
            "cooperatives.register_io", file=str(path), problem=first_line(str(error))
        ) from error
    except (duckdb.ConstraintException, duckdb.ConversionException) as error:
        raise DataError(
            "cooperatives.refused_value", table=table, problem=first_line(str(error))
        ) from error


def first_line(text: str) -> str:
    """Return the first line of a message of the database: the rest repeats the statement."""
    return text.strip().splitlines()[0] if text.strip() else ""
