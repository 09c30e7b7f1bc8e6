"""The chair's effort: linear pay, exponential utility, normal surplus, in closed form.

The surplus before pay is y = y₀ + k·e + ε with ε ~ N(0, σ²); the chair's effort e costs c·e²/2, her
absolute risk aversion is ρ. She is paid α + β·y by the charter and, as a member, has a part
s = θ·q + (1 − θ)·κ of the rest: θ of it is returned by transaction (her share of the volume is q),
the remainder goes by capital (her share is κ). At the margin a yuan of surplus is worth to her

    m = β + (1 − β)·s,  so that  e = k·m/c.

Without membership m = β, and the bonus that makes the sum of all certainty equivalents largest is
β* = k²/(k² + ρcσ²) (Holmström and Milgrom 1987). With membership it is the claim m that should be
k²/(k² + ρcσ²), and the bonus fills what s leaves: β* = (m* − s)/(1 − s), not below 0.
The form with a patronage share is this program's own (after Tan and Kong 2011, whose equations it
does not reproduce).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livelihoods.errors import SpecError
from livelihoods.typing import Floats

_GRID = 20_001


@dataclass(frozen=True, slots=True)
class Technology:
    """What effort gives and costs; money in yuan.

    Attributes
    ----------
    productivity
        k > 0: yuan of surplus for a unit of effort.
    cost
        c > 0: effort e costs c·e²/2 yuan.
    risk_aversion
        ρ ≥ 0: absolute risk aversion of the chair, per yuan.
    sd
        σ ≥ 0: standard deviation of the surplus, yuan.
    base
        y₀ ≥ 0: surplus that comes without her effort, yuan.
    """

    productivity: float
    cost: float
    risk_aversion: float
    sd: float
    base: float = 0.0

    def __post_init__(self) -> None:
        values = (self.productivity, self.cost, self.risk_aversion, self.sd, self.base)
        positive = self.productivity > 0 and self.cost > 0
        if not (positive and min(values) >= 0 and all(map(math.isfinite, values))):
            named = {
                "k": values[0],
                "c": values[1],
                "ρ": values[2],
                "σ": values[3],
                "y₀": values[4],
            }
            wrong = [f"{name} = {value:g}" for name, value in named.items()]
            raise SpecError("incentives.bad_technology", values=wrong)

    @property
    def best_claim(self) -> float:
        """k²/(k² + ρcσ²): the claim that makes the pie, net of risk and effort, largest."""
        k2 = self.productivity**2
        return k2 / (k2 + self.risk_aversion * self.cost * self.sd**2)

    def effort(self, claim: float) -> float:
        """k·m/c."""
        return self.productivity * claim / self.cost

    def value(self, claim: float) -> float:
        """Sum of certainty equivalents at a claim: y₀ + k·e − c·e²/2 − ρσ²m²/2."""
        e = self.effort(claim)
        risk = 0.5 * self.risk_aversion * (self.sd * claim) ** 2
        return self.base + self.productivity * e - 0.5 * self.cost * e * e - risk


@dataclass(frozen=True, slots=True)
class ChairChoice:
    """What the chair does under a contract.

    Attributes
    ----------
    bonus, base_pay
        β and α.
    share
        s, her part as a member of the surplus after pay.
    claim, effort
        m and e.
    surplus
        Expected surplus before pay, y = y₀ + k·e.
    distributable
        D = (1 − β)·y − α.
    risk_premium, effort_cost
        ρσ²m²/2 and c·e²/2.
    certainty_equivalent
        Her pay and her part of D less both.
    value
        Sum of all certainty equivalents, the other members being risk-neutral.
    """

    bonus: float
    base_pay: float
    share: float
    claim: float
    effort: float
    surplus: float
    distributable: float
    risk_premium: float
    effort_cost: float
    certainty_equivalent: float
    value: float


def member_share(theta: float, volume_share: float, capital_share: float) -> float:
    """Return s = θ·q + (1 − θ)·κ.

    Raises
    ------
    SpecError
        A share outside [0, 1].
    """
    for name, value in (("θ", theta), ("q", volume_share), ("κ", capital_share)):
        if not 0.0 <= value <= 1.0:
            raise SpecError("incentives.bad_share", name=name, value=value)
    return theta * volume_share + (1.0 - theta) * capital_share


def best_bonus(technology: Technology, share: float) -> float:
    """Return β* = (m* − s)/(1 − s), and 0 where membership alone gives the chair enough."""
    best = technology.best_claim
    return 0.0 if share >= best else (best - share) / (1.0 - share)


def chair_choice(
    technology: Technology, bonus: float, share: float, base_pay: float = 0.0
) -> ChairChoice:
    """Return the chair's effort and what comes of it.

    Parameters
    ----------
    technology
        k, c, ρ, σ.
    bonus
        β, 0 to 1.
    share
        s, 0 to 1.
    base_pay
        α in yuan, 0 or more; as a member she bears her part of it.

    Raises
    ------
    SpecError
        A share outside [0, 1] or a negative base pay.
    """
    for name, value in (("β", bonus), ("s", share)):
        if not 0.0 <= value <= 1.0:
            raise SpecError("incentives.bad_share", name=name, value=value)
    if not base_pay >= 0.0:
        raise SpecError("incentives.bad_base_pay", value=base_pay)
    claim = bonus + (1.0 - bonus) * share
    effort = technology.effort(claim)
    surplus = technology.base + technology.productivity * effort
    risk = 0.5 * technology.risk_aversion * (technology.sd * claim) ** 2
    toil = 0.5 * technology.cost * effort * effort
    own = base_pay * (1.0 - share) + claim * surplus - risk - toil
    rest = (1.0 - bonus) * surplus - base_pay
    return ChairChoice(
        bonus,
        base_pay,
        share,
        claim,
        effort,
        surplus,
        rest,
        risk,
        toil,
        own,
        technology.value(claim),
    )


def team_effort(technology: Technology, members: int) -> float:
    """Return k/(n·c): effort where n members share equally and nobody leads (Holmström 1982)."""
    return technology.productivity / (members * technology.cost)


@dataclass(frozen=True, slots=True)
class GridCheck:
    """The closed forms against a search, both in steps of the grid.

    Attributes
    ----------
    effort, effort_on_grid, effort_step
        e, the best on the grid, and its step.
    bonus, bonus_on_grid, bonus_step
        β* likewise.
    """

    effort: float
    effort_on_grid: float
    effort_step: float
    bonus: float
    bonus_on_grid: float
    bonus_step: float

    @property
    def agrees(self) -> bool:
        """Whether both are within one step."""
        return (
            abs(self.effort - self.effort_on_grid) <= self.effort_step * 1.001
            and abs(self.bonus - self.bonus_on_grid) <= self.bonus_step * 1.001
        )


def check_by_grid(technology: Technology, bonus: float, share: float) -> GridCheck:
    """Search effort and bonus on grids of 20,001 points, and set the closed forms beside them."""
    claim = bonus + (1.0 - bonus) * share
    most = 2.0 * technology.productivity / technology.cost
    efforts = np.linspace(0.0, most, _GRID)
    gain = claim * technology.productivity * efforts - 0.5 * technology.cost * efforts**2
    bonuses: Floats = np.linspace(0.0, 1.0, _GRID)
    claims = bonuses + (1.0 - bonuses) * share
    e = technology.productivity * claims / technology.cost
    value = technology.productivity * e - 0.5 * technology.cost * e**2
    value -= 0.5 * technology.risk_aversion * (technology.sd * claims) ** 2
    return GridCheck(
        technology.effort(claim),
        float(efforts[int(np.argmax(gain))]),
        most / (_GRID - 1),
        best_bonus(technology, share),
        float(bonuses[int(np.argmax(value))]),
        1.0 / (_GRID - 1),
    )
