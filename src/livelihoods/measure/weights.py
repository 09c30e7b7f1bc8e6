"""Weights of indicators from additive statistics. Pure functions on arrays; shapes are stated.

Symbols: z_ij in [0, 1] oriented value of row i, indicator j; w_j weights that sum to 1.
"""

from __future__ import annotations

import numpy as np

from livelihoods.engine.states import Comoments, EntropySums
from livelihoods.typing import Floats


def entropies(sums: EntropySums) -> Floats:
    """Return e_gj = −(1/ln n) Σ_i p_ij ln p_ij with p = (z + c)/Σ(z + c), shape ``(G, p)``.

    From S = Σ(z+c) and T = Σ(z+c)ln(z+c): e = (ln S − T/S)/ln n, n the rows used. Sampling
    weights are first rescaled to mean 1, so that their scale does not matter and a row of weight
    2 counts as two rows among n.
    """
    scale = (sums.rows / sums.weight)[:, None]
    total, log_total = sums.total * scale, sums.log_total * scale
    result: Floats = (np.log(total) - log_total / total) / np.log(sums.rows)[:, None]
    return result


def entropy_weights(entropy: Floats) -> Floats:
    """Return w_j = (1 − e_j)/Σ(1 − e_k) along the last axis."""
    return _normalised(1.0 - entropy)


def critic_weights(moments: Comoments) -> Floats:
    """Return CRITIC weights ∝ s_j Σ_k (1 − r_jk), shape ``(G, p)`` (Diakoulaki et al. 1995).

    A single indicator weighs 1.
    """
    spread = np.sqrt(np.einsum("gii->gi", moments.covariance()))
    conflict = (1.0 - moments.correlation()).sum(axis=2)
    if conflict.shape[1] == 1:
        return np.ones_like(conflict)
    return _normalised(spread * conflict)


def variation_weights(moments: Comoments) -> Floats:
    """Return weights ∝ s_j / mean_j, the coefficients of variation, shape ``(G, p)``."""
    spread = np.sqrt(np.einsum("gii->gi", moments.covariance()))
    return _normalised(spread / moments.mean)


def component_weights(moments: Comoments) -> Floats:
    """Return weights ∝ v_j / s_j, shape ``(G, p)``; some may be negative.

    v is the first eigenvector of the correlations (sign: Σv ≥ 0), s the standard deviations of z:
    Σ_j w_j z_ij then ranks rows exactly as the first principal component does.
    """
    spread = np.sqrt(np.einsum("gii->gi", moments.covariance()))
    _, vectors = np.linalg.eigh(moments.correlation())
    first = vectors[:, :, -1]
    first = first * np.where(first.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return _normalised(first / spread)


def effective_number(weights: Floats) -> Floats:
    """Return 1/Σw², the number of equally weighted indicators that would be as concentrated."""
    return np.asarray(1.0 / np.sum(weights * weights, axis=-1))


def _normalised(raw: Floats) -> Floats:
    return np.asarray(raw / raw.sum(axis=-1, keepdims=True))
