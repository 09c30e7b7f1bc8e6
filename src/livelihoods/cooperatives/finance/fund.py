"""A mutual fund of members: what pooling can do, what it cannot, and how likely ruin is.

n members each lose L with probability p in a season; the losses of one season are exchangeable with
correlation ρ (beta-binomial: the share that is hit is itself drawn from a beta distribution), the
seasons are independent. With σ² = L² p (1 − p)

    Var(mean loss) = σ² [(1 − ρ)/n + ρ]

so ρσ² remains however many join: covariate risk does not pool away. The reserve follows
``R_{t+1} = (R_t + nP − S_t + stop-loss_t − its premium)(1 + r)`` and ruin is the first season in
which what is left before interest is negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from livelihoods.cooperatives.finance.wording import within
from livelihoods.engine.replicates import map_replicates
from livelihoods.errors import EstimationError, SpecError
from livelihoods.typing import Floats

if TYPE_CHECKING:
    from livelihoods.engine.executor import Executor

IDENTITY = "mutual-fund"
PATHS = 1000  # paths drawn from one generator
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class FundSpec:
    """A mutual fund.

    Attributes
    ----------
    members
        n, at least 1.
    loss
        L, what a hit member loses and the fund pays, positive.
    probability
        p, of a hit in a season, between 0 and 1.
    correlation
        ρ between two members' losses in a season, 0 to below 1.
    premium
        P, paid by each member each season.
    reserve
        R_0, not negative.
    seasons
        T, at least 1.
    interest
        r a season.
    retention, limit
        Stop-loss cover: a reinsurer pays the season's losses beyond ``retention``, at most
        ``limit``; ``limit`` 0 for none.
    loading
        What the reinsurer adds to the expected payment of its layer, as a share of it.
    """

    members: int
    loss: float
    probability: float
    correlation: float = 0.0
    premium: float = 0.0
    reserve: float = 0.0
    seasons: int = 10
    interest: float = 0.0
    retention: float = 0.0
    limit: float = 0.0
    loading: float = 0.0


def check_fund(spec: FundSpec) -> None:
    """Refuse a fund that is none.

    Raises
    ------
    SpecError
        A number outside its bounds; a loading without a layer.
    """
    within("members", spec.members, 1, 1_000_000)
    within("loss", spec.loss, 0.0, 1e300, open_low=True)
    within("probability", spec.probability, 0.0, 1.0)
    within("correlation", spec.correlation, 0.0, 0.999)
    within("premium", spec.premium, 0.0, 1e300)
    within("reserve", spec.reserve, 0.0, 1e300)
    within("seasons", spec.seasons, 1, 10_000)
    within("interest", spec.interest, -0.9, 10.0)
    within("retention", spec.retention, 0.0, 1e300)
    within("limit", spec.limit, 0.0, 1e300)
    within("loading", spec.loading, 0.0, 10.0)
    if spec.limit == 0.0 and (spec.loading or spec.retention):
        raise SpecError("cooperatives.finance.no_layer")


def pooled_variance(sigma: float, n: int | Floats, correlation: float) -> Floats:
    """Return ``Var(mean loss) = σ² [(1 − ρ)/n + ρ]``; ``n`` may be an array."""
    return np.asarray(sigma**2 * ((1.0 - correlation) / np.asarray(n) + correlation))


def hits(members: int, probability: float, correlation: float) -> Floats:
    """Return P(k of n members are hit), shape ``(n + 1,)``: beta-binomial, binomial if ρ = 0.

    With θ = ρ/(1 − ρ), ``C(n, k) Π_{i<k}(p + iθ) Π_{j<n−k}(1 − p + jθ) / Π_{l<n}(1 + lθ)``: the
    correlation of two members' losses is exactly ρ, and nothing is lost where ρ is tiny.
    """
    if probability in (0.0, 1.0):
        sure = np.zeros(members + 1)
        sure[members if probability else 0] = 1.0
        return sure
    k = np.arange(members + 1.0)
    theta = correlation / (1.0 - correlation) * np.arange(members)
    hit, spared = (_running(np.log(chance + theta)) for chance in (probability, 1.0 - probability))
    choose = gammaln(members + 1.0) - gammaln(k + 1.0) - gammaln(members - k + 1.0)
    mass = np.exp(choose + hit + spared[::-1] - float(np.log1p(theta).sum()))
    return np.asarray(mass / mass.sum())


def _running(values: Floats) -> Floats:
    return np.concatenate([np.zeros(1), np.cumsum(values)])


def layer(spec: FundSpec, losses: Floats) -> Floats:
    """Return what the stop-loss pays: ``min((S − d)⁺, m)``."""
    return np.asarray(np.clip(losses - spec.retention, 0.0, spec.limit))


def layer_price(spec: FundSpec) -> float:
    """Return the premium of the stop-loss layer a season: (1 + loading) × its expected payment."""
    if spec.limit == 0.0:
        return 0.0
    mass = hits(spec.members, spec.probability, spec.correlation)
    paid = layer(spec, spec.loss * np.arange(spec.members + 1.0))
    return (1.0 + spec.loading) * float(mass @ paid)


def season_results(spec: FundSpec) -> Floats:
    """Return what a season adds to the reserve if k members are hit, shape ``(n + 1,)``."""
    losses = spec.loss * np.arange(spec.members + 1.0)
    income = spec.members * spec.premium - layer_price(spec)
    return np.asarray(income - losses + layer(spec, losses))


def exact_ruin(spec: FundSpec, *, most_states: int = 200_000) -> Floats:
    """Return P(ruin by season t), shape ``(T,)``, by following every reserve that is possible.

    The distribution of the reserve is carried from season to season; probability below zero is
    ruin and stays there. Reserves that agree to nine digits are one state.

    Raises
    ------
    EstimationError
        More than ``most_states`` states: use :func:`simulated_ruin`.
    """
    mass = hits(spec.members, spec.probability, spec.correlation)
    steps = season_results(spec)
    scale = max(abs(spec.reserve), spec.loss, spec.premium * spec.members)
    states, chance = np.array([spec.reserve]), np.ones(1)
    ruined, path = 0.0, []
    for _ in range(spec.seasons):
        if states.size * steps.size > 40 * most_states:
            raise EstimationError("cooperatives.finance.too_many_states", most=most_states)
        after = (states[:, None] + steps[None, :]).ravel()
        weight = (chance[:, None] * mass[None, :]).ravel()
        below = after < -_TINY * scale
        ruined += math.fsum(weight[below].tolist())
        after, weight = after[~below] * (1.0 + spec.interest), weight[~below]
        keys = np.round(after / scale, 9)
        states, chance = _gathered(keys, after, weight)
        if states.size > most_states:
            raise EstimationError("cooperatives.finance.too_many_states", most=most_states)
        path.append(ruined)
    return np.array(path)


def _gathered(keys: Floats, values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Add the weights of equal keys."""
    if not keys.size:
        return values, weights
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    sums = np.bincount(place.ravel(), weights=weights, minlength=first.size)
    return values[first], sums.astype(np.float64)


