"""Differences of means between groups, with the error that the sample's design asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from livelihoods.numerics.covariance import Covariance, clustered, heteroskedastic, wald
from livelihoods.numerics.groups import Contrast, FTest, split_groups, welch
from livelihoods.numerics.linear import Lstsq, lstsq_columns
from livelihoods.numerics.special import f_tail, t_critical, t_two_sided

if TYPE_CHECKING:
    from livelihoods.typing import Floats, Ints

Method = Literal["welch", "robust", "clustered"]


@dataclass(frozen=True, slots=True)
class Cells:
    """Values of one variable by group on the rows that count.

    Attributes
    ----------
    values
        Shape ``(n,)``.
    codes
        Groups 0 … count−1.
    count
        Number of groups.
    weights
        Positive weights, or None.
    clusters
        Cluster codes 0 … G−1, or None.
    """

    values: Floats
    codes: Ints
    count: int
    weights: Floats | None = None
    clusters: Ints | None = None

    @property
    def method(self) -> Method:
        """The error that belongs to these data: clustered, robust if weighted, else Welch's."""
        if self.clusters is not None:
            return "clustered"
        return "welch" if self.weights is None else "robust"

    def split(self) -> list[Floats]:
        """Return the values of each group."""
        return split_groups(self.values, self.codes, self.count)

    def sizes(self) -> Ints:
        """Return the rows of each group."""
        return np.bincount(self.codes, minlength=self.count)

    def means(self) -> Floats:
        """Return the (weighted) mean of each group; NaN of an empty one."""
        w = np.ones(self.values.size) if self.weights is None else self.weights
        total = np.bincount(self.codes, weights=w, minlength=self.count)
        sums = np.bincount(self.codes, weights=w * self.values, minlength=self.count)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums / total)

    def deviations(self) -> Floats:
        """Return the (weighted) standard deviation of each group, divisor n − 1."""
        w = np.ones(self.values.size) if self.weights is None else self.weights
        total = np.bincount(self.codes, weights=w, minlength=self.count)
        gap = self.values - self.means()[self.codes]
        sums = np.bincount(self.codes, weights=w * gap * gap, minlength=self.count)
        n = self.sizes()
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.sqrt(sums / total * n / (n - 1)))


def cells(
    values: Floats,
    codes: Ints,
    count: int,
    weights: Floats | None,
    clusters: Ints | None,
) -> Cells:
    """Keep the rows with a value, a group, a weight and a cluster; renumber the clusters."""
    mask = ~np.isnan(values) & (codes >= 0)
    if weights is not None:
        mask &= weights > 0
    if clusters is not None:
        mask &= clusters >= 0
        clusters = np.unique(clusters[mask], return_inverse=True)[1].astype(np.int64)
        if clusters.size == 0 or clusters.max() < 1:
            clusters = None
    w = None if weights is None else weights[mask]
    return Cells(values[mask], codes[mask], count, w, clusters)


def mean_difference(found: Cells) -> Contrast:
    """Return second minus first mean: Welch's t, or a regression on the group with the error due.

    With clusters the covariance is clustered with t(G − 1), with weights alone HC1 with t(n − 2).
    Without spread statistic and p are NaN.
    """
    if found.method == "welch":
        return welch(*found.split()[:2])
    fit, covariance = _regression(found)
    estimate = float(fit.coef[1])
    se = float(np.sqrt(covariance.matrix[1, 1]))
    t = estimate / se if se > 0 else float("nan")
    return Contrast(estimate, se, t, covariance.df, float(t_two_sided(t, covariance.df)))


def equal_means(found: Cells) -> FTest | None:
    """Return the Wald F test of equal means with clustered or robust errors; None if singular."""
    if found.values.size <= found.count:
        return None
    fit, covariance = _regression(found)
    q = found.count - 1
    if not np.all(np.diag(covariance.matrix)[1:] > 0):
        return None
    statistic = wald(fit.coef[1:], covariance.matrix[1:, 1:])
    if statistic is None:
        return None
    f = statistic / q
    return FTest(f, float(q), covariance.df, f_tail(f, float(q), covariance.df))


def _regression(found: Cells) -> tuple[Lstsq, Covariance]:
    n = found.values.size
    X = np.zeros((n, found.count), order="F")
    X[:, 0] = 1.0
    for group in range(1, found.count):
        X[:, group] = found.codes == group
    fit = lstsq_columns(X, found.values, found.weights, check=False)
    if found.clusters is not None:
        return fit, clustered(X, fit.residuals, fit.bread, found.weights, [found.clusters])
    return fit, heteroskedastic(X, fit.residuals, fit.bread, found.weights, "HC1")


def share_interval(found: Cells, conf_level: float) -> tuple[float, float]:
    """Return the interval of a share: Wilson's (1927), or by t with robust or clustered errors.

    Parameters
    ----------
    found
        Values 0 or 1, one group, at least one row.
    conf_level
        Coverage aimed at.
    """
    x, n = found.values, found.values.size
    if found.method == "welch":
        z2 = t_critical(conf_level, float("inf")) ** 2
        share = float(x.mean())
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        reach = np.sqrt(z2 * share * (1 - share) / n + z2**2 / (4 * n**2)) / (1 + z2 / n)
        return max(0.0, float(middle - reach)), min(1.0, float(middle + reach))
    if n < 2 or (found.clusters is not None and np.unique(found.clusters).size < 2):
        return float("nan"), float("nan")
    clusters = found.clusters
    if clusters is not None:
        clusters = np.unique(clusters, return_inverse=True)[1].astype(np.int64)
    X = np.ones((n, 1), order="F")
    fit = lstsq_columns(X, x, found.weights, check=False)
    if clusters is not None:
        covariance = clustered(X, fit.residuals, fit.bread, found.weights, [clusters])
    else:
        covariance = heteroskedastic(X, fit.residuals, fit.bread, found.weights, "HC1")
    share = float(fit.coef[0])
    reach = t_critical(conf_level, covariance.df) * float(np.sqrt(covariance.matrix[0, 0]))
    return max(0.0, share - reach), min(1.0, share + reach)
