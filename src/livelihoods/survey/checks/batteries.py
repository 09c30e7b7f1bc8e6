"""Batteries of items: straight-lining, and skip patterns mistaken for scales."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.notes import Note, Where
from livelihoods.survey.checks.place import original_rows, rows_note

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats

Batteries = Mapping[str, Sequence[str]]
_STEM = re.compile(r"^(.*?)[ _.\-]?\d+[a-z]?$")
_LEVELS = 11  # answers a rating may have
_FEWEST = 3  # items of a battery
_LINE_ITEMS = 5  # items below which the same answer throughout says nothing
_LINE_SHARE = 0.05
_INCOMPLETE = 0.1
_SELECTIVE = 0.2  # standard deviations between complete and incomplete rows
_BEYOND_CHANCE = 5.0  # standard errors, as several items are compared


def find_batteries(survey: Survey) -> dict[str, list[str]]:
    """Return items that were asked as one block: neighbours of one question or name, one range.

    Two columns belong together if the codebook gives them one source question, or their names
    differ only in a number (``fies_1``) or in the word after the last ``_`` (``seed_price``).
    """
    groups: dict[str, list[str]] = {}
    for stem, name in _stems(survey):
        groups.setdefault(stem, []).append(name)
    found: dict[str, list[str]] = {}
    for stem, names in groups.items():
        for low, same in _by_lowest(survey, names).items():
            if _one_range(survey, same):
                found[stem if stem not in found else f"{stem} ({low:g})"] = same
    return found


def _by_lowest(survey: Survey, names: Sequence[str]) -> dict[float, list[str]]:
    """Return the items by their lowest answer: a yes-or-no question is no part of a rating."""
    groups: dict[float, list[str]] = {}
    for name in names:
        low = survey.frame[name].drop_nulls().min()
        if isinstance(low, int | float):
            groups.setdefault(float(low), []).append(name)
    return groups


def _stems(survey: Survey) -> Iterator[tuple[str, str]]:
    for series in survey.frame.get_columns():
        if not series.dtype.is_integer() and not _few_whole(series):
            continue
        sources = survey.sources(series.name)
        numbered = _STEM.match(series.name)
        if len(sources) == 1 and sources[0] != series.name:
            yield sources[0], series.name
        elif numbered and numbered.group(1):
            yield numbered.group(1), series.name
        elif "_" in series.name:
            yield series.name.rpartition("_")[0] + "_*", series.name


def _few_whole(series: pl.Series) -> bool:
    return series.dtype.is_float() and bool((series == series.round(0)).all())


def _one_range(survey: Survey, names: Sequence[str]) -> bool:
    """Tell whether the items share the answers: few of them, the same lowest and highest."""
    if len(names) < _FEWEST:
        return False
    lows, highs = [], []
    for name in names:
        known = survey.frame[name].drop_nulls()
        if not known.len() or known.n_unique() > _LEVELS:
            return False
        lows.append(float(known.min()))  # type: ignore[arg-type]
        highs.append(float(known.max()))  # type: ignore[arg-type]
    return max(highs) - min(lows) < _LEVELS and len(set(lows)) == 1 and len(set(highs)) <= 2


def straight_lining(survey: Survey, batteries: Batteries) -> list[Note]:
    """Rows that give the same answer to every item of a battery of ratings.

    Batteries need five items and three different answers. Rows of nothing but 0 do not count:
    they say that nothing happened.
    """
    found = []
    for name, items in batteries.items():
        if len(items) < _LINE_ITEMS:
            continue
        table = survey.frame.select(items)
        low = table.min_horizontal()
        high = table.max_horizontal()
        answered = table.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
        levels = {value for item in items for value in table[item].drop_nulls().unique().to_list()}
        line = (low == high) & (answered == len(items)) & (low != 0)
        whole = int((answered == len(items)).sum())
        if len(levels) < 3 or not line.any():
            continue
        share = int(line.sum()) / whole
        found.append(
            rows_note(
                survey, "survey.straight_lining", "caution" if share >= _LINE_SHARE else "info",
                line, items, battery=name, k=len(items), whole=whole, share=share,
            )
        )  # fmt: skip
    return found


def skip_batteries(survey: Survey, batteries: Batteries) -> list[Note]:
    """Batteries whose missing items depend on the answers: asked with skips, they are no scale.

    Evidence: at least a tenth of the rows with any answer lack some item; a handful of patterns of
    missing items make up nearly all of them; and on the items most people answered, complete rows
    differ from incomplete ones by a fifth of a standard deviation or more, beyond chance.
    """
    found = []
    for name, items in batteries.items():
        table = survey.frame.select(pl.col(list(items)).cast(pl.Float64)).to_numpy()
        gaps = np.isnan(table)
        asked = ~gaps.all(axis=1)
        complete = ~gaps.any(axis=1)
        broken = asked & ~complete
        if broken.sum() < max(20, _INCOMPLETE * asked.sum()) or complete.sum() < 20:
            continue
        if _patterns(gaps[broken]) > 2 * len(items):
            continue
        split = _most_selective(table, gaps, complete, broken)
        if split is None:
            continue
        item, whole, partial, distance = split
        values = {
            "battery": name,
            "items": list(items),
            "k": len(items),
            "complete": int(complete.sum()),
            "asked": int(asked.sum()),
            "item": items[item],
            "mean_complete": whole,
            "mean_incomplete": partial,
            "distance": distance,
        }
        rows = original_rows(survey, pl.Series(broken))
        found.append(Note("survey.skip_battery", "serious", values, Where(tuple(items), rows)))
    return found


def _patterns(gaps: Bools) -> int:
    """Return how many patterns of missing items it takes to cover 95 rows in 100."""
    weights = 1 << np.arange(gaps.shape[1], dtype=np.int64) if gaps.shape[1] < 63 else None
    if weights is None:
        return int(gaps.shape[0])
    _, counts = np.unique(gaps @ weights, return_counts=True)
    shares = np.cumsum(np.sort(counts)[::-1]) / gaps.shape[0]
    return int(np.searchsorted(shares, 0.95 - 1e-12) + 1)


def _most_selective(
    table: Floats, gaps: Bools, complete: Bools, broken: Bools
) -> tuple[int, float, float, float] | None:
    """Return the item on which complete and incomplete rows differ most, in its deviations."""
    best: tuple[int, float, float, float] | None = None
    for item in range(table.shape[1]):
        there = broken & ~gaps[:, item]
        if there.sum() < 0.5 * broken.sum():
            continue  # too few incomplete rows answered it to compare
        spread = float(np.nanstd(table[complete | there, item]))
        if spread == 0:
            continue
        whole = float(table[complete, item].mean())
        partial = float(table[there, item].mean())
        distance = abs(whole - partial) / spread
        error = float(np.sqrt(1 / complete.sum() + 1 / there.sum()))
        if distance < max(_SELECTIVE, _BEYOND_CHANCE * error):
            continue
        if best is None or distance > best[3]:
            best = (item, whole, partial, distance)
    return best
