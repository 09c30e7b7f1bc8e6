"""A price or a harvest falls: is the cooperative still solvent, and how likely is that?

With equity E, own volume Q, price P, cost c a unit, fixed cost F and shocks u = ΔP/P, v = ΔQ/Q, the
year closes with

    E′(u, v) = E + (1 + v)Q · ((1 + u)P − c) − F

and the cooperative is insolvent where E′ < 0, short of its debt service D where the surplus
``E′ − E`` and the cash at hand do not pay D. The probability of either is exact up to quadrature
when (1 + u) and (1 + v) are jointly lognormal with mean 1, given coefficients of variation and a
given correlation of the logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import ndtr

from livelihoods import words
from livelihoods.cooperatives.finance.wording import say, within
from livelihoods.errors import SpecError
from livelihoods.figures.heat import heat_map
from livelihoods.notes import Note
from livelihoods.numerics.special import normal_density
from livelihoods.tables import Column, Row, Table, number, percent, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats

# The trapezoid on a smooth integrand that dies at ±9 converges faster than any power of the step;
# the kink where the break-even price reaches zero leaves about 1e-7.
_NODES, _REACH = 4001, 9.0


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A cooperative's year in the numbers that a shock moves, in any one unit of money.

    Attributes
    ----------
    equity
        Assets less liabilities at the start; may be negative.
    price, volume
        Price a unit and units sold in a normal year, positive.
    unit_cost
        What a unit costs (payment to members, inputs, processing), not negative.
    fixed_cost
        Costs that do not move with the volume.
    debt_service
        Interest and principal due within the year; interest is not in ``fixed_cost``.
    cash
        Cash at the start.
    """

    equity: float
    price: float
    volume: float
    unit_cost: float
    fixed_cost: float = 0.0
    debt_service: float = 0.0
    cash: float = 0.0


@dataclass(frozen=True, slots=True)
class JointShock:
    """The stated distribution: lognormal price and volume with mean 1.

    Attributes
    ----------
    price_cv, volume_cv
        Coefficients of variation, not negative.
    correlation
        Of the logarithms, −1 to 1; where good harvests lower the price it is negative.
    """

    price_cv: float
    volume_cv: float
    correlation: float = 0.0


