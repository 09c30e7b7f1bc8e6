"""The result of a matching: effects, support, weights, balance, and sentences about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.estimate.matching.balance import Balance, effective_size
from livelihoods.estimate.matching.errors import StandardErrors
from livelihoods.estimate.matching.model import Matching
from livelihoods.estimate.matching.prepare import Prepared
from livelihoods.estimate.matching.scores import Propensity
from livelihoods.estimate.matching.spec import MatchSpec
from livelihoods.estimate.test_result import Inapplicable
from livelihoods.notes import Note
from livelihoods.numerics import special

if TYPE_CHECKING:
    from livelihoods.estimate.matching.sweep import Sweep
    from livelihoods.figures import Figure
    from livelihoods.tables import Table
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class MatchingResult:
    """Effects of a treatment on one or several outcomes by matching.

    Attributes
    ----------
    estimate
        One row an outcome: mean with treatment, mean without, effect, error, interval.
    propensity
        Scores and their model.
    support
        Every row: number, arm, score and place (matched, off_support, unmatched, donor, unused).
    weights
        Every row: its weight in the estimand, as a counterfactual, and how many serve it.
    balance
        Covariates before and after, or why that has no meaning here.
    notes
        Findings, those of the sample first.
    spec
        What was asked for.
    ready
        The estimation sample and its design.
    matching
        Effects and weights of every row, as arrays.
    errors
        Standard errors with their name.
    everybody
        Effects without the support rule, shape ``(k,)``; None if nobody is off support or
        without the rule nothing is defined.
    """

    estimate: pl.DataFrame
    propensity: Propensity
    support: pl.DataFrame
    weights: pl.DataFrame
    balance: Balance | Inapplicable
    notes: tuple[Note, ...]
    spec: MatchSpec
    ready: Prepared
    matching: Matching
    errors: StandardErrors
    everybody: Floats | None

    @property
    def outcome(self) -> str:
        """The outcome, or all of them."""
        return ", ".join(self.spec.outcomes)

    @property
    def treatment(self) -> str:
        """The treatment."""
        return self.ready.design.outcome

    @property
    def nobs(self) -> int:
        """Rows that take part: matched, and those with a weight as a counterfactual."""
        return int(((self.matching.focal > 0) | (self.matching.donor != 0)).sum())

    @property
    def vcov_label(self) -> str:
        """Which standard error."""
        return self.errors.kind

    def tidy(self) -> pl.DataFrame:
        """Return one row an outcome in the common vocabulary; the term is the treatment."""
        names = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
        return self.estimate.select(
            "outcome",
            pl.lit(self.spec.method.method).alias("method"),
            "estimand",
            pl.lit(self.treatment).alias("term"),
            *names,
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: method, estimand, numbers on and off support, effective sizes."""
        treated, m = self.ready.sample.treated, self.matching
        load = m.focal + m.donor
        return pl.DataFrame(
            {
                "method": [self.spec.method.method],
                "estimand": [self.spec.estimand],
                "score": [self.propensity.link],
                "nobs": [self.nobs],
                "rows": [self.ready.design.nobs],
                "treated": [int(treated.sum())],
                "controls": [int((~treated).sum())],
                "off_support": [int(m.off_support.sum())],
                "unmatched": [int(m.unmatched.sum())],
                "treated_used": [int((load[treated] != 0).sum())],
                "controls_used": [int((load[~treated] != 0).sum())],
                "effective_treated": [effective_size(load[treated])],
                "effective_controls": [effective_size(load[~treated])],
                "pseudo_r2": [self.propensity.pseudo_r2],
                "vcov": [self.vcov_label],
            }
        ).fill_nan(None)

    def summary(self) -> Table:
        """Return effects as a table, and in sentences what was done."""
        from livelihoods.estimate.matching.summary import summary_table

        return summary_table(self)

    def balance_table(self) -> Table:
        """Return balance before and after matching, as pstest lays it out."""
        from livelihoods.estimate.matching.balance_table import balance_table

        return balance_table(self)

    def plot(self, kind: Literal["love", "overlap", "mirror"] = "love") -> Figure:
        """Draw balance (love), the scores of both arms (overlap), or both mirrored."""
        from livelihoods.estimate.matching.plots import plot

        return plot(self, kind)

    def sweep(self, values: Sequence[float] | None = None) -> Sweep:
        """Repeat the estimate over bandwidths or calipers; ``values`` None takes a spread."""
        from livelihoods.estimate.matching.sweep import sweep

        return sweep(self, values)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        balance: dict[str, Any]
        if isinstance(self.balance, Inapplicable):
            balance = {"inapplicable": self.balance.reason}
        else:
            balance = {
                "covariates": self.balance.covariates.to_dicts(),
                "overall": self.balance.overall.to_dicts(),
            }
        return {
            "method": "matching",
            "spec": self.spec.model_dump(mode="json"),
            "estimate": self.estimate.to_dicts(),
            "glance": self.glance().row(0, named=True),
            "errors": dict(self.errors.facts),
            "balance": balance,
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def potential_means(ready: Prepared, matching: Matching) -> tuple[Floats, Floats]:
    """Return the focal units' mean outcome with and without treatment, shape ``(k,)`` each."""
    if matching.means is not None:
        return matching.means[0], matching.means[1]
    used = matching.focal > 0
    share = matching.focal[used] / matching.focal.sum()
    seen, effect = ready.sample.outcomes[:, used], matching.effects[:, used]
    treated = ready.sample.treated[used]
    return (
        np.asarray(np.where(treated, seen, seen + effect) @ share),
        np.asarray(np.where(treated, seen - effect, seen) @ share),
    )


def estimate_frame(
    spec: MatchSpec, ready: Prepared, matching: Matching, error: Floats
) -> pl.DataFrame:
    """Return one row an outcome: means, effect, standard error, t, p, interval."""
    with_, without = potential_means(ready, matching)
    value = matching.estimates
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = value / error
    reach = special.t_critical(spec.conf_level, float("inf")) * error
    frame = pl.DataFrame(
        {
            "outcome": list(spec.outcomes),
            "estimand": [spec.estimand] * value.shape[0],
            "treated": with_,
            "control": without,
            "estimate": value,
            "std_error": error,
            "statistic": statistic,
            "p_value": special.t_two_sided(statistic, float("inf")),
            "conf_low": value - reach,
            "conf_high": value + reach,
        }
    )
    return frame.fill_nan(None)


def support_frame(ready: Prepared, matching: Matching) -> pl.DataFrame:
    """Return the place of every row."""
    place = np.full(matching.focal.shape[0], 4, dtype=np.int64)
    place[matching.donor != 0] = 3
    place[matching.focal > 0] = 0
    place[matching.unmatched] = 2
    place[matching.off_support] = 1
    names = ["matched", "off_support", "unmatched", "donor", "unused"]
    return pl.DataFrame(
        {
            "row": ready.design.rows,
            "treated": ready.sample.treated,
            "score": ready.sample.score,
            "place": pl.Series(names).gather(place),
        }
    )


def weights_frame(ready: Prepared, matching: Matching) -> pl.DataFrame:
    """Return the weights of every row."""
    return pl.DataFrame(
        {
            "row": ready.design.rows,
            "treated": ready.sample.treated,
            "focal": matching.focal,
            "donor": matching.donor,
            "matches": matching.counts,
        }
    )
