"""Endogenous switching: two outcome equations, one for each side of a choice, and the choice.

    d = 1(zγ + u > 0),  y₁* = xβ₁ + ε₁ seen where d = 1,  y₀* = xβ₀ + ε₀ seen where d = 0

(Maddala 1983; Lokshin and Sajaia 2004, Stata Journal 4(3)). ρ between ε₁ and ε₀ is never seen and
never needed. The table of what is and what would be follows Di Falco, Veronesi and Yesuf (2011).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.language import parse_formula
from livelihoods.errors import SpecError
from livelihoods.estimate.mixed_process import effects as ef
from livelihoods.estimate.mixed_process.api import cmp
from livelihoods.estimate.mixed_process.asking import category_range
from livelihoods.estimate.mixed_process.average import Question, Range, average, framed, known_rows
from livelihoods.estimate.mixed_process.equations import Equation
from livelihoods.estimate.mixed_process.regressors import regressors
from livelihoods.tables import Column, Row, Table, number, text

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.result import CmpResult
    from livelihoods.figures import Figure
    from livelihoods.notes import Note

KINDS = ("linear", "probit", "oprobit")
# The four averages, then what is made of them: weights on (in|1, out|1, in|0, out|0).
CELLS = ("treated_in", "treated_out", "untreated_in", "untreated_out")
COMBINATIONS: tuple[tuple[str, tuple[float, float, float, float]], ...] = (
    ("treated_in", (1, 0, 0, 0)),
    ("treated_out", (0, 1, 0, 0)),
    ("untreated_in", (0, 0, 1, 0)),
    ("untreated_out", (0, 0, 0, 1)),
    ("ATT", (1, -1, 0, 0)),
    ("ATU", (0, 0, 1, -1)),
    ("base_in", (1, 0, -1, 0)),
    ("base_out", (0, 1, 0, -1)),
    ("transitional", (1, -1, -1, 1)),
)


@dataclass(frozen=True, slots=True)
class SwitchingResult:
    """An endogenous switching regression.

    Attributes
    ----------
    system
        The three equations as a mixed process: ``y:1``, ``y:0`` and the choice.
    treatment
        The 0/1 choice.
    kind
        Kind of the outcome equations.
    outcome, nobs, vcov_label, notes
        As every regression has them.
    """

    system: CmpResult
    treatment: str
    kind: str
    outcome: str
    nobs: int
    vcov_label: str
    notes: tuple[Note, ...]
    statistic_name: str = "z"

    def tidy(self) -> pl.DataFrame:
        """Return one row a parameter; equations ``y:1``, ``y:0``, the choice, and ``"/"``."""
        return self.system.tidy()

    def glance(self) -> pl.DataFrame:
        """Return one row: size, likelihood, tests, and how the search ended."""
        return self.system.glance()

    def effects(self, category: Any = None) -> pl.DataFrame:
        """Return the counterfactual means and effects, with delta-method errors.

        Parameters
        ----------
        category
            Which category of an ordered outcome; the highest if left out.

        Returns
        -------
        Tidy frame; ``term``: ``treated_in treated_out untreated_in untreated_out`` (means of the
        outcome of each group in and out of treatment), ``ATT ATU``, ``base_in base_out`` (base
        heterogeneity), ``transitional`` (ATT − ATU).
        """
        found = counterfactual(self, category)
        fit, level = self.system.fit, self.system.conf_level
        return ef.tidy_estimates(found, fit.covariance, level)

    def table(self, category: Any = None) -> Table:
        """Return the counterfactual table as the cooperative literature prints it."""
        return counterfactual_table(self, self.effects(category))

    def summary(self) -> Table:
        """Return the three equations as a table for a person."""
        return self.system.summary()

    def plot(self) -> Figure:
        """Return the coefficients with their intervals."""
        return self.system.plot()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            **self.system.to_dict(),
            "method": "switching",
            "effects": self.effects().to_dicts(),
        }

    def __repr__(self) -> str:
        return f"{self.table().to_text()}\n{self.summary().to_text()}"


def switching(
    outcome: str,
    treatment: str,
    data: Any,
    *,
    kind: str = "linear",
    vcov: str | Mapping[str, str] = "oim",
    weights: str | Mapping[str, str] | None = None,
    conf_level: float = 0.95,
) -> SwitchingResult:
    """Estimate an endogenous switching regression by full-information maximum likelihood.

    Parameters
    ----------
    outcome
        Outcome equation, the same regressors on both sides: ``"income ~ age + land"``. The
        treatment itself does not stand in it.
    treatment
        Choice equation: ``"member ~ age + land + distance"``; it should have a variable of its
        own.
    data
        A Survey, or any frame.
    kind
        ``"linear"``, ``"probit"`` or ``"oprobit"``.
    vcov, weights, conf_level
        As for ``lv.cmp``.

    Raises
    ------
    SpecError
        If the kind is none of the three.
    EstimationError
        As ``lv.cmp``.
    """
    if kind not in KINDS:
        raise SpecError("estimate.cmp.switching_kind", kind=kind)
    y, d = parse_formula(outcome).response, parse_formula(treatment).response
    sides = [
        Equation(kind=kind, formula=outcome, name=f"{y}:{side}", where=f"`{d}` == {side}")  # type: ignore[arg-type]
        for side in (1, 0)
    ]
    choice = Equation(kind="probit", formula=treatment, name=d)
    system = cmp(*sides, choice, data=data, vcov=vcov, weights=weights, conf_level=conf_level)
    return SwitchingResult(system, d, kind, y, system.nobs, system.vcov_label, system.notes)


def counterfactual(result: SwitchingResult, category: Any = None) -> list[ef.Estimate]:
    """Return the four averages and the combinations of :data:`COMBINATIONS`."""
    built, fit = result.system.built, result.system.fit
    frame = framed(built, fit, regressors(built))
    taken = built.system.equations[2].low == 0.0  # y* > 0: the choice was made
    rows = known_rows(frame, _asked(result, 0, True, category))
    rows = rows & known_rows(frame, _asked(result, 1, True, category))
    cells = []
    for group, chosen in ((taken, True), (~taken, False)):
        among = rows & group
        weights = built.system.weights
        weight = np.ones(int(among.sum())) if weights is None else weights[among]
        for side in (0, 1):
            asked = _asked(result, side, chosen, category)
            value, gradient = average(frame, asked, among, weight / weight.sum())
            cells.append((value, gradient, int(among.sum())))
    out = []
    for name, parts in COMBINATIONS:
        value = sum(part * cell[0] for part, cell in zip(parts, cells, strict=True))
        gradient = np.sum([p * cell[1] for p, cell in zip(parts, cells, strict=True)], axis=0)
        n = sum(cells[i][2] for i in (0, 2) if parts[i] or parts[i + 1])
        out.append(ef.Estimate(name, float(value), gradient, n))
    return out


def _asked(result: SwitchingResult, side: int, chosen: bool, category: Any) -> Question:
    """The outcome's own scale: mean, share of ones, share of a category; given the choice."""
    condition = Range(0.0, np.inf) if chosen else Range(-np.inf, 0.0)
    if result.kind == "linear":
        return Question("mean", side, Range(), 2, condition)
    if result.kind == "probit":
        return Question("pr", side, Range(0.0, np.inf), 2, condition)
    built = result.system.built
    wanted = built.levels[built.names[side]][-1] if category is None else category
    return replace(
        Question("pr", side, category_range(built, side, wanted)), given=2, condition=condition
    )


