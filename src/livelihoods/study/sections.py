"""The parts of a study file, each a frozen model; a key that is not listed here is an error."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from livelihoods.engine.executor import read_executor
from livelihoods.survey.model import Scale

Words = str | dict[str, str]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=100_000)]
TableFormat = Literal["csv", "xlsx", "docx", "tex", "html", "txt"]
FigureFormat = Literal["svg", "png", "html"]


class Section(BaseModel):
    """What all parts share: frozen, and nothing unknown in them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Join(Section):
    """Another file joined to the data, such as villages to households.

    Attributes
    ----------
    file
        The other file.
    on
        Key columns of one name, or ``{ own name = name in the other file }``.
    kind
        ``"m:1"``, ``"1:1"`` or ``"1:m"``; many to many is refused.
    how
        ``"left"`` keeps rows without a partner, ``"inner"`` drops them.
    take
        Columns wanted; all if left out.
    """

    file: Name
    on: tuple[Name, ...] | dict[Name, Name]
    kind: Literal["m:1", "1:1", "1:m"] = "m:1"
    how: Literal["left", "inner"] = "left"
    take: tuple[Name, ...] | None = None


class Data(Section):
    """Where the answers come from and which columns organise them.

    Attributes
    ----------
    file
        Path of the data, relative to the study file.
    dataset
        Name of a packaged data set (``lv.datasets``) instead of a file.
    waves
        Instead of ``file``: wave -> file, in order of time; ``wave`` names the column that tells
        them apart (default ``"wave"``).
    join
        Files joined to these, in order: ``[[data.join]]``.
    codebook
        Path of a codebook in TOML, relative to the study file.
    text
        Columns that are codes, not numbers: read as text, so that 1.10 is not 1.1.
    weight, strata, cluster, village, household, wave
        Columns of the sample design.
    """

    file: Name | None = None
    dataset: Name | None = None
    waves: dict[Name, Name] = Field(default_factory=dict)
    join: tuple[Join, ...] = ()
    codebook: Name | None = None
    text: tuple[Name, ...] = ()
    weight: Name | None = None
    strata: Name | None = None
    cluster: Name | None = None
    village: Name | None = None
    household: Name | None = None
    wave: Name | None = None


class SampleStage(Section):
    """One stage of selection.

    Attributes
    ----------
    unit
        What was chosen: county, village, household.
    method
        How; the last four are not decided by chance, and a note says what follows.
    chosen, of
        How many, of how many.
    """

    unit: Name
    method: Literal[
        "census",
        "random",
        "systematic",
        "stratified",
        "pps",
        "purposive",
        "convenience",
        "quota",
        "snowball",
    ]
    chosen: Annotated[int, Field(ge=0)] | None = None
    of: Annotated[int, Field(ge=0)] | None = None


class Sample(Section):
    """How the sample was drawn, before the file begins.

    Attributes
    ----------
    stages
        Stages of selection, the first one first.
    issued, returned, valid
        Questionnaires; they open the sample flow.
    """

    stages: tuple[SampleStage, ...] = ()
    issued: Annotated[int, Field(ge=0)] | None = None
    returned: Annotated[int, Field(ge=0)] | None = None
    valid: Annotated[int, Field(ge=0)] | None = None


class Labels(Section):
    """What a study says about a column beside its codebook.

    Attributes
    ----------
    label
        Wording, one text or one a language: ``{en = "age", zh = "年龄"}``.
    values
        Wording of each code, or one such table a language.
    unit
        Unit of measurement.
    low, high
        Plausible range; the data check reports what lies outside.
    missing
        Codes that mean missing, with their meaning.
    question
        The source question; columns with the same one share a source.
    scale
        Level of measurement.
    role
        Free word used by checklists.
    """

    label: Words = ""
    values: dict[str, Words] = Field(default_factory=dict)
    unit: str = ""
    low: float | None = None
    high: float | None = None
    missing: dict[str, str] = Field(default_factory=dict)
    question: str = ""
    scale: Scale | None = None
    role: str = ""


class Bounds(Section):
    """What a value can be; the data check reports what lies outside, changing nothing.

    Attributes
    ----------
    low, high
        Ends of the possible range; either may be left out.
    """

    low: float | None = None
    high: float | None = None


class Roles(Section):
    """Who plays which part; an analysis may say otherwise for itself.

    Attributes
    ----------
    treatment
        The column whose association with the outcomes is asked for.
    outcomes
        Columns or indices (``"resilience"``, ``"resilience.learning"``).
    controls
        Terms of the formula language: ``"age"``, ``"age^2"``, ``"C(region)"``.
    cluster
        One column, or two for two-way clustering.
    weights
        Column of analytic weights.
    village, wave
        Columns of the sample design, if ``[data]`` has not named them.
    conf_level
        Level of all confidence intervals.
    acknowledge
        Columns, shared with the outcome index, that are let through knowingly.
    """

    treatment: Name | None = None
    outcomes: tuple[Name, ...] = ()
    controls: tuple[Name, ...] = ()
    cluster: Name | tuple[Name, Name] | None = None
    weights: Name | None = None
    village: Name | None = None
    wave: Name | None = None
    conf_level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    acknowledge: tuple[Name, ...] = ()


class Disclosure(Section):
    """The rule that small cells must meet before a table leaves.

    Attributes
    ----------
    smallest
        Counts from 1 up to below this number are protected.
    action
        ``"suppress"`` hides them, and others from which they could be computed; ``"round"`` prints
        every count as a multiple of ``base``.
    base
        Rounding base, at least ``smallest``.
    """

    smallest: Annotated[int, Field(ge=2, le=1000)] = 5
    action: Literal["suppress", "round"] = "suppress"
    base: Annotated[int, Field(ge=2, le=1000)] = 5


class Output(Section):
    """How the results are written.

    Attributes
    ----------
    preset
        Look and star convention of the tables.
    decimals
        Digits after the point.
    readings
        Whether a paragraph in plain language stands under each table.
    formats
        Files of each table beside ``report.html``; ``"docx"`` and ``"xlsx"`` also give the whole
        report and all tables as one file.
    figures
        Files of each figure.
    data
        Whether ``replication.zip`` holds the data, with identifiers replaced.
    disclosure
        Rule for small cells; absent: nothing is hidden.
    """

    preset: Literal["journal", "econ", "apa", "plain"] = "journal"
    decimals: Annotated[int, Field(ge=0, le=8)] = 3
    readings: bool = True
    formats: tuple[TableFormat, ...] = ("csv", "xlsx", "docx", "tex", "html", "txt")
    figures: tuple[FigureFormat, ...] = ("svg", "png", "html")
    data: Literal["none", "pseudonymised"] = "none"
    disclosure: Disclosure | None = None


class Running(Section):
    """Where a study computes; no byte of its results depends on it.

    Attributes
    ----------
    executor
        ``"threads:4"``, ``"dask-local:2"`` (worker processes here) or ``"dask://host:port"``.
    """

    executor: Name | None = None

    @field_validator("executor")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None:
            read_executor(value)
        return value
