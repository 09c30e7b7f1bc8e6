"""What an analysis may ask of the study around it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.errors import StudyError

if TYPE_CHECKING:
    from livelihoods.study.analysis import AnalysisSpec, Outcome
    from livelihoods.study.sections import Output, Roles
    from livelihoods.survey.model import Survey

_PLAIN = re.compile(r"^[^\W\d]\w*$")
_RESERVED = frozenset({"and", "or", "not", "in", "C", "log", "log1p", "exp", "sqrt", "poly"})


@dataclass(frozen=True, slots=True)
class Resolved:
    """Roles of one analysis after ``[design]`` has filled the gaps.

    Attributes
    ----------
    treatment
        Column, or None.
    outcomes
        Columns of the survey. An acknowledged overlap adds, after the outcome concerned, the
        index without the shared items.
    controls
        Terms of the formula language.
    cluster
        No, one or two columns.
    weights
        Column, or None.
    conf_level
        Level of confidence intervals.
    """

    treatment: str | None
    outcomes: tuple[str, ...]
    controls: tuple[str, ...]
    cluster: tuple[str, ...]
    weights: str | None
    conf_level: float


def _alone(*_: Any) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Context:
    """The prepared data and the study's choices.

    Attributes
    ----------
    survey
        Data after derive, clean and indices; indices are columns ``name`` and ``name.dimension``.
    roles
        What ``[design]`` says.
    output
        What ``[output]`` says.
    indices
        Index column -> the ``Index`` it came from.
    factors
        Name under ``[factor]`` -> the ``FactorScores`` its columns came from.
    comparisons
        Analysis id -> outcome -> the column that leaves the acknowledged items out.
    seed
        Seed of the study.
    language
        Language of tables, figures and prose.
    executor
        Where ``build_index`` and the like do their work; None is this thread.
    progress
        ``progress(done, total, what)`` for the long parts of an analysis.
    earlier
        The analyses before this one, with what they found.
    """

    survey: Survey
    roles: Roles
    output: Output
    indices: Mapping[str, Any] = field(default_factory=dict)
    factors: Mapping[str, Any] = field(default_factory=dict)
    comparisons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seed: int = 0
    language: str = "en"
    executor: Any = None
    progress: Callable[[int, int, str], None] = _alone
    earlier: tuple[tuple[AnalysisSpec, Outcome], ...] = ()

    def resolve(self, spec: AnalysisSpec) -> Resolved:
        """Return the roles of an analysis; what it does not say comes from ``[design]``."""
        cluster = spec.cluster if spec.cluster is not None else self.roles.cluster
        beside = self.comparisons.get(spec.id, {})
        outcomes: list[str] = []
        for name in self.roles.outcomes if spec.outcomes is None else spec.outcomes:
            outcomes += [name, beside[name]] if name in beside else [name]
        return Resolved(
            treatment=spec.treatment or self.roles.treatment,
            outcomes=tuple(outcomes),
            controls=self.roles.controls if spec.controls is None else spec.controls,
            cluster=() if cluster is None else (cluster,) if isinstance(cluster, str) else cluster,
            weights=spec.weights or self.roles.weights,
            conf_level=spec.conf_level or self.roles.conf_level,
        )

    def need(self, spec: AnalysisSpec, *roles: str) -> Resolved:
        """Return the roles of an analysis, or say which of the named ones nobody has filled.

        Raises
        ------
        StudyError
            If one of ``roles`` (``"treatment"``, ``"outcomes"``, ``"controls"``, ``"cluster"``)
            is empty.
        """
        resolved = self.resolve(spec)
        for role in roles:
            if not getattr(resolved, role):
                raise StudyError("study.role_empty", id=spec.id, kind=spec.kind, role=role)
        return resolved

    def formula(self, outcome: str, *terms: str | None) -> str:
        """Return ``outcome ~ term + …``; columns whose names are no plain words get back-quotes.

        Terms that are columns of the data are quoted when need be; anything else (``"age^2"``,
        ``"C(region)"``) is taken as it stands.
        """
        columns = self.survey.frame.columns
        parts = [quoted(term) if term in columns else term for term in terms if term]
        return f"{quoted(outcome)} ~ {' + '.join(parts) or '1'}"

    def label(self, name: str) -> str:
        """Return the wording of a column in the study's language."""
        return self.survey.codebook.label(name, self.language)

    def rng(self, identifier: str, replicate: int = 0) -> np.random.Generator:
        """Return the generator of one replicate; the same whoever computes it."""
        return np.random.default_rng([self.seed, zlib.crc32(identifier.encode()), replicate])


def quoted(name: str) -> str:
    """Return a column name as the formula language writes it."""
    plain = _PLAIN.match(name) and name.isascii() and name not in _RESERVED
    return name if plain else f"`{name}`"
