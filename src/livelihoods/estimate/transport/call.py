"""lv.transport: what would the effect be in another population?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.transport.fit import METHODS, Carried, fit_transport
from livelihoods.estimate.transport.overlap import (
    differences_of,
    overlap_notes,
    overlap_of,
    refuse_no_overlap,
)
from livelihoods.estimate.transport.prepare import Prepared, prepare
from livelihoods.estimate.transport.result import Transport
from livelihoods.estimate.transport.weigh import inverse_odds, to_means
from livelihoods.estimate.vcov import Vcov, VcovSpec, cluster_notes, parse_vcov
from livelihoods.notes import gather

if TYPE_CHECKING:
    from livelihoods.typing import Floats, Ints


def transport(
    formula: str,
    data: Any,
    target: Any,
    treatment: str,
    *,
    over: Sequence[str] | None = None,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    target_weights: str | None = None,
    target_is: Literal["sample", "population"] = "sample",
    conf_level: float = 0.95,
) -> Transport:
    r"""Carry the mean effect of a 0/1 treatment to another population.

    Parameters
    ----------
    formula
        ``"resilience ~ rii + age + C(county)"``, as in the study: outcome, treatment, controls.
    data
        The study: a Survey, or any frame.
    target
        The other population: rows of it (a Survey or any frame; no outcome, no treatment needed),
        or means, ``{"age": 58.2, "region": {"1": 0.3, "2": 0.7}}``: a number a column, or shares
        of the levels of a set of categories.
    treatment
        Column of 0 and 1 among the terms.
    over
        Terms on which the populations are compared: what the effect varies with. None takes all
        controls. What only the study has (its waves, its villages) belongs in the formula, not
        here.
    vcov
        ``"HC1"`` (rows independent) or ``{"cluster": column}``; the target's rows are clustered by
        the column of that name if they have one.
    weights, target_weights
        Columns of sampling weights.
    target_is
        ``"sample"``: the target's rows are a sample with an error of their own; ``"population"``:
        they are everybody. Means are always taken as known.
    conf_level
        Level of the intervals.

    Returns
    -------
    Transport
        The mean effect in the study, in the target, and their difference, by three methods:
        weighting (inverse odds of participation, or entropy weights to the means, times inverse
        probability of treatment), a line for the effect, and both (doubly robust).

    Raises
    ------
    SpecError
        If a role makes no sense, or the target lacks a column or a mean.
    DataError
        If a column is numeric in one and text in the other, or no row of the target is complete.
    EstimationError
        If the treatment is not 0/1, study and target can be told apart completely, most of the
        target lies outside what the study has seen, or no weights reach the means.
    """
    spec = _checked(vcov, target_is, conf_level)
    cluster = spec.clusters[0] if spec.clusters else None
    ready = prepare(formula, data, target, treatment, over, cluster, weights, target_weights)
    study, other = ready.study, ready.target
    member = None
    if other.r.size:
        reweighting, member = inverse_odds(study.X, study.q, other.X, other.r, ready.names)
    else:
        reweighting = to_means(study.X, study.q, other.mean, ready.names)
    overlap = overlap_of(ready, reweighting, member)
    refuse_no_overlap(overlap)
    carried = fit_transport(study, other, reweighting)
    balance = differences_of(ready, reweighting)
    outcome = formula.split("~", 1)[0].strip().strip("`")
    return Transport(
        formula,
        outcome,
        treatment,
        _frame(carried, ready, spec, target_is, treatment, conf_level),
        balance,
        overlap,
        study.q * reweighting.w,
        member,
        spec,
        conf_level,
        gather(
            ready.notes, cluster_notes(ready.design, spec),
            overlap_notes(ready, overlap, balance, treatment),
        ),
    )  # fmt: skip


def _checked(vcov: Vcov, target_is: str, conf_level: float) -> VcovSpec:
    spec = parse_vcov(vcov)
    if spec.kind not in ("HC1", "cluster") or len(spec.clusters) > 1:
        raise SpecError("estimate.transport_vcov", given=spec.label)
    if target_is not in ("sample", "population"):
        known = ["sample", "population"]
        raise SpecError("estimate.transport_target_is", given=str(target_is), known=known)
    co.check_level(conf_level)
    return spec


def _frame(
    carried: Carried,
    ready: Prepared,
    spec: VcovSpec,
    target_is: str,
    treatment: str,
    conf_level: float,
) -> pl.DataFrame:
    rows = carried.target_rows_influence
    if target_is == "population":
        rows = np.zeros_like(rows)
    zero = np.zeros_like(rows)
    apart = carried.target_influence - carried.sample_influence
    parts: Mapping[str, tuple[Floats, Floats, Floats]] = {
        "study": (carried.sample, carried.sample_influence, zero),
        "target": (carried.target, carried.target_influence, rows),
        "difference": (carried.target - carried.sample, apart, rows),
    }
    groups = int(np.unique(ready.clusters).size)
    if groups < 2:
        raise EstimationError("estimate.one_cluster", variable=spec.label)
    df = float(groups - 1) if spec.clusters else float("inf")
    frames = []
    for name, (values, mine, theirs) in parts.items():
        variance = _summed(mine, ready.clusters)
        if theirs.shape[1]:
            variance = variance + _summed(theirs, ready.target_clusters)
        found = co.Coefficients((treatment,) * 3, values, np.diag(variance), df, conf_level).tidy()
        frames.append(
            found.select(pl.Series("method", METHODS), pl.lit(name).alias("population"), pl.all())
        )
    return pl.concat(frames)


def _summed(influence: Floats, codes: Ints) -> Floats:
    """Squares of the sums within clusters, times G/(G − 1), for each row of influences."""
    groups = int(np.unique(codes).size)
    sums = np.array([np.bincount(codes, one) for one in influence])
    return np.asarray((sums**2).sum(axis=1) * groups / max(groups - 1, 1))
