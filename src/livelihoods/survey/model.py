"""What came back from the field, as values: a frame, its codebook, what is missing and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from os import PathLike

    from livelihoods.notes import Note
    from livelihoods.typing import Ints

Scale = Literal["nominal", "ordinal", "banded", "count", "continuous", "binary", "identifier"]

MISSING_SCHEMA = {
    "row": pl.Int64,
    "variable": pl.String,
    "code": pl.String,
    "label": pl.String,
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One entry of the codebook.

    Attributes
    ----------
    name
        Column name in the frame.
    label
        Wording by language code; may be empty.
    values
        Label of each code, by language code then code as text: ``{"en": {"1": "male"}}``.
    unit
        Unit of measurement, e.g. ``"yuan"``, ``"mu"``.
    low, high
        Plausible range; the data check reports what lies outside.
    missing
        Codes that mean missing, with their meaning: ``{"-99": "refused"}``.
    role
        Free word used by checklists: ``"id"``, ``"weight"``, ``"cluster"``, ``"control"`` …
    question
        The source question; two columns with the same one share a source (see lineage).
    scale
        Level of measurement; decides which statistics make sense.
    """

    name: str
    label: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unit: str = ""
    low: float | None = None
    high: float | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    question: str = ""
    scale: Scale | None = None


@dataclass(frozen=True, slots=True)
class Codebook:
    """Variables by name, in the order of the file."""

    variables: Mapping[str, Variable] = field(default_factory=dict)

    def label(self, name: str, language: str | None = None) -> str:
        """Return the wording of a column in the given language, else any wording, else its name."""
        from livelihoods import words

        entry = self.variables.get(name)
        if entry is None or not entry.label:
            return name
        chosen = language or words.language()
        return entry.label.get(chosen) or next(iter(entry.label.values()))

    @classmethod
    def from_toml(cls, path: str | PathLike[str]) -> Codebook:
        """Read a codebook from a TOML file; see :func:`livelihoods.read_codebook`."""
        from livelihoods.survey.codebook import read_codebook

        return read_codebook(path)

    def to_toml(self) -> str:
        """Return the codebook as TOML text."""
        from livelihoods.survey.codebook import codebook_toml

        return codebook_toml(self)


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of the sample flow: what was done, rows before and after, and why rows left."""

    step: str
    before: int
    after: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of selection.

    Attributes
    ----------
    unit
        What was chosen: ``"county"``, ``"village"``, ``"household"``.
    method
        How: ``"census"``, ``"random"``, ``"systematic"``, ``"stratified"``, ``"pps"`` let chance
        decide; ``"purposive"``, ``"convenience"``, ``"quota"``, ``"snowball"`` do not.
    chosen, of
        How many, of how many; None if not known.
    """

    unit: str
    method: str
    chosen: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class SampleFlow:
    """From the stages of selection and the questionnaires issued to the rows used."""

    steps: tuple[FlowStep, ...] = ()
    stages: tuple[Stage, ...] = ()

    def then(self, step: FlowStep) -> SampleFlow:
        """Return the flow with one more step."""
        return SampleFlow((*self.steps, step), self.stages)


@dataclass(frozen=True, slots=True)
class SampleDesign:
    """How the sample was drawn and how it is organised."""

    weight: str | None = None
    strata: str | None = None
    cluster: str | None = None
    village: str | None = None
    household: str | None = None
    wave: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """A survey as a value; every operation returns a new one.

    Attributes
    ----------
    frame
        The answers; null wherever an answer is missing, for whatever reason.
    codebook
        What each column is.
    missing
        ``(row, variable, code, label)`` of every user-missing answer; ``row`` is the original row.
    sample_flow
        Steps that added or removed rows.
    design
        Weights, strata, clusters, waves.
    notes
        Findings while reading, cleaning, deriving.
    lineage
        Column -> source questions it was made from, sorted. A column read from a file is its own
        source unless the codebook names its question.
    rows
        Original zero-based row number of each row of ``frame``, shape ``(n,)``.
    """

    frame: pl.DataFrame
    codebook: Codebook = Codebook()
    missing: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MISSING_SCHEMA))
    sample_flow: SampleFlow = SampleFlow()
    design: SampleDesign = SampleDesign()
    notes: tuple[Note, ...] = ()
    lineage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if self.rows.size == 0 and self.frame.height:
            object.__setattr__(self, "rows", np.arange(self.frame.height, dtype=np.int64))

    def __repr__(self) -> str:
        from livelihoods import words

        counts = {"n": self.frame.height, "k": self.frame.width, "notes": len(self.notes)}
        return words.text("survey.repr", **counts, missing=self.missing.height) + f"\n{self.frame}"

    def sources(self, name: str) -> tuple[str, ...]:
        """Return the source questions of a column, sorted."""
        if name in self.lineage:
            return self.lineage[name]
        entry = self.codebook.variables.get(name)
        return (entry.question if entry and entry.question else name,)

    def with_columns(
        self, columns: Mapping[str, pl.Series], sources: Mapping[str, tuple[str, ...]]
    ) -> Survey:
        """Return the survey with columns added or replaced and their lineage recorded.

        Parameters
        ----------
        columns
            Name -> values, each of the frame's height.
        sources
            Name -> source questions (already resolved to questions, sorted, no repeats).
        """
        added = [series.alias(name) for name, series in columns.items()]
        return replace(
            self,
            frame=self.frame.with_columns(added),
            lineage={**self.lineage, **sources},
        )

    def keep(self, mask: pl.Series, step: str, reason: str = "") -> Survey:
        """Return the survey with the rows where ``mask`` is true, and the step in its flow."""
        chosen = mask.fill_null(False)
        flow = FlowStep(step, self.frame.height, int(chosen.sum()), reason)
        return replace(
            self,
            frame=self.frame.filter(chosen),
            sample_flow=self.sample_flow.then(flow),
            rows=self.rows[chosen.to_numpy()],
        )
