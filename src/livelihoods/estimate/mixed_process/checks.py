"""What a fit must say about itself: not arrived, flat, at a bound, identified by form alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.estimate.mixed_process.build import observed_edges
from livelihoods.estimate.mixed_process.labels import rho_name
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.estimate.mixed_process.fit import Fit

ILL = 1e10  # condition number of the scaled information beyond which digits are in doubt
NEAR_ONE = 0.995
VAGUE = 1.5  # standard error of atanh ρ: an interval of ±2.9 covers nearly all correlations


def fit_notes(built: Built, fit: Fit, names: tuple[tuple[str, str], ...]) -> tuple[Note, ...]:
    """Return the findings about a fit, the gravest first."""
    return (
        *_arrival(fit),
        *_flatness(fit, names),
        *_correlations(built, fit),
        *_exclusions(built),
        *_way(fit),
    )


def _arrival(fit: Fit) -> list[Note]:
    if fit.converged:
        return []
    values = {"iterations": fit.search.iterations, "gradient": fit.search.scaled_gradient}
    status = fit.search.status
    if status == "stalled":
        return [Note("estimate.cmp.stalled", "serious", values)]
    if status == "unbounded":
        return [Note("estimate.cmp.unbounded", "serious", values)]
    return [Note("estimate.cmp.too_many", "serious", values)]


def _flatness(fit: Fit, names: tuple[tuple[str, str], ...]) -> list[Note]:
    if not fit.search.condition > ILL:
        return []
    weights = np.abs(np.nan_to_num(fit.weak))
    chosen = np.flatnonzero(weights > 0.3 * max(float(weights.max()), 1e-300))
    values = {
        "condition": fit.search.condition,
        "parameters": [f"{names[i][0]}:{names[i][1]}" for i in chosen],
    }
    return [Note("estimate.cmp.flat", "serious", values)]


def _correlations(built: Built, fit: Fit) -> list[Note]:
    notes = []
    for (j, k), place in fit.layout.corr.items():
        rho = float(np.tanh(fit.phi[place]))
        pair = {"rho": rho_name(j, k), "first": built.names[j], "second": built.names[k]}
        values: dict[str, Any] = {**pair, "value": rho}
        error = float(np.sqrt(fit.covariance[place, place]))
        if abs(rho) > NEAR_ONE:
            notes.append(Note("estimate.cmp.rho_bound", "serious", values))
        elif error > VAGUE or not np.isfinite(error):
            notes.append(Note("estimate.cmp.rho_vague", "warning", {**values, "se": error}))
    return notes


def _exclusions(built: Built) -> list[Note]:
    """An endogenous right-hand side without a variable of its own rests on functional form."""
    names = list(built.names)
    edges = observed_edges(built.equations)
    edges += [(a, names.index(b)) for a, one in enumerate(built.equations) for b in one.latent]
    notes = []
    for a, b in dict.fromkeys(edges):
        other = built.equations[b]
        own = set(built.equations[a].right_columns)
        if not [column for column in other.right_columns if column not in own]:
            values = {"equation": names[a], "endogenous": names[b]}
            notes.append(Note("estimate.cmp.no_exclusion", "warning", values))
    return notes


def _way(fit: Fit) -> list[Note]:
    if fit.search.trust_steps and fit.converged:
        return [Note("estimate.cmp.not_concave", "info", {"n": fit.search.trust_steps})]
    return []
