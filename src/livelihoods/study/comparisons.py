"""Indices without the items that an acknowledged control or mediator shares with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.measure import Index, IndexSpec, build_index
from livelihoods.notes import Note, Where
from livelihoods.study.prepare import Prepared
from livelihoods.study.reading import inside
from livelihoods.study.refusals import Overlap, index_of, outcome_indicators, without
from livelihoods.study.source import with_variables
from livelihoods.survey.model import Codebook, Variable

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey


@dataclass(frozen=True, slots=True)
class Comparison:
    """One outcome and the index to set beside it.

    Attributes
    ----------
    outcome
        The column whose index shares answers with role variables.
    variables
        Those variables, in the order met.
    indicators
        Indicators left out, in the order of the index.
    base
        Name of the reduced index.
    column
        Column to set beside the outcome, or None if nothing is left to compare with.
    spec
        The reduced index, or None.
    """

    outcome: str
    variables: tuple[str, ...]
    indicators: tuple[str, ...]
    base: str
    column: str | None
    spec: IndexSpec | None


def comparisons(found: Sequence[Overlap], specs: Mapping[str, IndexSpec]) -> tuple[Comparison, ...]:
    """Return what is to be compared, one an outcome that has overlaps."""
    by_outcome: dict[str, list[Overlap]] = {}
    for overlap in found:
        by_outcome.setdefault(overlap.outcome, []).append(overlap)
    return tuple(_comparison(outcome, met, specs) for outcome, met in by_outcome.items())


def _comparison(outcome: str, met: Sequence[Overlap], specs: Mapping[str, IndexSpec]) -> Comparison:
    index, part = index_of(outcome, specs)
    if not index:
        names = tuple(dict.fromkeys(overlap.variable for overlap in met))
        return Comparison(outcome, names, (), "", None, None)
    variables = tuple(dict.fromkeys(overlap.variable for overlap in met))
    hit = {name for overlap in met for name in overlap.indicators}
    indicators = tuple(i.name for i in specs[index].indicators() if i.name in hit)
    reduced = without(specs[index], indicators)
    base = f"{index}_without_{'_'.join(variables)}"
    column: str | None = f"{base}.{part}" if part else base
    if reduced is None or not outcome_indicators(str(column), {base: reduced}):
        column = reduced = None
    return Comparison(outcome, variables, indicators, base, column, reduced)


def add_comparisons(
    prepared: Prepared, wanted: Sequence[Comparison], executor: Any = None
) -> Prepared:
    """Return the data with the reduced indices as further columns."""
    survey = prepared.survey
    indices: dict[str, Index] = dict(prepared.indices)
    specs: dict[str, IndexSpec] = dict(prepared.specs)
    for item in wanted:
        if item.spec is None or item.column is None:
            continue
        if item.base not in indices:
            index = build_index(survey, item.spec, executor)
            survey = index.attach(survey, item.base)
            indices[item.base], specs[item.base] = index, item.spec
        survey = _labelled(survey, item)
    return replace(prepared, survey=survey, indices=indices, specs=specs)


def comparison_note(item: Comparison, survey: Survey) -> Note:
    """Return the line above the tables of an analysis with an acknowledged overlap."""

    def label(name: str) -> str:
        return f"“{survey.codebook.label(name)}”"

    values = {
        "outcome": label(item.outcome),
        "variables": [label(name) for name in item.variables],
        "indicators": [label(name) for name in item.indicators],
    }
    if not item.indicators:
        return Note("study.shared_derived", "caution", values, Where(item.variables))
    code = "study.shared_compared" if item.column else "study.shared_alone"
    return Note(code, "warning", values, Where(item.variables))


def _labelled(survey: Survey, item: Comparison) -> Survey:
    column = str(item.column)
    names = [inside(survey.codebook.label(variable)) for variable in item.variables]
    own = survey.codebook.label(item.outcome)
    bracketed = own.endswith((")", "）"))
    key = "study.without_more" if bracketed else "study.without_label"
    label = words.text(key, outcome=own[:-1] if bracketed else own, variables=names)
    entry = Variable(column, {words.language(): label}, scale="continuous", low=0.0, high=1.0)
    return with_variables(survey, Codebook({column: entry}))
