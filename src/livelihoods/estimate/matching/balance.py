"""Balance of the covariates before and after matching, as pstest prints it, and two more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import fdtri

from livelihoods.estimate.matching.model import Matching, Sample
from livelihoods.numerics import special
from livelihoods.numerics.glm import fit_probit
from livelihoods.numerics.linear import independent_columns
from livelihoods.typing import Bools, Floats, Ints

# Rubin (2001): beyond these, regression on the matched sample cannot be trusted to adjust.
RUBIN_B, RUBIN_R = 25.0, (0.5, 2.0)
# Weights sum to whole numbers only up to rounding; pstest truncates the sum to count rows.
_GUARD = 1e-9


@dataclass(frozen=True, slots=True)
class Balance:
    """Covariates before and after matching.

    Attributes
    ----------
    covariates
        One row a covariate and sample (``"unmatched"``, ``"matched"``): means, % bias (over the
        unmatched standard deviations in both samples), % reduction of its absolute value, t and
        p of the difference, variance ratio (not for 0/1 covariates) and whether it is outside
        its F limits, and the largest and mean distance of the cumulative distributions.
    overall
        One row a sample: pseudo-R², LR χ² and its p of a probit of the treatment on the
        covariates, mean and median absolute bias, Rubin's B and R with flags, share of variance
        ratios outside their limits, and the limits.
    effective
        Effective number of treated and of untreated after matching: (Σw)²/Σw².
    """

    covariates: pl.DataFrame
    overall: pl.DataFrame
    effective: tuple[float, float]


def balance(sample: Sample, matching: Matching, names: Sequence[str]) -> Balance:
    """Compare covariates of treated and untreated before and after matching.

    Parameters
    ----------
    sample, matching
        The matching and its sample; ``sample.X`` of shape ``(n, p)``.
    names
        Of the covariates, shape ``(p,)``.
    """
    treated = sample.treated
    matched = matching.focal + matching.donor
    scale = np.sqrt(
        (_moments(sample.X[treated], sample.weights[treated])[1]
         + _moments(sample.X[~treated], sample.weights[~treated])[1]) / 2.0
    )  # fmt: skip
    orders = [_order(sample.X[:, j]) for j in range(sample.X.shape[1])]
    rows: list[dict[str, object]] = []
    overall: list[dict[str, object]] = []
    before: Floats | None = None
    for label, weights in (("unmatched", sample.weights), ("matched", matched)):
        part = _covariates(sample.X, treated, weights, scale, orders)
        limits = _limits(treated, weights)
        bias = np.asarray(part["bias"])
        for j, name in enumerate(names):
            row: dict[str, object] = {"term": name, "sample": label}
            row |= {key: _plain(values[j]) for key, values in part.items()}
            row["reduction"] = None if before is None else _plain(_reduction(before[j], bias[j]))
            ratio = part["variance_ratio"][j]
            outside = not np.isnan(ratio) and not limits[0] <= ratio <= limits[1]
            row["variance_flag"] = None if np.isnan(ratio) else bool(outside)
            rows.append(row)
        before = bias
        overall.append(_overall(label, sample.X, treated, weights, part, limits))
    return Balance(
        pl.DataFrame(rows, infer_schema_length=None),
        pl.DataFrame(overall, infer_schema_length=None),
        (effective_size(matched[treated]), effective_size(matched[~treated])),
    )


def effective_size(weights: Floats) -> float:
    """Return (Σw)²/Σw²: as many equally weighted rows would say as much (Kish)."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _reduction(before: float, after: float) -> float:
    return 100.0 * (1.0 - abs(after) / abs(before)) if before else float("nan")


