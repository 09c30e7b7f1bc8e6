"""A regression's arrays on the rows that have one more variable, which is no regressor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.design.build import build_design
from livelihoods.design.language import parse_formula
from livelihoods.estimate.mechanism_parts import plain

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats


def design_with(
    formula: str, survey: Survey, variable: str, weights: str | None, clusters: Sequence[str]
) -> tuple[Design, Floats]:
    """Return the design and the values of ``variable`` in its rows.

    Rows without it are left out with the log of all others. If the formula holds the variable
    already, the design is the formula's own.
    """
    inside = variable in parse_formula(formula).variables
    text = formula if inside else f"{formula} + {plain(variable)}"
    counted = replace(survey, rows=np.arange(survey.frame.height, dtype=np.int64))
    design = build_design(text, survey, weights=weights, cluster=clusters)
    places = build_design(text, counted, weights=weights, cluster=clusters).rows
    values = survey.frame[variable].gather(places).cast(pl.Float64).to_numpy()
    if inside:
        return design, values
    keep = [j for j, term in enumerate(design.terms) if term.strip("`") != variable]
    names = tuple(design.names[j] for j in keep)
    terms = tuple(design.terms[j] for j in keep)
    X = np.asfortranarray(design.X[:, keep])
    return replace(design, X=X, names=names, terms=terms), values
