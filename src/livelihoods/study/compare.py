"""Do two runs have the same tables?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from livelihoods import words
from livelihoods.errors import StudyError

# Printed numbers agree long before this; two machines may differ in the last bits.
TOLERANCE = 1e-9


def compare_runs(first: str | Path, second: str | Path) -> tuple[str, ...]:
    """Return one sentence for each table that differs between two results folders.

    Texts must be equal and numbers agree to 1e-9 of their size; nothing is returned if all do.

    Raises
    ------
    StudyError
        If a folder has no ``record.json`` that can be read.
    """
    left, right = (_tables(Path(folder)) for folder in (first, second))
    told = []
    for name in dict.fromkeys((*left, *right)):
        if name not in left or name not in right:
            told.append(words.text("study.table_in_one", table=name))
            continue
        place = next(_differences(left[name], right[name]), None)
        if place is not None:
            told.append(words.text("study.table_differs", table=name, place=place))
    return tuple(told)


def _tables(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        return dict(record["tables"])
    except (OSError, ValueError, KeyError, TypeError):
        raise StudyError("study.no_record", folder=str(folder)) from None


def _differences(left: Any, right: Any, path: str = "") -> Iterator[str]:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in dict.fromkeys((*left, *right)):
            yield from _differences(left.get(key), right.get(key), f"{path}.{key}".strip("."))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for place, (one, other) in enumerate(zip(left, right, strict=True), start=1):
            yield from _differences(one, other, f"{path}[{place}]")
    elif _number(left) and _number(right):
        if abs(left - right) > TOLERANCE * max(1.0, abs(left), abs(right)):
            yield f"{path}: {left} / {right}"
    elif left != right:
        yield f"{path}: {left!r} / {right!r}"[:200]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
