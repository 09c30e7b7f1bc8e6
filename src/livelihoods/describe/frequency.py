"""Frequency tables: Likert batteries, single choices, money in bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.describe.folder_counting import folder_answers
from livelihoods.describe.items import Item, items_of, read_items
from livelihoods.describe.setting import Setting, setting, silent_rows
from livelihoods.engine.executor import use_executor
from livelihoods.errors import SpecError
from livelihoods.survey.door import code_text
from livelihoods.survey.model import Scale, Survey
from livelihoods.survey.parquet_folder import ParquetFolder

if TYPE_CHECKING:
    from livelihoods.describe.bands import Band
    from livelihoods.engine.executor import Executor
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table
    from livelihoods.typing import Floats

Averaging = Literal["shares", "counts"]


@dataclass(frozen=True, slots=True)
class Average:
    """The last row of a battery.

    Attributes
    ----------
    over
        ``"shares"``: the mean of the items' shares and means, each item counting the same;
        ``"counts"``: all answers pooled, items with more answers counting more.
    counts
        Mean number of answers an item in each category, shape ``(k,)``.
    shares
        Shape ``(k,)``.
    mean
        Of the codes, or None.
    """

    over: Averaging
    counts: Floats
    shares: Floats
    mean: float | None


@dataclass(frozen=True, slots=True)
class FrequencyTable:
    """How often each answer was given.

    Attributes
    ----------
    items
        One an item, in the order asked.
    average
        The average row of a battery with one answer scale; None otherwise.
    weight
        Column of weights behind the shares, or "".
    notes
        What must be said.
    title
        Caption of the table.
    """

    items: tuple[Item, ...]
    average: Average | None
    weight: str
    notes: tuple[Note, ...]
    title: str = ""

    def tidy(self) -> pl.DataFrame:
        """One row an item and answer: count, share of valid answers, cumulative share."""
        return pl.DataFrame([row for item in self.items for row in _answer_rows(item)])

    def statistics(self) -> pl.DataFrame:
        """One row an item: valid, missing, and mean, sd, median and money where allowed."""
        return pl.DataFrame([_statistics(item) for item in self.items], schema=_STATISTICS)

    def glance(self) -> pl.DataFrame:
        """One row: items, smallest and largest number of valid answers, weights."""
        valid = [item.valid for item in self.items]
        row = {"items": len(valid), "nobs_min": min(valid), "nobs_max": max(valid)}
        return pl.DataFrame([{**row, "weight": self.weight}])

    def summary(self, layout: Literal["auto", "wide", "long"] = "auto") -> Table:
        """The table: items in rows if they share one scale, else answers in rows."""
        from livelihoods.describe.frequency_layout import frequency_layout

        return frequency_layout(self, layout)

    def plot(self) -> Figure:
        """Stacked bars of the shares, one bar an item."""
        from livelihoods.describe.figures import frequency_figure

        return frequency_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "answers": self.tidy().to_dicts(),
            "statistics": self.statistics().to_dicts(),
            "weight": self.weight,
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def frequency_table(
    data: Any,
    items: str | Sequence[str],
    *,
    scale: Scale | Mapping[str, Scale] | None = None,
    bands: Mapping[str, Sequence[Band]] | None = None,
    average: Averaging | None = "shares",
    weights: str | bool | None = None,
    title: str = "",
    executor: Executor | str | None = None,
) -> FrequencyTable:
    """Count the answers of one or more questions.

    Parameters
    ----------
    data
        A survey or frame; or what ``lv.open_parquet`` returned.
    items
        Columns. A battery whose items share one set of answers gets an average row.
    scale
        Level of measurement, for all or by item; default: what the codebook says, else codes are
        taken as ordered (with a note) and texts as nominal. A nominal item gets no mean.
    bands
        Item -> ``(low, high)`` of each answer in order, None for an open end, for money asked in
        bands; otherwise the bands are read from the answers' wording. Banded items get a median
        and the mean of a law fitted to the bands, in money, never a mean of codes.
    average
        ``"shares"``, ``"counts"`` or None for no average row.
    weights
        Column of weights for the shares; None takes the declared ones, False none.
    title
        Caption.
    executor
        Where blocks are counted: an executor, or ``"threads:4"``, ``"dask-local:2"``,
        ``"dask://host:port"``. No digit depends on it.

    Returns
    -------
    FrequencyTable

    Raises
    ------
    SpecError
        If a column does not exist, or bands do not fit the answers.
    DataError
        If an item has no answers or more than 60 different ones.
    """
    names = [items] if isinstance(items, str) else list(items)
    if not names:
        raise SpecError("describe.no_items")
    if average not in ("shares", "counts", None):
        raise SpecError("describe.unknown_average", average=average)
    edges = dict(bands or {})
    kinds: Scale | Mapping[str, Scale] | None = scale
    if edges and not isinstance(scale, str):
        kinds = {**dict.fromkeys(edges, "banded"), **(scale or {})}
    with use_executor(executor) as running:
        if isinstance(data, ParquetFolder):
            weight = weights if isinstance(weights, str) else None
            answers, notes = folder_answers(data, names, weight, running)
            found, more = items_of(
                Setting(Survey(pl.DataFrame(), data.codebook)), answers, kinds, edges
            )
            notes = [*data.notes, *more, *notes]
        else:
            where, columns = _door(data, names, weights)
            weight = where.weight
            found, notes = read_items(where, columns, kinds, edges, running)
            notes += silent_rows(where)
    mean_row = None if average is None else _average(found, average)
    return FrequencyTable(tuple(found), mean_row, weight or "", tuple(notes), title)


def _door(
    data: Any, names: Sequence[str], weights: str | bool | None
) -> tuple[Setting, list[pl.Series]]:
    """Take data in; a register of plain codes is only counted and needs no row numbers."""
    if isinstance(data, pl.LazyFrame) and not isinstance(weights, str):
        present = data.collect_schema().names()
        data = data.select([name for name in names if name in present]).collect()
    if isinstance(data, pl.DataFrame) and not isinstance(weights, str):
        where = setting(data.head(0), names, False, False)
        columns = [data.get_column(name) for name in names]
        if all(column.dtype.is_integer() or column.dtype == pl.Boolean for column in columns):
            return where, columns
    where = setting(data, names, weights, False)
    return where, [where.survey.frame.get_column(name) for name in names]


def one_scale(items: Sequence[Item]) -> bool:
    """Tell whether all items have the same answers."""
    first = [code_text(code) for code in items[0].codes]
    return all([code_text(code) for code in item.codes] == first for item in items)


def _average(items: Sequence[Item], over: Averaging) -> Average | None:
    if len(items) < 2 or not one_scale(items) or any(item.scale == "banded" for item in items):
        return None
    counts = np.array([item.counts for item in items], dtype=np.float64)
    sizes = counts.sum(axis=1)
    by_item = np.full(len(items), 1.0 / len(items))
    weights = by_item if over == "shares" else sizes / sizes.sum()
    shares = weights @ np.array([item.shares for item in items])
    means = [item.mean for item in items if item.mean is not None]
    mean = float(weights @ np.array(means)) if len(means) == len(items) else None
    return Average(over, counts.mean(axis=0), shares, mean)


def _answer_rows(item: Item) -> list[dict[str, Any]]:
    running = np.cumsum(item.shares)
    return [
        {
            "item": item.name,
            "label": item.label,
            "scale": item.scale,
            "code": code_text(code),
            "answer": item.code_labels[k],
            "count": int(item.counts[k]),
            "share": float(item.shares[k]),
            "cumulative": float(running[k]),
        }
        for k, code in enumerate(item.codes)
    ]


_STATISTICS = {
    "item": pl.String,
    "label": pl.String,
    "scale": pl.String,
    "valid": pl.Int64,
    "missing": pl.Int64,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "median": pl.String,
    "money_median": pl.Float64,
    "money_mean": pl.Float64,
    "money_mean_se": pl.Float64,
    "law": pl.String,
}


def _statistics(item: Item) -> dict[str, Any]:
    half = int(np.searchsorted(np.cumsum(item.shares), 0.5 - 1e-12))
    best = item.bands.best if item.bands is not None else None
    return {
        "item": item.name,
        "label": item.label,
        "scale": item.scale,
        "valid": item.valid,
        "missing": item.missing,
        "mean": item.mean,
        "sd": item.sd,
        "median": item.code_labels[half] if item.ordered else None,
        "money_median": item.bands.median if item.bands is not None else None,
        "money_mean": best.mean if best else None,
        "money_mean_se": best.mean_se if best else None,
        "law": best.law if best else None,
    }
