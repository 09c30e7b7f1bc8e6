"""What the analyses of a study claim about the effect of the treatment, one claim an interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.build import build_design
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.effect_groups import Categories, by_kind, by_level
from livelihoods.estimate.heterogeneity_result import HeterogeneityResult
from livelihoods.estimate.iv import IvResult
from livelihoods.estimate.matching import MatchingResult
from livelihoods.estimate.matching.sentences import method_name
from livelihoods.estimate.mechanism_groups import GroupedMechanisms
from livelihoods.estimate.mechanisms import Mechanisms
from livelihoods.estimate.mixed_process.result import CmpResult
from livelihoods.estimate.models import FitResult
from livelihoods.estimate.ols import OlsResult
from livelihoods.estimate.oster import Oster
from livelihoods.estimate.transport import Transport
from livelihoods.study.placed import labels_of
from livelihoods.study.populations import split

if TYPE_CHECKING:
    from livelihoods.study.analysis import AnalysisSpec, Outcome
    from livelihoods.study.context import Context
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class Claim:
    """One estimate of the treatment's effect with its interval.

    Attributes
    ----------
    analysis, title
        Where it comes from.
    column
        What the effect is on.
    through
        Mediator, if only what runs through it is meant.
    method
        How it was estimated, for people.
    whom
        Whose effect: group or population, for people.
    weights
        Weight of every row of the survey in that population, shape ``(n,)``.
    estimate, low, high
        The estimate and its interval.
    """

    analysis: str
    title: str
    column: str
    through: str | None
    method: str
    whom: str
    weights: Floats
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What every reader of results needs.

    Attributes
    ----------
    spec
        The analysis read.
    title
        Its heading.
    context
        The study around it.
    treatment
        Its treatment.
    treated
        Shape ``(n,)``.
    """

    spec: AnalysisSpec
    title: str
    context: Context
    treatment: str
    treated: Floats

    def claim(
        self, column: str, method: str, row: Mapping[str, Any], **rest: Any
    ) -> Iterator[Claim]:
        """Yield the claim of a tidy row that has an interval; the population is the treated."""
        if row["estimate"] is None or row["conf_low"] is None:
            return
        whom = rest.get("whom", _say("treated"))
        weights = rest.get("weights", self.treated)
        yield Claim(
            self.spec.id, self.title, column, rest.get("through"), method, whom, weights,
            float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]),
        )  # fmt: skip


def claims(asked: Asked, outcome: Outcome) -> Iterator[Claim]:
    """Yield what the results of one analysis claim, in their order; other results claim nothing."""
    for result in outcome.results.values():
        for kind, reader in _READERS:
            if isinstance(result, kind):
                yield from reader(asked, result)
                break


def _coefficient(asked: Asked, result: OlsResult | IvResult) -> Iterator[Claim]:
    name = "ols" if isinstance(result, OlsResult) else "iv"
    row = _row(result.tidy(), asked.treatment)
    if row is not None:
        method = _say("method_errors", method=_say(name), errors=result.vcov.words())
        yield from asked.claim(result.outcome, method, row)


def _average_effect(asked: Asked, result: FitResult) -> Iterator[Claim]:
    row = _row(result.effects(), asked.treatment)
    if row is not None:
        everybody = np.ones_like(asked.treated)
        yield from asked.claim(
            result.outcome, _say("average_effect"), row, weights=everybody, whom=_say("all")
        )


def _system(asked: Asked, result: CmpResult) -> Iterator[Claim]:
    equations = [e for e in result.built.equations if e.response == result.outcome]
    for row in result.tidy().iter_rows(named=True):
        if row["term"] == asked.treatment and row["equation"] == equations[0].name:
            yield from asked.claim(result.outcome, _say("cmp"), row)


def _matching(asked: Asked, result: MatchingResult) -> Iterator[Claim]:
    survey = asked.context.survey
    place = np.searchsorted(survey.rows, result.ready.design.rows)
    weights = np.zeros(survey.rows.size)
    weights[place] = result.matching.focal
    whom = _say(f"matched_{result.spec.estimand}")
    for row in result.tidy().iter_rows(named=True):
        yield from asked.claim(row["outcome"], method_name(result), row, weights=weights, whom=whom)


def _bounds(asked: Asked, result: Oster) -> Iterator[Claim]:
    low, high = result.identified_set
    row = {"estimate": result.beta_star, "conf_low": low, "conf_high": high}
    yield from asked.claim(result.outcome, _say("oster"), row)


