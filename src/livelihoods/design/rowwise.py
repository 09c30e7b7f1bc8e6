"""Functions of the language that look at one row at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.design.evaluate import alike, constant, number, truth, value_of
from livelihoods.design.language import Arrow, Call, Expr, Listed, Name, at, label
from livelihoods.design.scope import Scope, kind_of, place_of, stretched
from livelihoods.errors import FormulaError

if TYPE_CHECKING:
    from livelihoods.typing import Ints


def _any_of(expr: Call, scope: Scope) -> pl.Series:
    return reduce(lambda a, b: a | b, [truth(item, scope) for item in expr.arguments])


def _all_of(expr: Call, scope: Scope) -> pl.Series:
    return reduce(lambda a, b: a & b, [truth(item, scope) for item in expr.arguments])


def _n_of(expr: Call, scope: Scope) -> pl.Series:
    counts = [truth(item, scope).cast(pl.Float64) for item in expr.arguments]
    return reduce(lambda a, b: a + b, counts)


def _sum_of(expr: Call, scope: Scope) -> pl.Series:
    return _row_total(expr, scope)[0]


def _mean_of(expr: Call, scope: Scope) -> pl.Series:
    total, count = _row_total(expr, scope)
    return total / count


def _row_total(expr: Call, scope: Scope) -> tuple[pl.Series, pl.Series]:
    """Sum and number of values in each row; null unless all (or ``min_valid``) are there."""
    columns = [stretched(number(item, scope), scope.height) for item in expr.arguments]
    wanted = expr.option("min_valid")
    least = len(columns) if wanted is None else constant(wanted, scope)
    if not isinstance(least, int | float) or not 1 <= least <= len(columns):
        where = at(scope.text, expr.at if wanted is None else place_of(wanted))
        raise FormulaError("design.bad_min_valid", most=len(columns), **where)
    total = reduce(lambda a, b: a + b, [column.fill_null(0.0) for column in columns])
    count = reduce(
        lambda a, b: a + b, [column.is_not_null().cast(pl.Float64) for column in columns]
    )
    enough = count >= float(least)
    return total.set(enough.not_(), None), count.set(enough.not_(), None)


def _is_missing(expr: Call, scope: Scope) -> pl.Series:
    item = expr.arguments[0]
    series = scope.column(item) if isinstance(item, Name) else value_of(item, scope)
    return series.is_null()


def _if_else(expr: Call, scope: Scope) -> pl.Series:
    condition, yes, no = expr.arguments
    chosen = stretched(truth(condition, scope), scope.height)
    left, right = value_of(yes, scope), value_of(no, scope)
    if left.dtype == pl.Null:
        left = left.cast(right.dtype)
    if right.dtype == pl.Null:
        right = right.cast(left.dtype)
    left, right = alike(no, left, right, scope)
    left, right = stretched(left, scope.height), stretched(right, scope.height)
    return left.zip_with(chosen.fill_null(False), right).set(chosen.is_null(), None)


def _recode(expr: Call, scope: Scope) -> pl.Series:
    """Apply the arrows in order; what no arrow names stays as it is, unless ``else`` says more."""
    source = stretched(value_of(expr.arguments[0], scope), scope.height)
    arrows = [item for item in expr.arguments[1:] if isinstance(item, Arrow)]
    taken = pl.Series(np.zeros(scope.height, dtype=np.bool_))
    pieces: list[tuple[pl.Series, Expr]] = []
    for arrow in arrows:
        hit = (
            taken.not_() if arrow.left is None else _hits(source, arrow.left, scope) & taken.not_()
        )
        pieces.append((hit, arrow.right))
        taken = taken | hit
    result = _start(source, pieces, taken, expr, scope)
    for hit, target in pieces:
        value = constant(target, scope)
        if kind_of(result) == "number" and isinstance(value, bool):
            value = float(value)
        result = result.set(hit, value)
    return result


def _hits(source: pl.Series, left: Expr, scope: Scope) -> pl.Series:
    items = left.items if isinstance(left, Listed) else (left,)
    hit = pl.Series(np.zeros(len(source), dtype=np.bool_))
    for item in items:
        value = constant(item, scope)
        if value is None:
            hit = hit | source.is_null()
            continue
        one, other = alike(item, source, value_of(item, scope), scope)
        hit = hit | (one == other).fill_null(False)
    return hit


def _start(
    source: pl.Series,
    pieces: list[tuple[pl.Series, Expr]],
    taken: pl.Series,
    expr: Call,
    scope: Scope,
) -> pl.Series:
    """Return the column the arrows write into: of the targets' kind, the source where unnamed."""
    targets = [constant(target, scope) for _, target in pieces]
    kinds = {kind_of(pl.Series([value])) for value in targets if value is not None}
    kinds = {"number" if kind == "truth" and len(kinds) > 1 else kind for kind in kinds}
    if not kinds:
        return source
    if len(kinds) > 1:
        raise FormulaError("design.mixed_targets", **at(scope.text, expr.at))
    kind = kinds.pop()
    if kind == kind_of(source):
        return source
    if kind == "number" and kind_of(source) == "truth":
        return source.cast(pl.Float64)
    left_over = source.filter(taken.not_()).drop_nulls()
    if len(left_over):
        where = at(scope.text, expr.at)
        first = left_over[0]
        raise FormulaError("design.recode_left_over", value=first, part=label(expr), **where)
    dtype = {"number": pl.Float64, "text": pl.String, "truth": pl.Boolean}[kind]
    return pl.Series([None], dtype=dtype).new_from_index(0, len(source))


def _cut(expr: Call, scope: Scope) -> pl.Series:
    """Number the bands between break points from 1; ``[a, b)`` unless ``right=true``."""
    series, breaks = expr.arguments
    values = number(series, scope)
    items = breaks.items if isinstance(breaks, Listed) else (breaks,)
    points = [constant(item, scope) for item in items]
    where = at(scope.text, place_of(breaks))
    if not all(isinstance(point, float) for point in points) or points != sorted(set(points)):  # type: ignore[type-var]
        raise FormulaError("design.bad_breaks", **where)
    right = expr.option("right")
    side = "left" if right is not None and constant(right, scope) is True else "right"
    edges = np.asarray(points, dtype=np.float64)
    codes = np.searchsorted(edges, values.to_numpy(), side=side)  # type: ignore[call-overload]
    result = pl.Series(codes.astype(np.float64) + 1.0)
    labels = expr.option("labels")
    if labels is not None:
        result = _labelled(codes, labels, len(points) + 1, scope)
    return result.set(values.is_null(), None) if values.null_count() else result


def _labelled(codes: Ints, labels: Expr, bands: int, scope: Scope) -> pl.Series:
    items = labels.items if isinstance(labels, Listed) else (labels,)
    names = [constant(item, scope) for item in items]
    if len(names) != bands or not all(isinstance(name, str) for name in names):
        where = at(scope.text, place_of(labels))
        raise FormulaError("design.bad_labels", bands=bands, **where)
    return pl.Series(names, dtype=pl.String).gather(codes)


FUNCTIONS: dict[str, Callable[[Call, Scope], pl.Series]] = {
    "any_of": _any_of,
    "all_of": _all_of,
    "n_of": _n_of,
    "sum_of": _sum_of,
    "mean_of": _mean_of,
    "is_missing": _is_missing,
    "if_else": _if_else,
    "recode": _recode,
    "cut": _cut,
}
