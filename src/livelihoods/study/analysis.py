"""What every kind of analysis is given and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from livelihoods.study.sections import Name, Section, Text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table
    from livelihoods.typing import Result

Identifier = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", min_length=1, max_length=60)
]


class AnalysisSpec(Section):
    """What all kinds of analysis can be told; what is left out comes from ``[design]``.

    Attributes
    ----------
    id
        Unique name: files, anchors and random draws carry it.
    kind
        Which kind of analysis; each kind narrows it to its own name.
    title
        Heading in the report; the kind has a default one.
    text
        Paragraphs of the author, printed before the results.
    treatment, outcomes, controls, cluster, weights, conf_level, acknowledge
        As in ``[design]``; None takes what stands there.

    ``part`` is what a kind does with the roles: ``"explain"`` (outcomes by treatment and controls:
    names are checked, overlaps refused), ``"describe"`` (names are checked) or ``"none"``.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "explain"

    id: Identifier
    kind: str
    title: str = ""
    text: Text = ""
    treatment: Name | None = None
    outcomes: tuple[Name, ...] | None = None
    controls: tuple[Name, ...] | None = None
    cluster: Name | tuple[Name, Name] | None = None
    weights: Name | None = None
    conf_level: Annotated[float, Field(gt=0.5, lt=1)] | None = None
    acknowledge: tuple[Name, ...] = ()

    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Return further role -> formula terms that must not hide in the outcome index.

        Kinds with mediators, moderators or instruments override this, e.g.
        ``return {"mediator": self.mediators}``. Treatment and controls are always looked at.
        """
        return {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an analysis found, ready to be printed and recorded.

    Attributes
    ----------
    tables, figures
        In the order of reading. Their ids are made unique by the id of the analysis.
    prose
        Paragraphs printed between the author's text and the tables.
    notes
        Findings that belong to no single table.
    results
        Name -> result; their ``to_dict()`` goes into ``record.json``.
    """

    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    prose: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    results: Mapping[str, Result | Mapping[str, Any]] = field(default_factory=dict)
