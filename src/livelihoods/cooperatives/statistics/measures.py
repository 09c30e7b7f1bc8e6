"""Growth, contributions, ranks, specialisation: pure functions on arrays of counts.

Counts are floats with NaN where a number is not known; nothing here guesses one.
"""

from __future__ import annotations

import numpy as np

from livelihoods.typing import Floats, Ints


def growth(now: Floats, base: Floats) -> Floats:
    """Return ``now/base − 1``; NaN where the base is 0 or unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, now / base - 1.0, np.nan)


def yearly_rate(now: Floats, base: Floats, years: float) -> Floats:
    """Return the constant rate a year that leads from base to now, ``(now/base)^(1/years) − 1``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((base > 0) & (now >= 0), (now / base) ** (1.0 / years) - 1.0, np.nan)


def contributions(now: Floats, base: Floats, base_total: float) -> Floats:
    """Return each unit's contribution to the growth of the total, ``(now_i − base_i)/base_total``.

    Over all units they add up to the growth of the total.
    """
    return np.asarray((now - base) / base_total)


def beyond_common(now: Floats, base: Floats, rate: float) -> Floats:
    """Return by how many a unit differs from what the common rate gives: ``now − (1 + rate) base``.

    Over all units this adds up to zero when ``rate`` is the growth of their total.
    """
    return np.asarray(now - (1.0 + rate) * base)


def ranks(values: Floats) -> Ints:
    """Return competition ranks, largest first: equal values share the better rank; NaN gets 0."""
    known = values[np.isfinite(values)]
    place = np.array([1 + int((known > value).sum()) for value in values], dtype=np.int64)
    return np.where(np.isfinite(values), place, 0).astype(np.int64)


def location_quotients(counts: Floats) -> Floats:
    """Return ``(x_ij/x_i.)/(x_.j/x_..)``, shape ``(places, sectors)``.

    Above 1: the place has more of the sector than the whole area has. NaN for an empty place or
    sector.
    """
    whole = counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        own = counts / counts.sum(axis=1, keepdims=True)
        common = counts.sum(axis=0, keepdims=True) / whole
        return np.asarray(own / common)


def herfindahl(counts: Floats) -> Floats:
    """Return ``Σ_j s_j²`` of each row's shares, shape ``(places,)``; NaN for an empty row."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray((shares**2).sum(axis=1))


def herfindahl_by_chance(counts: Floats) -> Floats:
    """Return E[Σ s²] if each row's cooperatives were drawn from the whole area's sectors.

    ``Σ p_j² (1 − 1/n_i) + 1/n_i``: a village with one cooperative is always "specialised".
    """
    common = counts.sum(axis=0) / counts.sum()
    n = counts.sum(axis=1)
    base = float(common @ common)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, base * (1.0 - 1.0 / n) + 1.0 / n, np.nan)
