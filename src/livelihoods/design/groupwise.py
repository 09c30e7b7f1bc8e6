"""Functions of the language that look at other rows: the same village, the wave before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from livelihoods.design.evaluate import constant, number, truth
from livelihoods.design.language import Call, Expr, Listed, Name, at, label, names_in
from livelihoods.design.peers import shares_of_others
from livelihoods.design.scope import Scope, Trouble, place_of, stretched
from livelihoods.errors import FormulaError, SpecError


def _groups(expr: Expr, scope: Scope, *, add_wave: bool) -> list[pl.Series]:
    """Return the columns that say who belongs together."""
    items = expr.items if isinstance(expr, Listed) else (expr,)
    names: list[str] = []
    for item in items:
        if not isinstance(item, Name):
            where = at(scope.text, place_of(item))
            raise FormulaError("design.needs_column", part=label(item), **where)
        scope.raw(item)
        names.append(item.name)
    wave = scope.survey.design.wave
    if add_wave and wave and wave not in names:
        names.append(wave)
    return [scope.survey.frame.get_column(name).alias(f"g{i}") for i, name in enumerate(names)]


def _exists_in(expr: Call, scope: Scope) -> pl.Series:
    """Is it true of anybody in the group (and wave)? Null if nobody surely and somebody perhaps."""
    keys = _groups(expr.arguments[0], scope, add_wave=True)
    values = stretched(truth(expr.arguments[1], scope), scope.height).alias("value")
    frame = pl.DataFrame([*keys, values])
    names = [key.name for key in keys]
    found = frame.select(pl.col("value").any(ignore_nulls=False).over(names)).to_series()
    missing = frame.select(pl.any_horizontal(pl.col(names).is_null())).to_series()
    return found.set(missing, None) if missing.any() else found


def _lag(expr: Call, scope: Scope) -> pl.Series:
    """The household's value in the wave before (or ``steps`` waves before)."""
    steps = 1.0
    if len(expr.arguments) == 2:
        given = constant(expr.arguments[1], scope)
        if not isinstance(given, float) or given < 1 or given != int(given):
            where = at(scope.text, place_of(expr.arguments[1]))
            raise FormulaError("design.bad_lag", **where)
        steps = given
    design = scope.survey.design
    if not design.household or not design.wave:
        raise FormulaError("design.lag_needs_panel", **at(scope.text, expr.at))
    household = scope.survey.frame.get_column(design.household)
    order = scope.survey.frame.get_column(design.wave).rank("dense").cast(pl.Int64)
    values = stretched(number(expr.arguments[0], scope), scope.height)
    now = pl.DataFrame({"h": household, "w": order, "v": values}).with_row_index("row")
    known = now.filter(pl.col("h").is_not_null() & pl.col("w").is_not_null())
    repeated = known.filter(pl.struct("h", "w").is_duplicated())
    if repeated.height:
        rows = [int(row) for row in scope.survey.rows[repeated["row"].to_numpy()]]
        raise SpecError(
            "design.repeated_in_wave", household=design.household, wave=design.wave, rows=rows
        )
    before = known.select("h", pl.col("w") + int(steps), pl.col("v").alias("lagged"))
    joined = now.join(before, on=["h", "w"], how="left", maintain_order="left")
    lagged = joined["lagged"]
    if lagged.null_count():
        places = np.flatnonzero(lagged.is_null().to_numpy()).astype(np.int64)
        scope.troubles.append(Trouble("no_previous", label(expr), places))
    return lagged


def _peer_share(expr: Call, scope: Scope) -> pl.Series:
    of = expr.arguments[0] if expr.arguments else expr.option("of")
    within = expr.option("within")
    if of is None or within is None or (expr.arguments and expr.option("of") is not None):
        usage = "peer_share(of=x, within=[village, year])"
        where = at(scope.text, expr.at)
        raise FormulaError("design.wrong_arguments", name="peer_share", usage=usage, **where)
    keys = _groups(within, scope, add_wave=False)
    values = stretched(number(of, scope), scope.height)
    household = scope.survey.design.household
    own = None if household is None else scope.survey.frame.get_column(household)
    shares, alone = shares_of_others(values, keys, own)
    if alone.any():
        places = np.flatnonzero(alone).astype(np.int64)
        scope.troubles.append(Trouble("no_peers", label(expr), places, names_in(within)))
    return pl.Series(shares, nan_to_null=True)


FUNCTIONS: dict[str, Callable[[Call, Scope], pl.Series]] = {
    "exists_in": _exists_in,
    "lag": _lag,
    "peer_share": _peer_share,
}
