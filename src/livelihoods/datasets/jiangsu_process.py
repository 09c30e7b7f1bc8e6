"""The data-generating process behind ``jiangsu_like``: arrays in, both potential outcomes out.

Selection: a household takes part if ``D* = x'g + 0.6 v + 1.2 s0 + u > 0``, with ``v`` what its
village promotes and ``s0`` the share of the *other* households of its village that took part the
year before. Neither enters an outcome, so the current share of others is a valid instrument here.

Outcome: capacity k is ``x'b_k + effect_k(modes, forms) + mediators + e_k`` with
``corr(u, e_k) < 0``: those who need it most take part, and least squares is biased down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Bools, Floats, Ints

CAPACITIES = ("learning", "buffering", "self_organising")
MODES = ("internal", "chain", "multifunction", "technology")
FORMS = ("cooperative", "enterprise")
# Effect of each mode and form on learning capacity, in standard deviations of the latent capacity.
MODE_EFFECT = {"internal": 0.0, "chain": 0.90, "multifunction": 0.45, "technology": 0.90}
FORM_EFFECT = {"cooperative": 0.45, "enterprise": 0.0}
# How much of that reaches each capacity: "most pronounced in learning".
CAPACITY_SHARE = {"learning": 1.0, "buffering": 0.35, "self_organising": 0.25}
# Correlation of the selection error with each capacity's error: negative selection.
SELECTION_CORRELATION = {"learning": -0.30, "buffering": -0.20, "self_organising": -0.20}
# What one unit of each mediator adds to a capacity.
MEDIATOR_EFFECT = {
    "services": {"learning": 0.10},
    "credit": {"buffering": 0.20},  # per loan taken, whatever its amount
    "awareness": {"learning": 0.06},
    "governance": {"self_organising": 0.06},
}
PROMOTION, PEERS = 0.60, 1.20


@dataclass(frozen=True, slots=True)
class Draw:
    """One drawn population.

    Attributes
    ----------
    background
        Columns that participation does not change, each of shape ``(n,)``.
    participation
        ``rii``, the modes and the forms as observed, each of shape ``(n,)``.
    without, with_
        Mediators and indicators had nobody, or everybody, taken part.
    blocked
        Mediator -> indicators had everybody taken part and this mediator alone not moved: what is
        missing from ``with_`` is the natural indirect effect through it.
    """

    background: dict[str, Floats]
    participation: dict[str, Floats]
    without: dict[str, Floats]
    with_: dict[str, Floats]
    blocked: dict[str, dict[str, Floats]]


def draw(rng: np.random.Generator, cells: Ints, villages: int) -> Draw:
    """Draw households for the given cells.

    Parameters
    ----------
    rng
        Source of randomness; the only one.
    cells
        Shape ``(n,)``: ``2 * village + wave`` of each household, villages from 0, waves 0 and 1.
    villages
        Number of villages.
    """
    village, wave = cells // 2, cells % 2
    places = _places(rng, villages)
    background = {name: values[village] for name, values in places.items() if name != "promotion"}
    background |= {"village_index": village.astype(np.float64), "wave": wave.astype(np.float64)}
    background |= _household(rng, village.size)
    errors = _errors(rng, village.size)
    taste = _taste(background)
    push = places["promotion"][village]
    before = taste + PROMOTION * push + rng.standard_normal(village.size) - 1.00 > 0
    peers = _others_share(before, cells)
    takes_part = taste + PROMOTION * push + PEERS * (peers - 0.3) + errors[:, 0] - 1.05 > 0
    potential = _modes_and_forms(rng, places, village)
    noise = rng.standard_normal((village.size, 24))
    moved = [_mediators(d, background, noise[:, :5]) for d in (0.0, 1.0)]
    nothing = {name: 0.0 * values for name, values in potential.items()}
    arms = [
        moved[d] | _outcomes(part, moved[d], background, errors, noise)
        for d, part in enumerate((nothing, potential))
    ]
    blocked = {
        name: _outcomes(potential, moved[1] | {name: moved[0][name]}, background, errors, noise)
        for name in MEDIATOR_EFFECT
    }
    observed = {name: takes_part * values for name, values in potential.items()}
    observed["rii"] = takes_part.astype(np.float64)
    return Draw(background, observed, arms[0], arms[1], blocked)


def _places(rng: np.random.Generator, villages: int) -> dict[str, Floats]:
    income = rng.normal(0, 1, villages)
    places: dict[str, Floats] = {
        "village_size": np.asarray(np.rint(np.exp(rng.normal(6.4, 0.4, villages))), np.float64),
        "village_income": 100.0 * np.rint(np.exp(9.9 + 0.25 * income) / 100),
        "distance": np.asarray(np.round(np.exp(rng.normal(2.9, 0.5, villages)), 1), np.float64),
        "promotion": 0.3 * income + rng.normal(0, 0.95, villages),
    }
    has = rng.random((villages, len(MODES))) < np.array([0.55, 0.65, 0.5, 0.6])
    has[~has.any(axis=1), 1] = True
    return places | {f"has_{mode}": has[:, j].astype(np.float64) for j, mode in enumerate(MODES)}


def _household(rng: np.random.Generator, n: int) -> dict[str, Floats]:
    size = 1.0 + rng.poisson(2.6, n)
    dependents = rng.binomial(size.astype(np.int64) - 1, 0.42)
    return {
        "household_size": size,
        "dependency": np.round(dependents / np.maximum(size - dependents, 1.0), 3).astype(
            np.float64
        ),
        "gender": (rng.random(n) < 0.84).astype(np.float64),
        "age": np.clip(np.rint(rng.normal(58, 10, n)), 22, 86),
        "risk_appetite": rng.choice([1.0, 2.0, 3.0], n, p=[0.6, 0.27, 0.13]),
        "future": (rng.random(n) < 0.35).astype(np.float64),
        "shock": (rng.random(n) < 0.28).astype(np.float64),
        "pension": (rng.random(n) < 0.80).astype(np.float64),
    }


def _errors(rng: np.random.Generator, n: int) -> Floats:
    """Draw the selection error and the capacities' errors, shape ``(n, 4)``."""
    correlation = np.eye(4)
    for place, name in enumerate(CAPACITIES, 1):
        correlation[0, place] = correlation[place, 0] = SELECTION_CORRELATION[name]
    correlation[1, 2] = correlation[2, 1] = 0.35
    correlation[1, 3] = correlation[3, 1] = correlation[2, 3] = correlation[3, 2] = 0.30
    return np.asarray(rng.standard_normal((n, 4)) @ np.linalg.cholesky(correlation).T)