def _moments(X: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Means and variances with Σw − 1 degrees of freedom (importance weights)."""
    total = weights.sum()
    mean = weights @ X / total
    centred = X - mean
    return np.asarray(mean), np.asarray(weights @ (centred * centred) / (total - 1.0))


def _covariates(
    X: Floats, treated: Bools, weights: Floats, scale: Floats, orders: Sequence[_Order]
) -> dict[str, Floats]:
    w1, w0 = weights[treated], weights[~treated]
    m1, v1 = _moments(X[treated], w1)
    m0, v0 = _moments(X[~treated], w0)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = np.where(scale > 0, 100.0 * (m1 - m0) / scale, np.where(m1 == m0, 0.0, np.nan))
        df = np.floor(weights.sum() + _GUARD) - 2.0
        pooled = (v1 * (w1.sum() - 1.0) + v0 * (w0.sum() - 1.0)) / df
        t = (m1 - m0) / np.sqrt(pooled * (1.0 / w1.sum() + 1.0 / w0.sum()))
        binary = np.array([bool(np.all((x == 0.0) | (x == 1.0))) for x in X.T])
        ratio = np.where(binary | (v0 <= 0), np.nan, v1 / v0)
    gaps = [_distance(order, treated, weights) for order in orders]
    return {
        "mean_treated": m1,
        "mean_untreated": m0,
        "bias": bias,
        "t": t,
        "p_value": special.t_two_sided(t, float(df)),
        "variance_ratio": ratio,
        "ecdf_max": np.array([gap[0] for gap in gaps]),
        "ecdf_mean": np.array([gap[1] for gap in gaps]),
    }


@dataclass(frozen=True, slots=True)
class _Order:
    """Rows by ascending value of a covariate, and the last place of each distinct value."""

    rows: Ints
    last: Ints


def _order(x: Floats) -> _Order:
    # Equal values share one place of the distribution: their own order is of no consequence.
    rows = np.argsort(x)
    last = np.concatenate((np.flatnonzero(np.diff(x[rows])), [x.shape[0] - 1]))
    return _Order(rows, last)


def _distance(order: _Order, treated: Bools, weights: Floats) -> tuple[float, float]:
    """Largest and mean distance of the weighted cumulative distributions over distinct values."""
    signed = np.where(treated, weights / weights[treated].sum(), -weights / weights[~treated].sum())
    gap = np.abs(np.cumsum(signed[order.rows])[order.last])
    return float(gap.max()), float(gap.mean())


def _limits(treated: Bools, weights: Floats) -> tuple[float, float]:
    """F limits of the variance ratio, (N1 − 1, N1 − 1) degrees of freedom as pstest has them."""
    size = float((weights[treated] > 0).sum()) - 1.0
    if size < 1:
        return 0.0, float("inf")
    return float(fdtri(size, size, 0.025)), float(fdtri(size, size, 0.975))


def _overall(
    label: str,
    X: Floats,
    treated: Bools,
    weights: Floats,
    part: dict[str, Floats],
    limits: tuple[float, float],
) -> dict[str, object]:
    bias = np.abs(part["bias"][~np.isnan(part["bias"])])
    ratio = part["variance_ratio"][~np.isnan(part["variance_ratio"])]
    outside = (ratio < limits[0]) | (ratio > limits[1])
    found = _probit(X, treated, weights)
    b, r = found.pop("rubin_b"), found.pop("rubin_r")
    return {
        "sample": label,
        **{key: _plain(value) for key, value in found.items()},
        "mean_bias": float(bias.mean()) if bias.size else None,
        "median_bias": float(np.median(bias)) if bias.size else None,
        "rubin_b": _plain(b),
        "rubin_b_flag": None if np.isnan(b) else bool(b >= RUBIN_B),
        "rubin_r": _plain(r),
        "rubin_r_flag": None if np.isnan(r) else not RUBIN_R[0] <= r <= RUBIN_R[1],
        "variance_share": 100.0 * float(outside.mean()) if ratio.size else None,
        "variance_low": limits[0],
        "variance_high": limits[1],
    }


def _probit(X: Floats, treated: Bools, weights: Floats) -> dict[str, float]:
    """Probit of the treatment on the covariates; its index gives Rubin's B and R."""
    names = ("pseudo_r2", "lr_chi2", "lr_df", "lr_p_value", "rubin_b", "rubin_r")
    nothing = dict.fromkeys(names, float("nan"))
    used = weights != 0
    design, y, w = _independent(X[used]), treated[used].astype(np.float64), weights[used]
    fit = fit_probit(design, y, w)
    if not fit.converged or fit.separation is not None or not fit.loglik_null:
        return nothing
    chi2 = 2.0 * (fit.loglik - fit.loglik_null)
    arm = y > 0.5
    m1, v1 = _moments(fit.index[arm, None], w[arm])
    m0, v0 = _moments(fit.index[~arm, None], w[~arm])
    df = float(design.shape[1] - 1)
    values = (
        1.0 - fit.loglik / fit.loglik_null,
        chi2,
        df,
        special.chi2_tail(chi2, df),
        100.0 * float(m1[0] - m0[0]) / float(np.sqrt((v1[0] + v0[0]) / 2.0)),
        float(v1[0] / v0[0]),
    )
    return dict(zip(names, values, strict=True))


def _independent(X: Floats) -> Floats:
    """Covariates that still vary among the rows used, scaled, with a constant."""
    scale = X.std(axis=0)
    varying = X[:, scale > 0] / scale[scale > 0]
    full = np.column_stack([np.ones(X.shape[0]), varying])
    kept, _ = independent_columns(full)
    return np.asfortranarray(full[:, kept])