def simulated_ruin(
    spec: FundSpec, *, draws: int = 20_000, seed: int = 0, executor: Executor | None = None
) -> tuple[Floats, Floats]:
    """Return P(ruin by season t) and its simulation error, shapes ``(T,)``.

    Parameters
    ----------
    draws
        Paths, rounded up to thousands.
    seed
        Replicate b of ``"mutual-fund"`` draws a thousand paths, whoever computes it.
    executor
        Who maps the replicates; threads by default.
    """
    blocks = -(-draws // PATHS)
    mass = hits(spec.members, spec.probability, spec.correlation)
    shared = (np.cumsum(mass), season_results(spec), spec.reserve, spec.interest, spec.seasons)
    counts = map_replicates(
        _ruined_paths, blocks, seed=seed, identity=IDENTITY, shared=shared, executor=executor
    )
    share = np.sum(counts, axis=0) / (blocks * PATHS)
    return share, np.sqrt(share * (1.0 - share) / (blocks * PATHS))


def _ruined_paths(
    generator: np.random.Generator,
    cumulative: Floats,
    steps: Floats,
    reserve: float,
    interest: float,
    seasons: int,
) -> Floats:
    """Return how many of a thousand paths are ruined by each season."""
    draws = generator.random((seasons, PATHS))
    k = np.minimum(np.searchsorted(cumulative, draws, side="right"), steps.size - 1)
    level = np.full(PATHS, reserve)
    alive = np.ones(PATHS, dtype=np.bool_)
    scale = max(abs(reserve), float(np.abs(steps).max()))
    ruined = np.empty(seasons)
    for t in range(seasons):
        level = level + steps[k[t]]
        alive &= level >= -_TINY * scale
        level = level * (1.0 + interest)
        ruined[t] = PATHS - int(alive.sum())
    return ruined


def premium_for(
    spec: FundSpec,
    target: float,
    *,
    exact: bool = False,
    draws: int = 20_000,
    seed: int = 0,
    executor: Executor | None = None,
) -> float:
    """Return the lowest premium a member and season with P(ruin within T) ≤ ``target``.

    Bisection to 1e-6 of the loss, by exact recursion or by simulation; the same draws serve every
    premium, so the simulated probability falls steadily with it as the exact one does.

    Raises
    ------
    SpecError
        A target outside (0, 1).
    """
    within("target", target, 0.0, 1.0, open_low=True)

    def ruin(premium: float) -> float:
        trial = replace(spec, premium=premium)
        if exact:
            return float(exact_ruin(trial)[-1])
        return float(simulated_ruin(trial, draws=draws, seed=seed, executor=executor)[0][-1])

    # A premium of the whole loss, and the reinsurer's price, pays whatever comes.
    low, high = 0.0, spec.loss + layer_price(spec) / spec.members
    if ruin(low) <= target:
        return low
    while high - low > 1e-6 * spec.loss:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if ruin(middle) <= target else (middle, high)
    return high
