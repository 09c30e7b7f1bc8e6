"""From equations and data to arrays: samples, bounds, regressors, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.build import build_design, first_appearance_codes
from livelihoods.design.language import (
    Call,
    Expr,
    Formula,
    Name,
    names_in,
    parse_formula,
    split_latent,
)
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.mixed_process.arrays import OUT, EquationArrays, System
from livelihoods.estimate.mixed_process.outcomes import Bounds, bounds_of
from livelihoods.estimate.mixed_process.sample import condition_rows, limit_values
from livelihoods.notes import Note, Where, gather
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.estimate.mixed_process.equations import Equation
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats, Ints

# A complete column that stands for an outcome whose own gaps mean something (open bounds).
_STAND_IN = "(complete outcome)"


@dataclass(frozen=True, slots=True)
class ReadEquation:
    """An equation with its formula read.

    Attributes
    ----------
    spec
        As given.
    name
        What it is called.
    formula
        Without its latent terms.
    latent
        Names of the equations whose latent variable stands on the right.
    response
        The outcome as printed.
    """

    spec: Equation
    name: str
    formula: Formula
    latent: tuple[str, ...]
    response: str

    @property
    def outcome_columns(self) -> tuple[str, ...]:
        """Columns that make the outcome."""
        outcome = self.formula.outcome
        own = names_in(outcome) if outcome is not None else ()
        return (*own, self.spec.high) if self.spec.high else tuple(own)

    @property
    def right_columns(self) -> tuple[str, ...]:
        """Columns used on the right-hand side."""
        found: dict[str, None] = {}
        for term in self.formula.rhs:
            for factor in term.factors:
                found.update(dict.fromkeys(names_in(factor)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Built:
    """A system ready to be estimated, with the way back to the data.

    Attributes
    ----------
    survey
        The data.
    equations
        Read equations, in order.
    system
        Their arrays over the rows used by any of them.
    at
        Positions of those rows in the survey's frame, shape ``(n,)``.
    levels
        Equation -> category values of an ordered outcome, in order.
    notes
        What was left out and why.
    """

    survey: Survey
    equations: tuple[ReadEquation, ...]
    system: System
    at: Ints
    levels: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the equations."""
        return tuple(equation.name for equation in self.equations)


def read_equations(equations: Sequence[Equation]) -> tuple[ReadEquation, ...]:
    """Parse the formulas and check how equations refer to each other.

    Raises
    ------
    SpecError
        If there is none, two share a name, ``lat`` names no equation or its own, or observed
        outcomes form a loop.
    """
    if not equations:
        raise SpecError("estimate.cmp.no_equations")
    read = tuple(_read(equation) for equation in equations)
    names = [equation.name for equation in read]
    for name in names:
        if names.count(name) > 1:
            raise SpecError("estimate.cmp.same_name", name=name)
    for equation in read:
        for other in equation.latent:
            if other not in names or other == equation.name:
                raise SpecError(
                    "estimate.cmp.unknown_latent", name=other, equation=equation.name, known=names
                )
    _refuse_loops(read)
    return read


def _read(spec: Equation) -> ReadEquation:
    whole = parse_formula(spec.formula)
    if whole.outcome is None:
        raise SpecError("estimate.cmp.no_outcome", formula=spec.formula)
    for term in whole.rhs:
        if len(term.factors) > 1 and any(_is_latent(factor) for factor in term.factors):
            raise SpecError("estimate.cmp.latent_product", formula=spec.formula, term=term.label)
    formula, latent = split_latent(whole)
    if spec.kind == "oprobit":
        formula = replace(formula, intercept=True)
    response = formula.response
    return ReadEquation(spec, spec.name or response, formula, latent, response)


def _is_latent(factor: Expr) -> bool:
    return isinstance(factor, Call) and factor.function == "lat"


def observed_edges(read: Sequence[ReadEquation]) -> list[tuple[int, int]]:
    """Pairs (a, b): the observed outcome of b stands on the right of a."""
    return [
        (a, b)
        for a, one in enumerate(read)
        for b, other in enumerate(read)
        if a != b and set(one.right_columns) & set(other.outcome_columns)
    ]


