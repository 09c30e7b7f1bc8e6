"""The columns of one formula term: numbers, indicators of a factor's levels, their products."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livelihoods.design.evaluate import constant, evaluate
from livelihoods.design.language import Call, Expr, Name, Term, at, label, nearest
from livelihoods.design.scope import Scope, kind_of, place_of, plain
from livelihoods.errors import FormulaError

if TYPE_CHECKING:
    from livelihoods.typing import Bools, Floats

Fill: TypeAlias = Callable[[], "Floats"]
MAX_POWER = 10


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a term on all rows of the frame.

    Attributes
    ----------
    expr
        The factor as parsed.
    label
        As printed.
    series
        Its values with nulls: Float64 or Boolean, or any dtype if it is categorical.
    categorical
        Whether levels become indicators.
    reference
        The level asked for, or None for the first one.
    powers
        1, or the degree of ``poly``.
    raw
        For ``poly``: plain powers (True) or orthogonal polynomials.
    """

    expr: Expr
    label: str
    series: pl.Series
    categorical: bool = False
    reference: float | str | bool | None = None
    powers: int = 1
    raw: bool = True


def read_factor(expr: Expr, scope: Scope) -> Factor:
    """Evaluate one factor on the whole frame.

    Raises
    ------
    FormulaError
        If a name is unknown, ``lat`` has no place here, or a factor has no numbers.
    """
    if isinstance(expr, Call) and expr.function == "C":
        return _declared(expr, scope)
    if isinstance(expr, Call) and expr.function == "poly":
        return _polynomial(expr, scope)
    if isinstance(expr, Call) and expr.function == "lat":
        raise FormulaError("design.latent_here", **at(scope.text, expr.at))
    if isinstance(expr, Name):
        raw = scope.raw(expr)
        series = plain(raw)
        kind = kind_of(series)
        if kind == "text":
            return Factor(expr, label(expr), _ordered(raw), categorical=True)
        if kind == "other":
            raise scope.refuse(expr, "number", kind)
        return Factor(expr, label(expr), series)
    series = evaluate(expr, scope)
    if kind_of(series) not in ("number", "truth"):
        raise scope.refuse(expr, "number", kind_of(series))
    return Factor(expr, label(expr), series)


def _ordered(raw: pl.Series) -> pl.Series:
    """Keep a declared order of levels (Enum); a plain categorical sorts by its text."""
    return raw.cast(pl.String) if raw.dtype == pl.Categorical else raw


def _declared(expr: Call, scope: Scope) -> Factor:
    inner = expr.arguments[0]
    series = _ordered(scope.raw(inner)) if isinstance(inner, Name) else evaluate(inner, scope)
    if series.dtype.is_float():
        series = plain(series)
    wanted = expr.option("ref")
    reference = None if wanted is None else constant(wanted, scope)
    return Factor(expr, label(expr), series, categorical=True, reference=reference)


