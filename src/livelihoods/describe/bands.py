"""Money asked in bands: where the bands lie, what lies between them, and what the answers say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.banded import BandFit, fit_bands, grouped_median

if TYPE_CHECKING:
    from livelihoods.typing import Floats

Band: TypeAlias = tuple[float | None, float | None]  # None or an infinity is an open end

_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(万|千|k\b|thousand|million)?", re.IGNORECASE)
_UNITS = {"万": 1e4, "千": 1e3, "k": 1e3, "thousand": 1e3, "million": 1e6}
_BELOW = re.compile(r"under|below|less|up to|at most|以下|不足|低于|小于|<|≤", re.IGNORECASE)
_ABOVE = re.compile(r"over|above|more|at least|以上|超过|高于|大于|\+|>|≥", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BandSummary:
    """What banded answers say in money.

    Attributes
    ----------
    low, high
        Ends of the bands after gaps between them are closed, shape ``(b,)``; ±inf where open.
    median_band
        Position of the band that holds the median answer.
    median
        Median interpolated within its band; NaN if that band is open.
    fits
        Normal and lognormal laws by maximum likelihood, those that could be fitted, best first.
    """

    low: Floats
    high: Floats
    median_band: int
    median: float
    fits: tuple[BandFit, ...]

    @property
    def best(self) -> BandFit | None:
        """The law with the higher likelihood, or None."""
        return self.fits[0] if self.fits else None


def read_band(label: str) -> Band | None:
    """Read a band from its wording: ``"10000-30000"``, ``"under 10000"``, ``"31万以上"``.

    Returns
    -------
    (low, high) or None
        None stands for an open end; the whole is None if the wording says no band.
    """
    parts = _NUMBER.findall(label)
    shared = parts[-1][1] if parts else ""
    found = [
        float(digits.replace(",", "")) * _UNITS.get((unit or shared).lower(), 1.0)
        for digits, unit in parts
    ]
    if len(found) == 2 and found[0] < found[1]:
        return found[0], found[1]
    if len(found) == 1 and _BELOW.search(label):
        return None, found[0]
    if len(found) == 1 and _ABOVE.search(label):
        return found[0], None
    return None


def close_bands(name: str, bands: Sequence[Band]) -> tuple[Floats, Floats, list[Note]]:
    """Return the ends of bands in order, with gaps closed at their middle and noted.

    Raises
    ------
    SpecError
        If bands overlap, do not rise, or an inner end is open.
    """
    low = np.array([-np.inf if band[0] is None else band[0] for band in bands], dtype=np.float64)
    high = np.array([np.inf if band[1] is None else band[1] for band in bands], dtype=np.float64)
    inner = np.concatenate([low[1:], high[:-1]])
    if not np.all(np.isfinite(inner)) or np.any(low >= high) or np.any(high[:-1] > low[1:]):
        shown = [f"{a:g}–{b:g}" for a, b in zip(low, high, strict=True)]
        raise SpecError("describe.bad_bands", variable=name, bands=shown)
    apart = np.flatnonzero(high[:-1] < low[1:])
    if not apart.size:
        return low, high, []
    gaps = [f"{high[i]:,.0f}–{low[i + 1]:,.0f}" for i in apart]
    values = {"variable": name, "gaps": gaps}
    middle = (high[:-1] + low[1:]) / 2.0
    note = Note("describe.band_gaps", "caution", values, Where((name,)))
    return np.insert(middle, 0, low[0]), np.append(middle, high[-1]), [note]


def summarise_bands(low: Floats, high: Floats, counts: Floats) -> BandSummary:
    """Return median and mean in money of banded answers.

    Parameters
    ----------
    low, high
        Ends of the bands, shape ``(b,)``.
    counts
        Answers (or sums of weights) in each, shape ``(b,)``, not all zero.
    """
    positive = low.copy()
    if not np.isfinite(low[0]) and high[0] > 0:
        positive[0] = 0.0
    tried = (
        fit_bands(positive, high, counts, "lognormal"),
        fit_bands(low, high, counts, "normal"),
    )
    fits = sorted((fit for fit in tried if fit is not None), key=lambda fit: -fit.loglik)
    total = np.cumsum(counts)
    band = int(np.searchsorted(total, total[-1] / 2.0))
    return BandSummary(low, high, band, grouped_median(positive, high, counts), tuple(fits))
