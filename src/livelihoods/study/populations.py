"""One survey as two populations: those of whom a condition is true, and the others."""

from __future__ import annotations

from dataclasses import dataclass

from livelihoods.design.clean import CleanRule, clean
from livelihoods.errors import StudyError
from livelihoods.survey.model import Survey


@dataclass(frozen=True, slots=True)
class Split:
    """Two parts of one survey.

    Attributes
    ----------
    study, target
        Rows where the condition is false, and where it is true.
    unknown
        Rows where it is neither, for want of a value; they are in no part.
    """

    study: Survey
    target: Survey
    unknown: int


def split(survey: Survey, condition: str) -> Split:
    """Split a survey by a condition in the language of derived variables.

    Raises
    ------
    FormulaError
        If the condition cannot be read.
    StudyError
        If one of the parts is empty.
    """
    target = clean(survey, (CleanRule(keep=condition),))
    study = clean(survey, (CleanRule(keep=f"not ({condition})"),))
    if not target.frame.height or not study.frame.height:
        n = target.frame.height
        raise StudyError("study.population_empty", condition=condition, n=n)
    return Split(study, target, survey.frame.height - study.frame.height - target.frame.height)
