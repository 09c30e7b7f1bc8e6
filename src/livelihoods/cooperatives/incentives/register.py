"""Incentives from the register: a cooperative's own members under other contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np

from livelihoods.cooperatives.closing.choices import charter_of
from livelihoods.cooperatives.closing.figures import SURPLUS_LINES, surplus_of
from livelihoods.cooperatives.closing.plan import preview
from livelihoods.cooperatives.incentives.chair import Technology, member_share
from livelihoods.cooperatives.incentives.delivery import Members
from livelihoods.cooperatives.incentives.fees import FeeSchedule, fee_schedule
from livelihoods.cooperatives.incentives.frontier import Assumption, Frontier, contract_frontier
from livelihoods.cooperatives.incentives.thresholds import Thresholds, membership_thresholds
from livelihoods.cooperatives.incentives.word import word
from livelihoods.cooperatives.inequality.members import members_of_year
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, gather

if TYPE_CHECKING:
    import polars as pl

    from livelihoods.cooperatives.register import Register
    from livelihoods.typing import Bools, Floats

_CHAIRS = """
SELECT DISTINCT member FROM officers
WHERE cooperative = $1 AND role = 'chair' AND member IS NOT NULL
  AND from_on <= $2 AND (until_on IS NULL OR until_on >= $2)
