"""What a study would do: on which rows, with which columns, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.engine.executor import ThreadExecutor
from livelihoods.notes import gather
from livelihoods.study.kinds import kinds
from livelihoods.study.refusals import term_variables
from livelihoods.study.run import context_of, heading, planned, ready
from livelihoods.tables import Column, Row, Table, integer, text

if TYPE_CHECKING:
    from livelihoods.notes import Note
    from livelihoods.study.analysis import AnalysisSpec
    from livelihoods.study.context import Context
    from livelihoods.study.study import Study


@dataclass(frozen=True, slots=True)
class Step:
    """One analysis that would run.

    Attributes
    ----------
    id, kind, title
        As in the study file, with the default heading filled in.
    outcomes
        Columns that would be explained or described.
    treatment
        Column, or "".
    rows
        Complete rows over outcomes, treatment, controls and cluster: at most this many.
    """

    id: str
    kind: str
    title: str
    outcomes: tuple[str, ...]
    treatment: str
    rows: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a study would do.

    Attributes
    ----------
    rows_read, rows_used
        Before and after cleaning.
    steps
        The analyses in order.
    notes
        Findings of reading, cleaning, checking and indices.
    """

    rows_read: int
    rows_used: int
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]

    def summary(self) -> Table:
        """Return the steps as a table for a person."""
        body = tuple(
            Row(
                (
                    text(step.id),
                    text(step.kind),
                    text(step.treatment or "–"),
                    text(", ".join(step.outcomes) or "–"),
                    integer(step.rows),
                )
            )
            for step in self.steps
        )
        keys = ("id", "kind", "treatment", "outcomes", "rows")
        columns = tuple(
            Column(key, words.text(f"study.plan_{key}"), "decimal" if key == "rows" else "left")
            for key in keys
        )
        legend = words.text("study.plan_rows_note", read=self.rows_read, used=self.rows_used)
        title = words.text("study.plan_title")
        return Table("plan", title, columns, body, legend=(legend,), language=words.language())


def plan(study: Study) -> Plan:
    """Prepare the data, refuse what must be refused, and say what would run.

    Raises
    ------
    StudyError
        As a run would, up to the first analysis.
    """
    asked = planned(study)
    kinds()
    with words.use_language(study.spec.language), ThreadExecutor(1) as executor:
        prepared, compared = ready(study, asked, executor)
        context = context_of(study, prepared, compared, executor)
        steps = tuple(_step(analysis, context) for analysis in asked)
        index_notes = (index.notes for index in prepared.indices.values())
        notes = gather(prepared.survey.notes, prepared.check.notes, *index_notes)
    return Plan(prepared.read.frame.height, prepared.survey.frame.height, steps, notes)


def _step(analysis: AnalysisSpec, context: Context) -> Step:
    roles = context.resolve(analysis)
    title = analysis.title or heading(analysis)
    name = getattr(analysis, "index", None)
    if isinstance(name, str):
        rows = context.indices[name].nobs if name in context.indices else 0
        return Step(analysis.id, analysis.kind, title, (name,), "", rows)
    factor = getattr(analysis, "factor", None)
    if isinstance(factor, str):
        rows = context.factors[factor].nobs if factor in context.factors else 0
        return Step(analysis.id, analysis.kind, title, (factor,), "", rows)
    columns = context.survey.frame.columns
    terms = [*roles.controls, *(term for part in analysis.beside().values() for term in part)]
    used = [
        *roles.outcomes,
        *roles.cluster,
        *(v for t in terms for v in term_variables(t, columns)),
    ]
    used += [name for name in (roles.treatment, roles.weights) if name is not None]
    items = getattr(analysis, "items", ())
    used += [name for name in items if name in columns]
    frame = context.survey.frame
    # Polars takes a selection of no columns for a frame of no rows.
    complete = frame.select(list(dict.fromkeys(used))).drop_nulls().height if used else frame.height
    return Step(analysis.id, analysis.kind, title, roles.outcomes, roles.treatment or "", complete)
