"""StudySpec: a whole study as one frozen value, whichever door it came through."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SerializeAsAny, field_validator

from livelihoods.design.clean import CleanRule
from livelihoods.measure import IndexSpec
from livelihoods.study.analysis import AnalysisSpec
from livelihoods.study.factors import StudyFactor
from livelihoods.study.sections import (
    Bounds,
    Data,
    Labels,
    Name,
    Output,
    Roles,
    Running,
    Sample,
    Section,
    Text,
    Words,
)

Weighting = Literal["equal", "entropy", "critic", "pca", "cv"]


class StudyIndex(IndexSpec):
    """An index and what the report says about it; the other keys are those of ``lv.IndexSpec``.

    Attributes
    ----------
    label
        Wording of the index, one text or one a language.
    text
        Paragraphs of the author, printed before its tables.
    dimension_labels
        Wording of each dimension.
    beside
        Further weights: each gives an index ``name_weights`` to set beside the headline.
    """

    label: Words = ""
    text: Text = ""
    dimension_labels: dict[str, Words] = Field(default_factory=dict)
    beside: tuple[Weighting, ...] = ()

    def plain(self) -> IndexSpec:
        """Return the part that ``lv.build_index`` knows."""
        return IndexSpec(**{name: getattr(self, name) for name in IndexSpec.model_fields})


class StudySpec(Section):
    """A study.

    Attributes
    ----------
    format
        Version of the file format; 1.
    title
        Title of the report.
    language
        Language of the report.
    seed
        Root of every random draw.
    introduction, conclusion
        Paragraphs of the author, separated by empty lines.
    data, sample, variables, derive, clean, checks, factor, index, design, analysis, output, run
        The sections; see ``docs/study-file.md``.
    """

    format: Literal[1]
    title: Annotated[str, Field(min_length=1, max_length=500)]
    language: Literal["en", "zh"] = "en"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    introduction: Text = ""
    conclusion: Text = ""
    data: Data
    sample: Sample | None = None
    variables: dict[Name, Labels] = Field(default_factory=dict)
    derive: dict[Name, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    clean: tuple[CleanRule, ...] = ()
    checks: dict[Name, Bounds] = Field(default_factory=dict)
    factor: dict[Name, StudyFactor] = Field(default_factory=dict)
    index: dict[Name, StudyIndex] = Field(default_factory=dict)
    design: Roles = Roles()
    analysis: tuple[SerializeAsAny[AnalysisSpec], ...] = ()
    output: Output = Output()
    run: Running = Running()

    def said(self) -> dict[str, Any]:
        """Return what the author said, without defaults; ``StudySpec(**said)`` is this study.

        Where it computes is left out: it changes nothing in the results.
        """
        dumped = self.model_dump(mode="python", exclude_defaults=True, exclude={"format", "run"})
        if "analysis" in dumped:
            dumped["analysis"] = [
                {"id": item.id, "kind": item.kind, **found}
                for item, found in zip(self.analysis, dumped["analysis"], strict=True)
            ]
        return {"format": 1, **dumped}

    @field_validator("analysis", mode="before")
    @classmethod
    def _by_kind(cls, value: Any) -> Any:
        """Build each analysis by its kind, so that Python may give them as plain dicts."""
        if not isinstance(value, list | tuple):
            return value
        return tuple(_by_kind(item) if isinstance(item, dict) else item for item in value)


def _by_kind(item: dict[str, Any]) -> AnalysisSpec:
    from livelihoods.study.kinds import kinds

    known = kinds()
    if item.get("kind") not in known:
        raise ValueError(f"kind must be one of {', '.join(known)}")
    return known[item["kind"]].spec.model_validate(item)


# Section -> how it is written and what each of its tables is.
SECTIONS: dict[str, tuple[Literal["table", "tables", "list"], type[BaseModel]]] = {
    "data": ("table", Data),
    "sample": ("table", Sample),
    "design": ("table", Roles),
    "output": ("table", Output),
    "run": ("table", Running),
    "variables": ("tables", Labels),
    "checks": ("tables", Bounds),
    "factor": ("tables", StudyFactor),
    "index": ("tables", StudyIndex),
    "clean": ("list", CleanRule),
    "analysis": ("list", AnalysisSpec),
}