ORDER BY member
"""
_CHARTER = """
SELECT chair_bonus, least_contribution_cents, least_volume FROM charters
WHERE cooperative = $1 AND valid_from <= $2 ORDER BY valid_from DESC, entry DESC LIMIT 1
"""
_FEWEST_YEARS = 3
_ASSUMED_SPREAD = 0.3  # σ over the year's surplus where the years are too few


def frontier_from_register(
    register: Register,
    cooperative: str,
    year: int,
    *,
    core: bool = False,
    effort_part: float = 0.25,
    relative_risk_aversion: float = 2.0,
    attachment_spread: float = 0.05,
    chair_outside: float = 0.0,
    steps: int = 20,
    seed: int = 0,
) -> Frontier:
    """Try out contracts on a cooperative's own members and chair.

    Measured: volumes and prices of the year (the outside price is the market quotation; amounts
    are counted in yuan at market prices, so that p_out = 1), capital, θ and β of the charter, σ
    from the surpluses of three years or more. Calibrated: k and y₀, with c = 1, so that today's
    contract gives the year's surplus; the mean attachment, so that nearly all who delivered do so
    today. Assumed: which part of the surplus is due to her effort, her risk aversion, what she
    could earn elsewhere, the spread of attachments, and σ = 30 % of the surplus where years are
    too few.

    Parameters
    ----------
    register, cooperative, year
        An open register, and which year of which cooperative.
    core
        Take all core members together for the chair.
    effort_part
        Part of the year's surplus that is due to the chair's effort, above 0 and at most 1. The
        rest is y₀. With a small claim of the chair, a large part means that a larger claim would
        do wonders: try several.
    relative_risk_aversion
        Divided by the chair's household income (or, if unknown, by her part of the surplus) it is
        ρ.
    attachment_spread
        Standard deviation of δ, yuan for each yuan at market prices.
    chair_outside
        u, yuan.
    steps
        As in ``contract_frontier``.
    seed
        Which attachments fall to whom.

    Raises
    ------
    DataError
        No chair among the members, no trade, no surplus, or what closing a year refuses.
    """
    if not 0.0 < effort_part <= 1.0:
        raise SpecError("incentives.bad_share", name="effort_part", value=effort_part)
    on = date(year, 12, 31)
    people = members_of_year(register, year, cooperative)
    frame = people.frame
    leads = _leads(register, cooperative, on, frame, core, year)
    sold = frame["market_value"].to_numpy()
    ordinary = ~leads & (sold > 0)
    if not ordinary.any():
        raise DataError("incentives.no_trade", cooperative=cooperative, year=year)
    surplus, sd, measured = _surpluses(register, cooperative, year)
    charter, about = charter_of(register, cooperative, on)
    theta = float(charter.patronage_share)
    bonus = float(register.value(_CHARTER, (cooperative, on)) or 0.0)
    capital = frame["capital"].to_numpy()
    price = frame["delivered"].to_numpy()[ordinary] / sold[ordinary]
    q = float(sold[leads].sum() / sold[leads | ordinary].sum())
    whole = float(capital.sum())
    kappa = float(capital[leads].sum()) / whole if whole > 0 else 0.0
    claim = bonus + (1.0 - bonus) * member_share(theta, q, kappa)
    if claim <= 0:
        raise DataError("incentives.no_claim", cooperative=cooperative, year=year)
    incomes = frame["income"].to_numpy()[leads]
    known = incomes[np.isfinite(incomes) & (incomes > 0)]
    living = float(known.mean()) if known.size else claim * surplus
    technology = Technology(
        float(np.sqrt(effort_part * surplus / claim)),
        1.0,
        relative_risk_aversion / living,
        sd,
        (1.0 - effort_part) * surplus,
    )
    members = _members(
        sold, price, capital, leads, ordinary, attachment_spread, seed,
        theta * (1.0 - bonus) * surplus / float(sold[leads | ordinary].sum()),
    )  # fmt: skip
    found = contract_frontier(
        technology,
        members,
        today=(theta, bonus),
        chair_outside=chair_outside,
        steps=steps,
        sources=_sources(technology, members, measured),
    )
    notes = gather(found.notes, [Note("incentives.no_harvest", "info", {})], about, people.notes)
    return replace(found, notes=notes)


def _leads(
    register: Register, cooperative: str, on: date, frame: pl.DataFrame, core: bool, year: int
) -> Bools:
    """Tell whose effort runs the cooperative: the chair, or the core members."""
    if core:
        leads = (frame["class"] == "core").fill_null(False).to_numpy()
        if not leads.any():
            raise DataError("incentives.no_core", cooperative=cooperative, year=year)
        return leads.astype(np.bool_)
    chairs = register.frame(_CHAIRS, (cooperative, on))["member"].to_list()
    leads = frame["member"].is_in(chairs).to_numpy()
    if not leads.any():
        raise DataError("incentives.no_chair", cooperative=cooperative, year=year)
    return leads.astype(np.bool_)


def _surpluses(register: Register, cooperative: str, year: int) -> tuple[float, float, bool]:
    """Return the year's surplus, its standard deviation over the years, and whether measured."""
    columns = ", ".join(f"coalesce({name}_cents, 0) AS {name}" for name in SURPLUS_LINES)
    rows = register.frame(
        f"SELECT year, {columns} FROM year_accounts WHERE cooperative = ? AND year <= ? "
        "ORDER BY year",
        (cooperative, year),
    ).to_dicts()
    by_year = {row["year"]: surplus_of(row) / 100 for row in rows}
    if year not in by_year:
        raise DataError("cooperatives.closing_no_accounts", cooperative=cooperative, year=year)
    surplus = by_year[year]
    if surplus <= 0:
        raise DataError(
            "incentives.no_surplus", cooperative=cooperative, year=year, surplus=f"{surplus:,.2f}"
        )
    if len(by_year) >= _FEWEST_YEARS:
        return surplus, float(np.std(list(by_year.values()), ddof=1)), True
    return surplus, _ASSUMED_SPREAD * surplus, False


def _members(
    sold: Floats,
    price: Floats,
    capital: Floats,
    leads: Bools,
    ordinary: Bools,
    spread: float,
    seed: int,
    unit_return: float,
) -> Members:
    """Return ordinary members whose attachments leave nearly all of them willing today."""
    from scipy.special import ndtri

    n = int(ordinary.sum())
    quantiles = ndtri((np.arange(n) + 0.5) / n) * spread
    drawn = np.random.default_rng([seed, n]).permutation(quantiles)
    # Two standard deviations above the mean of what price and return leave to be made up.
    gap = 1.0 - price
    needed = float(gap.mean()) - unit_return + 2.0 * float(np.hypot(gap.std(), spread))
    return Members(
        sold[ordinary],
        price,
        np.ones(n),
        drawn + needed,
        np.maximum(capital[ordinary], 0.0),
        float(sold[leads].sum()),
        float(np.maximum(capital[leads], 0.0).sum()),
    )


