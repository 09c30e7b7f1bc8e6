"""How alike study and target are: differences, scores, who lies outside, what the weights cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.errors import EstimationError
from livelihoods.estimate.matching.balance import effective_size
from livelihoods.estimate.matching.findings import EXTREME, HEAVY_SHARE
from livelihoods.estimate.matching.support import score_density
from livelihoods.notes import Note, Severity, Where

if TYPE_CHECKING:
    from livelihoods.estimate.transport.fit import Reweighting
    from livelihoods.estimate.transport.prepare import Prepared
    from livelihoods.estimate.transport.weigh import Membership
    from livelihoods.typing import Floats

MOST_OUTSIDE = 0.5
MANY_OUTSIDE = 0.1
LEFT_OVER = 0.1
FEW_LEFT = 0.3
MEDIUM, LOW = 0.8, 0.5  # Tipton (2014): below .8 medium, below .5 low


def differences_of(ready: Prepared, weights: Reweighting) -> pl.DataFrame:
    """Return one row a column: means, and standardised differences before and after weighting.

    In standard deviations: the root of the mean of both variances, or the study's own where the
    target is known by its means only.
    """
    study, target = ready.study, ready.target
    load = study.q * weights.w
    own = study.q @ study.X / study.q.sum()
    moved = load @ study.X / load.sum()
    variance = _variance(study.X, study.q)
    if target.r.size:
        variance = (variance + _variance(target.X, target.r)) / 2.0
    spread = np.sqrt(variance)
    keep = [j for j, name in enumerate(ready.names) if name != "(Intercept)"]
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = (own - target.mean) / spread, (moved - target.mean) / spread
    return pl.DataFrame(
        {
            "term": [ready.names[j] for j in keep],
            "study": own[keep],
            "target": target.mean[keep],
            "difference": before[keep],
            "difference_weighted": after[keep],
        }
    ).fill_nan(None)


def overlap_of(ready: Prepared, weights: Reweighting, member: Membership | None) -> dict[str, Any]:
    """Return the numbers that say whether the study can speak for the target."""
    load = ready.study.q * weights.w
    n = load.shape[0]
    found: dict[str, Any] = {
        "study_rows": n,
        "target_rows": int(ready.target.r.size) or None,
        "effective": effective_size(load),
        "effective_share": effective_size(load) / n,
        "largest_share": float(load.max() / load.sum()),
        "outside_share": None,
        "generalizability": None,
    }
    if member is not None:
        low, high = float(member.study.min()), float(member.study.max())
        r = ready.target.r / ready.target.r.sum()
        found["outside_share"] = float(r[(member.target < low) | (member.target > high)].sum())
        found["generalizability"] = generalizability(member.study, member.target)
    return found


def generalizability(study: Floats, target: Floats) -> float:
    """Return Tipton's (2014) index ∫ √(f g) of two densities of the membership score's log odds.

    1 if both are alike, 0 if they do not touch. Tipton, E. (2014), Journal of Educational and
    Behavioral Statistics 39, 478.
    """
    one, other = (np.log(p) - np.log1p(-p) for p in (study, target))
    grid = np.linspace(min(one.min(), other.min()), max(one.max(), other.max()), 513)
    if grid[-1] - grid[0] < 1e-9:
        return 1.0
    f, g = score_density(one, grid), score_density(other, grid)
    total = np.sqrt(f.sum() * g.sum())
    return float(min(np.sqrt(f * g).sum() / total, 1.0)) if total > 0 else 0.0


def refuse_no_overlap(overlap: Mapping[str, Any]) -> None:
    """Refuse a target most of which lies outside what the study has seen.

    Raises
    ------
    EstimationError
        If more than half of it does.
    """
    share = overlap["outside_share"]
    if share is not None and share > MOST_OUTSIDE:
        raise EstimationError("estimate.transport_no_overlap", share=100 * share)


def overlap_notes(
    ready: Prepared, overlap: Mapping[str, Any], balance: pl.DataFrame, treatment: str
) -> tuple[Note, ...]:
    """Say what the overlap allows, the assumption last."""
    notes: list[Note] = []
    outside, alike = overlap["outside_share"], overlap["generalizability"]
    if outside:
        severity: Severity = "warning" if outside > MANY_OUTSIDE else "caution"
        notes.append(Note("estimate.transport_outside", severity, {"share": 100 * outside}))
    if alike is not None and alike < MEDIUM:
        code = "estimate.transport_unlike" if alike >= LOW else "estimate.transport_very_unlike"
        notes.append(Note(code, "caution" if alike >= LOW else "warning", {"index": alike}))
    if overlap["effective_share"] < FEW_LEFT:
        found = {"n": overlap["study_rows"], "effective": overlap["effective"]}
        notes.append(Note("estimate.transport_effective", "warning", found))
    if overlap["largest_share"] > HEAVY_SHARE:
        share = 100 * overlap["largest_share"]
        notes.append(Note("estimate.transport_heavy", "warning", {"share": share}))
    left = balance.filter(pl.col("difference_weighted").abs() > LEFT_OVER)
    if left.height:
        names = left["term"].to_list()
        found = {"variables": names, "largest": float(left["difference_weighted"].abs().max())}  # type: ignore[arg-type]
        notes.append(Note("estimate.transport_left", "warning", found, Where(tuple(names))))
    score = ready.propensity.score
    extreme = int(((score < EXTREME) | (score > 1.0 - EXTREME)).sum())
    if extreme:
        found = {"n": extreme, "limit": EXTREME, "beyond": 1.0 - EXTREME}
        notes.append(Note("estimate.match_extreme_scores", "warning", found))
    notes.append(Note("estimate.transport_assumes", "info", {"treatment": treatment}))
    return tuple(notes)


def _variance(X: Floats, w: Floats) -> Floats:
    mean = w @ X / w.sum()
    return np.asarray(w @ (X - mean) ** 2 / w.sum())
