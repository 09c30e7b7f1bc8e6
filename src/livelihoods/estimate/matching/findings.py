"""What a matching must say about itself: who is left out, what the answer hangs on."""

from __future__ import annotations

import numpy as np

from livelihoods.errors import EstimationError
from livelihoods.estimate.matching.balance import Balance
from livelihoods.estimate.matching.model import Matching
from livelihoods.estimate.matching.prepare import Prepared
from livelihoods.estimate.matching.spec import (
    AipwSpec,
    IpwSpec,
    KernelSpec,
    LocalLinearSpec,
    MatchSpec,
    NearestSpec,
)
from livelihoods.estimate.matching.support import off_support
from livelihoods.notes import Note, Where
from livelihoods.typing import Bools, Floats

HEAVY_SHARE = 0.10
FLAT_WINDOW = 0.5
SMALL_BIAS = 10.0
EXTREME = 0.02


def refuse_empty(spec: MatchSpec, ready: Prepared, matching: Matching) -> None:
    """Stop if nobody has a counterfactual.

    Raises
    ------
    EstimationError
        If the arms' scores do not overlap, or the window reaches nobody.
    """
    if matching.focal.any():
        return
    score, treated = ready.sample.score, ready.sample.treated
    ranges = _ranges(score, treated)
    if not matching.unmatched.any():
        raise EstimationError("estimate.match_no_overlap", **ranges)
    option, value = reach(spec)
    nearest = float(_nearest_gap(score, treated))
    raise EstimationError(
        "estimate.match_nobody", option=option, value=value, nearest=nearest, **ranges
    )


def refuse_disjoint(spec: MatchSpec, ready: Prepared) -> None:
    """Stop a weighting if the support rule leaves an arm without rows.

    Raises
    ------
    EstimationError
        If nobody of an arm is on support.
    """
    score, treated = ready.sample.score, ready.sample.treated
    whose = "ATE" if spec.estimand == "ATO" else spec.estimand
    off = off_support(score, treated, spec.support, whose)
    if (treated & ~off).any() and (~treated & ~off).any():
        return
    raise EstimationError("estimate.match_no_overlap", **_ranges(score, treated))


def _ranges(score: Floats, treated: Bools) -> dict[str, float]:
    return {
        "low1": float(score[treated].min()),
        "high1": float(score[treated].max()),
        "low0": float(score[~treated].min()),
        "high0": float(score[~treated].max()),
    }


def reach(spec: MatchSpec) -> tuple[str, float | None]:
    """Return the option that says how far a match may be, and its value."""
    if isinstance(spec.method, KernelSpec | LocalLinearSpec):
        return "bandwidth", spec.method.bandwidth
    return "caliper", getattr(spec.method, "caliper", None)


def _nearest_gap(score: Floats, treated: Bools) -> float:
    ordered = np.sort(score[~treated])
    place = np.clip(np.searchsorted(ordered, score[treated]), 1, max(ordered.size - 1, 1))
    beside = np.minimum(place, ordered.size - 1)
    below = np.abs(score[treated] - ordered[np.maximum(beside - 1, 0)])
    return float(np.minimum(below, np.abs(score[treated] - ordered[beside])).min())


def matching_notes(spec: MatchSpec, ready: Prepared, matching: Matching) -> tuple[Note, ...]:
    """Return the findings about who is matched and by whom."""
    notes = [*_left_out(spec, ready, matching), *_by_method(spec, ready, matching)]
    donors = matching.donor
    total = float(np.abs(donors).sum())
    if total > 0 and donors.max() > HEAVY_SHARE * total and donors.size > 50:
        place = int(np.argmax(donors))
        share = 100.0 * float(donors[place]) / total
        where = Where((), (int(ready.design.rows[place]),))
        values = {"share": share, "rows": [int(ready.design.rows[place])]}
        notes.append(Note("estimate.match_heavy_donor", "warning", values, where))
    return tuple(notes)


def _left_out(spec: MatchSpec, ready: Prepared, matching: Matching) -> list[Note]:
    notes = []
    rows = ready.design.rows
    for code, mask in (
        ("estimate.match_off_support", matching.off_support),
        ("estimate.match_unmatched", matching.unmatched),
    ):
        if not mask.any():
            continue
        lost = tuple(int(row) for row in rows[mask])
        values = {
            "n": len(lost),
            "treated": int(ready.sample.treated[mask].sum()),
            "rows": list(lost),
        }
        notes.append(Note(code, "caution", values, Where((), lost)))
    return notes


