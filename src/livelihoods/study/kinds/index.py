"""How an index is made: its system with weights, the same index under other weights, its spread."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from livelihoods import words
from livelihoods.errors import StudyError
from livelihoods.figures.distribution import distribution_plot
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.load import nearest_words
from livelihoods.tables import Column, Row, Table, number, percent, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.measure import Index
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "index"``; each ``[index.NAME]`` gets one by itself.

    Attributes
    ----------
    index
        Name under ``[index]``.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "none"
    kind: Literal["index"] = "index"
    index: str


def run(spec: Spec, context: Context) -> Outcome:
    """Show the index system, its weights beside other weights, and the distribution of scores."""
    if spec.index not in context.indices:
        hint = nearest_words(spec.index, list(context.indices))
        raise StudyError("study.unknown_index", name=spec.index, nearest=hint)
    versions = _versions(spec.index, context)
    headline = versions[spec.index]
    label = context.label(spec.index)
    system = replace(
        headline.summary(),
        id="system",
        title=words.text("study.index_system", index=label),
        language=context.language,
    )
    tables = [system]
    if len(versions) > 1:
        tables.append(_beside(versions, context, label))
    figures = (replace(headline.plot(), id="weights"), _distribution(spec.index, context, label))
    return Outcome(tuple(tables), figures, results=versions)


def _versions(name: str, context: Context) -> dict[str, Index]:
    """Return the index and the weightings beside it, headline first."""
    spec = context.indices[name].spec
    return {
        column: index
        for column, index in context.indices.items()
        if column == name
        or (column.startswith(f"{name}_") and index.spec.dimensions == spec.dimensions)
    }


def _beside(versions: dict[str, Index], context: Context, label: str) -> Table:
    """Return the weights of each version, and how far the rankings agree."""
    headline = next(iter(versions.values()))
    rows = []
    for place, indicator in enumerate(headline.spec.indicators()):
        weights = [index.weights["weight"][place] for index in versions.values()]
        rows.append(
            Row((text(context.label(indicator.name)), *(percent(weight) for weight in weights)))
        )
    agreement = [_rank_correlation(headline, index) for index in versions.values()]
    rows.append(
        Row(
            (text(words.text("study.index_agreement")), *(number(r, 3) for r in agreement)),
            "statistic",
            rule_above=True,
        )
    )
    effective = [index.diagnostics["effective_number"][0] for index in versions.values()]
    rows.append(
        Row(
            (text(words.text("study.index_effective")), *(number(n, 2) for n in effective)),
            "statistic",
        )
    )
    heads = [Column(name, _scheme(index)) for name, index in versions.items()]
    return Table(
        "weights-beside",
        words.text("study.index_beside", index=label),
        (Column("indicator", words.text("study.index_indicator"), "left"), *heads),
        tuple(rows),
        legend=(words.text("study.index_beside_legend"),),
        preset=context.output.preset,
        language=context.language,
    )


def _scheme(index: Index) -> str:
    return words.text(f"study.weights_{index.spec.scheme()}")


def _rank_correlation(first: Index, second: Index) -> float:
    """Return Spearman's rank correlation of two versions' scores, ties averaged."""
    both = ~(first.scores.is_null() | second.scores.is_null())
    ranks = [index.scores.filter(both).rank("average").to_numpy() for index in (first, second)]
    x, y = (rank - rank.mean() for rank in ranks)
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def _distribution(name: str, context: Context, label: str) -> Figure:
    values = context.survey.frame[name].to_numpy()
    title = words.text("study.index_scores", index=label)
    return distribution_plot(values, title=title, axis=label)
