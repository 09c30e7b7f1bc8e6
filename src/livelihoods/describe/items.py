"""One question answered in categories: counts, shares, and only the statistics its scale allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import polars as pl

from livelihoods.describe.bands import Band, BandSummary, close_bands, read_band, summarise_bands
from livelihoods.describe.counting import Answers, count_answers, weigh_answers
from livelihoods.describe.setting import value_labels
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import code_text
from livelihoods.survey.model import Scale, Variable

if TYPE_CHECKING:
    from livelihoods.describe.setting import Setting
    from livelihoods.engine.executor import Executor
    from livelihoods.typing import Floats, Ints

MAX_ANSWERS = 60
_WITH_MEAN: tuple[Scale, ...] = ("ordinal", "count", "continuous")


@dataclass(frozen=True, slots=True)
class Item:
    """Answers to one question.

    Attributes
    ----------
    name, label
        Column and wording.
    scale
        Level of measurement it is treated as.
    codes, code_labels
        Answers in order, and their wording.
    counts
        Answers counted, shape ``(k,)``, never weighted.
    shares
        Shares of valid answers (weighted when weights are declared), shape ``(k,)``.
    missing
        Rows without an answer.
    mean, sd
        Of the codes; None where the scale does not allow it.
    bands
        Median and mean in money for banded items whose bands are known.
    """

    name: str
    label: str
    scale: Scale
    codes: tuple[Any, ...]
    code_labels: tuple[str, ...]
    counts: Ints
    shares: Floats
    missing: int
    mean: float | None
    sd: float | None
    bands: BandSummary | None = None

    @property
    def valid(self) -> int:
        """Rows with an answer."""
        return int(self.counts.sum())

    @property
    def ordered(self) -> bool:
        """Whether the answers have an order, so that a median and running shares make sense."""
        return self.scale not in ("nominal", "binary", "identifier")


def read_items(
    where: Setting,
    columns: Sequence[pl.Series],
    scale: Scale | Mapping[str, Scale] | None,
    bands: Mapping[str, Sequence[Band]],
    executor: Executor | None,
) -> tuple[list[Item], list[Note]]:
    """Count the answers of items and compute what their scales allow.

    Raises
    ------
    DataError
        If a column has no answer, or so many different ones that it is not an item.
    SpecError
        If a scale is unknown or bands do not match the answers.
    """
    columns = [_finite(column) for column in columns]
    counted = count_answers(columns, executor)
    weights = where.weights()
    answers = []
    for series, found in zip(columns, counted, strict=True):
        masses = None if weights is None else partial(_weigh, series, weights, executor)
        answers.append(Answers(series.name, series.dtype, len(series), found, masses))
    return items_of(where, answers, scale, bands)


def items_of(
    where: Setting,
    answers: Sequence[Answers],
    scale: Scale | Mapping[str, Scale] | None,
    bands: Mapping[str, Sequence[Band]],
) -> tuple[list[Item], list[Note]]:
    """Compute from counted answers what the scales of items allow; raises as ``read_items``."""
    items: list[Item] = []
    notes: list[Note] = []
    guessed: list[str] = []
    for one in answers:
        name, found, entry = one.name, one.found, where.entry(one.name)
        if not found:
            raise DataError("describe.no_answers", variable=name)
        kind, assumed = _scale(entry, one, scale)
        if assumed:
            guessed.append(name)
        codes = _codes(name, entry, found, bands.get(name))
        counts = np.array([found.get(code, 0) for code in codes], dtype=np.int64)
        masses = counts.astype(np.float64)
        if one.masses is not None:
            given = [code for code in codes if code in found]
            weighed = dict(zip(given, one.masses(given), strict=True))
            masses = np.array([weighed.get(code, 0.0) for code in codes], dtype=np.float64)
        if masses.sum() <= 0:
            raise DataError("describe.no_answers", variable=name)
        labels = value_labels(entry, codes)
        shares = masses / masses.sum()
        mean, sd = _moments(kind, codes, shares, int(counts.sum()))
        summary, more = _money(name, kind, labels, shares * counts.sum(), bands.get(name))
        missing = int(one.rows - counts.sum())
        label = where.label(name)
        items.append(
            Item(name, label, kind, codes, labels, counts, shares, missing, mean, sd, summary)
        )
        notes += [*_scale_note(items[-1]), *more]
    if guessed:
        values = {"variables": guessed}
        notes.insert(0, Note("describe.scale_assumed", "info", values, Where(tuple(guessed))))
    return items, notes


def _weigh(
    series: pl.Series, weights: Floats, executor: Executor | None, codes: Sequence[Any]
) -> Floats:
    return weigh_answers(_positions(series, codes), weights, len(codes), executor)


def _finite(series: pl.Series) -> pl.Series:
    """Return a column with null for NaN and infinities."""
    if not series.dtype.is_float():
        return series
    return series.set(series.is_finite().not_().fill_null(False), None)


def _scale(
    entry: Variable | None,
    answers: Answers,
    wanted: Scale | Mapping[str, Scale] | None,
) -> tuple[Scale, bool]:
    """Return the scale of an item and whether it had to be assumed."""
    given = wanted.get(answers.name) if isinstance(wanted, Mapping) else wanted
    if given is not None and given not in get_args(Scale):
        raise SpecError("describe.unknown_scale", scale=given, known=list(get_args(Scale)))
    declared = given or (entry.scale if entry is not None else None)
    if declared is not None:
        return declared, False
    if answers.kind == pl.Boolean or set(answers.found) <= {0, 1}:
        return "binary", False
    return ("ordinal" if answers.kind.is_numeric() else "nominal"), True


def _codes(
    name: str, entry: Variable | None, found: Mapping[Any, int], bands: Sequence[Band] | None
) -> tuple[Any, ...]:
    """Return the answers in order: those that occur, and labelled or banded ones nobody gave."""
    if len(found) > MAX_ANSWERS:
        raise DataError("describe.too_many_answers", variable=name, answers=len(found))
    named = entry.values if entry is not None else {}
    order = list(next(iter(named.values()), {}))
    by_text = {code_text(code): code for code in found}
    if all(isinstance(code, int | float) for code in found):
        wanted = [by_text.get(code, _as_number(code)) for code in (*order, *by_text)]
        codes = {float(value): value for value in wanted if value is not None}
        if bands is not None:
            codes = {float(v): v for v in _band_codes(name, codes, len(bands))} | codes
        return tuple(codes[key] for key in sorted(codes))
    first = [by_text.get(code, code) for code in order]
    return (*first, *(code for text, code in by_text.items() if text not in order))


def _as_number(text: str) -> int | float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else value


def _band_codes(name: str, codes: Mapping[float, Any], count: int) -> list[int | float]:
    """Return 1 … count (or 0 … count−1), or the codes there are if they are as many."""
    for first in (1, 0):
        if all(code == int(code) and first <= code < first + count for code in codes):
            return list(range(first, first + count))
    if len(codes) == count:
        return list(codes.values())
    shown = [code_text(code) for code in sorted(codes)]
    raise SpecError("describe.bands_mismatch", variable=name, bands=count, codes=shown)


def _positions(series: pl.Series, codes: Sequence[Any]) -> Ints:
    places = pl.int_range(len(codes), eager=True)
    known = pl.Series(codes, dtype=series.dtype, strict=False)
    found = series.replace_strict(known, places, default=-1, return_dtype=pl.Int64)
    return found.fill_null(-1).to_numpy()


def _moments(
    scale: Scale, codes: Sequence[Any], shares: Floats, n: int
) -> tuple[float | None, float | None]:
    """Return mean and standard deviation of codes (divisor n − 1) where the scale allows them."""
    if scale not in _WITH_MEAN or not all(isinstance(code, int | float) for code in codes):
        return None, None
    values = np.array(codes, dtype=np.float64)
    mean = float(values @ shares)
    spread = float((values - mean) ** 2 @ shares)
    return mean, float(np.sqrt(spread * n / (n - 1))) if n > 1 else None


def _scale_note(item: Item) -> list[Note]:
    values, where = {"variable": item.name}, Where((item.name,))
    if item.scale == "nominal" and len(item.codes) > 2:
        return [Note("describe.nominal_no_mean", "info", values, where)]
    if item.scale == "banded":
        return [Note("describe.banded_no_mean", "info", values, where)]
    return []


def _money(
    name: str,
    scale: Scale,
    labels: Sequence[str],
    masses: Floats,
    bands: Sequence[Band] | None,
) -> tuple[BandSummary | None, list[Note]]:
    """Return what a banded item says in money, if its bands are given or can be read."""
    if scale != "banded":
        return None, []
    where = Where((name,))
    read = list(bands) if bands is not None else [read_band(label) for label in labels]
    known = [band for band in read if band is not None]
    if len(known) < len(read):
        return None, [Note("describe.bands_unknown", "caution", {"variable": name}, where)]
    if len(known) != len(labels):
        raise SpecError(
            "describe.bands_mismatch", variable=name, bands=len(known), codes=list(labels)
        )
    low, high, notes = close_bands(name, known)
    summary = summarise_bands(low, high, masses)
    best = summary.best
    if best is None:
        notes.append(Note("describe.bands_no_law", "caution", {"variable": name}, where))
    elif best.df > 0 and best.p_value < 0.05:
        values = {"variable": name, "p": best.p_value}
        notes.append(Note("describe.bands_poor_fit", "caution", values, where))
    return summary, notes