@dataclass(frozen=True, slots=True)
class Solvency:
    """Closing equity over a grid of shocks, and the probabilities under a stated distribution.

    Attributes
    ----------
    enterprise, joint
        What was asked.
    price_shocks, volume_shocks
        Relative changes, shapes ``(a,)`` and ``(b,)``.
    equity
        Closing equity, shape ``(a, b)``.
    insolvent, short
        Probabilities; None without a distribution.
    break_even
        Price change at which closing equity is zero at the normal volume.
    notes
        Findings.
    """

    enterprise: Enterprise
    joint: JointShock | None
    price_shocks: Floats
    volume_shocks: Floats
    equity: Floats
    insolvent: float | None
    short: float | None
    break_even: float
    notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """Return one row a pair of shocks."""
        a, b = self.equity.shape
        return pl.DataFrame(
            {
                "price_shock": np.repeat(self.price_shocks, b),
                "volume_shock": np.tile(self.volume_shocks, a),
                "equity": self.equity.ravel(),
                "insolvent": (self.equity < 0).ravel(),
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: probabilities, break-even, share of the grid that is insolvent."""
        return pl.DataFrame(
            {
                "p_insolvent": [self.insolvent],
                "p_short": [self.short],
                "break_even": [self.break_even],
                "insolvent_cells": [int((self.equity < 0).sum())],
                "cells": [self.equity.size],
            },
            schema_overrides={"p_insolvent": pl.Float64, "p_short": pl.Float64},
        )

    def summary(self) -> Table:
        """Return closing equity, price shocks down, volume shocks across."""
        columns = [Column("price", say("price_shock"), "left")]
        columns += [
            Column(f"v{place}", _signed(shock)) for place, shock in enumerate(self.volume_shocks)
        ]
        rows = [
            Row((text(_signed(shock)), *(number(value, 0) for value in line)))
            for shock, line in zip(self.price_shocks, self.equity.tolist(), strict=True)
        ]
        width = len(self.volume_shocks)
        for label, chance in (("p_insolvent", self.insolvent), ("p_short", self.short)):
            if chance is not None:
                cells = (percent(chance, 1), *([text("")] * (width - 1)))
                rows.append(Row((text(say(label)), *cells), "statistic", label == "p_insolvent"))
        reach = "break_even_legend" if self.break_even > -1.0 else "break_even_never_legend"
        legend = [say("solvency_legend"), say(reach, change=_signed(self.break_even))]
        if self.joint is not None:
            legend.append(
                say(
                    "joint_legend",
                    price=f"{self.joint.price_cv:.2f}",
                    volume=f"{self.joint.volume_cv:.2f}",
                    correlation=f"{self.joint.correlation:.2f}",
                )
            )
        return Table(
            "solvency",
            say("solvency_title"),
            tuple(columns),
            tuple(rows),
            notes=self.notes,
            legend=tuple(legend),
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return closing equity as a heat map, loss of all equity and more in the warm hue."""
        scale = 10.0 ** (3 * max(int(math.log10(max(np.abs(self.equity).max(), 1.0)) // 3) - 1, 0))
        return heat_map(
            self.equity / scale,
            [_signed(shock) for shock in self.price_shocks],
            [_signed(shock) for shock in self.volume_shocks],
            id="solvency",
            title=say("solvency_title"),
            signed=True,
            decimals=0 if scale == 1.0 else 1,
            axis=say("equity_axis", scale=f"{scale:,.0f}"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "solvency",
            "enterprise": asdict(self.enterprise),
            "joint": None if self.joint is None else asdict(self.joint),
            "price_shocks": self.price_shocks.tolist(),
            "volume_shocks": self.volume_shocks.tolist(),
            "equity": self.equity.tolist(),
            "glance": self.glance().row(0, named=True),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def closing_equity(enterprise: Enterprise, price: Floats, volume: Floats) -> Floats:
    """Return E′ for relative shocks that broadcast against each other."""
    sold = (1.0 + volume) * enterprise.volume
    margin = (1.0 + price) * enterprise.price - enterprise.unit_cost
    return np.asarray(enterprise.equity + sold * margin - enterprise.fixed_cost, dtype=np.float64)


def probability_below(enterprise: Enterprise, joint: JointShock, surplus_floor: float) -> float:
    """Return P(surplus of the year < ``surplus_floor``) under the stated distribution.

    Given the volume the surplus rises with the price, so the event is a price below
    ``p*(v) = (c + (F + floor)/((1 + v)Q))/P``; its conditional probability is a normal one, and
    the volume is integrated out.
    """
    s_price, s_volume = (_log_sd(cv) for cv in (joint.price_cv, joint.volume_cv))
    z = np.linspace(-_REACH, _REACH, _NODES) if s_volume else np.zeros(1)
    sold = enterprise.volume * np.exp(s_volume * z - 0.5 * s_volume**2)
    needed = enterprise.unit_cost + (enterprise.fixed_cost + surplus_floor) / sold
    needed = needed / enterprise.price
    mean = joint.correlation * s_price * z - 0.5 * s_price**2
    sd = s_price * math.sqrt(max(1.0 - joint.correlation**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_needed = np.where(needed > 0, np.log(np.maximum(needed, 1e-300)), -np.inf)
    if sd > 0:
        below = np.asarray(ndtr((log_needed - mean) / sd))
    else:
        below = (log_needed > mean).astype(np.float64)
    if not s_volume:
        return float(below[0])
    weights = normal_density(z)
    return float(min(weights @ below / weights.sum(), 1.0))


def _log_sd(cv: float) -> float:
    return math.sqrt(math.log1p(cv * cv))


def solvency(
    enterprise: Enterprise,
    *,
    price_shocks: Sequence[float] = (-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2),
    volume_shocks: Sequence[float] = (-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2),
    joint: JointShock | None = None,
) -> Solvency:
    """Return closing equity over a grid of price and volume shocks, with probabilities if asked.

    Parameters
    ----------
    enterprise
        The year in numbers.
    price_shocks, volume_shocks
        Relative changes, −1 or more.
    joint
        The distribution under which probabilities are stated; None gives none, for without one
        there are none.

    Raises
    ------
    SpecError
        A number outside its bounds; an empty list of shocks.
    """
    _check(enterprise, joint)
    prices, volumes = np.asarray(price_shocks, float), np.asarray(volume_shocks, float)
    if not prices.size or not volumes.size:
        raise SpecError("cooperatives.finance.no_shocks")
    for value in (*prices.tolist(), *volumes.tolist()):
        within("shock", value, -1.0, 100.0)
    equity = closing_equity(enterprise, prices[:, None], volumes[None, :])
    insolvent = short = None
    notes = []
    if joint is not None:
        insolvent = probability_below(enterprise, joint, -enterprise.equity)
        short = probability_below(enterprise, joint, enterprise.debt_service - enterprise.cash)
    if enterprise.equity < 0:
        notes.append(Note("cooperatives.finance.insolvent_already", "serious"))
    break_even = (
        enterprise.unit_cost + (enterprise.fixed_cost - enterprise.equity) / enterprise.volume
    ) / enterprise.price - 1.0
    return Solvency(
        enterprise, joint, prices, volumes, equity, insolvent, short, break_even, tuple(notes)
    )


def _check(enterprise: Enterprise, joint: JointShock | None) -> None:
    within("equity", enterprise.equity, -math.inf, math.inf)
    for name in ("price", "volume"):
        within(name, getattr(enterprise, name), 0.0, 1e300, open_low=True)
    for name in ("unit_cost", "fixed_cost", "debt_service", "cash"):
        within(name, getattr(enterprise, name), 0.0, 1e300)
    if joint is not None:
        within("price_cv", joint.price_cv, 0.0, 10.0)
        within("volume_cv", joint.volume_cv, 0.0, 10.0)
        within("correlation", joint.correlation, -1.0, 1.0)


def _signed(change: float) -> str:
    percent = 100 * change
    if abs(percent) < 1e-9:
        return "0 %"
    whole = abs(percent - round(percent)) < 1e-9
    return f"{percent:+.{0 if whole else 1}f} %".replace("-", "−")
