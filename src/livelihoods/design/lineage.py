"""Do two variables come from the same question? A treatment inside its own index is no finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey


@dataclass(frozen=True, slots=True)
class SharedSource:
    """A variable and an indicator made from the same question.

    Attributes
    ----------
    variable
        Treatment, mediator or control.
    indicator
        Indicator of the outcome index.
    questions
        What both are made from, sorted.
    """

    variable: str
    indicator: str
    questions: tuple[str, ...]


def shared_sources(
    survey: Survey, names: Iterable[str], index_columns: Iterable[str]
) -> tuple[SharedSource, ...]:
    """Return every pair of variable and indicator with a source question in common.

    Parameters
    ----------
    survey
        The data with their lineage.
    names
        Variables to check (treatment, mediators, controls).
    index_columns
        Indicators of the outcome index.

    Returns
    -------
    tuple of SharedSource
        In the order of ``names``, then of ``index_columns``.
    """
    indicators = [(column, frozenset(survey.sources(column))) for column in index_columns]
    found = []
    for name in names:
        own = frozenset(survey.sources(name))
        found += [
            SharedSource(name, column, tuple(sorted(own & sources)))
            for column, sources in indicators
            if own & sources
        ]
    return tuple(found)