def _taste(x: Mapping[str, Floats]) -> Floats:
    return np.asarray(
        0.10 * (x["household_size"] - 3.6)
        - 0.015 * (x["age"] - 58)
        + 0.15 * (x["risk_appetite"] - 1.5)
        + 0.20 * x["future"]
        - 0.10 * x["shock"]
        + 0.15 * x["wave"]
    )


def _others_share(took_part: Bools, cells: Ints) -> Floats:
    """Share of the *other* households of the cell that took part."""
    count = np.bincount(cells).astype(np.float64)
    total = np.bincount(cells, took_part.astype(np.float64))
    return np.asarray((total[cells] - took_part) / np.maximum(count[cells] - 1, 1))


def _modes_and_forms(
    rng: np.random.Generator, places: Mapping[str, Floats], village: Ints
) -> dict[str, Floats]:
    """Draw which modes and forms a household would choose, of those its village has."""
    n = village.size
    has = np.column_stack([places[f"has_{mode}"][village] for mode in MODES]) > 0
    liking = rng.random((n, len(MODES))) * has
    chosen = (liking > 0.55) & has
    none = ~chosen.any(axis=1)
    chosen[none, liking[none].argmax(axis=1)] = True
    found = {mode: chosen[:, j].astype(np.float64) for j, mode in enumerate(MODES)}
    led = rng.choice(4, n, p=[0.40, 0.25, 0.12, 0.23])  # cooperative, enterprise, both, neither
    found["cooperative"] = np.isin(led, (0, 2)).astype(np.float64)
    found["enterprise"] = np.isin(led, (1, 2)).astype(np.float64)
    return found


