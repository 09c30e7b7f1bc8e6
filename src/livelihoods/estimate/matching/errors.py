"""Which standard error a matching gets, and why: chosen once, named everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from livelihoods.engine import Executor
from livelihoods.errors import SpecError
from livelihoods.estimate.matching.abadie_imbens import abadie_imbens
from livelihoods.estimate.matching.bootstrap import Draws, Plan, bootstrap
from livelihoods.estimate.matching.index_draws import IndexParts, index_parts
from livelihoods.estimate.matching.lechner import lechner
from livelihoods.estimate.matching.model import Matching
from livelihoods.estimate.matching.prepare import Prepared
from livelihoods.estimate.matching.spec import (
    WEIGHTING,
    AbadieImbens,
    Bootstrap,
    Clustered,
    Lechner,
    MahalanobisSpec,
    MatchSpec,
    NearestSpec,
)
from livelihoods.notes import Note, Where
from livelihoods.numerics.warm import Link, warm_start
from livelihoods.typing import Floats, Ints

Kind = Literal[
    "abadie_imbens_2006",
    "abadie_imbens_2016",
    "lechner_used",
    "lechner_all",
    "bootstrap",
    "influence",
    "influence_cluster",
    "none",
]
FEW_CLUSTERS = 30
DEFAULT_NEIGHBORS = 2


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Standard errors with their name.

    Attributes
    ----------
    values
        Shape ``(k,)``; NaN if none were asked for.
    kind
        Which; its label and its reason stand under ``estimate.matching.se`` in ``words``.
    facts
        What the label mentions: neighbours, draws, clusters, seed.
    draws
        The bootstrap's draws, or None.
    notes
        What is to be known about them.
    """

    values: Floats
    kind: Kind
    facts: Mapping[str, Any] = field(default_factory=dict)
    draws: Draws | None = None
    notes: tuple[Note, ...] = ()


def standard_errors(
    spec: MatchSpec,
    ready: Prepared,
    matching: Matching,
    *,
    identity: str = "match",
    executor: Executor | None = None,
) -> StandardErrors:
    """Compute what ``spec.se`` asks for.

    Raises
    ------
    SpecError
        If Abadie–Imbens is asked of a method that it does not cover.
    """
    rule = spec.se
    if isinstance(rule, Clustered) or rule == "influence":
        raise SpecError("estimate.match_se_influence", method=spec.method.method)
    if rule is None:
        return StandardErrors(np.full(len(spec.outcomes), np.nan), "none")
    if isinstance(rule, Bootstrap):
        return _bootstrap(spec, rule, ready, matching, identity, executor)
    if isinstance(rule, Lechner) or rule == "lechner":
        return _lechner(ready, matching, rule.lechner if isinstance(rule, Lechner) else "used")
    obstacle = _why_not_abadie_imbens(spec)
    if rule == "auto" and obstacle:
        return _lechner(ready, matching, "used")
    if obstacle:
        raise SpecError("estimate.match_se_abadie_imbens", reason=obstacle)
    chosen = rule if isinstance(rule, AbadieImbens) else None
    return _abadie_imbens(spec, ready, matching, chosen)


def influence_errors(spec: MatchSpec, ready: Prepared, influence: Floats) -> StandardErrors:
    """Sum squares of the influence function, over rows or over clusters.

    With clusters the sum carries the factor G/(G − 1), without them n/(n − 1).

    Raises
    ------
    SpecError
        If another standard error is asked of a weighting.
    """
    rule = spec.se
    if rule is None:
        return StandardErrors(np.full(len(spec.outcomes), np.nan), "none")
    if isinstance(rule, Clustered):
        codes = ready.design.clusters[rule.cluster]
        count = int(codes.max()) + 1
        if count < 2:
            raise SpecError("estimate.match_one_cluster", variable=rule.cluster)
        sums = np.stack([np.bincount(codes, row, count) for row in influence])
        few = {"variable": rule.cluster, "n": count, "least": FEW_CLUSTERS}
        where = Where((rule.cluster,))
        notes = (Note("estimate.match_few_clusters", "caution", few, where),)
        values = np.sqrt((sums * sums).sum(axis=1) * (count / (count - 1)))
        facts = {"cluster": rule.cluster, "clusters": count}
        return StandardErrors(
            values, "influence_cluster", facts, notes=notes if count < FEW_CLUSTERS else ()
        )
    if rule not in ("auto", "influence"):
        raise SpecError("estimate.match_se_weighting", method=spec.method.method)
    n = influence.shape[1]
    return StandardErrors(np.sqrt((influence**2).sum(axis=1) * (n / (n - 1))), "influence")


def _why_not_abadie_imbens(spec: MatchSpec) -> str:
    if not isinstance(spec.method, NearestSpec | MahalanobisSpec):
        return f'method = "{spec.method.method}"'
    if isinstance(spec.method, NearestSpec) and not spec.method.replace:
        return "replace = false"
    return "weights" if spec.weights else ""


