"""Bootstrap of Oster's bounds: every draw is a product of counts with stored cross products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.engine.replicates import replicate_generator
from livelihoods.numerics.covariance import group_sums
from livelihoods.numerics.omitted import beta_star, delta_star, oster_inputs

if TYPE_CHECKING:
    from livelihoods.typing import Floats, Ints

_BATCH = 128


@dataclass(frozen=True, slots=True)
class OsterDraws:
    """Replicates of β* and δ*.

    Attributes
    ----------
    beta, delta
        Shape ``(B,)``; NaN where a replicate has no admissible root.
    conf_level
        Level of the percentile intervals.
    """

    beta: Floats
    delta: Floats
    conf_level: float

    def interval(self, name: str) -> tuple[float | None, float | None]:
        """Return the percentile interval of ``"beta"`` or ``"delta"``."""
        values = self.beta if name == "beta" else self.delta
        known = values[np.isfinite(values)]
        if known.size < 20:
            return None, None
        tail = (1.0 - self.conf_level) / 2.0
        low, high = np.quantile(known, [tail, 1.0 - tail])
        return float(low), float(high)


def bootstrap_oster(
    Z: Floats,
    w: Floats | None,
    places: tuple[int, int, list[int], list[int]],
    *,
    rmax_rule: Callable[[float], float],
    delta: float,
    count: int,
    seed: int,
    codes: Ints | None,
    conf_level: float,
) -> OsterDraws:
    """Resample rows, or whole clusters, ``count`` times.

    Replicate r draws from ``default_rng([seed, crc32("oster"), r])``. Σᵢ cᵢ zᵢzᵢ' for all draws of
    a batch is one matrix product of counts with the upper triangles of zᵢzᵢ'.
    """
    n, p = Z.shape
    upper = np.triu_indices(p)
    products = np.empty((n, upper[0].size), order="F")
    for place, (i, j) in enumerate(zip(*upper, strict=True)):
        np.multiply(Z[:, i], Z[:, j], out=products[:, place])
    if w is not None:
        products *= w[:, None]
    if codes is not None:
        products = np.ascontiguousarray(
            group_sums(np.asfortranarray(products), None, codes, int(codes.max()) + 1)
        )
    units = products.shape[0]
    betas, deltas = np.full(count, np.nan), np.full(count, np.nan)
    for start in range(0, count, _BATCH):
        stop = min(start + _BATCH, count)
        counts = np.stack(
            [
                np.bincount(
                    replicate_generator(seed, "oster", r).integers(0, units, units),
                    minlength=units,
                )
                for r in range(start, stop)
            ]
        ).astype(np.float64)
        for r, flat in zip(range(start, stop), counts @ products, strict=True):
            square = np.zeros((p, p))
            square[upper] = flat
            square = square + np.triu(square, 1).T
            betas[r], deltas[r] = _one(square, places, rmax_rule, delta)
    return OsterDraws(betas, deltas, conf_level)


def _one(
    square: Floats,
    places: tuple[int, int, list[int], list[int]],
    rmax_rule: Callable[[float], float],
    delta: float,
) -> tuple[float, float]:
    try:
        inputs = oster_inputs(square, *places)
    except np.linalg.LinAlgError:  # a control without variation in this draw
        return float("nan"), float("nan")
    r_max = max(rmax_rule(inputs.r_full), inputs.r_full)
    return beta_star(inputs, r_max, delta).value, delta_star(inputs, r_max)
