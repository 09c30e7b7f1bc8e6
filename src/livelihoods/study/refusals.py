"""A variable must not explain an index that is made from the same answers.

Every column knows the questions it was made from. Before an analysis runs, each role variable is
compared with the indicators of each outcome index: a treatment that shares a question is refused;
a control or mediator is refused unless the author acknowledges it, and then the result stands
beside one with the shared indicators left out of the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livelihoods.design.language import parse_formula
from livelihoods.errors import RefusedError

if TYPE_CHECKING:
    from livelihoods.measure import IndexSpec
    from livelihoods.study.analysis import AnalysisSpec
    from livelihoods.study.context import Resolved
    from livelihoods.survey.model import Survey


@dataclass(frozen=True, slots=True)
class Overlap:
    """One role variable that shares answers with indicators of an outcome index.

    Attributes
    ----------
    role, variable
        What it does in the analysis, and its column.
    outcome
        The index (or dimension) concerned.
    indicators
        Indicators of the index that share a question with it.
    questions
        The shared source questions, sorted.
    """

    role: str
    variable: str
    outcome: str
    indicators: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def of_index(self) -> bool:
        """Whether the outcome is an index; else it is one derived column, compared as a whole."""
        return self.indicators != (self.outcome,)


def overlaps(
    spec: AnalysisSpec, roles: Resolved, survey: Survey, indices: Mapping[str, IndexSpec]
) -> tuple[Overlap, ...]:
    """Return every overlap of an analysis, in the order of outcomes, then roles."""
    found = []
    for outcome in roles.outcomes:
        # A column that is no index is compared as a whole: a derived outcome, a factor score.
        indicators = outcome_indicators(outcome, indices) or (outcome,)
        for role, variable in _role_variables(spec, roles, survey):
            overlap = _overlap(role, variable, outcome, indicators, survey)
            if overlap is not None:
                found.append(overlap)
    return tuple(found)


def refuse(spec: AnalysisSpec, found: Sequence[Overlap], acknowledged: Sequence[str]) -> None:
    """Raise for an overlap that cannot, or may not yet, go through.

    Raises
    ------
    RefusedError
        ``study.treatment_in_outcome`` always for a treatment; ``study.shared_question`` for
        another role whose variable is not acknowledged.
    """
    for overlap in found:
        told: dict[str, Any] = {
            "id": spec.id,
            "variable": overlap.variable,
            "outcome": overlap.outcome,
            "indicators": list(overlap.indicators),
            "questions": list(overlap.questions),
        }
        if overlap.role == "treatment":
            raise RefusedError("study.treatment_in_outcome", **told)
        if overlap.of_index and overlap.variable not in acknowledged:
            from livelihoods import words

            role = (
                words.text(f"study.a_{overlap.role}")
                if words.has(f"study.a_{overlap.role}")
                else overlap.role
            )
            raise RefusedError("study.shared_question", role=role, **told)


def without(spec: IndexSpec, indicators: Sequence[str]) -> IndexSpec | None:
    """Return the index without some indicators; None if nothing is left of it."""
    gone = frozenset(indicators)
    dimensions = _pruned(spec.dimensions, gone)
    if not dimensions:
        return None
    changed: dict[str, Any] = {"dimensions": dimensions}
    for option in ("weights", "bounds"):
        given = getattr(spec, option)
        if isinstance(given, Mapping):
            changed[option] = {name: value for name, value in given.items() if name not in gone}
    return spec.model_copy(update=changed)


def index_of(outcome: str, indices: Iterable[str]) -> tuple[str, str]:
    """Return the index an outcome column belongs to and the part of it; "" if to none.

    ``"resilience.learning"`` gives ``("resilience", "learning")``.
    """
    names = [name for name in indices if outcome == name or outcome.startswith(f"{name}.")]
    name = max(names, key=len, default="")
    return name, outcome[len(name) + 1 :] if name else ""


def outcome_indicators(outcome: str, indices: Mapping[str, IndexSpec]) -> tuple[str, ...]:
    """Return the indicators of an index column or of one of its parts; else nothing."""
    name, part = index_of(outcome, indices)
    if not name:
        return ()
    part = part.removesuffix(".score")
    return tuple(
        i.name
        for i in indices[name].indicators()
        if part in ("", i.dimension, f"{i.dimension}.{i.sub_dimension}")
    )


def term_variables(term: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that a formula term uses."""
    if term in columns:
        return (term,)
    return parse_formula(f"~ {term}").variables


def _overlap(
    role: str, variable: str, outcome: str, indicators: Sequence[str], survey: Survey
) -> Overlap | None:
    # Where and when somebody was asked is no answer that two columns could share.
    design = survey.design
    places = {design.village, design.wave, design.cluster, design.household, design.strata}
    asked = (frozenset(survey.sources(variable)) | {variable}) - places
    shared: dict[str, None] = {}
    hit = []
    for indicator in indicators:
        common = sorted(asked & (frozenset(survey.sources(indicator)) | {indicator}))
        if common:
            hit.append(indicator)
            shared.update(dict.fromkeys(common))
    return Overlap(role, variable, outcome, tuple(hit), tuple(sorted(shared))) if hit else None


def _role_variables(
    spec: AnalysisSpec, roles: Resolved, survey: Survey
) -> Iterator[tuple[str, str]]:
    columns = survey.frame.columns
    listed: list[tuple[str, Sequence[str]]] = [
        ("treatment", (roles.treatment,) if roles.treatment else ()),
        *spec.beside().items(),
        ("control", roles.controls),
    ]
    seen: dict[str, None] = {}
    for role, terms in listed:
        for term in terms:
            for variable in term_variables(term, columns):
                if variable not in seen:
                    seen[variable] = None
                    yield role, variable


def _pruned(tree: Mapping[str, Any], gone: frozenset[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, inner in tree.items():
        if isinstance(inner, Mapping) and "target" not in inner:
            if below := _pruned(inner, gone):
                kept[name] = below
        elif name not in gone:
            kept[name] = inner
    return kept