def _sources(technology: Technology, members: Members, measured: bool) -> tuple[Assumption, ...]:
    q = members.chair_volume / (members.chair_volume + float(members.volume.sum()))
    return (
        Assumption("k", technology.productivity, "calibrated"),
        Assumption("σ", technology.sd, "measured" if measured else "assumed"),
        Assumption("q", q, "measured"),
        Assumption("κ", members.capital_share, "measured"),
        Assumption("δ", float(members.attachment.mean()), "calibrated"),
    )


def thresholds_from_register(
    register: Register,
    cooperative: str,
    year: int,
    measure: Literal["capital", "volume"] = "capital",
    levels: Sequence[float] | None = None,
) -> Thresholds:
    """Try membership thresholds on a cooperative's own farmers.

    Parameters
    ----------
    register, cooperative, year
        An open register, and which year of which cooperative.
    measure
        ``"capital"``: contributions, yuan; ``"volume"``: the year's deliveries in yuan at market
        prices.
    levels
        Thresholds in yuan; None takes the deciles and, for capital, the charter's least
        contribution.

    Notes
    -----
    What membership is worth a year: what the cooperative paid above the market quotation, and the
    member's part of the year's surplus as the charter divides it.

    Raises
    ------
    SpecError
        No such measure.
    DataError
        Nobody was a member.
    """
    if measure not in ("capital", "volume"):
        raise SpecError("incentives.unknown_measure", measure=measure)
    people = members_of_year(register, year, cooperative)
    frame = people.frame
    benefit, about = _benefit(register, cooperative, year, frame)
    charter = register.frame(_CHARTER, (cooperative, date(year, 12, 31)))
    least = None if charter.is_empty() else charter["least_contribution_cents"][0]
    today = least / 100 if measure == "capital" and least is not None else None
    column = "capital" if measure == "capital" else "market_value"
    found = membership_thresholds(
        np.maximum(frame[column].to_numpy(), 0.0),
        levels,
        measure=word(f"measure_{measure}"),
        attributes={"land": frame["land"].to_numpy()},
        income=frame["income"].to_numpy(),
        benefit=benefit,
        volume=frame["market_value"].to_numpy(),
        today=today,
    )
    return replace(found, notes=gather(found.notes, about, people.notes))


def fees_from_register(
    register: Register,
    cooperative: str,
    year: int,
    fees: Sequence[float],
    *,
    horizon: float = 10.0,
    fixed_cost: float = 0.0,
    rate: float = 0.05,
) -> FeeSchedule:
    """Return how many members would stay under a fee.

    What membership is worth is measured as in ``thresholds_from_register``; ``horizon`` (years),
    ``fixed_cost`` (yuan, beyond what the accounts have deducted already) and ``rate`` are assumed.

    Raises
    ------
    DataError, SpecError
        As ``fee_schedule``; nobody was a member.
    """
    people = members_of_year(register, year, cooperative)
    benefit, _ = _benefit(register, cooperative, year, people.frame)
    return fee_schedule(benefit, horizon, fees, fixed_cost=fixed_cost, rate=rate)


def _benefit(
    register: Register, cooperative: str, year: int, frame: pl.DataFrame
) -> tuple[Floats, tuple[Note, ...]]:
    """Return each member's price premium and part of the surplus, yuan."""
    plan = preview(register, cooperative, year)
    owed = {share.member: share.total / 100 for share in plan.split.shares}
    premium = frame["delivered"].to_numpy() - frame["market_value"].to_numpy()
    parts = np.array([owed.get(name, 0.0) for name in frame["member"]])
    return np.asarray(premium + parts, dtype=np.float64), plan.notes
