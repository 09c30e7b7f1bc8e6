"""Instrumental variables on arrays: k-class and two-step GMM with any covariance of moments.

Notation: y (n), endogenous D (n × K1), exogenous X (n × K2, constant included), excluded
instruments Z (n × L1). X is projected out of y, D and Z (Frisch–Waugh–Lovell); its coefficients
come back at the end. Weights are taken care of by multiplying all rows by √w, w of mean one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from livelihoods.numerics.covariance import group_sums, intersect
from livelihoods.numerics.linear import project_out, scaled_basis
from livelihoods.typing import Floats, Ints

MomentKind = Literal["iid", "robust", "cluster"]
Method = Literal["2sls", "liml", "gmm"]


@dataclass(frozen=True, slots=True)
class MomentRule:
    """How the covariance of moments is estimated.

    Attributes
    ----------
    kind
        ``"iid"``, ``"robust"`` or ``"cluster"``.
    codes
        One or two cluster codes, each of shape ``(n,)``.
    """

    kind: MomentKind
    codes: tuple[Ints, ...] = ()

    @property
    def groups(self) -> int:
        """Clusters of the smaller dimension; 0 without clusters."""
        return min((int(code.max()) + 1 for code in self.codes), default=0)


@dataclass(frozen=True, slots=True)
class Partialled:
    """The problem with the exogenous regressors projected out.

    Attributes
    ----------
    y, D, Z
        Shapes ``(n,)``, ``(n, K1)``, ``(n, L1)``; rows times √w.
    X
        Scaled basis of the exogenous regressors, shape ``(n, K2)``, rows times √w.
    back
        From coefficients of ``X`` to those of the regressors as given.
    on_y, on_d
        Coefficients of y and D on ``X``, shapes ``(K2,)`` and ``(K2, K1)``.
    """

    y: Floats
    D: Floats
    Z: Floats
    X: Floats
    back: Floats
    on_y: Floats
    on_d: Floats

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.y.shape[0])

    @property
    def instruments(self) -> int:
        """L = L1 + K2: all instruments, included ones too."""
        return int(self.Z.shape[1] + self.X.shape[1])

    @property
    def regressors(self) -> int:
        """K = K1 + K2."""
        return int(self.D.shape[1] + self.X.shape[1])


@dataclass(frozen=True, slots=True)
class IvFit:
    """An instrumental-variable fit.

    Attributes
    ----------
    coef
        Endogenous regressors first, then exogenous ones, shape ``(K1 + K2,)``.
    covariance
        Without small-sample factor, shape ``(K, K)``.
    residuals
        y − Dβ₁ − Xβ₂ (rows times √w), shape ``(n,)``.
    k
        The k of the k-class; NaN for GMM.
    """

    coef: Floats
    covariance: Floats
    residuals: Floats
    k: float


def partial_out(y: Floats, D: Floats, X: Floats, Z: Floats, w: Floats | None = None) -> Partialled:
    """Project X out of y, D and Z. Columns of (X, Z) must be independent."""
    share = None if w is None else w / w.mean()
    k1 = D.shape[1]
    everything = np.asfortranarray(np.column_stack([y, D, Z]))
    if X.shape[1]:
        basis, back = scaled_basis(X, share)
        left, on = project_out(basis, everything, share)
    else:
        basis, back = X.copy(), np.zeros((0, 0))
        left, on = everything, np.zeros((0, everything.shape[1]))
    if share is not None:
        root = np.sqrt(share)[:, None]
        left, basis = left * root, basis * root
    return Partialled(
        np.ascontiguousarray(left[:, 0]),
        np.asfortranarray(left[:, 1 : 1 + k1]),
        np.asfortranarray(left[:, 1 + k1 :]),
        np.asfortranarray(basis),
        back,
        on[:, 0],
        on[:, 1 : 1 + k1],
    )


def moment_covariance(
    Z: Floats, V: Floats, rule: MomentRule, within: Floats | None = None
) -> Floats:
    """Return the covariance of n^−½ Σ vᵢ ⊗ zᵢ, shape ``(m·L, m·L)``.

    Parameters
    ----------
    Z, V
        Shapes ``(n, L)`` and ``(n, m)``.
    rule
        iid: (V'V/n) ⊗ (Z'Z/n); robust: Σ sᵢsᵢ'/n; cluster: sums over clusters, two-way by
        inclusion–exclusion.
    within
        Z'Z/n if it is known already.
    """
    n = Z.shape[0]
    if rule.kind == "iid":
        square = Z.T @ Z / n if within is None else within
        return np.asarray(np.kron(V.T @ V / n, square))
    if rule.kind == "robust":
        scores = _scores(Z, V)
        return np.asarray(scores.T @ scores / n)

    def term(code: Ints) -> Floats:
        groups = int(code.max()) + 1
        sums = np.hstack([group_sums(Z, V[:, j], code, groups) for j in range(V.shape[1])])
        return np.asarray(sums.T @ sums / n)

    total = term(rule.codes[0])
    if len(rule.codes) == 2:
        total = total + term(rule.codes[1]) - term(intersect(rule.codes))
    return total


def _scores(Z: Floats, V: Floats) -> Floats:
    n, width = Z.shape
    scores = np.empty((n, width * V.shape[1]), order="F")
    for j in range(V.shape[1]):
        np.multiply(Z, V[:, j, None], out=scores[:, j * width : (j + 1) * width])
    return scores


def liml_k(problem: Partialled) -> float:
    """Return the smallest root of |W'W − k W'M_Z W| with W = (y, D)."""
    W = np.column_stack([problem.y, problem.D])
    total = W.T @ W
    crossed = problem.Z.T @ W
    within = total - crossed.T @ np.linalg.solve(problem.Z.T @ problem.Z, crossed)
    scale = np.sqrt(np.diag(total))
    a, b = total / np.outer(scale, scale), within / np.outer(scale, scale)
    roots = np.linalg.eigvals(np.linalg.solve(b, a))
    return float(np.min(roots.real))


def fit_iv(
    problem: Partialled, rule: MomentRule, method: Method = "2sls", *, small: bool = False
) -> IvFit:
    """Fit by 2SLS, LIML or two-step efficient GMM.

    Two-stage: β₁ = (D'P_Z D)⁻¹ D'P_Z y. k-class: D'(I − kM_Z) in place of D'P_Z. GMM: weight S⁻¹,
    S from 2SLS residuals (Hansen 1982). The sandwich of the k-class is that of ``ivreg2``.

    Parameters
    ----------
    small
        Scale the covariance by n/(n−K), or with clusters (n−1)/(n−K)·G/(G−1).
    """
    if method == "gmm" and rule.kind != "iid":
        fit = _fit_gmm(problem, rule)
    else:
        fit = _fit_kclass(problem, rule, liml_k(problem) if method == "liml" else 1.0)
    factor = small_factor(problem, rule) if small else 1.0
    return IvFit(fit.coef, fit.covariance * factor, fit.residuals, fit.k)


def small_factor(problem: Partialled, rule: MomentRule) -> float:
    """Return n/(n−K), or with clusters (n−1)/(n−K)·G/(G−1), G of the smaller dimension."""
    n, k = problem.n, problem.regressors
    if rule.kind == "cluster":
        g = rule.groups
        return (n - 1) / (n - k) * g / (g - 1)
    return n / (n - k)


def _fit_kclass(problem: Partialled, rule: MomentRule, k: float) -> IvFit:
    n = problem.n
    D, Z, y = problem.D, problem.Z, problem.y
    qzz, qzd = Z.T @ Z / n, Z.T @ D / n
    first = _inverse(qzz) @ np.column_stack([qzd, Z.T @ y / n])
    projected, on_y = qzd.T @ first[:, :-1], qzd.T @ first[:, -1]
    bread = _inverse((1.0 - k) * (D.T @ D / n) + k * projected)
    beta = bread @ ((1.0 - k) * (D.T @ y / n) + k * on_y)
    residuals = y - D @ beta
    gamma = problem.on_y - problem.on_d @ beta
    qxx = problem.X.T @ problem.X / n
    inner = _inverse(qxx)
    if rule.kind == "iid":
        sigma2 = float(residuals @ residuals) / n
        middle = _diagonal(bread, inner) * sigma2
    else:
        both = np.asfortranarray(np.hstack([Z, problem.X]))
        omega = moment_covariance(both, residuals[:, None], rule)
        take = _diagonal(bread @ first[:, :-1].T, inner)
        middle = take @ omega @ take.T
    return _complete(problem, beta, gamma, middle / n, residuals, k)


def _fit_gmm(problem: Partialled, rule: MomentRule) -> IvFit:
    """Two-step GMM in the coordinates (β₁, γ + cβ₁), where the Jacobian is block diagonal."""
    n = problem.n
    start = _fit_kclass(problem, MomentRule("iid"), 1.0)
    both = np.asfortranarray(np.hstack([problem.Z, problem.X]))
    weight = np.linalg.inv(moment_covariance(both, start.residuals[:, None], rule))
    jacobian = _diagonal(problem.Z.T @ problem.D / n, problem.X.T @ problem.X / n)
    middle = np.linalg.inv(jacobian.T @ weight @ jacobian)
    moments = np.concatenate(
        [problem.Z.T @ problem.y / n, problem.X.T @ problem.X @ problem.on_y / n]
    )
    theta = middle @ (jacobian.T @ (weight @ moments))
    k1 = problem.D.shape[1]
    beta = theta[:k1]
    gamma = theta[k1:] - problem.on_d @ beta
    shift = problem.X @ (theta[k1:] - problem.on_y)
    residuals = problem.y - problem.D @ beta - shift
    return _complete(problem, beta, gamma, middle / n, residuals, float("nan"))


def _complete(
    problem: Partialled, beta: Floats, gamma: Floats, middle: Floats, residuals: Floats, k: float
) -> IvFit:
    """Turn (β₁, γ + cβ₁) and its covariance into the coefficients of the columns as given."""
    k1, k2 = problem.D.shape[1], problem.X.shape[1]
    turn = np.zeros((k1 + k2, k1 + k2))
    turn[:k1, :k1] = np.eye(k1)
    turn[k1:, :k1] = -problem.back @ problem.on_d
    turn[k1:, k1:] = problem.back
    coef = np.concatenate([beta, problem.back @ gamma])
    covariance = turn @ middle @ turn.T
    return IvFit(coef, (covariance + covariance.T) / 2, residuals, k)


def overidentification(problem: Partialled, rule: MomentRule, fit: IvFit) -> float:
    """Return Sargan's statistic (iid, at ``fit``) or Hansen's J at the two-step GMM estimate."""
    n = problem.n
    if rule.kind == "iid":
        moments = problem.Z.T @ fit.residuals
        projected = float(moments @ np.linalg.solve(problem.Z.T @ problem.Z, moments))
        return n * projected / float(fit.residuals @ fit.residuals)
    start = _fit_kclass(problem, MomentRule("iid"), 1.0)
    return gmm_criterion(problem.y, problem.D, problem.Z, start.residuals, rule)


def gmm_criterion(
    y: Floats, D: Floats, Z: Floats, residuals: Floats, rule: MomentRule, S: Floats | None = None
) -> float:
    """Return min over β of n g'S⁻¹g with g = Z'(y − Dβ)/n, S from the given residuals."""
    n = y.shape[0]
    S = moment_covariance(Z, residuals[:, None], rule) if S is None else S
    a, b = Z.T @ D / n, Z.T @ y / n
    weighted = np.linalg.solve(S, np.column_stack([a, b]))
    if D.shape[1]:
        beta = np.linalg.solve(a.T @ weighted[:, :-1], a.T @ weighted[:, -1])
    else:
        beta = np.zeros(0)
    g = b - a @ beta
    return float(n * g @ np.linalg.solve(S, g))


def endogeneity(problem: Partialled, rule: MomentRule) -> float:
    """Return the C (difference in Sargan or Hansen) statistic that D is exogenous.

    Both criteria use the moment covariance of the regression that takes D as exogenous, so that
    the difference cannot be negative; under iid it is the Durbin–Wu–Hausman statistic.
    """
    y, D, Z = problem.y, problem.D, problem.Z
    wide = np.asfortranarray(np.hstack([Z, D]))
    beta = np.linalg.solve(D.T @ D, D.T @ y)
    residuals = y - D @ beta
    S = moment_covariance(wide, residuals[:, None], rule)
    full = gmm_criterion(y, D, wide, residuals, rule, S)
    width = Z.shape[1]
    return full - gmm_criterion(y, D, Z, residuals, rule, S[:width, :width])


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _diagonal(a: Floats, b: Floats) -> Floats:
    out = np.zeros((a.shape[0] + b.shape[0], a.shape[1] + b.shape[1]))
    out[: a.shape[0], : a.shape[1]] = a
    out[a.shape[0] :, a.shape[1] :] = b
    return out


def rule_of(kind: MomentKind, codes: Sequence[Ints] = ()) -> MomentRule:
    """Return the rule for a kind and its cluster codes."""
    return MomentRule(kind, tuple(codes))
