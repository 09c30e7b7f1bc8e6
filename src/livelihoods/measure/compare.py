"""How far two rankings of the same households agree, and the notes that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.notes import Note
from livelihoods.numerics.ranks import average_ranks, rank_correlation, rank_groups
from livelihoods.typing import Floats

_NOTABLE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two scores of the same rows.

    Attributes
    ----------
    spearman
        Rank correlation.
    quintile_changed
        Share of rows whose fifth differs.
    bottom_changed, top_changed
        Of the rows in the lowest (highest) fifth by the first score, the share that is elsewhere
        by the second.
    """

    spearman: float
    quintile_changed: float
    bottom_changed: float
    top_changed: float


def compare(first: Floats, second: Floats) -> Comparison:
    """Compare two scores, each of shape ``(n,)``."""
    ranks = average_ranks(first), average_ranks(second)
    a, b = rank_groups(ranks[0]), rank_groups(ranks[1])
    return Comparison(
        rank_correlation(*ranks),
        float(np.mean(a != b)),
        _left(a == a.min(), b == b.min()),
        _left(a == a.max(), b == b.max()),
    )


def _left(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.mean(~second[first]))


def concentration_notes(
    wave: str, effective: float, indicators: int, largest: str, share: float
) -> tuple[Note, ...]:
    """Say so when few indicators carry the index: effective number below half of them."""
    if effective >= indicators / 2 or indicators < 3:
        return ()
    values = {
        "wave": f"{wave}: " if wave else "",
        "effective": round(effective, 2),
        "indicators": indicators,
        "largest": largest,
        "share": round(100 * share, 1),
    }
    return (Note("measure.concentrated", "caution", values),)


def ranking_notes(wave: str, found: Comparison) -> tuple[Note, ...]:
    """Say so when a fifth or more of the poorest households are others than by equal weights."""
    if found.bottom_changed < _NOTABLE_SHARE:
        return ()
    values = {
        "wave": f"{wave}: " if wave else "",
        "spearman": round(found.spearman, 3),
        "bottom": round(100 * found.bottom_changed, 1),
        "any": round(100 * found.quintile_changed, 1),
    }
    return (Note("measure.other_households", "caution", values),)
