"""The files of a study become one survey: a file or data set, waves, and what is joined."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from livelihoods.errors import StudyError
from livelihoods.study.load import nearest_words
from livelihoods.survey.codebook import parse_codebook, read_codebook
from livelihoods.survey.join import Joined, join
from livelihoods.survey.model import Codebook, SampleDesign, Survey, Variable
from livelihoods.survey.read import read_survey
from livelihoods.survey.waves import append_waves

if TYPE_CHECKING:
    from livelihoods.study.spec import StudySpec


@dataclass(frozen=True, slots=True)
class Source:
    """Data as they came.

    Attributes
    ----------
    survey
        All files in one.
    name
        File name or name of the data set, for people.
    digest
        SHA-256 of the file; of the list of files with their hashes where there are several; of a
        packaged data set written as csv.
    files
        File -> SHA-256; empty for a packaged data set.
    joined
        Reports of the joins, in order.
    """

    survey: Survey
    name: str
    digest: str
    files: Mapping[str, str]
    joined: tuple[Joined, ...] = ()


def read_data(spec: StudySpec, folder: Path) -> Source:
    """Read everything that ``[data]`` names, with codebook and sample design."""
    book = _codebook(spec, folder)
    data = spec.data
    files: dict[str, str] = {}

    def read(name: str) -> Survey:
        survey = read_survey(folder / name, book)
        files[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        return survey

    if data.dataset is not None:
        name = data.dataset
        survey = with_variables(_dataset(name), book)
    elif data.waves:
        name = ", ".join(Path(file).name for file in data.waves.values())
        waves = {_number(key): read(file) for key, file in data.waves.items()}
        survey = append_waves(waves, wave=data.wave or "wave")
    else:
        name = Path(str(data.file)).name
        survey = read(str(data.file))
    whole = hashlib.sha256(survey.frame.write_csv().encode()).hexdigest() if not files else ""
    joined = []
    for part in data.join:
        on = part.on if isinstance(part.on, dict) else list(part.on)
        done = join(survey, read(part.file), on, kind=part.kind, how=part.how, take=part.take)
        survey = done.survey
        joined.append(done)
    digest = _digest(files, whole)
    return Source(_designed(survey, spec), name, digest, files, tuple(joined))


def _digest(files: Mapping[str, str], whole: str) -> str:
    """Return one hash: of the only file, else of the list of all."""
    if len(files) == 1 and not whole:
        return next(iter(files.values()))
    if not files:
        return whole
    listed = "".join(f"{name} {digest}\n" for name, digest in (("", whole), *files.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def _number(wave: str) -> int | str:
    """Return a wave as a number where it is one: keys of TOML are texts."""
    return int(wave) if wave.isascii() and wave.isdigit() and len(wave) < 16 else wave


def with_variables(survey: Survey, book: Codebook) -> Survey:
    """Return the survey with further codebook entries going before its own."""
    merged = {**survey.codebook.variables}
    for name, entry in book.variables.items():
        own = merged.get(name)
        merged[name] = entry if own is None else _over(own, entry)
    return replace(survey, codebook=Codebook(merged))


def unknown_column(name: str, known: list[str]) -> StudyError:
    """Return the error for a column that the data have not."""
    return StudyError("study.unknown_column", name=name, nearest=nearest_words(name, known))


def _codebook(spec: StudySpec, folder: Path) -> Codebook:
    named = Codebook({name: Variable(name, scale="identifier") for name in spec.data.text})
    if spec.data.codebook is not None:
        named = _merged(named, read_codebook(folder / spec.data.codebook))
    return _merged(named, variables_of(spec))


def variables_of(spec: StudySpec) -> Codebook:
    """Return what ``[variables]`` says as a codebook."""
    raw = {
        name: section.model_dump(exclude_defaults=True) for name, section in spec.variables.items()
    }
    for entry in raw.values():
        if isinstance(entry.get("label"), str):
            entry["label"] = {spec.language: entry["label"]}
    return parse_codebook({"variables": raw})


def _merged(first: Codebook, second: Codebook) -> Codebook:
    return with_variables(Survey(pl.DataFrame(), first), second).codebook


def _over(own: Variable, entry: Variable) -> Variable:
    """Lay one codebook entry over another; what it does not say stays."""
    bare = Variable(own.name)
    said = {
        name: getattr(entry, name)
        for name in Variable.__dataclass_fields__
        if getattr(entry, name) != getattr(bare, name)
    }
    return replace(own, **said)


def _dataset(name: str) -> Survey:
    from livelihoods import datasets

    survey: Survey = getattr(datasets, datasets.provenance(name).name)()
    return survey


def _designed(survey: Survey, spec: StudySpec) -> Survey:
    said = {
        role: getattr(spec.data, role) or getattr(spec.design, role, None)
        for role in SampleDesign.__dataclass_fields__
    }
    columns = survey.frame.columns
    for column in (*said.values(), *spec.data.text):
        if column is not None and isinstance(column, str) and column not in columns:
            raise unknown_column(column, columns)
    chosen = {role: column for role, column in said.items() if isinstance(column, str)}
    return replace(survey, design=replace(survey.design, **chosen))
