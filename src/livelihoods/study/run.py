"""Run a study: prepare, refuse what must be refused, analyse in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.engine.executor import Executor, ThreadExecutor, executor_from
from livelihoods.errors import SpecError, StudyError
from livelihoods.notes import Note, gather
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.comparisons import (
    Comparison,
    add_comparisons,
    comparison_note,
    comparisons,
)
from livelihoods.study.context import Context
from livelihoods.study.kinds import kinds
from livelihoods.study.kinds.factor_scores import Spec as FactorTables
from livelihoods.study.kinds.index import Spec as IndexTables
from livelihoods.study.prepare import Prepared, prepare
from livelihoods.study.refusals import Overlap, overlaps, refuse, term_variables
from livelihoods.study.resume import Kept, kept_for
from livelihoods.study.source import unknown_column

if TYPE_CHECKING:
    from livelihoods.study.study import Study

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """One analysis that has run: what was asked and what was found."""

    spec: AnalysisSpec
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Ran:
    """Everything a run found, before anything is written.

    Attributes
    ----------
    prepared
        The data as the analyses saw them, comparison indices included.
    done
        The analyses, those of the indices first.
    notes
        Findings of reading, cleaning and checking, in order.
    kept
        What is kept for an interrupted run; to be forgotten when all is written.
    """

    prepared: Prepared
    done: tuple[Done, ...]
    notes: tuple[Note, ...]
    kept: Kept


def nobody(done: int, total: int, what: str) -> None:
    """Report progress to nobody."""


def run_analyses(
    study: Study,
    workers: int | None = None,
    progress: Progress = nobody,
    *,
    executor: Executor | str | None = None,
    resume: bool = False,
) -> Ran:
    """Run a study without writing any result.

    Parameters
    ----------
    study
        The study and its place.
    workers
        Threads for block sums; changes no digit.
    progress
        Called as ``progress(done, total, what)``, ``what`` in the study's language.
    executor
        Where to compute instead: an executor or a text that names one; changes no byte. Without
        it and without ``workers``, what ``[run]`` says, else threads.
    resume
        Take over what an interrupted run had finished, and keep what this one finishes.

    Raises
    ------
    StudyError
        With line and key around whatever went wrong.
    SpecError
        If both ``workers`` and ``executor`` are given.
    ExecutorError
        If the cluster cannot be reached, used, or is lost.
    """
    asked = planned(study)
    total = len(asked) + 2
    stage = _Stage(progress, total)
    with words.use_language(study.spec.language), _executor(study, workers, executor, stage) as on:
        stage.enter(0, words.text("study.step_prepare"))
        prepared, compared = ready(study, asked, on)
        context = context_of(study, prepared, compared, on)
        kept = kept_for(study, prepared.digest, resume=resume)
        done: list[Done] = []
        for number, analysis in enumerate(asked):
            stage.enter(number + 1, analysis.title or heading(analysis))
            before = tuple((item.spec, item.outcome) for item in done)
            outcome = kept.find(analysis) or _analyse(
                study, analysis, replace(context, earlier=before)
            )
            kept.keep(analysis, outcome)
            notes = (comparison_note(item, prepared.survey) for item in compared[analysis.id])
            done.append(Done(analysis, replace(outcome, notes=(*notes, *outcome.notes))))
        progress(total - 1, total, words.text("study.step_write"))
    findings = gather(prepared.survey.notes, prepared.check.notes)
    return Ran(prepared, tuple(done), findings, kept)


class _Stage:
    """Tells progress: which step, and how far its tasks are."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._now = (0, "")

    def enter(self, number: int, what: str) -> None:
        self._now = (number, what)
        self._progress(number, self._total, what)

    def __call__(self, done: int, tasks: int) -> None:
        number, what = self._now
        self._progress(number, self._total, f"{what} ({done}/{tasks})")


@contextmanager
def _executor(
    study: Study, workers: int | None, asked: Executor | str | None, stage: _Stage
) -> Iterator[Executor]:
    if asked is not None and workers is not None:
        raise SpecError("engine.workers_and_executor")
    if asked is None and workers is None:
        asked = study.spec.run.executor
    if asked is None:
        with ThreadExecutor(workers, progress=stage) as threads:
            yield threads
    elif isinstance(asked, str):
        with executor_from(asked, progress=stage) as made:
            yield made
    else:
        yield asked


