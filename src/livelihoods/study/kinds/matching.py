"""What a treatment does, by several ways of matching on the propensity score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods import words
from livelihoods.estimate.matching import MatchingResult, MatchSpec, match_spec, matching_table
from livelihoods.estimate.matching.balance import Balance
from livelihoods.estimate.matching.index_draws import can_weigh_anew
from livelihoods.estimate.matching.prepare import prepare
from livelihoods.estimate.matching.sentences import method_name, paragraph
from livelihoods.estimate.matching.spec import (
    WEIGHTING,
    Bootstrap,
    Clustered,
    ErrorRule,
    Estimand,
    KernelSpec,
    LocalLinearSpec,
    MethodSpec,
    NearestSpec,
    OverlapSpec,
    SupportRule,
)
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.context import quoted

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.study.context import Context, Resolved
    from livelihoods.tables import Table

_SIGNIFICANT = 0.05


class Spec(AnalysisSpec):
    """Keys of ``kind = "matching"``.

    Attributes
    ----------
    methods
        The ways of matching, each a table such as ``{ method = "kernel", bandwidth = 0.06 }``.
        Default: the nearest neighbour within a caliper of 0.05, kernel, local linear.
    estimand
        ``"ATT"``, ``"ATU"`` or ``"ATE"``; overlap weights have their own.
    link, score
        Model of the score, or a column of given scores.
    exact
        Columns on which matches must agree.
    support
        ``"minmax"``, ``"none"`` or ``{ trim = 0.05 }``.
    se
        As in ``lv.match``; a bootstrap without ``cluster`` draws the clusters of the study, and
        weighs again the outcomes that are whole indices of the study with entropy weights.
        Weighting methods sum their influence functions within the study's clusters.
    balance
        Whether to print a balance table for each method.
    sweep
        Whether to draw each effect over bandwidths and calipers.
    """

    kind: Literal["matching"] = "matching"
    methods: Annotated[tuple[MethodSpec, ...], Field(min_length=1)] = (
        NearestSpec(caliper=0.05),
        KernelSpec(),
        LocalLinearSpec(),
    )
    estimand: Estimand = "ATT"
    link: Literal["logit", "probit"] = "logit"
    score: str | None = None
    exact: tuple[str, ...] = ()
    support: SupportRule = "minmax"
    se: ErrorRule = "auto"
    balance: bool = True
    sweep: bool = False


def run(spec: Spec, context: Context) -> Outcome:
    """Match by every method on one sample with one set of scores."""
    roles = context.need(spec, "treatment", "outcomes", "controls")
    specs = [_match_spec(spec, context, roles, method) for method in spec.methods]
    ready = prepare(specs[0], context.survey)
    results: list[MatchingResult] = []
    for place, each in enumerate(specs):
        context.progress(place, len(specs), spec.id)
        results.append(
            match_spec(
                each, context.survey, identity=spec.id, executor=context.executor, ready=ready
            )
        )
    labels = {name: context.label(name) for name in roles.outcomes}
    title = spec.title or words.text("study.kind_matching")
    table = matching_table(results, labels=labels, title=title)
    table = replace(table, preset=context.output.preset, decimals=context.output.decimals)
    if context.output.readings:
        table = replace(table, reading=_reading(results, context))
    tables = [table, *(_balances(results) if spec.balance else ())]
    named = {_name(place, result): result for place, result in enumerate(results)}
    return Outcome(tables=tuple(tables), figures=_figures(spec, results), results=named)


def _match_spec(spec: Spec, context: Context, roles: Resolved, method: MethodSpec) -> MatchSpec:
    rule = spec.se
    if isinstance(method, WEIGHTING):
        named = rule.cluster if isinstance(rule, Bootstrap) else None
        cluster = named or (roles.cluster[0] if roles.cluster else None)
        if rule is not None and cluster:
            rule = Clustered(cluster=cluster)
    elif isinstance(rule, Bootstrap):
        again = {
            name: context.indices[name].spec
            for name in roles.outcomes
            if name in context.indices and can_weigh_anew(context.indices[name].spec)
        }
        cluster = rule.cluster or (roles.cluster[0] if roles.cluster else None)
        rule = rule.model_copy(update={"cluster": cluster, "index": rule.index or again})
    return MatchSpec(
        formula=context.formula(str(roles.treatment), *roles.controls),
        outcomes=roles.outcomes,
        method=method,
        estimand="ATO" if isinstance(method, OverlapSpec) else spec.estimand,
        link=spec.link,
        score=spec.score,
        exact=spec.exact,
        support=spec.support,
        weights=roles.weights,
        se=rule,
        seed=context.seed,
        conf_level=roles.conf_level,
    )


def _name(place: int, result: MatchingResult) -> str:
    return f"{place + 1}:{result.spec.method.method}"


def _balances(results: list[MatchingResult]) -> list[Table]:
    tables = []
    for place, result in enumerate(results, start=1):
        if isinstance(result.balance, Balance):
            found = result.balance_table()
            title = f"{found.title} · {method_name(result)}"
            tables.append(replace(found, id=f"balance-{place}", title=title))
    return tables


def _figures(spec: Spec, results: list[MatchingResult]) -> tuple[Figure, ...]:
    figures = [results[0].plot("overlap")]
    balanced = next((r for r in results if isinstance(r.balance, Balance)), None)
    if balanced is not None:
        figures.append(balanced.plot("love"))
    if spec.sweep:
        for place, result in enumerate(results, start=1):
            method = result.spec.method
            if getattr(method, "caliper", None) or getattr(method, "bandwidth", None):
                for name in result.spec.outcomes:
                    drawn = result.sweep().plot(name)
                    figures.append(replace(drawn, id=f"sweep-{place}-{quoted(name).strip('`')}"))
    return tuple(figures)


def _reading(results: list[MatchingResult], context: Context) -> str:
    """Say how far the methods agree, then how each was done."""
    first = results[0]
    said = []
    for k, name in enumerate(first.spec.outcomes):
        rows = [result.estimate.row(k, named=True) for result in results]
        effects = [row["estimate"] for row in rows]
        sure = sum(1 for row in rows if row["p_value"] is not None
                   and row["p_value"] < _SIGNIFICANT)  # fmt: skip
        said.append(
            words.text(
                "study.matching_reading",
                estimand=first.spec.estimand,
                treatment=context.label(first.treatment),
                outcome=context.label(name),
                low=min(effects),
                high=max(effects),
                n=len(results),
                sure=sure,
            )
        )
    said.append(words.text("study.matching_limits"))
    said += [f"{method_name(result)}: {paragraph(result)}" for result in results]
    return "\n\n".join(said)
