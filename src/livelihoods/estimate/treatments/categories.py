"""Which treatment each row has: one column of categories, or several 0/1 columns put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate.coefficients import shown
from livelihoods.estimate.effect_groups import binary_values, group_column
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats, Ints

Combine = Literal["combinations", "alone", "number"]
COMBINE: tuple[Combine, ...] = ("combinations", "alone", "number")
MOST = 40
NONE = "none"


@dataclass(frozen=True, slots=True)
class Kinds:
    """Categories of treatment.

    Attributes
    ----------
    names, wording
        Stable names, the reference first; the same for people.
    code
        Category of each row of the frame, −1 for none known, shape ``(height,)``.
    members
        The 0/1 columns that each category takes; empty for a column of categories.
    notes
        What must be said.
    """

    names: tuple[str, ...]
    wording: tuple[str, ...]
    code: Ints
    members: tuple[frozenset[str], ...]
    notes: tuple[Note, ...]


def kinds_of_column(survey: Survey, treatment: str, reference: str | float | None) -> Kinds:
    """Return the levels of one column, the reference (default: the lowest) first."""
    column = group_column(survey.frame, treatment)
    levels = column.drop_nulls().unique().sort().to_list()
    names = [f"{level:g}" if isinstance(level, float) else str(level) for level in levels]
    if reference is None:
        first = 0
    else:
        wanted = f"{reference:g}" if isinstance(reference, float) else str(reference)
        if wanted not in names:
            raise SpecError("estimate.treatments_reference", given=wanted, known=names[:MOST])
        first = names.index(wanted)
    order = [first, *(j for j in range(len(levels)) if j != first)]
    _check_count(treatment, len(names))
    code = np.full(survey.frame.height, -1, dtype=np.int64)
    for place, j in enumerate(order):
        code[column.eq(levels[j]).fill_null(False).to_numpy()] = place
    kept = tuple(names[j] for j in order)
    wording = tuple(f"{shown(treatment)} = {name}" for name in kept)
    return Kinds(kept, wording, code, (), ())


def kinds_of_marks(
    survey: Survey,
    columns: Sequence[str],
    combine: Combine,
    across: Sequence[str],
    reference: str | float | None,
) -> Kinds:
    """Return categories made of several 0/1 columns, nobody's first.

    Parameters
    ----------
    combine
        ``"combinations"``: every combination that occurs; ``"alone"``: each alone, and several
        together; ``"number"``: how many.
    across
        Further 0/1 columns whose combinations are crossed with those of ``columns`` among those
        who take any (modes × organisation forms).
    """
    if reference is not None and str(reference) != NONE:
        raise SpecError("estimate.treatments_reference", given=str(reference), known=[NONE])
    height = survey.frame.height
    every = np.arange(height, dtype=np.int64)
    marks = np.column_stack([binary_values(survey.frame, name, every) for name in columns])
    other = np.empty((height, len(across)))
    for j, name in enumerate(across):
        other[:, j] = binary_values(survey.frame, name, every)
    known = ~(np.isnan(marks).any(axis=1) | np.isnan(other).any(axis=1))
    takes = known & (marks > 0).any(axis=1)
    stray = known & ~takes & (other > 0).any(axis=1)
    if stray.any():
        rows = tuple(int(row) for row in survey.rows[stray])
        raise DataError(
            "estimate.treatments_stray", kinds=list(columns), across=list(across),
            n=len(rows), rows=list(rows),
        )  # fmt: skip
    firsts = _cells(columns, marks, combine)
    seconds = _cells(across, other, "combinations", nobody=True) if across else []
    code = np.full(survey.frame.height, -1, dtype=np.int64)
    code[known & ~takes] = 0
    names, wording, members, empty = [NONE], [say("none")], [frozenset[str]()], []
    pairs = product(firsts, seconds) if across else ((one, None) for one in firsts)
    for one, two in pairs:
        mask = takes & one[3] & (np.True_ if two is None else two[3])
        label = one[1] if two is None else f"{one[1]} × {two[1]}"
        if not mask.any():
            empty.append(label)
            continue
        code[mask] = len(names)
        names.append(one[0] if two is None else f"{one[0]}:{two[0]}")
        wording.append(label)
        members.append(one[2] if two is None else one[2] | two[2])
    _check_count(", ".join((*columns, *across)), len(names))
    notes: tuple[Note, ...] = ()
    if empty:
        values = {"cells": empty, "n": len(empty)}
        notes = (Note("estimate.heterogeneity_empty_cells", "caution", values),)
    if combine == "number":
        members = []
    return Kinds(tuple(names), tuple(wording), code, tuple(members), notes)


def keep_categories(kinds: Kinds, gone: Sequence[int], rows: Ints, survey: Survey) -> Kinds:
    """Leave out categories that are too small; their rows belong to none."""
    if not gone:
        return kinds
    kept = [j for j in range(len(kinds.names)) if j not in gone]
    map_ = np.full(len(kinds.names) + 1, -1, dtype=np.int64)
    map_[kept] = np.arange(len(kept))
    lost = np.isin(kinds.code, list(gone))
    where = Where((), tuple(int(row) for row in survey.rows[lost]))
    values = {
        "categories": [kinds.wording[j] for j in gone],
        "n": int(np.isin(rows, np.flatnonzero(lost)).sum()),
    }
    note = Note("estimate.treatments_small", "warning", values, where)
    return Kinds(
        tuple(kinds.names[j] for j in kept),
        tuple(kinds.wording[j] for j in kept),
        map_[kinds.code],
        tuple(kinds.members[j] for j in kept) if kinds.members else (),
        (*kinds.notes, note),
    )


_Cell = tuple[str, str, frozenset[str], np.ndarray]


def _cells(
    columns: Sequence[str], marks: Floats, combine: Combine, nobody: bool = False
) -> list[_Cell]:
    count = np.nansum(marks, axis=1)
    if combine == "number":
        return [
            (str(k), words.text("estimate.heterogeneity.number", n=k), frozenset(), count == k)
            for k in range(1, len(columns) + 1)
        ]
    if combine == "alone":
        found: list[_Cell] = [
            (name, _only(name), frozenset({name}), (marks[:, j] == 1) & (count == 1))
            for j, name in enumerate(columns)
        ]
        several = words.text("estimate.heterogeneity.several")
        return [*found, ("several", several, frozenset(), count > 1)]
    cells: list[_Cell] = [(NONE, say("no_form"), frozenset(), count == 0)] if nobody else []
    patterns = [p for p in product((0.0, 1.0), repeat=len(columns)) if any(p)]
    patterns.sort(key=lambda p: (sum(p), [-value for value in p]))
    for pattern in patterns:
        has = [name for name, value in zip(columns, pattern, strict=True) if value]
        label = " + ".join(shown(name) for name in has) if len(has) > 1 else _only(has[0])
        cells.append(("+".join(has), label, frozenset(has), (marks == pattern).all(axis=1)))
    return cells


def _only(name: str) -> str:
    return words.text("estimate.heterogeneity.only", kind=shown(name))


def _check_count(variable: str, n: int) -> None:
    if n > MOST:
        raise SpecError("estimate.heterogeneity_many_groups", variable=variable, n=n, most=MOST)
    if n < 2:
        raise DataError("estimate.treatments_one", variable=variable)


def say(key: str, **values: object) -> str:
    """Return one of the words of several treatments."""
    return words.text(f"estimate.treatments.{key}", **values)
