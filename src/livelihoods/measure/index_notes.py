"""What the options of an index mean for its scores, as notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.measure.orient import Scaling
    from livelihoods.measure.spec import IndexSpec
    from livelihoods.typing import Ints


def clipped_notes(scaling: Scaling, counts: Ints) -> tuple[Note, ...]:
    """Say how many values of each indicator lie beyond its declared bounds."""
    return tuple(
        Note(
            "measure.beyond_bounds",
            "caution",
            {
                "variable": indicator.name,
                "n": int(counts[j]),
                "low": float(scaling.low[0, j]),
                "high": float(scaling.high[0, j]),
            },
            Where((indicator.name,)),
        )
        for j, indicator in enumerate(scaling.indicators)
        if counts[j]
    )


def option_notes(
    spec: IndexSpec, rows: int, *, by_weights: bool, by_bounds: bool
) -> tuple[Note, ...]:
    """Say what the options chosen mean for the scores."""
    notes: list[Note] = []
    if spec.scheme() == "entropy":
        notes.append(Note("measure.entropy_shift", "info", {"shift": f"{spec.shift:g}", "n": rows}))
    if by_weights:
        notes.append(Note("measure.weights_by_wave", "warning", {"by": spec.by}))
    if by_bounds:
        notes.append(Note("measure.bounds_by_wave", "warning", {"by": spec.by}))
    if spec.weights_from is not None:
        ((name, value),) = spec.weights_from.items()
        notes.append(Note("measure.weights_frozen", "info", {"base": f"{name} = {value}"}))
    if isinstance(spec.weights, dict):
        total = sum(spec.weights.values())
        if abs(total - 1.0) > 1e-9:
            notes.append(Note("measure.weights_rescaled", "info", {"total": round(total, 6)}))
    return tuple(notes)
