"""Say and do: who is willing to take part and rarely does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from livelihoods.describe.gap import item_gap
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed, first_cluster

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "gap"``.

    Attributes
    ----------
    pairs
        Name -> ``[willingness item, behaviour item]``.
    willing
        Codes from this one on count as willing.
    rarely
        Codes up to this one count as rarely taking part.
    who
        Variables compared between those in the gap and the willing who take part.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["gap"] = "gap"
    pairs: dict[str, tuple[str, str]] = Field(min_length=1)
    willing: float = 4
    rarely: float = 2
    who: tuple[str, ...] = ()


def run(spec: Spec, context: Context) -> Outcome:
    """Measure the gap of each pair."""
    roles = context.resolve(spec)
    found = item_gap(
        context.survey,
        spec.pairs,
        willing=spec.willing,
        rarely=spec.rarely,
        who=spec.who,
        weights=roles.weights,
        cluster=first_cluster(spec, context),
        conf_level=roles.conf_level,
    )
    first, *others = found.tables()
    tables = [dressed(first, context, spec.title), *(dressed(table, context) for table in others)]
    return Outcome(tuple(tables), (found.plot(),), results={"gap": found})
