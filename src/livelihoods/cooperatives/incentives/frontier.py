"""The contract frontier: chair's effort, ordinary members' income and deliveries, under the law."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.incentives.chair import GridCheck, Technology, check_by_grid
from livelihoods.cooperatives.incentives.delivery import (
    Members,
    Outcome,
    contract_outcome,
    turning_point,
)
from livelihoods.cooperatives.rulebook import RuleSet, packaged
from livelihoods.errors import SpecError
from livelihoods.notes import Note
from livelihoods.typing import Bools, Floats

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table

_LAW = "prc-2017"
_MOST_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number the model stands on, and where it comes from: ``"measured"`` or ``"assumed"``."""

    symbol: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Frontier:
    """Contracts (θ, β) and what comes of them.

    Attributes
    ----------
    floor
        Least θ that the law allows; its article.
    article
        Where it says so.
    path
        Outcomes for θ from 0 to 1 with the bonus as asked (the charter's, or the best one).
    lawful
        Outcomes of the grid with θ at the floor or above, shape of the arrays below.
    efficient
        Which of them no other lawful one beats in chair's certainty equivalent, ordinary members'
        mean income and delivery all at once, among those that the chair accepts.
    accepted
        Which of them the chair accepts: her certainty equivalent is not below what she can earn
        elsewhere.
    now
        The outcome of today's contract, or None.
    check
        Closed forms against a grid, at today's contract or at the floor.
    assumptions
        What the numbers stand on.
    notes
        What must be said.
    """

    floor: float
    article: str
    path: tuple[Outcome, ...]
    lawful: tuple[Outcome, ...]
    efficient: Bools
    accepted: Bools
    now: Outcome | None
    check: GridCheck
    assumptions: tuple[Assumption, ...]
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a lawful contract."""
        return _frame(self.lawful).with_columns(
            pl.Series("accepted", self.accepted), pl.Series("efficient", self.efficient)
        )

    def curve(self) -> pl.DataFrame:
        """One row a value of θ from 0 to 1."""
        return _frame(self.path).with_columns(pl.Series("lawful", self._lawful_path()))

    def _lawful_path(self) -> Bools:
        return np.array([one.theta >= self.floor - 1e-12 for one in self.path])

    def glance(self) -> pl.DataFrame:
        """One row: the floor, how many contracts are accepted and efficient."""
        row = {
            "floor": self.floor,
            "contracts": len(self.lawful),
            "accepted": int(self.accepted.sum()),
            "efficient": int(self.efficient.sum()),
            "closed_form_agrees": self.check.agrees,
        }
        return pl.DataFrame([row])

    def summary(self) -> Table:
        """Contracts that stand out: today's, at the floor, and the best for each side."""
        from livelihoods.cooperatives.incentives.tables import frontier_table

        return frontier_table(self)

    def basis(self) -> Table:
        """What is measured and what is assumed."""
        from livelihoods.cooperatives.incentives.tables import basis_table

        return basis_table(self)

    def plot(self) -> Figure:
        """Effort, income and delivery over θ, 100 at the legal floor, which is marked."""
        from livelihoods.cooperatives.incentives.tables import frontier_figure

        return frontier_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {
            **self.glance().to_dicts()[0],
            "curve": self.curve().to_dicts(),
            "assumptions": [
                {"symbol": a.symbol, "value": a.value, "source": a.source} for a in self.assumptions
            ],
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print both tables."""
        return f"{self.summary()!r}\n{self.basis()!r}"


def _frame(outcomes: tuple[Outcome, ...]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "theta": one.theta,
                "bonus": one.chair.bonus,
                "claim": one.chair.claim,
                "effort": one.chair.effort,
                "surplus": one.chair.surplus,
                "distributable": one.chair.distributable,
                "chair": one.chair.certainty_equivalent,
                "unit_return": one.unit_return,
                "income": one.mean_income,
                "delivered": one.delivered,
            }
            for one in outcomes
        ]
    )


def contract_frontier(
    technology: Technology,
    members: Members,
    *,
    bonus: float | None = None,
    base_pay: float = 0.0,
    chair_outside: float = 0.0,
    today: tuple[float, float] | None = None,
    steps: int = 20,
    law: RuleSet | None = None,
    sources: tuple[Assumption, ...] = (),
) -> Frontier:
    """Try out contracts (θ, β) on a cooperative's own members.

    Parameters
    ----------
    technology, members
        The chair's technology and the ordinary members.
    bonus
        β along the curve over θ; None takes today's, and without ``today`` the best one, β*, at
        each θ.
    base_pay
        α, yuan.
    chair_outside
        What the chair could earn elsewhere, net of effort, yuan.
    today
        θ and β as they are now.
    steps
        Steps of θ between the floor and 1 and of β between 0 and 1; the curve has twice as many
        below the floor and above.
    law
        Rule set with the rule ``patronage-floor``; None is the PRC law of 2017.
    sources
        Where the parameters come from; those not named are assumed.

    Raises
    ------
    SpecError
        Too few or too many steps; a share outside [0, 1].
    """
    if not 4 <= steps <= 90:
        raise SpecError("incentives.bad_steps", steps=steps)
    rule = (law or packaged()[_LAW]).get("patronage-floor")
    floor = float(Fraction(rule.bound))

    def outcome(theta: float, beta: float | None) -> Outcome:
        return contract_outcome(technology, members, theta, beta, base_pay)

    if bonus is None and today is not None:
        bonus = today[1]
    below = np.linspace(0.0, floor, 2 * steps, endpoint=False)
    above = np.linspace(floor, 1.0, 2 * steps + 1)
    path = tuple(outcome(float(t), bonus) for t in np.concatenate([below, above]))
    grid = [
        (float(t), float(b))
        for t in np.linspace(floor, 1.0, steps + 1)
        for b in np.linspace(0.0, 1.0, steps + 1)
    ]
    lawful = tuple(outcome(t, b) for t, b in grid)
    scores = np.array([(o.chair.certainty_equivalent, o.mean_income, o.delivered) for o in lawful])
    accepted: Bools = scores[:, 0] >= chair_outside - 1e-9 * max(1.0, abs(chair_outside))
    now = None if today is None else outcome(*today)
    at = now or outcome(floor, bonus)
    return Frontier(
        floor,
        rule.article,
        path,
        lawful,
        _undominated(scores, accepted),
        accepted,
        now,
        check_by_grid(technology, at.chair.bonus, at.chair.share),
        _basis(technology, members, chair_outside, sources),
        _notes(floor, path, now, at, technology, members, accepted),
    )


def _undominated(scores: Floats, accepted: Bools) -> Bools:
    """Tell which accepted rows no accepted row beats: as good in all, better in one."""
    # Differences in the last digits are no difference.
    scale = np.maximum(np.abs(scores).max(axis=0), 1e-300)
    rounded = np.round(scores / scale, 10)
    kept = accepted.copy()
    rows = np.flatnonzero(accepted)
    for row in rows:
        others = rounded[rows]
        better = np.all(others >= rounded[row], axis=1) & np.any(others > rounded[row], axis=1)
        kept[row] = not bool(better.any())
    return kept


def _basis(
    technology: Technology,
    members: Members,
    chair_outside: float,
    sources: tuple[Assumption, ...],
) -> tuple[Assumption, ...]:
    values = {
        "k": technology.productivity,
        "c": technology.cost,
        "ρ": technology.risk_aversion,
        "σ": technology.sd,
        "y₀": technology.base,
        "q": members.chair_volume / (members.chair_volume + float(members.volume.sum())),
        "κ": members.capital_share,
        "δ": float(members.attachment.mean()),
        "u": chair_outside,
    }
    known = {one.symbol: one for one in sources}
    return tuple(
        known.get(symbol, Assumption(symbol, value, "assumed")) for symbol, value in values.items()
    )


def _notes(
    floor: float,
    path: tuple[Outcome, ...],
    now: Outcome | None,
    at: Outcome,
    technology: Technology,
    members: Members,
    accepted: Bools,
) -> tuple[Note, ...]:
    notes = [Note("incentives.a_model", "caution", {})]
    if now is not None and now.theta < floor - 1e-12:
        values = {"theta": now.theta, "floor": floor}
        notes.append(Note("incentives.below_floor", "serious", values))
    if not accepted.any():
        notes.append(Note("incentives.chair_leaves", "serious", {}))
    q = members.chair_volume / at.volume if at.volume > 0 else 0.0
    base = technology.base * technology.cost / technology.productivity**2
    turn = turning_point(at.chair.bonus, q, members.capital_share, base)
    if turn < 1.0:
        notes.append(Note("incentives.turning_point", "warning", {"theta": turn}))
    lawful = [one for one in path if one.theta >= floor - 1e-12]
    lost = [a.delivered - b.delivered for a, b in itertools.pairwise(lawful)]
    if lost and max(lost) > 1e-9:
        notes.append(Note("incentives.delivery_falls", "warning", {}))
    return tuple(notes)
