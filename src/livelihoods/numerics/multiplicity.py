"""Adjusting p-values for many hypotheses: arrays in, arrays out, in the order given.

Bonferroni, Holm (1979) and Romano and Wolf (2005, 2016) bound the probability of any false
rejection; Benjamini and Hochberg (1995) and the sharpened q-values of Benjamini, Krieger and
Yekutieli (2006), as Anderson (2008) computes them, bound the expected share of false ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from livelihoods.typing import Floats


def bonferroni(p: Any) -> Floats:
    """Return min(m p, 1)."""
    values = _flat(p)
    return np.minimum(values * values.size, 1.0)


def holm(p: Any) -> Floats:
    """Return Holm's step-down p-values: max over j ≤ i of (m − j + 1) p₍ⱼ₎, at most 1."""
    values = _flat(p)
    order = np.argsort(values, kind="stable")
    steps = values[order] * (values.size - np.arange(values.size))
    return _placed(np.minimum(np.maximum.accumulate(steps), 1.0), order)


def benjamini_hochberg(p: Any) -> Floats:
    """Return step-up q-values: min over j ≥ i of (m / j) p₍ⱼ₎, at most 1."""
    values = _flat(p)
    order = np.argsort(values, kind="stable")
    steps = values[order] * (values.size / np.arange(1, values.size + 1))
    rising = np.minimum.accumulate(steps[::-1])[::-1]
    return _placed(np.minimum(rising, 1.0), order)


def sharpened_q(p: Any) -> Floats:
    """Return the sharpened two-stage q-values of Anderson (2008).

    The smallest level q at which the two-stage procedure rejects: stage one is Benjamini and
    Hochberg at q' = q/(1 + q) and rejects c hypotheses; stage two is the same at q' m/(m − c).
    Stage one changes at m levels only, so the answer is exact; Anderson's own program looks at
    q = 1, 0.999 … and so rounds it up to three digits. A sharpened q can lie below the p-value:
    where much is rejected, few of the hypotheses can be true.

    Returns
    -------
    ndarray
        Shape ``(m,)``, between 0 and 1; 1 also for what no level up to 1 rejects.
    """
    once = benjamini_hochberg(p)
    m = once.size
    best = np.full(m, np.inf)
    levels = np.unique(once)
    for place, low in enumerate(levels):
        high = levels[place + 1] if place + 1 < levels.size else np.inf
        count = int((once <= low).sum())
        needed = np.maximum(low, once * ((m - count) / m))
        best = np.minimum(best, np.where(needed < high, needed, np.inf))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(best < 0.5, best / (1.0 - best), 1.0)
    return np.asarray(np.minimum(found, 1.0), dtype=np.float64)


def bootstrap_p(statistics: Any, draws: Any) -> Floats:
    """Return (1 + #{|t*| ≥ |t|}) / (B + 1) of each hypothesis by itself."""
    observed, drawn = np.abs(_flat(statistics)), np.abs(np.asarray(draws, dtype=np.float64))
    return np.asarray((1 + (drawn >= observed).sum(axis=0)) / (drawn.shape[0] + 1))


def romano_wolf(statistics: Any, draws: Any) -> Floats:
    """Return the step-down p-values of Romano and Wolf (2016).

    Hypotheses are taken from the largest |t| to the smallest; each is compared with the largest
    |t*| among those not yet taken, p = (1 + #{max |t*| ≥ |t|}) / (B + 1), and p-values may not fall
    along the way.

    Parameters
    ----------
    statistics
        t values, shape ``(m,)``.
    draws
        t values under the null: (θ* − θ̂)/se* of each replicate, shape ``(B, m)``, all finite.
    """
    observed, drawn = np.abs(_flat(statistics)), np.abs(np.asarray(draws, dtype=np.float64))
    order = np.argsort(-observed, kind="stable")
    largest = np.maximum.accumulate(drawn[:, order][:, ::-1], axis=1)[:, ::-1]
    exceed = (largest >= observed[order]).sum(axis=0)
    stepped = np.maximum.accumulate((1 + exceed) / (drawn.shape[0] + 1))
    return _placed(stepped, order)


def _flat(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float64).ravel()


def _placed(ordered: Floats, order: Any) -> Floats:
    out = np.empty(ordered.size)
    out[order] = ordered
    return out