def _lechner(
    ready: Prepared, matching: Matching, controls: Literal["used", "all"]
) -> StandardErrors:
    values = lechner(ready.sample, matching, controls)
    note = Note("estimate.match_lechner", "caution")
    kind: Kind = "lechner_used" if controls == "used" else "lechner_all"
    return StandardErrors(values, kind, notes=(note,))


def _abadie_imbens(
    spec: MatchSpec, ready: Prepared, matching: Matching, rule: AbadieImbens | None
) -> StandardErrors:
    assert isinstance(spec.method, NearestSpec | MahalanobisSpec)
    obstacle = _why_not_2016(spec, ready, matching)
    if rule is not None and rule.variance == "sample":
        obstacle = obstacle or 'variance = "sample"'
    model = None if obstacle else ready.propensity.model(ready.design.X)
    neighbors = rule.abadie_imbens if rule else DEFAULT_NEIGHBORS
    values, alone = abadie_imbens(
        ready.sample,
        spec.method,
        spec.estimand,
        matching,
        neighbors,
        rule.variance if rule else "population",
        model,
    )
    notes = []
    if alone:
        notes.append(Note("estimate.match_alone", "caution", {"n": alone}))
    if model is None and ready.propensity.link != "given" and isinstance(spec.method, NearestSpec):
        notes.append(Note("estimate.match_score_taken_as_known", "info", {"reason": obstacle}))
    facts = {"neighbors": neighbors, "variance": rule.variance if rule else "population"}
    kind: Kind = "abadie_imbens_2006" if model is None else "abadie_imbens_2016"
    return StandardErrors(values, kind, facts, notes=tuple(notes))


def _why_not_2016(spec: MatchSpec, ready: Prepared, matching: Matching) -> str:
    """Name what the theory of the 2016 paper does not cover, or nothing."""
    if ready.propensity.link == "given":
        return f"score = {spec.score}"
    if isinstance(spec.method, MahalanobisSpec):
        return 'method = "mahalanobis"'
    if spec.method.caliper is not None:  # type: ignore[union-attr]
        return "caliper"
    if spec.exact:
        return "exact"
    return "support" if matching.off_support.any() else ""


def plan_of(
    spec: MatchSpec,
    ready: Prepared,
    codes: Ints,
    count: int,
    indices: tuple[IndexParts, ...] = (),
) -> Plan:
    """Return what a bootstrap of a matching (not a weighting) needs for each draw of units."""
    assert not isinstance(spec.method, WEIGHTING)
    refit = None
    if ready.propensity.link != "given":
        link: Link = "logit" if ready.propensity.link == "logit" else "probit"
        refit = warm_start(link, ready.design.X, ready.design.y, ready.propensity.coef)
    return Plan(
        ready.sample, codes, count, refit, spec.method, spec.estimand, spec.support, indices
    )


def _bootstrap(
    spec: MatchSpec,
    rule: Bootstrap,
    ready: Prepared,
    matching: Matching,
    identity: str,
    executor: Executor | None,
) -> StandardErrors:
    n = ready.design.nobs
    codes = ready.design.clusters[rule.cluster] if rule.cluster else np.arange(n)
    count = int(codes.max()) + 1
    if count < 2:
        raise SpecError("estimate.match_one_cluster", variable=rule.cluster or "")
    estimated = ready.propensity.link != "given"
    stranger = [name for name in rule.index if name not in spec.outcomes]
    if stranger:
        raise SpecError("estimate.match_index_outcome", names=stranger, known=list(spec.outcomes))
    indices = tuple(
        index_parts(ready.survey, name, each, ready.places) for name, each in rule.index.items()
    )
    plan = plan_of(spec, ready, codes, count, indices)
    draws = bootstrap(
        plan, rule.bootstrap, seed=spec.seed or 0, identity=identity, executor=executor
    )
    notes = []
    if isinstance(spec.method, NearestSpec | MahalanobisSpec) or (
        getattr(spec.method, "local_linear", "") == "psmatch2"
    ):
        notes.append(Note("estimate.match_bootstrap_invalid", "serious"))
    if draws.failed:
        values = {"n": draws.failed, "all": rule.bootstrap}
        notes.append(Note("estimate.match_draws_failed", "warning", values))
    if rule.cluster and count < FEW_CLUSTERS:
        few = {"variable": rule.cluster, "n": count, "least": FEW_CLUSTERS}
        notes.append(Note("estimate.match_few_clusters", "caution", few, Where((rule.cluster,))))
    if not estimated:
        notes.append(Note("estimate.match_score_fixed", "caution", {"variable": spec.score}))
    k = len(spec.outcomes)
    anew = dict(zip(rule.index, draws.std_errors[k:].tolist(), strict=True))
    for name, error in anew.items():
        frozen = float(draws.std_errors[spec.outcomes.index(name)])
        both = {"outcome": name, "frozen": frozen, "anew": error}
        notes.append(Note("estimate.match_index_anew", "info", both, Where((name,))))
    facts = {
        "draws": rule.bootstrap,
        "cluster": rule.cluster or "",
        "clusters": count,
        "seed": spec.seed or 0,
        "weights_estimated_again": anew,
    }
    return StandardErrors(draws.std_errors[:k], "bootstrap", facts, draws, tuple(notes))
