"""The cooperative's own figures of a year: surplus, losses to cover, property from grants.

Surplus by art. 52 of the Accounting System for Farmers' Professional Cooperatives (Ministry of
Finance, 财会〔2021〕37号):
operating income + investment income − operating expense − taxes − administration − finance
+ other income − other expense − income tax.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from livelihoods.cooperatives.accounts import YearAccounts
from livelihoods.cooperatives.cents import cents_text
from livelihoods.errors import DataError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

# Line -> its sign in the year's surplus, in the order of the statement.
SURPLUS_LINES: dict[str, int] = {
    "operating_income": 1,
    "investment_income": 1,
    "operating_expense": -1,
    "taxes": -1,
    "administration": -1,
    "finance": -1,
    "other_income": 1,
    "other_expense": -1,
    "income_tax": -1,
}
OTHER_LINES = ("losses", "opening_undistributed", "transfers_in")


@dataclass(frozen=True, slots=True)
class Money:
    """Accounts of a year as read."""

    figures: Mapping[str, int]
    accounts: YearAccounts
    notes: tuple[Note, ...]


def read_accounts(register: Register, cooperative: str, year: int) -> Money:
    """Read the year's accounts and the property that grants formed.

    Raises
    ------
    DataError
        If the register has no accounts for the year.
    """
    names = (*SURPLUS_LINES, *OTHER_LINES)
    columns = ", ".join(f"{name}_cents" for name in names)
    found = register.frame(
        f"SELECT {columns} FROM year_accounts WHERE cooperative = ? AND year = ? "
        "ORDER BY entry DESC LIMIT 1",
        [cooperative, year],
    )
    if found.is_empty():
        raise DataError("cooperatives.closing_no_accounts", cooperative=cooperative, year=year)
    raw = dict(zip(names, found.row(0), strict=True))
    notes = []
    empty = [_wording(name) for name in names if raw[name] is None]
    if empty:
        notes.append(Note("cooperatives.closing_empty_lines", "info", {"lines": empty}))
    figures = {name: raw[name] or 0 for name in names}
    figures["surplus"] = surplus_of(figures)
    losses, opening = _losses(figures, notes)
    subsidy, donated = _property(register, cooperative, date(year, 12, 31), notes)
    _brought_forward(register, cooperative, year, opening - losses, notes)
    accounts = YearAccounts(
        figures["surplus"], losses, opening, figures["transfers_in"], subsidy, donated
    )
    return Money(figures, accounts, tuple(notes))


def _wording(line: str) -> str:
    """Return what a line is called in the register, without its unit."""
    from livelihoods.cooperatives.register import heading

    return heading("year_accounts", f"{line}_cents").removesuffix(", yuan").removesuffix("（元）")


def surplus_of(figures: Mapping[str, int]) -> int:
    """Return the year's surplus (account 331) from its lines, cents."""
    return sum(sign * figures[name] for name, sign in SURPLUS_LINES.items())


def _losses(figures: Mapping[str, int], notes: list[Note]) -> tuple[int, int]:
    """Return losses to cover and the opening balance, the same loss never counted twice."""
    losses, opening = figures["losses"], figures["opening_undistributed"]
    if opening >= 0:
        return losses, opening
    if losses != -opening:
        values = {"opening": cents_text(opening), "losses": cents_text(losses)}
        notes.append(Note("cooperatives.closing_opening_loss", "caution", values))
    return max(losses, -opening), 0


def _property(register: Register, cooperative: str, on: date, notes: list[Note]) -> tuple[int, int]:
    """Return F and G: property that subsidies and donations formed and that is still there.

    At cost, as the special fund (account 311) keeps it. Poverty-relief assets stand in a memo
    register (accounting system, art. 33) and are not the cooperative's.
    """
    assets = register.frame(
        "SELECT a.asset, a.grant_cents, a.cost_cents, a.poverty_relief, g.kind FROM assets AS a "
        "LEFT JOIN grants AS g ON g.cooperative = a.cooperative AND g.grant = a.grant "
        "WHERE a.cooperative = ? AND a.grant IS NOT NULL AND a.bought_on <= ? "
        "AND (a.disposed_on IS NULL OR a.disposed_on > ?) ORDER BY a.entry",
        [cooperative, on, on],
    )
    sums = {"subsidy": 0, "donation": 0}
    memo, whole, unknown = 0, [], []
    for asset, granted, cost, relief, kind in assets.iter_rows():
        amount = cost if granted is None else granted
        if relief:
            memo += amount
        elif kind is None:
            unknown.append(asset)
        else:
            sums[kind] += amount
            whole += [asset] if granted is None else []
    if memo:
        notes.append(Note("cooperatives.closing_memo_assets", "info", {"amount": cents_text(memo)}))
    if whole:
        notes.append(Note("cooperatives.closing_whole_assets", "caution", {"assets": whole}))
    if unknown:
        notes.append(Note("cooperatives.closing_unknown_grants", "warning", {"assets": unknown}))
    return sums["subsidy"], sums["donation"]


def _brought_forward(
    register: Register, cooperative: str, year: int, opening: int, notes: list[Note]
) -> None:
    """Compare the opening balance with what the last closing left undistributed."""
    before = register.frame(
        "SELECT c.surplus_cents - c.reserve_cents - c.patronage_cents - c.residual_cents "
        "- coalesce(a.losses_cents, 0) + coalesce(a.opening_undistributed_cents, 0) "
        "+ coalesce(a.transfers_in_cents, 0) "
        "+ CASE WHEN a.opening_undistributed_cents < 0 THEN coalesce(a.losses_cents, 0) ELSE 0 END "
        "FROM closings AS c JOIN year_accounts AS a USING (cooperative, year) "
        "WHERE c.cooperative = ? AND c.year = ? ORDER BY c.entry",
        [cooperative, year - 1],
    )
    if not before.is_empty() and before.item(0, 0) != opening:
        values = {
            "before": year - 1,
            "left": cents_text(before.item(0, 0)),
            "opening": cents_text(opening),
        }
        notes.append(Note("cooperatives.closing_opening_differs", "warning", values))
