"""Regressors as one matrix in Fortran order, filled column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.design.columns import (
    Factor,
    Levels,
    Part,
    levels_of,
    multiplied,
    parts_of,
    shown_level,
)
from livelihoods.errors import DataError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    import polars as pl

    from livelihoods.design.language import Expr, Term
    from livelihoods.design.sample import Sample
    from livelihoods.design.scope import Scope
    from livelihoods.typing import Floats

INTERCEPT = "(Intercept)"
SMALL = 50  # so few columns need no warning about memory; the estimator says what it cannot do


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of some terms on the rows used, before any is found collinear.

    Attributes
    ----------
    X
        Shape ``(n, k)``, Fortran order.
    names, terms
        Printed name and formula term of each column.
    intercept
        Whether the first column is the constant.
    notes
        References chosen.
    """

    X: Floats
    names: tuple[str, ...]
    terms: tuple[str, ...]
    intercept: bool
    notes: tuple[Note, ...]


def build_block(
    terms: tuple[Term, ...],
    intercept: bool,
    factors: Mapping[Expr, Factor],
    sample: Sample,
    scope: Scope,
    known: Mapping[Expr, Levels] | None = None,
) -> Block:
    """Compute the columns of terms in written order.

    A factor inside a term drops its reference level if the term without it is in the formula
    (the constant is the empty term), as R does; otherwise every level has its column. The levels
    are those of the rows used unless they are ``known`` (from more rows than these).
    """
    used = {expr: factors[expr] for term in terms for expr in term.factors}
    series = {expr: sample.take(factor.series) for expr, factor in used.items()}
    levels = known or {
        expr: levels_of(factor, series[expr], scope)
        for expr, factor in used.items()
        if factor.categorical
    }
    spanned = {frozenset(term.factors) for term in terms}
    if intercept:
        spanned.add(frozenset())
    parts: list[tuple[Part, str]] = []
    for term in terms:
        parts += [(part, term.label) for part in _columns(term, used, series, levels, spanned)]
        if len(term.factors) == 1 and term.factors[0] in levels:
            spanned.add(frozenset())
    n = sample.kept
    if known is None:
        _refuse_too_many(len(parts) + intercept, n, used, levels)
    X = np.empty((n, len(parts) + intercept), dtype=np.float64, order="F")
    if intercept:
        X[:, 0] = 1.0
    for j, (part, _) in enumerate(parts, start=int(intercept)):
        X[:, j] = part.fill()
    constant = [INTERCEPT] if intercept else []
    return Block(
        X,
        tuple(constant + [part.name for part, _ in parts]),
        tuple(constant + [term for _, term in parts]),
        intercept,
        reference_notes(used, levels),
    )


def _columns(
    term: Term,
    factors: Mapping[Expr, Factor],
    series: Mapping[Expr, pl.Series],
    levels: Mapping[Expr, Levels],
    spanned: set[frozenset[Expr]],
) -> list[Part]:
    groups = []
    for expr in term.factors:
        margin = frozenset(term.factors) - {expr}
        full = margin not in spanned
        groups.append(parts_of(factors[expr], series[expr], levels.get(expr), full))
    return list(multiplied(term, groups))


def _refuse_too_many(
    columns: int, n: int, factors: Mapping[Expr, Factor], levels: Mapping[Expr, Levels]
) -> None:
    """Stop before a matrix is made that has as many columns as rows because of some factor."""
    if columns < n or columns <= SMALL or not levels:
        return
    largest = max(levels, key=lambda expr: len(levels[expr].values))
    count = len(levels[largest].values)
    raise DataError(
        "design.too_many_levels", factor=factors[largest].label, levels=count, n=n, columns=columns
    )


def reference_notes(
    factors: Mapping[Expr, Factor], levels: Mapping[Expr, Levels]
) -> tuple[Note, ...]:
    """Say which level of each factor is the reference where nobody chose one."""
    notes = []
    for expr, found in levels.items():
        factor = factors[expr]
        if factor.reference is None and found.values:
            values = {"factor": factor.label, "reference": shown_level(found.reference)}
            notes.append(Note("design.reference", "info", values, Where((factor.label,))))
        if len(found.values) == 1:
            values = {"factor": factor.label, "level": shown_level(found.values[0])}
            notes.append(Note("design.one_level", "caution", values, Where((factor.label,))))
    return tuple(notes)


def single_outcome(y: Floats) -> bool:
    """Tell whether the response is one value all the way down."""
    return bool(y.size) and y[0] == y[-1] and bool(np.all(y == y[0]))
