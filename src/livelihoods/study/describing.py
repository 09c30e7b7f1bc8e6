"""What the describing kinds share: the look of their tables, and whose clusters count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livelihoods.study.analysis import AnalysisSpec
    from livelihoods.study.context import Context
    from livelihoods.tables import Table


def dressed(table: Table, context: Context, title: str = "") -> Table:
    """Return a table in the preset of the study, under the title of the analysis if it has one."""
    return replace(table, preset=context.output.preset, title=title or table.title)


def first_cluster(spec: AnalysisSpec, context: Context) -> str | None:
    """Return the first declared cluster, or None for what the survey declares."""
    clusters = context.resolve(spec).cluster
    return clusters[0] if clusters else None
