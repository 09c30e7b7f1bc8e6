"""The same matching over a range of bandwidths or calipers: how much hangs on the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.errors import SpecError
from livelihoods.estimate.matching.core import match_sample
from livelihoods.estimate.matching.findings import reach
from livelihoods.estimate.matching.lechner import lechner
from livelihoods.estimate.matching.spec import WEIGHTING
from livelihoods.numerics import special

if TYPE_CHECKING:
    from livelihoods.estimate.matching.result import MatchingResult
    from livelihoods.figures import Figure

_FACTORS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.35, 1.75, 2.5, 4.0)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Effects over values of one option.

    Attributes
    ----------
    option
        ``"bandwidth"`` or ``"caliper"``.
    chosen
        The value of the result swept over.
    frame
        One row a value and outcome: effect, Lechner's standard error and interval, focal units
        matched, controls used.
    """

    option: str
    chosen: float
    frame: pl.DataFrame

    def plot(self, outcome: str | None = None) -> Figure:
        """Draw the effect on one outcome (the first) over the values."""
        from livelihoods.estimate.matching.plots import sweep_plot

        return sweep_plot(self, outcome)


def sweep(result: MatchingResult, values: Sequence[float] | None = None) -> Sweep:
    """Repeat a matching over values of its bandwidth or caliper.

    Standard errors are Lechner's at every value, whatever the result has: they show the trade
    between reach and noise, not the last word on uncertainty.

    Raises
    ------
    SpecError
        If the matching has neither a bandwidth nor a caliper, or a value is not positive.
    """
    option, chosen = reach(result.spec)
    base = result.spec.method
    if chosen is None or isinstance(base, WEIGHTING):
        raise SpecError("estimate.match_nothing_to_sweep", method=result.spec.method.method)
    grid = sorted({chosen, *(values if values is not None else [f * chosen for f in _FACTORS])})
    bad = [value for value in grid if not (np.isfinite(value) and value > 0)]
    if bad:
        raise SpecError(
            "estimate.match_value", option=option, given=repr(bad[0]), problem="must be above 0"
        )
    sample, spec = result.ready.sample, result.spec
    wide = special.t_critical(spec.conf_level, float("inf"))
    rows = []
    for value in grid:
        method = base.model_copy(update={option: float(value)})
        found = match_sample(sample, method, spec.estimand, spec.support)
        if not found.focal.any():
            continue
        errors = lechner(sample, found)
        used = int((~sample.treated & (found.donor != 0)).sum())
        for k, name in enumerate(spec.outcomes):
            effect, error = float(found.estimates[k]), float(errors[k])
            rows.append(
                {
                    "value": float(value),
                    "outcome": name,
                    "estimate": effect,
                    "std_error": error,
                    "conf_low": effect - wide * error,
                    "conf_high": effect + wide * error,
                    "matched": int((found.focal > 0).sum()),
                    "controls_used": used,
                }
            )
    return Sweep(option, chosen, pl.DataFrame(rows).fill_nan(None))
