"""How unequally members, farms or villages hold something, and how mixed their kinds are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.describe.inequality_cells import (
    AmountCell,
    Choices,
    Estimate,
    Interval,
    Rows,
    amount_cell,
    kind_cell,
)
from livelihoods.describe.inequality_result import Inequality, SplitPart, Spread
from livelihoods.describe.setting import (
    Grouping,
    Setting,
    codes_of,
    grouping,
    setting,
    silent_rows,
    value_labels,
)
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.engine.executor import Executor
    from livelihoods.typing import Bools, Floats

_CODED = ("nominal", "ordinal", "banded", "binary")
_FEW_CLUSTERS = 30


def inequality(
    data: Any,
    columns: Sequence[str] | str,
    by: str | None = None,
    groups: str | None = None,
    *,
    weights: str | bool | None = None,
    cluster: str | bool | None = None,
    alpha: float = 1.0,
    interval: Interval = "analytic",
    replicates: int = 999,
    seed: int | None = None,
    conf_level: float = 0.95,
    executor: Executor | None = None,
) -> Inequality:
    """Measure inequality of amounts and diversity of kinds, with intervals.

    Numeric columns: Gini ``Σ(2i−n−1)x_i/(nΣx)``, Theil T, coefficient of variation, Wolfson's
    polarisation, effective number of holders 1/Σs². With ``groups``: T split exactly into
    ``Σ s_g ln(s_g/p_g)`` between and ``Σ s_g T_g`` within, and Esteban and Ray's polarisation of
    the groups. Columns of text, true/false or codes: Blau's and Simpson's index, effective number
    of kinds. Divisors are n, so that a population and its copies are equally unequal.

    Parameters
    ----------
    data
        A survey or frame.
    columns
        One or several columns.
    by
        Column: everything is measured apart for each of its values (a cooperative, a wave).
    groups
        Column whose 2 to 50 groups Theil's T is split by (core and common members).
    weights, cluster
        Column, None for what the survey declares, False for none.
    alpha
        Exponent of Esteban and Ray, above 0 and at most 1.6.
    interval
        ``"analytic"``: influence functions, summed within clusters, t(G − 1). ``"bootstrap"``:
        percentiles of ``replicates`` draws of rows or of whole clusters, from ``seed``.
    conf_level
        Level of the intervals; they are cut where a measure ends (at 0, the Gini also at 1).
    executor
        Where blocks are summed and draws are made.

    Returns
    -------
    Inequality

    Raises
    ------
    SpecError
        No column; one that does not exist; an option outside its values; bootstrap without seed.
    DataError
        Negative amounts, for which these measures do not exist; a column without any value.

    Notes
    -----
    Theil's T, its split, the coefficient of variation and the effective number come from sums that
    add up over blocks of any number of rows. The exact Gini, the median and Wolfson's measure need
    the values in order: their state is as large as there are distinct values.
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    choices = _checked(names, alpha, interval, replicates, seed, conf_level)
    extra = [name for name in (by, groups) if name is not None]
    where = setting(data, [*names, *extra], weights, cluster)
    cells = _cells(where, by)
    split = None if groups is None else grouping(where, groups)
    spreads: list[Spread] = []
    notes: list[Note] = []
    for name in dict.fromkeys(names):
        found, said = _variable(where, name, cells, split, choices, executor)
        spreads += found
        notes += said
    notes += silent_rows(where, split)
    return Inequality(
        tuple(spreads),
        where.label(by) if by else "",
        where.label(groups) if groups else "",
        interval,
        conf_level,
        alpha,
        replicates if interval == "bootstrap" else 0,
        where.weight or "",
        where.cluster or "",
        tuple(notes),
    )


def _checked(
    names: list[str], alpha: float, interval: str, replicates: int, seed: int | None, level: float
) -> Choices:
    if not names:
        raise SpecError("describe.no_items")
    if not 0.0 < alpha <= 1.6:
        raise SpecError("describe.ray_alpha", alpha=alpha)
    if interval not in ("analytic", "bootstrap"):
        raise SpecError("describe.unknown_interval", interval=interval)
    if not 0.5 < level < 1.0:
        raise SpecError("describe.interval_level", level=level)
    if interval == "bootstrap" and (seed is None or replicates < 99):
        raise SpecError("describe.bootstrap_needs", seed=seed, replicates=replicates)
    return Choices(alpha, level, interval, replicates, seed or 0)  # type: ignore[arg-type]


def _cells(where: Setting, by: str | None) -> list[tuple[str, Bools]]:
    """Return wording and rows of each cell; without ``by`` one cell of all rows."""
    if by is None:
        return [("", np.ones(where.height, dtype=np.bool_))]
    codes, values = codes_of(where.survey.frame.get_column(by))
    labels = value_labels(where.entry(by), values)
    return [(label, codes == place) for place, label in enumerate(labels)]


def _is_kind(where: Setting, name: str) -> bool:
    dtype = where.survey.frame.get_column(name).dtype
    entry = where.entry(name)
    coded = entry is not None and entry.scale in _CODED
    return coded or not dtype.is_numeric()


