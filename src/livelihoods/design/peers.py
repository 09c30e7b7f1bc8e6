"""The share of others: what the rest of the village (and wave) does, oneself left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.scope import plain
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.model import Codebook, Variable

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats, Ints

PEER_ROLE = "peer share within "


def peer_share(data: Any, *, of: str, within: str | Sequence[str], name: str = "") -> Survey:
    """Add the share (mean) of a variable among the others of the same group.

    For row i of household h in group g the value is
    Σ x_j / #{j} over rows j of g with a known x and household ≠ h. Own row and own household are
    left out; without a declared household each row is its own.

    Parameters
    ----------
    data
        A survey or frame.
    of
        Variable, 0/1 or numeric.
    within
        Column or columns that say who belongs together, such as ``("village", "year")``.
    name
        Name of the new column; default ``<of>_peers``.

    Returns
    -------
    Survey
        With the column, its lineage, and notes about rows without others.

    Raises
    ------
    SpecError
        If a column does not exist or ``of`` is text.
    """
    from livelihoods.survey.door import as_survey

    survey = as_survey(data)
    keys = [within] if isinstance(within, str) else list(within)
    household = survey.design.household
    wanted = [of, *keys, *([household] if household else [])]
    absent = [column for column in wanted if column not in survey.frame.columns]
    if absent:
        raise SpecError("design.unknown_columns", columns=absent, known=survey.frame.columns)
    values = plain(survey.frame.get_column(of))
    if values.dtype not in (pl.Float64, pl.Boolean):
        raise SpecError("design.not_numeric", columns=[of])
    groups = [survey.frame.get_column(key) for key in keys]
    own = survey.frame.get_column(household) if household else None
    shares, alone = shares_of_others(values.cast(pl.Float64), groups, own)
    target = name or f"{of}_peers"
    sources = sorted({source for column in (of, *keys) for source in survey.sources(column)})
    column = pl.Series(target, shares, nan_to_null=True)
    done = survey.with_columns({target: column}, {target: tuple(sources)})
    marked = mark_peer_share(done, target, keys)
    return _noted(marked, alone_note(survey, alone, target, keys))


def mark_peer_share(survey: Survey, name: str, keys: Sequence[str]) -> Survey:
    """Remember in the codebook whose peers a column speaks of, so that designs can warn."""
    entry = Variable(name, role=PEER_ROLE + ",".join(keys), scale="continuous")
    variables = {**survey.codebook.variables, name: entry}
    return replace(survey, codebook=Codebook(variables))


def peer_keys(survey: Survey, name: str) -> tuple[str, ...]:
    """Return the columns within which a peer share was taken; empty for other columns."""
    entry = survey.codebook.variables.get(name)
    if entry is None or not entry.role.startswith(PEER_ROLE):
        return ()
    return tuple(entry.role.removeprefix(PEER_ROLE).split(","))


def alone_note(survey: Survey, alone: Bools, name: str, keys: Sequence[str]) -> Note | None:
    """Return the note on rows whose group holds nobody else, or None."""
    rows = tuple(int(row) for row in survey.rows[alone])
    if not rows:
        return None
    values = {"n": len(rows), "variable": name, "within": list(keys)}
    return Note("design.no_peers", "caution", values, Where((name,), rows))


def _noted(survey: Survey, note: Note | None) -> Survey:
    return survey if note is None else replace(survey, notes=(*survey.notes, note))


def shares_of_others(
    values: pl.Series, groups: Sequence[pl.Series], household: pl.Series | None
) -> tuple[Floats, Bools]:
    """Return the mean of the others in each row's group, and which rows have no others.

    Parameters
    ----------
    values
        Float64 with nulls, n rows.
    groups
        Columns that together name the group; a null leaves the row without a group.
    household
        Whose rows count as one's own, or None for the row alone.

    Returns
    -------
    shares, alone
        Shape ``(n,)`` each; NaN where there is nobody else with a known value.
    """
    n = len(values)
    x = np.nan_to_num(values.to_numpy().astype(np.float64), nan=0.0)
    known = values.is_not_null().to_numpy().astype(np.float64)
    group, absent = _codes(groups, n)
    if household is None:
        own_sum, own_count = x, known
    else:
        unknown = household.is_null()
        rows = pl.Series(np.arange(n)).set(unknown.not_(), None)
        own, _ = _codes([pl.Series(group), household.is_null(), household, rows], n, nulls=True)
        own_sum, own_count = _totals(own, x)[own], _totals(own, known)[own]
    others = _totals(group, known)[group] - own_count
    total = _totals(group, x)[group] - own_sum
    alone = (others <= 0) & ~absent
    shares = np.full(n, np.nan)
    np.divide(total, others, out=shares, where=(others > 0) & ~absent)
    return shares, alone


def _totals(codes: Ints, values: Floats) -> Floats:
    return np.asarray(np.bincount(codes, weights=values), dtype=np.float64)


def _codes(columns: Sequence[pl.Series], n: int, *, nulls: bool = False) -> tuple[Ints, Bools]:
    """Number the groups in order of first appearance; say which rows have no group."""
    frame = pl.DataFrame([column.alias(f"k{i}") for i, column in enumerate(columns)])
    absent = np.zeros(n, dtype=np.bool_)
    if not nulls:
        absent = frame.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
    first = frame.unique(maintain_order=True).with_row_index("code")
    on = list(frame.columns)
    codes = frame.join(first, on=on, how="left", maintain_order="left", nulls_equal=True)["code"]
    return codes.to_numpy().astype(np.int64), absent
