"""``[factor.NAME]``: scores of principal components as columns of the study's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import Field

from livelihoods import words
from livelihoods.measure.factors import FactorScores, factor_scores
from livelihoods.study.sections import Name, Section, Text, Words
from livelihoods.survey.model import Codebook, Survey, Variable

if TYPE_CHECKING:
    from livelihoods.study.places import Places


class StudyFactor(Section):
    """A factor score; its keys are those of ``lv.factor_scores``.

    Attributes
    ----------
    items
        Columns, two at least.
    retain
        ``"kaiser"``, ``"parallel"`` or a number of components.
    rotation
        ``"varimax"`` or ``"none"``.
    anchor
        Item that loads positively, or component -> item.
    scores
        ``"regression"``, ``"bartlett"`` or ``"anderson_rubin"``.
    correlation
        ``"pearson"`` or ``"polychoric"``.
    label
        Wording of the composite, one text or one a language.
    text
        Paragraphs of the author, printed before its tables.
    """

    items: Annotated[tuple[Name, ...], Field(min_length=2)]
    retain: Literal["kaiser", "parallel"] | Annotated[int, Field(ge=1)] = "kaiser"
    rotation: Literal["varimax", "none"] = "varimax"
    anchor: Name | dict[str, Name] | None = None
    scores: Literal["regression", "bartlett", "anderson_rubin"] = "regression"
    correlation: Literal["pearson", "polychoric"] = "pearson"
    label: Words = ""
    text: Text = ""


def add_factors(
    survey: Survey,
    sections: Mapping[str, StudyFactor],
    places: Places,
    seed: int,
    language: str,
    executor: Any,
) -> tuple[Survey, dict[str, FactorScores]]:
    """Return the survey with the columns ``NAME``, ``NAME.F1`` … of each section.

    Raises
    ------
    StudyError
        ``study.at`` with the section around whatever went wrong.
    """
    found: dict[str, FactorScores] = {}
    for name, section in sections.items():
        with places.at("factor", name):
            result = factor_scores(
                survey,
                section.items,
                section.retain,
                None if section.rotation == "none" else "varimax",
                cast("str | dict[str | int, str] | None", section.anchor),
                scores=section.scores,
                correlation=section.correlation,
                seed=seed,
                executor=executor,
            )
            survey = _worded(result.attach(survey, name), result, name, section, language)
        found[name] = result
    return survey, found


def _worded(
    survey: Survey, result: FactorScores, name: str, section: StudyFactor, language: str
) -> Survey:
    said = {language: section.label} if isinstance(section.label, str) else dict(section.label)
    label = {code: text or name for code, text in said.items()}
    entries = {name: Variable(name, label, scale="continuous")}
    for component in result.components:
        place = f"{name}.{component}"
        texts: dict[str, str] = {
            str(code): words.text("study.factor_component", code, label=text, component=component)
            for code, text in label.items()
            if code in words.LANGUAGES
        }
        entries[place] = Variable(place, texts, scale="continuous")
    book = Codebook({**survey.codebook.variables, **entries})
    return replace(survey, codebook=book)
