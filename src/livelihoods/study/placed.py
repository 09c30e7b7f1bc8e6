"""Several tables or figures of one sort within an analysis: each with its own id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.study.context import Context, Resolved
    from livelihoods.tables import Table

    Thing = TypeVar("Thing", Table, Figure)

Covariance = Literal["classical", "HC0", "HC1", "cluster"]


def placed(thing: Thing, place: int) -> Thing:
    """Return a table or figure whose id ends with its place, from 1."""
    return replace(thing, id=f"{thing.id}-{place}")


def chosen_vcov(asked: str | None, roles: Resolved) -> str | dict[str, tuple[str, ...]]:
    """Return the covariance of an analysis: clusters where a cluster is named, else HC1."""
    kind = asked or ("cluster" if roles.cluster else "HC1")
    return {"cluster": roles.cluster} if kind == "cluster" and roles.cluster else kind


def labels_of(context: Context) -> dict[str, str]:
    """Return column -> wording, where there is one."""
    columns = context.survey.frame.columns
    return {name: context.label(name) for name in columns if context.label(name) != name}