def _outcomes(
    part: Mapping[str, Floats],
    mediators: Mapping[str, Floats],
    x: Mapping[str, Floats],
    errors: Floats,
    noise: Floats,
) -> dict[str, Floats]:
    """Indicators in one arm with given mediators; the same noise serves both arms."""
    dose = sum(MODE_EFFECT[mode] * part[mode] for mode in MODES) + sum(
        FORM_EFFECT[form] * part[form] for form in FORMS
    )
    common = (
        0.08 * (x["household_size"] - 3.6)
        + 0.12 * (x["risk_appetite"] - 1.5)
        + 0.15 * x["future"]
        + 0.20 * (x["pension"] - 0.8)
        - 0.15 * x["shock"]
        - 0.010 * (x["age"] - 58)
        + 0.10 * x["wave"]
    )
    capacity = {
        name: common
        + CAPACITY_SHARE[name] * dose
        + _through(mediators, name)
        + errors[:, 1 + place]
        for place, name in enumerate(CAPACITIES)
    }
    fixed = {name: common + errors[:, 1 + place] for place, name in enumerate(CAPACITIES)}
    return _indicators(capacity, fixed, x, noise[:, 5:])


def _mediators(d: float, x: Mapping[str, Floats], e: Floats) -> dict[str, Floats]:
    borrows = e[:, 0] < -0.95 + 0.45 * d + 0.05 * (x["household_size"] - 3.6)
    amount = np.rint(np.exp(10.6 + 0.25 * d + 0.8 * e[:, 1]) / 1000) * 1000
    return {
        "credit": borrows * amount,
        "services": np.clip(np.rint(1.1 + 0.8 * d + 0.9 * e[:, 2]), 0, 7),
        "awareness": np.clip(np.rint(5.0 + 0.9 * d + 1.8 * e[:, 3]), 0, 10),
        "governance": np.clip(np.rint(1.6 + 1.0 * d + 1.2 * e[:, 4]), 0, 9),
    }


def _through(mediators: Mapping[str, Floats], capacity: str) -> Floats:
    total = np.zeros_like(mediators["credit"])
    for name, reach in MEDIATOR_EFFECT.items():
        value = (mediators[name] > 0).astype(np.float64) if name == "credit" else mediators[name]
        total = total + reach.get(capacity, 0.0) * value
    return total


def _counted(mean: Floats, low: float, high: float) -> Floats:
    return np.asarray(np.clip(np.rint(mean), low, high))


def _indicators(
    capacity: Mapping[str, Floats], fixed: Mapping[str, Floats], x: Mapping[str, Floats], e: Floats
) -> dict[str, Floats]:
    learn, buffer, organise = (capacity[name] for name in CAPACITIES)
    workers = x["household_size"] / (1 + x["dependency"])
    return {
        "training": _counted(1.8 + 1.0 * learn + 0.8 * e[:, 0], 0, 10),
        "channels": _counted(3.0 + 1.0 * learn + 0.9 * e[:, 1], 0, 9),
        "sources": _counted(2.6 + 0.7 * learn + 0.7 * e[:, 2], 1, 7),
        "schooling": _counted(8.0 + 2.0 * fixed["learning"] + 2.0 * e[:, 3], 0, 16),
        "reading": np.rint(np.clip(420 + 160 * learn + 120 * e[:, 4], 0, None)),
        "income": np.rint(np.exp(9.9 + 0.35 * buffer + 0.35 * e[:, 5])),
        "savings": np.rint(np.clip(30 + 25 * buffer + 22 * e[:, 6], 0, None)) * 1000,
        "debt_ratio": np.round(np.clip(0.35 - 0.10 * buffer + 0.12 * e[:, 7], 0, 1), 3),
        "labour": _counted(workers + 0.4 * e[:, 8], 0, 9),
        "health": _counted(3.4 + 0.5 * buffer + 0.7 * e[:, 9], 1, 5),
        "house": np.rint(np.clip(150 + 25 * fixed["buffering"] + 35 * e[:, 10], 30, None)),
        "durables": _counted(6.0 + 1.2 * buffer + 1.3 * e[:, 11], 0, 14),
        "optimism": _counted(3.3 + 0.5 * buffer + 0.7 * e[:, 12], 1, 5),
        "helpers": _counted(5.0 + 1.6 * organise + 1.6 * e[:, 13], 0, 16),
        "trust": _counted(3.5 + 0.5 * organise + 0.7 * e[:, 14], 1, 5),
        "autonomy": _counted(3.2 + 0.6 * organise + 0.7 * e[:, 15], 1, 5),
        "insurance": _counted(1.4 + 0.5 * organise + 0.7 * e[:, 16], 0, 3),
    }