def _label(key: str, **values: object) -> str:
    return words.text(f"estimate.cmp.{key}", **values)


def counterfactual_table(result: SwitchingResult, effects: pl.DataFrame) -> Table:
    """Lay the effects out: groups down, in and out of treatment across, the effect last."""
    from livelihoods.estimate.coefficients import label, stars

    found = {row["term"]: row for row in effects.iter_rows(named=True)}
    rows: list[Row] = []
    for key, terms, starred in (
        ("switching_treated", ("treated_in", "treated_out", "ATT"), (False, False, True)),
        ("switching_untreated", ("untreated_in", "untreated_out", "ATU"), (False, False, True)),
        ("switching_base", ("base_in", "base_out", "transitional"), (True, True, True)),
    ):
        entries = [found[term] for term in terms]
        values = [
            number(e["estimate"], stars=stars(e["p_value"]) if marked else 0)
            for e, marked in zip(entries, starred, strict=True)
        ]
        errors = [number(e["std_error"], wrap="parentheses") for e in entries]
        rows.append(Row((text(_label(key)), *values), rule_above=key == "switching_base"))
        rows.append(Row((text(""), *errors)))
    columns = (
        Column("group", _label("switching_group"), "left"),
        Column("in", _label("switching_in")),
        Column("out", _label("switching_out")),
        Column("effect", _label("switching_effect")),
    )
    lost, gained = -found["ATT"]["estimate"], found["ATU"]["estimate"]
    return Table(
        "switching",
        _label("switching_title", outcome=result.outcome),
        columns,
        tuple(rows),
        notes=result.notes,
        legend=(label("stars"), _label("switching_legend")),
        reading=_label("switching_reading", att=f"{lost:.3f}", atu=f"{gained:.3f}"),
        language=words.language(),
    )
