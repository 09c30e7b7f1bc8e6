"""What goes wrong inside the file libraries, said as one error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from livelihoods.errors import DataError, LivelihoodsError

if TYPE_CHECKING:
    from pathlib import Path


@contextmanager
def foreign(file: Path, kind: str) -> Iterator[None]:
    """Turn whatever a file library raises on a damaged file into ``survey.unreadable``.

    Only calls into such a library belong inside: a fault of this program must stay one.
    """
    try:
        yield
    except LivelihoodsError:
        raise
    except Exception as fault:
        raise unreadable(file, kind, fault) from fault
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":  # Rust's panic is no Exception
            raise
        raise unreadable(file, kind, fault) from fault


def unreadable(file: Path, kind: str, fault: BaseException) -> DataError:
    """Return the error for a damaged file; its reason is the first line the library gave."""
    lines = str(fault).splitlines()
    reason = lines[0][:200] if lines else type(fault).__name__
    return DataError("survey.unreadable", file=file.name, kind=kind, reason=reason)
