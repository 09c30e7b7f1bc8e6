"""The sample in numbers: means and spreads, and how the groups of the treatment compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.engine import fold, moments, ranges
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.refusals import term_variables
from livelihoods.tables import Cell, Column, Row, Spanner, Table, integer, number, text

if TYPE_CHECKING:
    from livelihoods.study.context import Context
    from livelihoods.typing import Bools, Floats

_MOST_LEVELS = 12


class Spec(AnalysisSpec):
    """Keys of ``kind = "summary"``.

    Attributes
    ----------
    items
        Columns to describe; default: outcomes, treatment and the variables of the controls.
    by_treatment
        Set the two groups of a 0/1 treatment beside each other.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["summary"] = "summary"
    items: tuple[str, ...] = ()
    by_treatment: bool = True


@dataclass(frozen=True, slots=True)
class _Numbers:
    n: int
    mean: float
    sd: float
    low: float
    high: float


def run(spec: Spec, context: Context) -> Outcome:
    """Describe each item, over all rows and by treatment group."""
    roles = context.resolve(spec)
    frame = context.survey.frame
    items = spec.items or _default_items(roles.outcomes, roles.treatment, roles.controls, frame)
    split = None
    if spec.by_treatment and roles.treatment is not None:
        split = _two_groups(frame[roles.treatment])
    rows: list[Row] = []
    for name in items:
        grouped = None if name == roles.treatment else split
        rows += _rows(frame[name], context.label(name), grouped, has_groups=split is not None)
    table = Table(
        "summary",
        spec.title or words.text("study.kind_summary"),
        _columns(split is not None),
        tuple(rows),
        _spanners(split, context.label(str(roles.treatment))),
        legend=_legend(split),
        preset=context.output.preset,
        decimals=context.output.decimals,
        language=context.language,
    )
    return Outcome(tables=(table,))


def _default_items(
    outcomes: Sequence[str], treatment: str | None, controls: Sequence[str], frame: pl.DataFrame
) -> tuple[str, ...]:
    used = [*outcomes, *((treatment,) if treatment else ())]
    for term in controls:
        used += term_variables(term, frame.columns)
    return tuple(dict.fromkeys(used))


def _two_groups(treatment: pl.Series) -> tuple[Bools, Bools] | None:
    """Return the masks of treated and others, or None if the treatment is not 0/1."""
    if not (treatment.dtype.is_numeric() or treatment.dtype == pl.Boolean):
        return None
    values = treatment.cast(pl.Float64).to_numpy()
    known = values[~np.isnan(values)]
    if not np.isin(known, (0.0, 1.0)).all() or np.unique(known).size != 2:
        return None
    return values == 1.0, values == 0.0


def _rows(
    series: pl.Series, label: str, split: tuple[Bools, Bools] | None, *, has_groups: bool
) -> list[Row]:
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        values = series.cast(pl.Float64).to_numpy()
        return [Row((text(label), *_cells(values, split, has_groups)))]
    levels = series.drop_nulls().cast(pl.String).unique().sort().to_list()
    known = ~series.is_null().to_numpy()
    rows = [Row((text(label), integer(int(known.sum())), *_blanks(7 if has_groups else 4)))]
    if len(levels) > _MOST_LEVELS:
        return rows
    for level in levels:
        share = (series.cast(pl.String) == level).cast(pl.Float64).to_numpy()
        rows.append(Row((text(level), *_cells(share, split, has_groups)), indent=1))
    return rows


def _cells(values: Floats, split: tuple[Bools, Bools] | None, has_groups: bool) -> list[Cell]:
    whole = _numbers(values)
    cells = [integer(whole.n), number(whole.mean), number(whole.sd)]
    cells += [number(whole.low), number(whole.high)]
    if split is not None:
        treated, others = (_numbers(values[mask]) for mask in split)
        gap = treated.mean - others.mean
        pooled = float(np.sqrt((treated.sd**2 + others.sd**2) / 2))
        cells += [number(others.mean), number(treated.mean)]
        cells.append(number(gap / pooled if pooled > 0 else None))
    elif has_groups:
        cells += _blanks(3)
    return cells


def _numbers(values: Floats) -> _Numbers:
    known = np.ascontiguousarray(values[~np.isnan(values)])
    if known.size == 0:
        return _Numbers(0, np.nan, np.nan, np.nan, np.nan)
    found = fold(moments(["x"]), {"x": known})
    ends = fold(ranges(["x"]), {"x": known})
    sd = float(np.sqrt(found.variance()[0, 0])) if known.size > 1 else float("nan")
    return _Numbers(
        known.size, float(found.mean[0, 0]), sd, float(ends.low[0, 0]), float(ends.high[0, 0])
    )


def _blanks(n: int) -> list[Cell]:
    return [Cell(None, "blank")] * n


def _columns(grouped: bool) -> tuple[Column, ...]:
    keys = ["n", "mean", "sd", "min", "max"]
    if grouped:
        keys += ["no", "yes", "smd"]
    heads = tuple(Column(key, words.text(f"study.summary_{key}")) for key in keys)
    return (Column("item", words.text("study.summary_item"), "left"), *heads)


def _spanners(split: tuple[Bools, Bools] | None, treatment: str) -> tuple[Spanner, ...]:
    if split is None:
        return ()
    return (
        Spanner(words.text("study.summary_all"), 1, 6),
        Spanner(words.text("study.summary_by", name=treatment), 6, 8),
    )


def _legend(split: tuple[Bools, Bools] | None) -> tuple[str, ...]:
    if split is None:
        return ()
    treated, others = (int(mask.sum()) for mask in split)
    counts = words.text("study.summary_counts", no=others, yes=treated)
    return (counts, words.text("study.summary_legend"))