def _by_method(spec: MatchSpec, ready: Prepared, matching: Matching) -> list[Note]:
    method, notes = spec.method, list[Note]()
    score, treated = ready.sample.score, ready.sample.treated
    if isinstance(method, IpwSpec | AipwSpec):
        on = ~matching.off_support
        extreme = on & ((score < EXTREME) | (score > 1.0 - EXTREME))
        if extreme.any():
            found = {"n": int(extreme.sum()), "limit": EXTREME, "beyond": 1.0 - EXTREME}
            notes.append(Note("estimate.match_extreme_scores", "warning", found))
    if isinstance(method, NearestSpec):
        distinct = int(np.unique(score).shape[0])
        if method.ties == "first" and method.replace and distinct < score.shape[0]:
            values = {"distinct": distinct, "n": int(score.shape[0])}
            notes.append(Note("estimate.match_ties_first", "warning", values))
        focal = int(treated.sum()) if spec.estimand == "ATT" else int((~treated).sum())
        others = score.shape[0] - focal
        if not method.replace and others < focal * method.neighbors:
            values = {"focal": focal, "donors": others, "neighbors": method.neighbors}
            notes.append(Note("estimate.match_too_few_donors", "warning", values))
    if isinstance(method, KernelSpec | LocalLinearSpec):
        low, high = np.quantile(score, [0.01, 0.99])
        if 2.0 * method.bandwidth > FLAT_WINDOW * (high - low):
            window = {"low": float(low), "high": float(high), "width": 2.0 * method.bandwidth}
            notes.append(Note("estimate.match_flat_scores", "caution", window))
    if isinstance(method, LocalLinearSpec):
        notes += _local_linear(method, matching)
    return notes


def _local_linear(method: LocalLinearSpec, matching: Matching) -> list[Note]:
    notes = []
    facts = matching.facts
    if method.local_linear == "psmatch2":
        half = 5.0**0.5 * method.bandwidth
        values = {"bandwidth": method.bandwidth, "half": half}
        notes.append(Note("estimate.match_psmatch2_llr", "warning", values))
    if facts.get("single_means"):
        values = {"n": facts["single_means"]}
        notes.append(Note("estimate.match_single_means", "caution", values))
    if facts.get("ill_posed"):
        condition = facts["condition"]
        values = {"n": facts["ill_posed"], "condition": condition, "digits": condition * 2.2e-16}
        notes.append(Note("estimate.match_ill_posed", "warning", values))
    negative = int((matching.donor < 0).sum())
    if negative:
        notes.append(Note("estimate.match_negative_weights", "info", {"n": negative}))
    return notes


def balance_notes(found: Balance) -> tuple[Note, ...]:
    """Return what is still out of balance after matching."""
    notes = []
    matched = found.covariates.filter(found.covariates["sample"] == "matched")
    worst = [
        (row["term"], abs(row["bias"]))
        for row in matched.iter_rows(named=True)
        if row["bias"] is not None and abs(row["bias"]) > SMALL_BIAS
    ]
    if worst:
        values = {"variables": [name for name, _ in worst], "largest": max(b for _, b in worst)}
        values["limit"] = SMALL_BIAS
        where = Where(tuple(name for name, _ in worst))
        notes.append(Note("estimate.match_imbalance", "warning", values, where))
    overall = found.overall.row(1, named=True)
    if overall["rubin_b_flag"] or overall["rubin_r_flag"]:
        values = {"b": overall["rubin_b"], "r": overall["rubin_r"]}
        notes.append(Note("estimate.match_rubin", "caution", values))
    return tuple(notes)


def support_notes(
    spec: MatchSpec, inside: list[float], everybody: list[float] | None
) -> tuple[Note, ...]:
    """Say what the support rule does to each effect."""
    if everybody is None:
        return ()
    return tuple(
        Note(
            "estimate.match_support_moves",
            "caution",
            {
                "estimand": spec.estimand,
                "outcome": name,
                "method": spec.method.method,
                "inside": a,
                "everybody": b,
            },
            Where((name,)),
        )
        for name, a, b in zip(spec.outcomes, inside, everybody, strict=True)
    )