def _variable(
    where: Setting,
    name: str,
    cells: list[tuple[str, Bools]],
    split: Grouping | None,
    choices: Choices,
    executor: Executor | None,
) -> tuple[list[Spread], list[Note]]:
    kinds: tuple[str, ...] = ()
    if _is_kind(where, name):
        codes, values = codes_of(where.survey.frame.get_column(name))
        kinds = value_labels(where.entry(name), values)
        x = np.where(codes < 0, np.nan, codes.astype(np.float64))
    else:
        x = where.numbers(name)
        _refuse_negative(where, name, x)
    used = _usable(where, x, split if not kinds else None)
    if not np.any(used):
        raise DataError("describe.no_answers", variable=name)
    w, clusters = where.weights(), where.clusters()
    found: list[Spread] = []
    notes = _missing_note(where, name, x)
    for label, rows in cells:
        keep = used & rows
        if not np.any(keep):
            continue
        grouped = split is not None and not kinds
        part = Rows(
            np.ascontiguousarray(x[keep]),
            np.ones(int(keep.sum())) if w is None else w[keep],
            split.codes[keep] if grouped and split is not None else None,
            split.count if grouped and split is not None else 1,
            None if clusters is None else clusters[keep],
        )
        identity = f"inequality:{name}:{label}"
        spread = Spread(name, where.label(name), label, part.x.size, _distinct(part), ())
        if kinds:
            measured = kind_cell(part, len(kinds), w is not None, choices, identity, executor)
            spread = _with_kinds(spread, measured, kinds)
        elif not np.any(part.x > 0):
            notes.append(Note("describe.all_zero", "caution", _place(name, label), Where((name,))))
        else:
            cell = amount_cell(part, choices, identity, executor)
            spread = _with_amounts(spread, cell, split)
        notes += _cell_notes(spread, part, choices)
        found.append(spread)
    return found, notes


def _usable(where: Setting, x: Floats, split: Grouping | None) -> Bools:
    used: Bools = ~np.isnan(x)
    w, clusters = where.weights(), where.clusters()
    if w is not None:
        used &= w > 0
    if clusters is not None:
        used &= clusters >= 0
    if split is not None:
        used &= split.codes >= 0
    return used


def _refuse_negative(where: Setting, name: str, x: Floats) -> None:
    below = np.flatnonzero(x < 0)
    if below.size:
        rows = [int(row) for row in where.survey.rows[below]]
        raise DataError("describe.negative_amounts", variable=name, n=below.size, rows=rows)


def _distinct(rows: Rows) -> int:
    return 0 if rows.clusters is None else int(np.unique(rows.clusters).size)


def _with_amounts(spread: Spread, cell: AmountCell, split: Grouping | None) -> Spread:
    parts: tuple[SplitPart, ...] = ()
    if cell.split is not None and split is not None:
        s = cell.split
        parts = tuple(
            SplitPart(
                label,
                float(s.people[g]),
                float(s.held[g]),
                float(s.inside[g]),
                float(s.held[g] * np.log(s.held[g] / s.people[g])) if s.held[g] > 0 else 0.0,
                float(s.held[g] * s.inside[g]),
            )
            for g, label in enumerate(split.labels)
        )
    return replace(spread, estimates=cell.estimates, split=parts, lorenz=cell.lorenz)


def _with_kinds(
    spread: Spread, measured: tuple[tuple[Estimate, ...], Floats], kinds: tuple[str, ...]
) -> Spread:
    estimates, shares = measured
    order = np.argsort(-shares, kind="stable")
    named = tuple((kinds[k], float(shares[k])) for k in order if shares[k] > 0)
    return replace(spread, estimates=estimates, kinds=named)


def _place(name: str, label: str) -> dict[str, Any]:
    return {"variable": f"{name} ({label})" if label else name}


def _missing_note(where: Setting, name: str, x: Floats) -> list[Note]:
    rows = tuple(int(row) for row in where.survey.rows[np.isnan(x)])
    if not rows:
        return []
    values = {"n": len(rows), "variable": name}
    return [Note("describe.no_amount", "info", values, Where((name,), rows))]


def _cell_notes(spread: Spread, rows: Rows, choices: Choices) -> list[Note]:
    place = _place(spread.variable, spread.group)
    at = Where((spread.variable,))
    notes: list[Note] = []
    units = spread.clusters if rows.clusters is not None else spread.nobs
    if units < 2:
        notes.append(Note("describe.one_holder", "caution", place, at))
    elif 0 < spread.clusters < _FEW_CLUSTERS:
        notes.append(Note("describe.few_clusters", "caution", {**place, "n": spread.clusters}, at))
    wolfson = spread.get("wolfson")
    if spread.lorenz is not None and np.isnan(wolfson.estimate):
        notes.append(Note("describe.median_zero", "info", place, at))
    lost = max((one.lost for one in spread.estimates if np.isfinite(one.estimate)), default=0)
    if lost:
        values = {**place, "n": lost, "draws": choices.replicates}
        notes.append(Note("describe.draws_lost", "caution", values, at))
    return notes
