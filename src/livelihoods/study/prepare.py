"""From a StudySpec to data ready for analysis: read, label, derive, clean, check, index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.design.clean import clean
from livelihoods.design.derive import derive
from livelihoods.errors import DataError
from livelihoods.measure import Index, IndexSpec, build_index
from livelihoods.study.factors import add_factors
from livelihoods.study.source import Source, read_data, unknown_column, variables_of, with_variables
from livelihoods.survey.check import data_check
from livelihoods.survey.model import Codebook, Stage, Survey, Variable
from livelihoods.survey.sample import declare_sample

if TYPE_CHECKING:
    from livelihoods.measure.factors import FactorScores
    from livelihoods.study.places import Places
    from livelihoods.study.sections import Words
    from livelihoods.study.spec import StudySpec
    from livelihoods.survey.check import DataCheck


@dataclass(frozen=True, slots=True)
class Prepared:
    """Data ready for the analyses.

    Attributes
    ----------
    survey
        After derive, clean and indices.
    read
        As it was read, before anything was done.
    check
        What the data say against themselves, looked at before the indices are built.
    indices
        Index column -> index: each ``[index.NAME]`` and its ``beside`` weightings.
    specs
        Index column -> what it was built from.
    origin
        Files, hashes and joins.
    factors
        Name under ``[factor]`` -> scores.
    """

    survey: Survey
    read: Survey
    check: DataCheck
    indices: Mapping[str, Index]
    specs: Mapping[str, IndexSpec]
    origin: Source
    factors: Mapping[str, FactorScores] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the data."""
        return self.origin.digest

    @property
    def source(self) -> str:
        """File name or name of the data set."""
        return self.origin.name


def prepare(spec: StudySpec, folder: Path, places: Places, executor: Any = None) -> Prepared:
    """Do everything that stands before the first ``[[analysis]]``.

    Parameters
    ----------
    spec
        The study.
    folder
        Where relative paths start.
    places
        Where errors are told to be.
    executor
        Where block sums run; None is this thread.

    Raises
    ------
    StudyError
        ``study.at`` with line and key around whatever went wrong.
    """
    with places.at("data"):
        source = read_data(spec, folder)
    with places.at("sample"):
        read = _sampled(source.survey, spec)
    survey = read
    for name, expression in spec.derive.items():
        with places.at("derive", name):
            survey = derive(survey, {name: expression})
    survey = with_labels(survey, spec, places)
    for number, rule in enumerate(spec.clean):
        with places.at("clean", number):
            survey = clean(survey, (rule,))
    if survey.frame.height == 0:
        empty = DataError("study.empty_sample", rows=read.frame.height)
        raise places.error(("clean",), empty) from None
    check = checked(survey, read, _bounds(spec, survey, places))
    survey, factors = add_factors(survey, spec.factor, places, spec.seed, spec.language, executor)
    indices: dict[str, Index] = {}
    specs: dict[str, IndexSpec] = {}
    for column, (name, index_spec) in index_specs(spec).items():
        with places.at("index", name):
            index = _worded(build_index(survey, index_spec, executor), spec, name)
            survey = labelled_index(index.attach(survey, column), column, spec, name)
        indices[column], specs[column] = index, index_spec
    return Prepared(survey, read, check, indices, specs, source, factors)


def _worded(index: Index, spec: StudySpec, name: str) -> Index:
    """Return the index with the study's wording of its dimensions."""
    given = spec.index[name].dimension_labels
    said = {
        dimension: label if isinstance(label, str) else label.get(spec.language, dimension)
        for dimension, label in given.items()
    }
    return replace(index, labels={**index.labels, **said})


def index_specs(spec: StudySpec) -> dict[str, tuple[str, IndexSpec]]:
    """Return column -> (name under ``[index]``, spec), with the weightings beside each."""
    found: dict[str, tuple[str, IndexSpec]] = {}
    for name, section in spec.index.items():
        found[name] = (name, section.plain())
        for weights in section.beside:
            changed = section.plain().model_copy(update={"weights": weights})
            found[f"{name}_{weights}"] = (name, changed)
    return found


def checked(survey: Survey, read: Survey, bounds: Mapping[str, Any]) -> DataCheck:
    """Check the cleaned data; a column made constant by the cleaning itself is no finding."""
    found = data_check(survey, bounds=bounds)
    notes = tuple(
        note
        for note in found.notes
        if note.code != "survey.constant" or not _varied(read, note.where.variables)
    )
    return replace(found, notes=notes)


def _varied(read: Survey, variables: tuple[str, ...]) -> bool:
    columns = [name for name in variables if name in read.frame.columns]
    return any(read.frame[name].drop_nulls().n_unique() > 1 for name in columns)


def with_labels(survey: Survey, spec: StudySpec, places: Places) -> Survey:
    """Return the survey with what ``[variables]`` says of derived columns; refuse strangers."""
    for name in spec.variables:
        if name not in survey.frame.columns:
            with places.at("variables", name):
                raise unknown_column(name, survey.frame.columns)
    return with_variables(survey, variables_of(spec))


def labelled_index(survey: Survey, column: str, spec: StudySpec, name: str) -> Survey:
    """Return the survey with wordings for an index column and its dimensions."""
    section = spec.index[name]
    beside = column.removeprefix(name).removeprefix("_")
    entries: dict[str, Variable] = {}

    def entry(place: str, label: Words, fallback: str) -> None:
        chosen = label or fallback
        texts: dict[str, str] = {spec.language: chosen} if isinstance(chosen, str) else dict(chosen)
        if beside:
            texts = {code: with_weights(text, beside, code) for code, text in texts.items()}
        entries[place] = Variable(place, texts, scale="continuous", low=0.0, high=1.0)

    entry(column, section.label, name)
    plain = section.plain()
    for dimension in plain.dimensions:
        label = section.dimension_labels.get(dimension, "") or plain.labels.get(dimension, "")
        entry(f"{column}.{dimension}", label, dimension)
        entry(f"{column}.{dimension}.score", label, dimension)
    present = {key: value for key, value in entries.items() if key in survey.frame.columns}
    return with_variables(survey, Codebook(present))


def with_weights(label: str, weights: str, language: str) -> str:
    """Return a label with the name of a weighting, e.g. "Living standard (entropy weights)"."""
    spoken = language if language in words.LANGUAGES else "en"
    named = words.text(f"study.weights_{weights}", spoken)
    return words.text("study.weights_label", spoken, label=label, weights=named)


def _sampled(survey: Survey, spec: StudySpec) -> Survey:
    """Declare how the sample was drawn, if the study says so."""
    said = spec.sample
    if said is None:
        return survey
    return declare_sample(
        survey,
        stages=[Stage(s.unit, s.method, s.chosen, s.of) for s in said.stages],
        issued=said.issued,
        returned=said.returned,
        valid=said.valid,
        weight=survey.design.weight,
        strata=survey.design.strata,
        cluster=survey.design.cluster,
    )


def _bounds(spec: StudySpec, survey: Survey, places: Places) -> dict[str, Any]:
    for name in spec.checks:
        if name not in survey.frame.columns:
            with places.at("checks", name):
                raise unknown_column(name, survey.frame.columns)
    return {name: (section.low, section.high) for name, section in spec.checks.items()}
