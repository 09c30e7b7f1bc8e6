"""To which cooperatives a rule applies: ``"members > 20"``, ``"representative_assembly"``."""

from __future__ import annotations

import re

import polars as pl

from livelihoods.errors import SpecError

_COMPARISON = re.compile(r"^(members) *(>=|<=|>|<|==) *(\d+)$")
_KIND = re.compile(r"^kind *== *([a-z_]+)$")


def applies(population: str) -> pl.Expr:
    """Return the filter over ``kind, members`` and whether such assemblies met.

    Raises
    ------
    SpecError
        If the words of the population are not understood; they are never executed.
    """
    said = population.strip()
    if not said:
        return pl.lit(True)
    if said in ("representative_assembly", "extraordinary_assembly"):
        return pl.col(said)
    if compared := _COMPARISON.match(said):
        column, bound = pl.col(compared[1]), int(compared[3])
        return {
            ">=": column >= bound,
            "<=": column <= bound,
            ">": column > bound,
            "<": column < bound,
            "==": column == bound,
        }[compared[2]]
    if named := _KIND.match(said):
        return pl.col("kind") == named[1]
    raise SpecError("cooperatives.unknown_population", population=population)