def _refuse_loops(read: Sequence[ReadEquation]) -> None:
    """A chain of right-hand sides that returns, with an observed outcome in it, has no density."""
    seen = observed_edges(read)
    names = [equation.name for equation in read]
    latent = [(a, names.index(b)) for a, one in enumerate(read) for b in one.latent]
    after: dict[int, list[int]] = {}
    for a, b in (*seen, *latent):
        after.setdefault(a, []).append(b)
    for a, b in seen:
        path = _path(after, b, a)
        if path is not None:
            loop = [names[i] for i in (a, *path)]
            raise SpecError(
                "estimate.cmp.observed_loop", loop=" ← ".join(loop), first=names[b], into=names[a]
            )


def _path(after: Mapping[int, list[int]], start: int, goal: int) -> list[int] | None:
    trail: list[tuple[int, list[int]]] = [(start, [start])]
    visited: list[int] = []
    while trail:
        here, path = trail.pop()
        if here == goal:
            return path
        if here not in visited:
            visited.append(here)
            trail += [(b, [*path, b]) for b in after.get(here, [])]
    return None


def build_system(
    equations: Sequence[Equation],
    data: Any,
    *,
    weights: str | None = None,
    weight_kind: str | None = None,
    cluster: str | None = None,
) -> Built:
    """Turn equations and data into arrays.

    Raises
    ------
    SpecError, DataError, EstimationError
        If an equation cannot be read, an outcome does not fit its kind, or a sample is empty.
    """
    read = read_equations(equations)
    survey = as_survey(data)
    parts = [_part(one, survey, weights, cluster) for one in read]
    parts, closing = _close_over_latent(read, parts, survey.frame.height)
    inside = np.zeros(survey.frame.height, dtype=np.bool_)
    for part in parts:
        inside[part.at] = True
    at = np.flatnonzero(inside)
    names = [one.name for one in read]
    arrays = tuple(
        _arrays(one, part, at, tuple(names.index(b) for b in one.latent))
        for one, part in zip(read, parts, strict=True)
    )
    system = System(
        arrays,
        survey.rows[at],
        None if weights is None else _numbers(survey, weights)[at],
        weight_kind,  # type: ignore[arg-type]
        None if cluster is None else _codes(survey, cluster, at),
    )
    levels = {
        one.name: part.bounds.levels
        for one, part in zip(read, parts, strict=True)
        if part.bounds.levels
    }
    notes = gather(*(part.notes for part in parts), closing)
    return Built(survey, read, system, at, levels, notes)


@dataclass(frozen=True, slots=True)
class _Part:
    """One equation on its own sample: positions in the frame, design, bounds."""

    at: Ints
    design: Design
    bounds: Bounds
    extra: Mapping[str, Floats]
    notes: tuple[Note, ...]


def _part(one: ReadEquation, survey: Survey, weights: str | None, cluster: str | None) -> _Part:
    chosen, notes = condition_rows(one, survey)
    formula, frame = one.formula, survey
    if one.spec.kind in ("interval", "oprobit"):
        # Open bounds are no gaps, and categories may be texts: bounds_of reads them itself.
        complete = pl.Series(_STAND_IN, np.ones(survey.frame.height))
        frame = survey.with_columns({_STAND_IN: complete}, {})
        formula = replace(formula, outcome=Name(_STAND_IN))
    kept = frame.keep(pl.Series(chosen), one.name)
    if not kept.frame.height:
        raise DataError("estimate.cmp.empty_sample", equation=one.name, where=one.spec.where or "")
    design = build_design(
        formula, kept, weights=weights, cluster=() if cluster is None else (cluster,)
    )
    at = _positions(survey, design.rows)
    bounds = bounds_of(one, survey, at, design.y)
    if bounds.keep is not None:
        design = _rows_of(design, bounds.keep)
        at = at[bounds.keep]
        bounds = bounds.only(bounds.keep)
    extra = {}
    if one.spec.offset is not None:
        extra["offset"] = limit_values(one.spec.offset, survey)[at]
    design = _outcome_named(design, one)
    return _Part(at, design, bounds, extra, gather(notes, design.notes, bounds.notes))