def planned(study: Study) -> tuple[AnalysisSpec, ...]:
    """Return the analyses in order of running: factors and indices first, unless asked for."""
    asked = [a.index for a in study.spec.analysis if isinstance(a, IndexTables)]
    factors = [a.factor for a in study.spec.analysis if isinstance(a, FactorTables)]
    automatic: list[AnalysisSpec] = [
        FactorTables(id=f"factor-{number + 1}", factor=name)
        for number, name in enumerate(study.spec.factor)
        if name not in factors
    ]
    automatic += [
        IndexTables(id=f"index-{number + 1}", index=name)
        for number, name in enumerate(study.spec.index)
        if name not in asked
    ]
    return (*automatic, *study.spec.analysis)


def ready(
    study: Study, asked: tuple[AnalysisSpec, ...], executor: Any = None
) -> tuple[Prepared, dict[str, tuple[Comparison, ...]]]:
    """Prepare the data, refuse what must be refused, and add the comparison indices.

    Returns
    -------
    tuple
        The data, and for each analysis id what is compared in it.
    """
    spec = study.spec
    prepared = prepare(spec, study.folder, study.places, executor)
    plain = context_of(study, prepared, {}, executor)
    compared: dict[str, tuple[Comparison, ...]] = {}
    for analysis in asked:
        with study.places.at(*place_of(study, analysis)):
            check_columns(analysis, plain)
            found: tuple[Overlap, ...] = ()
            if analysis.part == "explain":
                found = overlaps(analysis, plain.resolve(analysis), plain.survey, prepared.specs)
            refuse(analysis, found, (*spec.design.acknowledge, *analysis.acknowledge))
            compared[analysis.id] = comparisons(found, prepared.specs)
    for analysis in asked:
        with study.places.at(*place_of(study, analysis)):
            prepared = add_comparisons(prepared, compared[analysis.id], executor)
    return prepared, compared


def context_of(
    study: Study,
    prepared: Prepared,
    compared: dict[str, tuple[Comparison, ...]],
    executor: Any,
) -> Context:
    """Return what the analyses are given."""
    spec = study.spec
    return Context(
        survey=prepared.survey,
        roles=spec.design,
        output=spec.output,
        indices=prepared.indices,
        factors=prepared.factors,
        comparisons={
            analysis: {item.outcome: item.column for item in items if item.column}
            for analysis, items in compared.items()
        },
        seed=spec.seed,
        language=spec.language,
        executor=executor,
    )


def check_columns(analysis: AnalysisSpec, context: Context) -> None:
    """Refuse names that the data have not, and a treatment that all share, before anything runs."""
    if analysis.part == "none":
        return
    roles = context.resolve(analysis)
    columns = context.survey.frame.columns
    named = [roles.treatment, *roles.outcomes, *roles.cluster, roles.weights]
    terms = [*roles.controls, *(term for part in analysis.beside().values() for term in part)]
    for name in (*named, *(v for term in terms for v in term_variables(term, columns))):
        if name is not None and name not in columns:
            raise unknown_column(name, columns)
    if analysis.part == "explain" and roles.treatment is not None:
        values = context.survey.frame[roles.treatment].drop_nulls()
        if values.n_unique() < 2:
            value = str(values[0]) if values.len() else "–"
            raise StudyError("study.one_value", variable=roles.treatment, value=value)


def place_of(study: Study, analysis: AnalysisSpec) -> tuple[str | int, ...]:
    """Return where in the file an analysis stands."""
    for number, own in enumerate(study.spec.analysis):
        if own is analysis:
            return ("analysis", number)
    if isinstance(analysis, FactorTables):
        return ("factor", analysis.factor or "")
    return ("index", getattr(analysis, "index", ""))


def heading(analysis: AnalysisSpec) -> str:
    """Return the default heading of an analysis in the current language."""
    return words.text(f"study.kind_{analysis.kind}")


def _analyse(study: Study, analysis: AnalysisSpec, context: Context) -> Outcome:
    with study.places.at(*place_of(study, analysis)):
        return kinds()[analysis.kind].run(analysis, context)
