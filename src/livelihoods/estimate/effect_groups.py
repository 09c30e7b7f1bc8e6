"""Who is compared: the rows of each group, or of each kind of treatment and its controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate.coefficients import shown
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats, Ints

Categories = Literal["each", "alone", "combinations", "number"]
CATEGORIES: tuple[Categories, ...] = ("each", "alone", "combinations", "number")
MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class Group:
    """Rows compared within themselves.

    Attributes
    ----------
    name
        Stable name for the frame: ``"2"``, ``"chain"``, ``"chain:cooperative"``, ``"chain+other"``.
    wording
        The same for people.
    rows
        Positions in the frame, ascending.
    """

    name: str
    wording: str
    rows: Ints


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups, whether they share rows, and what must be said about them."""

    groups: tuple[Group, ...]
    shared: bool
    notes: tuple[Note, ...]


def by_level(survey: Survey, by: str, used: Ints) -> Groups:
    """Split the rows used by the levels of one column, levels in ascending order."""
    column = group_column(survey.frame, by)
    values = column.gather(used)
    gone = values.is_null().to_numpy()
    levels = values.drop_nulls().unique().sort().to_list()
    if len(levels) > MOST_GROUPS:
        raise SpecError(
            "estimate.heterogeneity_many_groups", variable=by, n=len(levels), most=MOST_GROUPS
        )
    notes: tuple[Note, ...] = ()
    if gone.any():
        rows = _original(survey, used[gone])
        found = {"variable": by, "n": len(rows)}
        notes = (Note("estimate.heterogeneity_no_group", "caution", found, Where((by,), rows)),)
    groups = []
    for level in levels:
        inside = values.eq(level).fill_null(False).to_numpy()
        name = f"{level:g}" if isinstance(level, float) else str(level)
        groups.append(Group(name, f"{shown(by)} = {name}", used[inside]))
    return Groups(tuple(groups), False, notes)


def by_kind(
    survey: Survey,
    treatment: str,
    kinds: Sequence[str],
    across: Sequence[str],
    categories: Categories,
    used: Ints,
) -> Groups:
    """Set each kind of treatment against the same non-participants.

    Parameters
    ----------
    kinds, across
        0/1 columns; ``across`` crosses every kind with every second kind (modes x forms).
    categories
        What makes a group of takers; see ``heterogeneity``.
    used
        Positions in the frame that the regression can use.
    """
    frame = survey.frame
    takes = binary_values(frame, treatment, used)
    marks = np.column_stack([binary_values(frame, name, used) for name in (*kinds, *across)])
    stray = (takes == 0) & (np.nan_to_num(marks) > 0).any(axis=1)
    if stray.any():
        raise DataError(
            "estimate.heterogeneity_stray_kind",
            treatment=treatment,
            n=int(stray.sum()),
            rows=list(_original(survey, used[stray])),
        )
    blank = (takes == 1) & np.isnan(marks).any(axis=1)
    first, second = marks[:, : len(kinds)], marks[:, len(kinds) :]
    none = (takes == 1) & ~blank & (first.sum(axis=1) == 0)
    notes = _said(survey, kinds, used[blank], "blank") + _said(survey, kinds, used[none], "without")
    chosen = (takes == 1) & ~blank
    controls = takes == 0
    found, empty = [], []
    cells = _crossed(kinds, across, first, second) if across else _single(kinds, first, categories)
    for name, wording, member in cells:
        takers = member & chosen
        if takers.any():
            found.append(Group(name, wording, used[takers | controls]))
        else:
            empty.append(wording)
    both = int(((takes == 1) & ~blank & (np.nansum(first, axis=1) > 1)).sum())
    if both and (across or categories == "each"):
        values = {"n": both, "all": int((chosen & ~none).sum()), "kinds": list(kinds)}
        notes += (Note("estimate.heterogeneity_overlap", "caution", values),)
    if empty:
        values = {"cells": empty, "n": len(empty)}
        notes += (Note("estimate.heterogeneity_empty_cells", "caution", values),)
    if len(found) > MOST_GROUPS:
        listed = ", ".join(kinds)
        raise SpecError(
            "estimate.heterogeneity_many_groups", variable=listed, n=len(found), most=MOST_GROUPS
        )
    return Groups(tuple(found), True, notes)


def _crossed(
    kinds: Sequence[str], across: Sequence[str], first: Floats, second: Floats
) -> list[tuple[str, str, Bools]]:
    return [
        (
            f"{kind}:{other}",
            f"{shown(kind)} × {shown(other)}",
            (first[:, i] == 1) & (second[:, j] == 1),
        )
        for i, kind in enumerate(kinds)
        for j, other in enumerate(across)
    ]


def _single(
    kinds: Sequence[str], marks: Floats, categories: Categories
) -> list[tuple[str, str, Bools]]:
    count = marks.sum(axis=1)
    if categories == "each":
        return [(kind, shown(kind), marks[:, i] == 1) for i, kind in enumerate(kinds)]
    if categories == "alone":
        alone = [
            (kind, say("only", kind=shown(kind)), (marks[:, i] == 1) & (count == 1))
            for i, kind in enumerate(kinds)
        ]
        return [*alone, ("several", say("several"), count > 1)]
    if categories == "number":
        return [
            (str(k), say("number", n=k), count == k)
            for k in range(1, len(kinds) + 1)
            if (count == k).any()
        ]
    known = marks[~np.isnan(marks).any(axis=1)]
    patterns = np.unique(known, axis=0)
    order = np.lexsort((*(-patterns.T[::-1]), patterns.sum(axis=1)))
    found = []
    for pattern in patterns[order]:
        members = [kind for kind, has in zip(kinds, pattern, strict=True) if has]
        if members:
            several = " + ".join(shown(kind) for kind in members)
            wording = several if len(members) > 1 else say("only", kind=several)
            found.append(("+".join(members), wording, (marks == pattern).all(axis=1)))
    return found


def _said(survey: Survey, kinds: Sequence[str], which: Ints, why: str) -> tuple[Note, ...]:
    if not which.size:
        return ()
    rows = _original(survey, which)
    values = {"n": len(rows), "kinds": list(kinds)}
    code = f"estimate.heterogeneity_kind_{why}"
    return (Note(code, "caution", values, Where(tuple(kinds), rows)),)


def _original(survey: Survey, places: Ints) -> tuple[int, ...]:
    return tuple(int(row) for row in survey.rows[places])


def group_column(frame: pl.DataFrame, name: str) -> pl.Series:
    """Return a column, or say that there is none."""
    if name not in frame.columns:
        raise SpecError("estimate.heterogeneity_no_column", variable=name)
    return frame[name]


def binary_values(frame: pl.DataFrame, name: str, used: Ints) -> Floats:
    """Return a 0/1 column over the rows used, NaN where missing."""
    column = group_column(frame, name).gather(used)
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise DataError("estimate.heterogeneity_binary", variable=name, values=["text"])
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    seen = np.unique(values[~np.isnan(values)])
    if not np.isin(seen, (0.0, 1.0)).all():
        listed = [f"{value:g}" for value in seen[:6]]
        raise DataError("estimate.heterogeneity_binary", variable=name, values=listed)
    return np.asarray(values, dtype=np.float64)


def say(key: str, **values: object) -> str:
    """Return one of the words of heterogeneity."""
    return words.text(f"estimate.heterogeneity.{key}", **values)
