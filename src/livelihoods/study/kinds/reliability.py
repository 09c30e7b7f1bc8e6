"""Do the questions of a scale measure one thing, and how well? Alpha, omega, item by item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from livelihoods import words
from livelihoods.errors import StudyError
from livelihoods.measure.consistency import Reliability, reliability
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.sections import Name
from livelihoods.tables import Column, Row, Table, integer, interval, number, text

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "reliability"``.

    Attributes
    ----------
    items
        Columns of one scale; or else
    scales
        Name -> columns, several scales in one table.
    keys
        Columns that were asked the other way round.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "none"
    kind: Literal["reliability"] = "reliability"
    items: tuple[Name, ...] = ()
    scales: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    keys: tuple[Name, ...] = ()


def run(spec: Spec, context: Context) -> Outcome:
    """Show the scales side by side if there are several, then each item by item."""
    if bool(spec.items) == bool(spec.scales):
        raise StudyError("study.items_or_scales", id=spec.id)
    scales = spec.scales or {"": spec.items}
    level = spec.conf_level or context.roles.conf_level
    found = {
        name: reliability(
            context.survey,
            items,
            [key for key in spec.keys if key in items],
            conf_level=level,
            executor=context.executor,
        )
        for name, items in scales.items()
    }
    _all_keys_used(spec, scales)
    tables = [_beside(found, context)] if len(found) > 1 else []
    for name, result in found.items():
        table = result.summary()
        title = f"{table.title}: {context.label(name)}" if name else table.title
        tables.append(
            replace(table, id=f"items-{name or 'scale'}", title=title, preset=context.output.preset)
        )
    figures = tuple(
        replace(result.plot(), id=f"map-{name or 'scale'}") for name, result in found.items()
    )
    return Outcome(
        tuple(tables), figures, results={name or "scale": result for name, result in found.items()}
    )


def _all_keys_used(spec: Spec, scales: dict[str, tuple[str, ...]]) -> None:
    asked = [item for items in scales.values() for item in items]
    strange = [key for key in spec.keys if key not in asked]
    if strange:
        raise StudyError("study.keys_not_items", id=spec.id, keys=strange)


def _beside(found: dict[str, Reliability], context: Context) -> Table:
    """Return one line a scale: items, rows, alpha with interval, omegas."""
    heads = ("items", "rows", "alpha", "interval", "omega", "omega_hierarchical")
    columns = [Column("scale", words.text("study.reliability_scale"), "left")]
    columns += [Column(key, words.text(f"study.reliability_{key}")) for key in heads]
    rows = [
        Row(
            (
                text(context.label(name)),
                integer(result.item_rest.height),
                integer(result.nobs),
                number(result.alpha),
                interval(result.alpha_low, result.alpha_high, 3),
                number(result.omega),
                number(result.omega_hierarchical),
            )
        )
        for name, result in found.items()
    ]
    return Table(
        "scales",
        words.text("study.reliability_beside"),
        tuple(columns),
        tuple(rows),
        legend=(words.text("study.reliability_legend"),),
        preset=context.output.preset,
        language=context.language,
    )
