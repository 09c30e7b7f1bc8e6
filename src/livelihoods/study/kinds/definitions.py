"""What the variables are: wording, answers, unit, mean; and what an index is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from livelihoods import words
from livelihoods.describe.definitions import index_system_table, variable_definitions
from livelihoods.errors import StudyError
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed
from livelihoods.study.load import nearest_words
from livelihoods.study.refusals import term_variables

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "definitions"``.

    Attributes
    ----------
    items
        Category -> columns; default: outcomes, treatment and the variables of the controls.
    wording
        Column -> definition in words, for derived variables.
    index
        Names under ``[index]`` whose system (question, unit, direction, mean, weight) follows.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["definitions"] = "definitions"
    items: dict[str, tuple[str, ...]] | None = None
    wording: dict[str, str] = Field(default_factory=dict)
    index: tuple[str, ...] = ()


def run(spec: Spec, context: Context) -> Outcome:
    """Define the variables, then the indices."""
    found = variable_definitions(
        context.survey,
        _default(spec, context) if spec.items is None else spec.items,
        wording=spec.wording,
        weights=context.resolve(spec).weights,
    )
    tables = [dressed(found.summary(), context, spec.title)]
    for name in spec.index:
        if name not in context.indices:
            hint = nearest_words(name, list(context.indices))
            raise StudyError("study.unknown_index", name=name, nearest=hint)
        system = index_system_table(context.survey, context.indices[name]).summary()
        title = words.text("study.index_system", index=context.label(name))
        tables.append(dressed(system, context, title))
    return Outcome(tuple(tables), results={"definitions": found})


def _default(spec: Spec, context: Context) -> dict[str, tuple[str, ...]]:
    roles = context.resolve(spec)
    columns = context.survey.frame.columns
    controls: list[str] = []
    for term in roles.controls:
        controls += term_variables(term, columns)
    parts = {
        "role_outcomes": roles.outcomes,
        "role_treatment": (roles.treatment,) if roles.treatment else (),
        "role_controls": tuple(dict.fromkeys(controls)),
    }
    return {words.text(f"study.{role}"): names for role, names in parts.items() if names}
