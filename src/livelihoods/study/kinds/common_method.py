"""Are regressor and outcome one thing asked twice? Wording, single factor, and a re-run without."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from livelihoods import words
from livelihoods.errors import LivelihoodsError, StudyError
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.measure.common_method import CommonMethod, common_method
from livelihoods.measure.factors import factor_scores
from livelihoods.notes import Note
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.load import nearest_words
from livelihoods.study.sections import Name
from livelihoods.tables.regression import regression_table

if TYPE_CHECKING:
    from livelihoods.study.context import Context
    from livelihoods.tables import Table


class Spec(AnalysisSpec):
    """Keys of ``kind = "common_method"``.

    Attributes
    ----------
    factor
        Name under ``[factor]`` whose items are the regressor's; the default is the treatment.
    index
        Name under ``[index]`` whose indicators are the outcome's; or else
    items
        The outcome's items.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "none"
    kind: Literal["common_method"] = "common_method"
    factor: Name | None = None
    index: Name | None = None
    items: tuple[Name, ...] = ()


def run(spec: Spec, context: Context) -> Outcome:
    """List questions worded alike, test a single factor, and re-run least squares without them."""
    name = spec.factor or context.resolve(spec).treatment
    if name is None or name not in context.factors:
        hint = nearest_words(str(name), list(context.factors))
        raise StudyError("study.unknown_factor", name=name, nearest=hint)
    items = tuple(context.factors[name].loadings["item"].to_list())
    found = common_method(
        context.survey,
        items,
        _outcome_items(spec, context),
        conf_level=context.resolve(spec).conf_level,
        executor=context.executor,
    )
    tables = [replace(found.summary(), preset=context.output.preset)]
    results: dict[str, Any] = {"check": found}
    notes: tuple[Note, ...] = ()
    if found.pairs.height and len(found.kept) >= 2:
        again = _again(spec, context, name, found)
        if isinstance(again, Note):
            notes = (again,)
        else:
            tables.append(_table(again, name, context))
            results |= again
    return Outcome(tuple(tables), (found.plot(),), notes=notes, results=results)


def _outcome_items(spec: Spec, context: Context) -> tuple[str, ...]:
    if (spec.index is None) == (not spec.items):
        raise StudyError("study.index_or_items", id=spec.id)
    if spec.index is None:
        return spec.items
    if spec.index not in context.indices:
        hint = nearest_words(spec.index, list(context.indices))
        raise StudyError("study.unknown_index", name=spec.index, nearest=hint)
    return tuple(i.name for i in context.indices[spec.index].spec.indicators())


def _again(
    spec: Spec, context: Context, name: str, found: CommonMethod
) -> dict[str, OlsResult] | Note:
    """Return least squares on the whole score and on the one without the questions worded alike."""
    roles = context.resolve(spec)
    outcomes = (spec.index,) if spec.index is not None else roles.outcomes
    shorter = f"{name}_without_alike"
    try:
        reduced = factor_scores(
            context.survey, found.kept, seed=context.seed, executor=context.executor
        )
    except LivelihoodsError as error:
        return Note("study.no_shorter_score", "caution", {"reason": error.message().split("\n")[0]})
    survey = reduced.attach(context.survey, shorter)
    vcov: Any = {"cluster": roles.cluster} if roles.cluster else "HC1"
    results = {}
    for outcome in outcomes:
        for score in (name, shorter):
            formula = context.formula(outcome, score, *roles.controls)
            results[f"{outcome}:{score}"] = ols(
                formula, survey, vcov, roles.weights, roles.conf_level
            )
    return results


def _table(results: dict[str, OlsResult], name: str, context: Context) -> Table:
    label = context.label(name)
    columns = context.survey.frame.columns
    labels = {c: context.label(c) for c in columns if context.label(c) != c}
    labels[f"{name}_without_alike"] = words.text("study.common_without", score=label)
    return regression_table(
        tuple(results.values()),
        context.output.preset,
        id="without",
        title=words.text("study.common_rerun"),
        labels=labels,
        decimals=context.output.decimals,
    )