def _rows_of(design: Design, keep: Bools) -> Design:
    return replace(design, y=design.y[keep], X=design.X[keep], rows=design.rows[keep])


def _outcome_named(design: Design, one: ReadEquation) -> Design:
    hidden = {"design.single_outcome"}
    notes = tuple(note for note in design.notes if note.code not in hidden)
    return replace(design, outcome=one.response, notes=notes)


def _close_over_latent(
    read: Sequence[ReadEquation], parts: list[_Part], height: int
) -> tuple[list[_Part], tuple[Note, ...]]:
    """A row leaves an equation if an equation that it leans on does not have the row."""
    names = [one.name for one in read]
    notes: list[Note] = []
    changed = True
    while changed:
        changed = False
        for a, one in enumerate(read):
            for b in (names.index(name) for name in one.latent):
                there = np.zeros(height, dtype=np.bool_)
                there[parts[b].at] = True
                keep = there[parts[a].at]
                if not keep.all():
                    changed = True
                    lost = tuple(int(row) for row in parts[a].design.rows[~keep])
                    values = {"n": len(lost), "equation": names[a], "other": names[b]}
                    notes.append(
                        Note("estimate.cmp.latent_rows", "caution", values, Where((), lost))
                    )
                    parts[a] = _narrowed(parts[a], keep, names[a])
    return parts, tuple(notes)


def _narrowed(part: _Part, keep: Bools, name: str) -> _Part:
    if not keep.any():
        raise DataError("estimate.cmp.empty_sample", equation=name, where="")
    return replace(
        part,
        at=part.at[keep],
        design=_rows_of(part.design, keep),
        bounds=part.bounds.only(keep),
        extra={key: values[keep] for key, values in part.extra.items()},
    )


def _arrays(one: ReadEquation, part: _Part, at: Ints, feeds: tuple[int, ...]) -> EquationArrays:
    """Spread an equation's sample over the rows of the system."""
    place = np.searchsorted(at, part.at)
    n = at.size
    design, bounds = part.design, part.bounds
    columns = list(range(design.X.shape[1]))
    if one.spec.kind == "oprobit":
        columns = columns[int(design.intercept) :]  # the cut points take the constant's place
    X = np.zeros((n, len(columns)), order="F")
    X[place] = design.X[:, columns]
    terms = tuple(design.names[j] for j in columns)
    code = np.full(n, OUT, dtype=np.int64)
    code[place] = bounds.code

    def spread(values: Any, empty: float = 0.0) -> Any:
        if values is None:
            return None
        out = np.full(n, empty, dtype=values.dtype)
        out[place] = values
        return out

    constant = 0 if design.intercept and one.spec.kind != "oprobit" else None
    if len(terms) + len(feeds) >= part.at.size:
        raise EstimationError(
            "estimate.cmp.too_few_rows", equation=one.name, n=int(part.at.size), k=len(terms)
        )
    truncation = bounds.truncation
    return EquationArrays(
        name=one.name,
        kind=one.spec.kind,
        terms=(*terms, *(f"lat({b})" for b in one.latent)),
        X=X,
        code=code,
        low=spread(bounds.low),
        high=spread(bounds.high),
        low_cut=spread(bounds.low_cut),
        high_cut=spread(bounds.high_cut),
        cuts=max(len(bounds.levels) - 1, 0),
        share=spread(bounds.share),
        free_scale=one.spec.kind not in ("probit", "oprobit", "fractional"),
        feeds=feeds,
        offset=spread(part.extra.get("offset")),
        truncation=None
        if truncation is None
        else (spread(truncation[0], -np.inf), spread(truncation[1], np.inf)),
        constant=constant,
    )


def _numbers(survey: Survey, column: str) -> Floats:
    return survey.frame.get_column(column).cast(pl.Float64).fill_null(0.0).to_numpy()


def _codes(survey: Survey, column: str, at: Ints) -> Ints:
    return first_appearance_codes(survey.frame.get_column(column)[at])


def _positions(survey: Survey, rows: Ints) -> Ints:
    """Where original row numbers stand in the frame, whose rows may have been sorted anew."""
    order = np.argsort(survey.rows, kind="stable")
    return np.asarray(order[np.searchsorted(survey.rows, rows, sorter=order)])