def _polynomial(expr: Call, scope: Scope) -> Factor:
    series = evaluate(expr.arguments[0], scope)
    if kind_of(series) != "number":
        raise scope.refuse(expr.arguments[0], "number", kind_of(series))
    degree = constant(expr.arguments[1], scope)
    if not isinstance(degree, float) or not 1 <= degree <= MAX_POWER or degree != int(degree):
        raise FormulaError("design.bad_power", **at(scope.text, place_of(expr.arguments[1])))
    raw = expr.option("raw")
    plainly = raw is None or constant(raw, scope) is not False
    name = label(expr.arguments[0])
    return Factor(expr, name, series, powers=int(degree), raw=plainly)


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a categorical factor on the rows used, reference first named apart."""

    values: tuple[object, ...]
    reference: object


def levels_of(factor: Factor, series: pl.Series, scope: Scope) -> Levels:
    """Return the levels that occur, sorted or in declared order; the reference is one of them.

    Raises
    ------
    FormulaError
        If the reference asked for does not occur.
    """
    found = declared_order(factor.expr, series.unique().drop_nulls().sort().to_list(), scope)
    reference: object = found[0] if found else None
    if factor.reference is not None:
        matches = [level for level in found if _same(level, factor.reference)]
        if not matches:
            shown = [shown_level(level) for level in found]
            wanted = shown_level(factor.reference)
            near = nearest(wanted, shown) or shown
            where = at(scope.text, place_of(factor.expr))
            raise FormulaError(
                "design.unknown_level", level=wanted, factor=factor.label, nearest=near, **where
            )
        reference = matches[0]
    return Levels(found, reference)


def declared_order(expr: Expr, levels: list[object], scope: Scope) -> tuple[object, ...]:
    """Put levels into the order the codebook gives an ordinal variable; else keep them sorted."""
    inner = expr.arguments[0] if isinstance(expr, Call) else expr
    entry = scope.survey.codebook.variables.get(inner.name) if isinstance(inner, Name) else None
    if entry is None or entry.scale != "ordinal" or not entry.values:
        return tuple(levels)
    order = {code: place for place, code in enumerate(next(iter(entry.values.values())))}
    if not all(shown_level(level) in order for level in levels):
        return tuple(levels)
    return tuple(sorted(levels, key=lambda level: order[shown_level(level)]))


def _same(level: object, wanted: float | str | bool) -> bool:
    if isinstance(level, str) or isinstance(wanted, str):
        return shown_level(level) == shown_level(wanted)
    return level == wanted


def shown_level(level: object) -> str:
    """Return a level as printed: whole numbers without a point, true and false in small letters."""
    if isinstance(level, bool):
        return str(level).lower()
    if isinstance(level, float) and level == int(level):
        return str(int(level))
    return str(level)


@dataclass(frozen=True, slots=True)
class Part:
    """One column of one factor: its printed name and how to compute it."""

    name: str
    fill: Fill


def numbers(series: pl.Series) -> Floats:
    """Return a column without nulls as floats (a view where possible)."""
    return series.cast(pl.Float64).to_numpy()


def parts_of(factor: Factor, series: pl.Series, levels: Levels | None, full: bool) -> list[Part]:
    """Return the columns of one factor on the rows used.

    Parameters
    ----------
    factor
        The factor.
    series
        Its values on the rows used, no nulls.
    levels
        Levels if it is categorical.
    full
        One indicator for every level, the reference as well.
    """
    if levels is not None:
        wanted = levels.values if full else [v for v in levels.values if v != levels.reference]
        return [
            Part(f"{factor.label}[{shown_level(level)}]", _indicator(series, level))
            for level in wanted
        ]
    if factor.powers > 1 and not factor.raw:
        return _orthogonal(factor, series)
    if factor.powers > 1:
        return [
            Part(factor.label if p == 1 else f"{factor.label}^{p}", _powered(series, p))
            for p in range(1, factor.powers + 1)
        ]
    return [Part(factor.label, lambda: numbers(series))]


def _indicator(series: pl.Series, level: object) -> Fill:
    return lambda: numbers(series == level)


def _powered(series: pl.Series, power: int) -> Fill:
    return lambda: numbers(series) ** power


def _orthogonal(factor: Factor, series: pl.Series) -> list[Part]:
    """Orthogonal polynomials as R's ``poly``: centred powers made orthonormal."""
    x = numbers(series)
    centred = x - x.mean() if x.size else x
    powers = np.column_stack([centred**p for p in range(factor.powers + 1)])
    q, r = np.linalg.qr(powers)
    basis = q * np.sign(np.diag(r))

    def column(p: int) -> Fill:
        return lambda: np.ascontiguousarray(basis[:, p])

    return [Part(f"poly({factor.label})[{p}]", column(p)) for p in range(1, factor.powers + 1)]


def multiplied(term: Term, parts: Sequence[Sequence[Part]]) -> Iterator[Part]:
    """Yield all products of the factors' columns, those of the first factor changing fastest."""
    if len(parts) == 1:
        yield from parts[0]
        return
    for last in parts[-1]:
        for first in multiplied(term, parts[:-1]):
            yield Part(f"{first.name}:{last.name}", _product(first, last))


def _product(first: Part, last: Part) -> Fill:
    return lambda: first.fill() * last.fill()


def missing_in(series: pl.Series) -> Bools:
    """Return where a raw column has no value: null, NaN or infinite."""
    if series.dtype.is_float():
        return series.is_finite().fill_null(False).not_().to_numpy()
    return series.is_null().to_numpy()


__all__ = [
    "Factor",
    "Levels",
    "Part",
    "levels_of",
    "missing_in",
    "multiplied",
    "numbers",
    "parts_of",
    "read_factor",
    "shown_level",
]
