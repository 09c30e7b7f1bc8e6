"""How much selection on unobservables would explain an effect away (Oster 2019)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.estimate.oster_draws import OsterDraws, bootstrap_oster
from livelihoods.estimate.vcov import Vcov
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.notes import Note, gather
from livelihoods.numerics.linear import gram
from livelihoods.numerics.omitted import BetaStar, OsterInputs, beta_star, delta_star, oster_inputs
from livelihoods.tables import Column, Row, Table, interval, number, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats

_MULTIPLE = re.compile(r"^\s*(?P<times>\d+(\.\d*)?)\s*[rR]\s*$")


@dataclass(frozen=True, slots=True)
class Oster:
    """Oster's bounds for one treatment.

    Attributes
    ----------
    treatment, outcome, always
        Whose effect, on what, and the controls in both regressions.
    inputs
        Coefficients, R² and variances of the short and the full regression.
    r_max, delta
        Assumed R² of the regression with everything, and assumed selection ratio.
    delta_star
        δ at which the effect would be zero.
    beta_star
        Effect under ``delta``; with all roots of the polynomial.
    regression
        The full regression (its interval enters the first criterion).
    draws
        Bootstrap, or None.
    notes
        Findings.
    """

    treatment: str
    outcome: str
    always: tuple[str, ...]
    inputs: OsterInputs
    r_max: float
    delta: float
    delta_star: float
    bias_adjusted: BetaStar
    regression: OlsResult
    draws: OsterDraws | None
    notes: tuple[Note, ...]

    @property
    def beta_star(self) -> float:
        """Bias-adjusted effect (the root chosen)."""
        return self.bias_adjusted.value

    @property
    def identified_set(self) -> tuple[float, float]:
        """[β̃, β*], lower end first."""
        ends = sorted((self.inputs.beta_full, self.beta_star))
        return ends[0], ends[1]

    @property
    def criterion_one(self) -> bool:
        """The identified set leaves out zero, or β* lies in the interval of the estimate."""
        return self.excludes_zero or self.inside_interval

    @property
    def excludes_zero(self) -> bool:
        """Whether the identified set leaves out zero."""
        low, high = self.identified_set
        return low > 0 or high < 0

    @property
    def inside_interval(self) -> bool:
        """Whether β* lies in the confidence interval of the estimate with controls."""
        row = self.regression.tidy().filter(pl.col("term") == self.treatment).row(0, named=True)
        return bool(row["conf_low"] <= self.beta_star <= row["conf_high"])

    @property
    def criterion_two(self) -> bool:
        """|δ*| > 1: unobservables would have to matter more than the controls do."""
        return abs(self.delta_star) > 1.0

    def tidy(self) -> pl.DataFrame:
        """Return β°, β̃, β* and δ*; intervals of the last two from the bootstrap, if drawn."""
        row = self.regression.tidy().filter(pl.col("term") == self.treatment)
        full = row.with_columns(term=pl.lit("beta_full"))
        others = [
            ("beta_short", self.inputs.beta_short, (None, None)),
            ("beta_star", self.beta_star, self._interval("beta")),
            ("delta_star", self.delta_star, self._interval("delta")),
        ]
        extra = pl.DataFrame(
            {
                "term": [name for name, _, _ in others],
                "estimate": [value for _, value, _ in others],
                "std_error": [None] * 3,
                "statistic": [None] * 3,
                "p_value": [None] * 3,
                "conf_low": [ends[0] for _, _, ends in others],
                "conf_high": [ends[1] for _, _, ends in others],
            },
            schema=full.schema,
        )
        return pl.concat([extra[:1], full, extra[1:]])

    def glance(self) -> pl.DataFrame:
        """Return one row: R², assumptions, bounds and criteria."""
        low, high = self.identified_set
        return pl.DataFrame(
            {
                "nobs": [self.regression.nobs],
                "r_short": [self.inputs.r_short],
                "r_full": [self.inputs.r_full],
                "r_max": [self.r_max],
                "delta": [self.delta],
                "set_low": [low],
                "set_high": [high],
                "criterion_one": [self.criterion_one],
                "criterion_two": [self.criterion_two],
            }
        )

    def curve(self, points: int = 41) -> pl.DataFrame:
        """Return β* and δ* along Rmax from R̃ to 1."""
        grid = np.linspace(self.inputs.r_full, 1.0, points)[1:]
        return pl.DataFrame(
            {
                "r_max": grid,
                "beta_star": [beta_star(self.inputs, float(r), self.delta).value for r in grid],
                "delta_star": [delta_star(self.inputs, float(r)) for r in grid],
            }
        ).fill_nan(None)

    def summary(self) -> Table:
        """Return the two criteria as a table."""

        def say(key: str, **values: Any) -> str:
            return words.text(f"estimate.oster.{key}", **values)

        def yes(met: bool) -> str:
            return say("met" if met else "not_met")

        low, high = self.identified_set
        pairs = [
            (say("short"), number(self.inputs.beta_short), number(self.inputs.r_short)),
            (say("full"), number(self.inputs.beta_full), number(self.inputs.r_full)),
            (say("adjusted", delta=f"{self.delta:g}"), number(self.beta_star), number(self.r_max)),
            (say("set"), interval(low, high), text(yes(self.excludes_zero))),
            (say("in_interval"), self._regression_interval(), text(yes(self.inside_interval))),
            (say("delta_zero"), number(self.delta_star), text(yes(self.criterion_two))),
        ]
        for name in ("beta", "delta") if self.draws else ():
            ends = self._interval(name)
            if ends[0] is not None and ends[1] is not None:
                pairs.append((say(f"boot_{name}"), interval(ends[0], ends[1]), text("")))
        columns = (
            Column("quantity", say("quantity"), "left"),
            Column("value", say("value")),
            Column("r2", say("r2_or_met"), "center"),
        )
        return Table(
            "oster",
            say("title", treatment=co.shown(self.treatment), outcome=co.shown(self.outcome)),
            columns,
            tuple(Row((text(name), value, beside)) for name, value, beside in pairs),
            notes=self.notes,
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return β* along Rmax."""
        curve = self.curve()
        return sensitivity_curve(
            curve["r_max"].to_numpy(),
            curve["beta_star"].to_numpy(),
            id="oster-curve",
            title=words.text("estimate.oster.curve_title", treatment=co.shown(self.treatment)),
            x_axis="Rmax",
            y_axis=words.text("estimate.oster.curve_axis", delta=f"{self.delta:g}"),
            marked={f"Rmax = {self.r_max:.3f}": self.r_max},
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "oster",
            "treatment": self.treatment,
            "outcome": self.outcome,
            "estimates": co.record_values(self.tidy()),
            "glance": self.glance().row(0, named=True),
            "roots": list(self.bias_adjusted.roots),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()

    def _interval(self, name: str) -> tuple[float | None, float | None]:
        return (None, None) if self.draws is None else self.draws.interval(name)

    def _regression_interval(self) -> Any:
        row = self.regression.tidy().filter(pl.col("term") == self.treatment).row(0, named=True)
        return interval(row["conf_low"], row["conf_high"])


def oster(
    formula: str,
    data: Any,
    treatment: str,
    rmax: str | float = "1.3r",
    delta: float = 1.0,
    *,
    always: Sequence[str] = (),
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
    bootstrap: int = 0,
    cluster: str | None = None,
    seed: int | None = None,
) -> Oster:
    """Ask how strong unobserved selection must be to explain an effect away (Oster 2019).

    The exact polynomial is solved, not its approximation; of its roots the one is taken whose bias
    has the direction in which the controls moved the estimate, and which is nearest.

    Parameters
    ----------
    formula
        The regression with all controls, ``"y ~ treatment + controls"``.
    treatment
        The term of the formula whose effect is in question; one column.
    rmax
        Assumed R² with all unobservables: ``"1.3r"`` (1.3 times R², at most 1) or a number.
    delta
        Assumed importance of unobservables relative to the controls, for β*.
    always
        Terms in the short regression too (design variables, not selection).
    vcov
        Covariance of the regression whose interval enters the first criterion.
    bootstrap, cluster, seed
        Draws of the bootstrap (of whole clusters if named); a seed is then required.

    Raises
    ------
    SpecError
        If ``treatment`` or ``always`` are no terms of the formula, there is no control, or
        ``rmax`` is below the regression's R².
    """
    full = ols(formula, data, vcov, weights, conf_level)
    places = _places(full, treatment, always)
    Z, w = _columns(full, treatment)
    inputs = oster_inputs(gram(Z, w), *places)
    r_max, capped = _r_max(rmax, inputs.r_full)
    _check(inputs, r_max, delta)
    draws = None
    if bootstrap:
        if seed is None:
            raise SpecError("estimate.seed_needed", method="oster")
        codes = _cluster_codes(full, data, formula, weights, cluster)
        draws = bootstrap_oster(
            Z, w, places, rmax_rule=lambda r: _r_max(rmax, r)[0], delta=delta, count=bootstrap,
            seed=seed, codes=codes, conf_level=conf_level,
        )  # fmt: skip
    adjusted = beta_star(inputs, r_max, delta)
    needed = delta_star(inputs, r_max)
    notes = gather(full.notes, _notes(inputs, r_max, capped, rmax, adjusted, needed))
    return Oster(
        treatment, full.outcome, tuple(always), inputs, r_max, delta, needed, adjusted, full,
        draws, notes,
    )  # fmt: skip


def _columns(full: OlsResult, treatment: str) -> tuple[Floats, Floats | None]:
    """Regressors (centred; scaled but for the treatment), then the outcome; weights of mean one."""
    design = full.design
    w = None if design.weights is None else design.weights / design.weights.mean()
    Z = np.asfortranarray(np.column_stack([design.X, design.y]))
    for j, name in enumerate((*design.names, "")):
        if name != "(Intercept)":
            Z[:, j] -= np.average(Z[:, j], weights=w)
            if name and design.terms[j] != treatment:
                Z[:, j] /= np.sqrt(np.mean(Z[:, j] ** 2))
    return Z, w


def _places(
    full: OlsResult, treatment: str, always: Sequence[str]
) -> tuple[int, int, list[int], list[int]]:
    design = full.design
    at = [j for j, term in enumerate(design.terms) if term == treatment]
    if len(at) != 1:
        raise SpecError("estimate.one_treatment", treatment=treatment, known=list(design.terms))
    unknown = [term for term in always if term not in design.terms]
    if unknown:
        raise SpecError("estimate.no_such_term", term=unknown[0], known=list(design.terms))
    if not design.intercept:
        raise SpecError("estimate.oster_constant")
    first = design.names.index("(Intercept)")
    both = [j for j, term in enumerate(design.terms) if term in always and j != at[0]]
    rest = [j for j in range(len(design.terms)) if j not in (first, at[0], *both)]
    if not rest:
        raise SpecError("estimate.oster_controls", treatment=treatment)
    return at[0], design.X.shape[1], [first, *both], rest


def _r_max(rmax: str | float, r_full: float) -> tuple[float, bool]:
    if isinstance(rmax, str):
        read = _MULTIPLE.match(rmax)
        if read is None:
            raise SpecError("estimate.oster_rmax", given=rmax)
        value = float(read["times"]) * r_full
        return min(value, 1.0), value > 1.0
    if not 0.0 < rmax <= 1.0:
        raise SpecError("estimate.oster_rmax", given=rmax)
    return float(rmax), False


def _check(inputs: OsterInputs, r_max: float, delta: float) -> None:
    if r_max < inputs.r_full - 1e-12:
        raise SpecError("estimate.oster_rmax_low", r_max=r_max, r_full=inputs.r_full)
    if not math.isfinite(delta):
        raise SpecError("estimate.oster_delta", given=delta)


def _cluster_codes(
    full: OlsResult, data: Any, formula: str, weights: str | None, cluster: str | None
) -> Any:
    if cluster is None:
        return None
    from livelihoods.design.build import build_design

    design = build_design(formula, data, weights=weights, cluster=(cluster,))
    if design.nobs != full.nobs:
        raise SpecError("estimate.oster_cluster_missing", variable=cluster)
    return design.clusters[cluster]


def _notes(
    inputs: OsterInputs,
    r_max: float,
    capped: bool,
    rmax: str | float,
    adjusted: BetaStar,
    needed: float,
) -> tuple[Note, ...]:
    notes: list[Note] = []
    if isinstance(rmax, str):
        values = {"rule": rmax, "r_max": r_max, "r_full": inputs.r_full}
        notes.append(Note("estimate.oster_rmax_rule", "caution", values))
    if capped:
        notes.append(Note("estimate.oster_rmax_capped", "info", {"rule": str(rmax)}))
    moved = inputs.r_full - inputs.r_short
    if moved < 0.01:
        notes.append(Note("estimate.oster_little_moved", "warning", {"moved": moved}))
    if needed < 0:
        notes.append(Note("estimate.oster_negative_delta", "caution", {"delta": needed}))
    if math.isnan(adjusted.value):
        notes.append(Note("estimate.oster_no_root", "serious"))
    elif len(adjusted.roots) > 1:
        others = [f"{root:.3f}" for root in adjusted.roots if root != adjusted.value]
        notes.append(Note("estimate.oster_other_roots", "info", {"others": others}))
    return tuple(notes)
