"""What ``lv.mechanisms`` checks first, and one mediator by the model of its scale."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import EstimationError, LivelihoodsError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.models import fit
from livelihoods.estimate.ols import ols
from livelihoods.estimate.scale_advice import advise
from livelihoods.estimate.vcov import Vcov, VcovSpec, parse_vcov
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats

# Scale -> model with one effect per treatment; everything else is least squares.
_MODEL = {"zeros": "twopart", "count": "poisson", "binary": "logit"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class MediatorEffect:
    """Effect of the treatment on one mediator.

    Attributes
    ----------
    kind
        The model.
    row
        One tidy row.
    notes
        Findings.
    """

    kind: str
    row: pl.DataFrame
    notes: tuple[Note, ...]


def ask(key: str, **values: object) -> str:
    """Return one of the words of the mechanisms."""
    return words.text(f"estimate.mechanisms.{key}", **values)


def plain(name: str) -> str:
    """Return a column's name as the formula language writes it."""
    return name if _PLAIN.fullmatch(name) and name.isascii() else f"`{name}`"


def effect_on(
    mediator: str,
    right: str,
    sample: Survey,
    treatment: str,
    vcov: Vcov,
    weights: str | None,
    conf_level: float,
) -> MediatorEffect:
    """Regress a mediator on treatment and controls by the model of its scale.

    A likelihood without a maximum (separation) falls back to least squares and says so.
    """
    formula = f"{plain(mediator)} ~ {right}"
    y = sample.frame.get_column(mediator).cast(pl.Float64).to_numpy()
    kind = _MODEL.get(advise(sample, mediator, np.asarray(y)).scale, "ols")
    notes: tuple[Note, ...] = ()
    if kind != "ols":
        try:
            found = fit(formula, sample, kind, vcov, weights, conf_level)
        except LivelihoodsError as error:
            values = {"mediator": mediator, "kind": kind, "reason": str(error).splitlines()[0]}
            notes = (Note("estimate.mediator_fell_back", "caution", values, Where((mediator,))),)
        else:
            row = _row_of(found.effects(), treatment)
            if row is not None:
                return MediatorEffect(kind, row, found.notes)
    result = ols(formula, sample, vcov, weights, conf_level)
    row = _row_of(result.tidy(), treatment)
    assert row is not None  # the treatment is a column of the same right-hand side
    return MediatorEffect("ols", row, (*notes, *result.notes))


def _row_of(frame: pl.DataFrame, treatment: str) -> pl.DataFrame | None:
    row = frame.filter(pl.col("term").str.strip_chars("`") == treatment)
    return row if row.height == 1 else None


def options(estimator: str, vcov: Vcov, conf_level: float) -> VcovSpec:
    """Check what does not depend on the data."""
    if estimator != "ols":
        raise SpecError("estimate.mechanisms_estimator", given=estimator, known=["ols"])
    co.check_level(conf_level)
    spec = parse_vcov(vcov)
    if spec.kind in ("classical", "HC2", "HC3"):
        raise SpecError("estimate.mechanisms_vcov", given=spec.kind)
    return spec


def grouped(
    mediators: Sequence[str] | Mapping[str, Sequence[str]],
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return group -> mediators (empty without groups) and all mediators in order."""
    if isinstance(mediators, Mapping):
        groups = {
            name: (members,) if isinstance(members, str) else tuple(members)
            for name, members in mediators.items()
        }
        names = tuple(name for members in groups.values() for name in members)
        empty = [name for name, members in groups.items() if not members]
    else:
        groups, empty = {}, []
        names = (mediators,) if isinstance(mediators, str) else tuple(mediators)
    if not names or empty:
        raise SpecError("estimate.mediators_empty", groups=empty)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise SpecError("estimate.mediator_twice", names=twice)
    return groups, names


def check_roles(
    outcome: str, variables: tuple[str, ...], treatment: str, names: tuple[str, ...]
) -> None:
    """Refuse a mediator that has another role already."""
    if treatment not in variables:
        raise SpecError("estimate.no_such_term", term=treatment, known=list(variables))
    if outcome in names:
        raise SpecError("estimate.mediator_is_outcome", outcome=outcome, names=[outcome])
    inside = [name for name in names if name in variables]
    if inside:
        raise SpecError("estimate.mediator_in_formula", names=inside)


def arrays(design: Design, treatment: str, names: tuple[str, ...]) -> tuple[Floats, Floats, int]:
    """Return X without mediators, the mediators, and the treatment's column in X."""
    n, k = design.X.shape
    if n <= k:
        raise EstimationError("estimate.too_few_rows", n=n, k=k, outcome=design.outcome)
    gone = [name for name in names if name in design.collinear or plain(name) in design.collinear]
    if gone:
        raise EstimationError("estimate.mediator_collinear", names=gone)
    places = [j for j, term in enumerate(design.terms) if term.strip("`") in names]
    if len(places) != len(names) or any(design.names[j].strip("`") not in names for j in places):
        raise SpecError("estimate.mediator_numeric", names=names)
    rest = [j for j in range(k) if j not in places]
    column = next((i for i, j in enumerate(rest) if design.names[j].strip("`") == treatment), None)
    if column is None or float(np.ptp(design.X[:, rest[column]])) == 0.0:
        if treatment in (name.strip("`") for name in design.collinear) or column is not None:
            raise EstimationError("estimate.treatment_no_variation", treatment=treatment)
        known = [design.names[j] for j in rest]
        raise SpecError("estimate.one_treatment", treatment=treatment, known=known)
    return np.asfortranarray(design.X[:, rest]), np.asfortranarray(design.X[:, places]), column