def _groups(asked: Asked, result: HeterogeneityResult) -> Iterator[Claim]:
    members = _members(asked, result)
    for row in result.frame.iter_rows(named=True):
        if row["group"] in members:
            inside = asked.treated * members[row["group"]]
            named = words.text(f"estimate.heterogeneity.estimator_{row['estimator']}")
            method = _say("method_groups", method=named)
            whom = result.wording[row["group"]]
            yield from asked.claim(result.outcome, method, row, weights=inside, whom=whom)


def _members(asked: Asked, result: HeterogeneityResult) -> dict[str, Floats]:
    """Return group -> 1 for its rows, made again as the analysis made them."""
    survey = asked.context.survey
    design = build_design(result.formula, survey)
    used = np.searchsorted(survey.rows, design.rows)
    by = getattr(asked.spec, "by", ())
    if isinstance(by, str):
        found = by_level(survey, by, used)
    else:
        across: tuple[str, ...] = getattr(asked.spec, "across", ())
        categories: Categories = getattr(asked.spec, "categories", "each")
        found = by_kind(survey, asked.treatment, by, across, categories, used)
    out = {}
    for group in found.groups:
        out[group.name] = np.zeros(survey.rows.size)
        out[group.name][group.rows] = 1.0
    return out


def _mediators(asked: Asked, result: Mechanisms) -> Iterator[Claim]:
    for row in result.frame.filter(pl.col("part") == "mediator").iter_rows(named=True):
        named = words.text(f"estimate.mechanisms.kind_{row['model']}")
        method = _say("method_mediator", method=named)
        least = row["model"] == "ols"
        weights = asked.treated if least else np.ones_like(asked.treated)
        whom = _say("treated" if least else "all")
        yield from asked.claim(row["term"], method, row, weights=weights, whom=whom)
    through = result.frame.filter((pl.col("part") == "mediation") & (pl.col("term") == "acme"))
    for row in through.iter_rows(named=True):
        yield from asked.claim(result.outcome, "ACME", row, through=row["mediator"])
    if result.by_group is not None:
        yield from _mediators_by_group(asked, result.by_group)


def _mediators_by_group(asked: Asked, result: GroupedMechanisms) -> Iterator[Claim]:
    """What runs through each mediator in each group; effects in deviations have no true unit."""
    survey = asked.context.survey
    groups = by_level(survey, result.by, np.arange(survey.rows.size, dtype=np.int64)).groups
    inside = {group.name: np.isin(np.arange(survey.rows.size), group.rows) for group in groups}
    method = _say("accounting")
    for row in result.frame.filter(pl.col("part") == "through").iter_rows(named=True):
        weights = asked.treated * inside[row["group"]]
        whom = result.wording[row["group"]]
        yield from asked.claim(
            result.outcome, method, row, through=row["term"], weights=weights, whom=whom
        )


def _carried(asked: Asked, result: Transport) -> Iterator[Claim]:
    survey = asked.context.survey
    condition = str(getattr(asked.spec, "target", "")).strip()
    if not condition:
        return
    parts = split(survey, condition)
    places = {"study": parts.study.rows, "target": parts.target.rows}
    for row in result.frame.filter(pl.col("population") != "difference").iter_rows(named=True):
        inside = np.isin(survey.rows, places[row["population"]]).astype(np.float64)
        method = words.text(f"estimate.transport.method_{row['method']}")
        whom = words.text(f"estimate.transport.{row['population']}")
        yield from asked.claim(result.outcome, method, row, weights=inside, whom=whom)


_READERS: tuple[tuple[type[Any], Callable[[Asked, Any], Iterator[Claim]]], ...] = (
    (OlsResult, _coefficient),
    (IvResult, _coefficient),
    (FitResult, _average_effect),
    (CmpResult, _system),
    (MatchingResult, _matching),
    (Oster, _bounds),
    (HeterogeneityResult, _groups),
    (Mechanisms, _mediators),
    (Transport, _carried),
)


def _row(frame: pl.DataFrame, term: str) -> dict[str, Any] | None:
    found = frame.filter(pl.col("term").str.strip_chars("`") == term)
    return found.row(0, named=True) if found.height == 1 else None


def _say(key: str, **values: object) -> str:
    return words.text(f"study.recovered.{key}", **values)


def shown_column(claim: Claim, context: Context) -> str:
    """Return what the effect is on, in words."""
    with co.use_labels(labels_of(context)):
        named = co.shown(claim.column)
        if claim.through is None:
            return named
        return _say("through", outcome=named, mediator=co.shown(claim.through))
