"""Data with known truth for tests of the mixed process, made from a seed."""

from __future__ import annotations

import numpy as np
import polars as pl


def village(n: int = 600, seed: int = 11, rho: float = 0.5, effect: float = 0.7) -> pl.DataFrame:
    """Households that choose a treatment; the errors of choice and outcome correlate by ρ.

    d* = −.2 + .5x + .9z + u;  y = 1 + effect·d + .4x + .8e;  b* = −.3 + .6d + .5x + e
    """
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    u = rng.normal(size=n)
    e = rho * u + np.sqrt(1 - rho**2) * rng.normal(size=n)
    d = (-0.2 + 0.5 * x + 0.9 * z + u > 0).astype(np.int64)
    y = 1.0 + effect * d + 0.4 * x + 0.8 * e
    latent = -0.3 + 0.6 * d + 0.5 * x + e
    return pl.DataFrame(
        {
            "x": x,
            "z": z,
            "d": d,
            "y": y,
            "b": (latent > 0).astype(np.int64),
            "o": np.digitize(latent, [-0.8, 0.4, 1.2]),
            "c": np.maximum(y - 1.0, 0.0),
            "w": rng.integers(1, 4, n),
            "hamlet": rng.integers(0, 60, n),
        }
    )
