"""Compute an expression on a survey: arithmetic, comparisons and three-valued logic.

Missing values follow Kleene: ``false and null`` is false, ``true or null`` is true, everything
else with a null is null. A comparison with a null is null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from livelihoods.design.language import (
    Arrow,
    Binary,
    Call,
    Expr,
    Listed,
    Literal,
    Name,
    Unary,
    at,
    label,
)
from livelihoods.design.scope import Kind, Scope, TroubleReason, kind_of, place_of, stretched
from livelihoods.errors import FormulaError


def evaluate(expr: Expr, scope: Scope) -> pl.Series:
    """Return the values of an expression, one a row: Float64, String or Boolean.

    Raises
    ------
    FormulaError
        If a name is unknown or a part is of the wrong kind.
    """
    return stretched(value_of(expr, scope), scope.height)


def value_of(expr: Expr, scope: Scope) -> pl.Series:
    """Return the values of an expression; a constant gives a column of one row."""
    match expr:
        case Literal(value=value):
            return pl.Series([value])
        case Name():
            return scope.column(expr)
        case Unary(operator="not", operand=operand):
            return truth(operand, scope).not_()
        case Unary(operand=operand):
            return -number(operand, scope)
        case Binary(operator="and", left=left, right=right):
            return truth(left, scope) & truth(right, scope)
        case Binary(operator="or", left=left, right=right):
            return truth(left, scope) | truth(right, scope)
        case Binary(operator="in", left=left, right=Listed(items=items)):
            return _membership(left, items, scope)
        case Binary(operator="+" | "-" | "*" | "/" | "^"):
            return _arithmetic(expr, scope)
        case Binary():
            return _comparison(expr, scope)
        case Call():
            return _call(expr, scope)
        case Listed() | Arrow():
            where = at(scope.text, place_of(expr))
            raise FormulaError("design.unexpected", found=label(expr), **where)


def number(expr: Expr, scope: Scope) -> pl.Series:
    """Return an expression as Float64; true counts as 1."""
    series = value_of(expr, scope)
    kind = kind_of(series)
    if kind == "truth" or series.dtype == pl.Null:
        return series.cast(pl.Float64)
    if kind != "number":
        raise scope.refuse(expr, "number", kind)
    return series


def truth(expr: Expr, scope: Scope) -> pl.Series:
    """Return an expression as Boolean; numbers must be 0 or 1, nothing else."""
    series = value_of(expr, scope)
    kind = kind_of(series)
    if kind == "truth":
        return series
    if series.dtype == pl.Null:
        return series.cast(pl.Boolean)
    if kind != "number":
        raise scope.refuse(expr, "truth", kind)
    odd = series.filter((series != 0.0) & (series != 1.0))
    if len(odd):
        where = at(scope.text, place_of(expr))
        raise FormulaError("design.not_binary", part=label(expr), value=odd[0], **where)
    return series != 0.0


def constant(expr: Expr, scope: Scope) -> float | str | bool | None:
    """Return the value of a literal (or of minus a literal), refusing anything else."""
    match expr:
        case Literal(value=value):
            return value
        case Unary(operator="-", operand=Literal(value=float(value))):
            return -value
    where = at(scope.text, place_of(expr))
    raise FormulaError("design.needs_constant", part=label(expr), **where)


def _arithmetic(expr: Binary, scope: Scope) -> pl.Series:
    left, right = number(expr.left, scope), number(expr.right, scope)
    if expr.operator == "+":
        return scope.checked(left + right, "overflow", expr)
    if expr.operator == "-":
        return scope.checked(left - right, "overflow", expr)
    if expr.operator == "*":
        return scope.checked(left * right, "overflow", expr)
    if expr.operator == "/":
        return scope.checked(left / right, "divided_by_zero", expr)
    if expr.operator == "^" and len(right) == 1 and right[0] == 2.0:
        return scope.checked(left * left, "overflow", expr)
    return scope.checked(_power(left, right), "overflow", expr)


def _power(base: pl.Series, exponent: pl.Series) -> pl.Series:
    with np.errstate(all="ignore"):
        powers = np.power(base.to_numpy(), exponent.to_numpy())
    series = pl.Series(powers)
    empty = base.is_null() | exponent.is_null()
    return series.set(stretched(empty, len(series)), None) if empty.any() else series


_COMPARE: dict[str, Callable[[pl.Series, pl.Series], pl.Series]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _comparison(expr: Binary, scope: Scope) -> pl.Series:
    for side in (expr.left, expr.right):
        if isinstance(side, Literal) and side.value is None:
            raise FormulaError("design.compared_with_null", **at(scope.text, side.at))
    left, right = value_of(expr.left, scope), value_of(expr.right, scope)
    left, right = alike(expr.right, left, right, scope)
    return _COMPARE[expr.operator](left, right)


def alike(expr: Expr, left: pl.Series, right: pl.Series, scope: Scope) -> tuple[pl.Series, ...]:
    """Bring two columns to one kind (true counts as 1), or refuse the right one."""
    kinds = kind_of(left), kind_of(right)
    if kinds[0] == kinds[1] and kinds[0] != "other":
        return left, right
    if set(kinds) == {"number", "truth"}:
        return left.cast(pl.Float64), right.cast(pl.Float64)
    expected: Kind = "text" if kinds[0] == "text" else "number"
    raise scope.refuse(expr, expected, kinds[1])


def _membership(left: Expr, items: tuple[Expr, ...], scope: Scope) -> pl.Series:
    series = value_of(left, scope)
    found = pl.Series([False])
    for item in items:
        value = constant(item, scope)
        if value is None:
            raise FormulaError("design.compared_with_null", **at(scope.text, place_of(item)))
        one, other = alike(item, series, value_of(item, scope), scope)
        found = found | (one == other)
    return found


def _call(expr: Call, scope: Scope) -> pl.Series:
    from livelihoods.design import groupwise, rowwise

    if expr.function in _MATHEMATICS:
        return _mathematics(expr, scope)
    function = rowwise.FUNCTIONS.get(expr.function) or groupwise.FUNCTIONS.get(expr.function)
    if function is None:
        where = at(scope.text, expr.at)
        raise FormulaError("design.only_a_term", name=expr.function, **where)
    return function(expr, scope)


_MATHEMATICS: dict[str, tuple[Callable[[Any], Any], TroubleReason]] = {
    "log": (np.log, "not_positive_log"),
    "log1p": (np.log1p, "not_positive_log"),
    "exp": (np.exp, "overflow"),
    "sqrt": (np.sqrt, "negative_root"),
    "abs": (np.abs, "overflow"),
}


def _mathematics(expr: Call, scope: Scope) -> pl.Series:
    series = number(expr.arguments[0], scope)
    function, reason = _MATHEMATICS[expr.function]
    with np.errstate(all="ignore"):
        result = pl.Series(function(series.to_numpy()))
    if series.null_count():
        result = result.set(series.is_null(), None)
    return scope.checked(result, reason, expr)
