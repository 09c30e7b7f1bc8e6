"""The synthetic county's money: grants, assets, accounts, cash, loans, declared distributions."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from livelihoods.cooperatives.county.ledger import SPAN, START, Totals
from livelihoods.cooperatives.county.people import Mask, People, days
from livelihoods.cooperatives.county.plan import YEARS, Plan, numbered
from livelihoods.typing import Ints

Frames = dict[str, pl.DataFrame]
_LATE_DAYS, _USUAL_DAYS = 300, 40


def accounts(plan: Plan, totals: Totals) -> pl.DataFrame:
    """Return the accounts of each year, built on what was bought and sold."""
    rng = plan.rng("accounts")
    coop, year = (g.ravel() for g in np.indices(totals.sold.shape))
    keep = ~plan.marks("shell-no-evidence")[coop]
    coop, year = coop[keep], year[keep]
    sold, bought = totals.sold[coop, year], totals.bought[coop, year]
    expense = bought + np.round(sold * rng.uniform(0.03, 0.05, len(coop))).astype(np.int64)
    assets = np.round(sold * 0.8).astype(np.int64) + 20_000_000
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop),
            "year": np.array(YEARS)[year],
            "operating_income_cents": sold,
            "investment_income_cents": np.zeros(len(coop), dtype=np.int64),
            "operating_expense_cents": expense,
            "taxes_cents": sold // 1000,
            "administration_cents": sold // 50,
            "finance_cents": sold // 500,
            "other_income_cents": np.zeros(len(coop), dtype=np.int64),
            "other_expense_cents": np.zeros(len(coop), dtype=np.int64),
            "income_tax_cents": np.zeros(len(coop), dtype=np.int64),
            "losses_cents": np.zeros(len(coop), dtype=np.int64),
            "opening_undistributed_cents": sold // 200,
            "transfers_in_cents": np.zeros(len(coop), dtype=np.int64),
            "total_assets_cents": assets,
            "fixed_assets_cents": assets // 2,
            "liabilities_cents": assets // 4,
            "non_member_income_cents": sold // 10,
        }
    )


def declared(plan: Plan, people: People, books: pl.DataFrame) -> pl.DataFrame:
    """Return what each cooperative says it distributed for the last closed year but one."""
    year = YEARS[-2]
    surplus = books.filter(pl.col("year") == year).select(
        "cooperative",
        surplus=pl.col("operating_income_cents")
        - pl.col("operating_expense_cents")
        - pl.col("taxes_cents")
        - pl.col("administration_cents")
        - pl.col("finance_cents"),
    )
    by_coop = np.zeros(plan.n, dtype=np.int64)
    place = {name: i for i, name in enumerate(plan.ids())}
    for name, amount in surplus.iter_rows():
        by_coop[place[name]] = max(amount, 0)
    share = np.where(plan.marks("patronage-floor"), 0.35, 0.66)
    patronage = (by_coop * share).astype(np.int64)
    weight = np.sqrt(people.land)
    whole = np.bincount(people.coop, weights=weight, minlength=plan.n)
    part = weight / whole[people.coop]
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop),
            "year": [year] * len(people.coop),
            "member": people.ids,
            "patronage_cents": np.floor(patronage[people.coop] * part).astype(np.int64),
            "residual_cents": np.floor((by_coop - patronage)[people.coop] * part).astype(np.int64),
            "paid_on": [date(year + 1, 4, 1)] * len(people.coop),
        }
    ).filter(pl.col("patronage_cents") > 0)


def grants(plan: Plan, people: People) -> Frames:
    """Return subsidies from promise to asset to member share, with the planted gaps."""
    rng = plan.rng("grants")
    needs = plan.has("grant-late", "grant-short", "grant-untraced", "grant-not-quantified")
    given = (rng.random(plan.n) < 0.35) & ~plan.marks("shell-no-business", "shell-no-evidence")
    given[needs] = True
    given[plan.has("shell-grant")] = True
    rows = np.flatnonzero(given)
    amount = rng.integers(5, 60, len(rows)) * 1_000_000
    promised = rng.integers(0, 300, len(rows))
    ids = plan.ids().gather(rows)
    names = numbered("G", np.arange(1, len(rows) + 1), 5)
    table = pl.DataFrame(
        {
            "cooperative": ids,
            "grant": names,
            "kind": ["subsidy"] * len(rows),
            "programme": ["cold store and machinery"] * len(rows),
            "giver": ["county office"] * len(rows),
            "promised_on": days(START, promised),
            "promised_cents": amount,
            "due_on": days(START, promised + 60),
        }
    )
    moved = _movements(plan, rows, amount, promised, ids, names)
    bought, quotas = _assets(plan, people, rows, amount, promised, ids, names)
    return {"grants": table, "grant_movements": moved, "assets": bought, "member_quotas": quotas}


def _movements(
    plan: Plan, rows: Ints, amount: Ints, promised: Ints, ids: pl.Series, names: pl.Series
) -> pl.DataFrame:
    late = plan.marks("grant-late")[rows]
    received = np.where(plan.marks("grant-short")[rows], amount * 6 // 10, amount)
    wait = np.where(late, _LATE_DAYS, _USUAL_DAYS)
    untraced = plan.marks("grant-untraced", "shell-grant")[rows]
    pieces = []
    for step, delay, cents in (
        ("paid", 0, received),
        ("received", 5, received),
        ("spent", 60, received),
    ):
        asset = [
            None if step != "spent" or gone else "A" + name[1:]
            for gone, name in zip(untraced, names, strict=True)
        ]
        pieces.append(
            pl.DataFrame(
                {
                    "cooperative": ids,
                    "receipt": names + f"-{step}",
                    "grant": names,
                    "day": days(START, promised + wait + delay),
                    "step": [step] * len(rows),
                    "amount_cents": cents,
                    "purpose": ["sundry" if gone else "building" for gone in untraced],
                    "asset": pl.Series(asset, dtype=pl.String),
                }
            )
        )
    return pl.concat(pieces)


def _assets(
    plan: Plan,
    people: People,
    rows: Ints,
    amount: Ints,
    promised: Ints,
    ids: pl.Series,
    names: pl.Series,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    received = np.where(plan.marks("grant-short")[rows], amount * 6 // 10, amount)
    delay = np.where(plan.marks("grant-late")[rows], _LATE_DAYS, _USUAL_DAYS) + 60
    table = pl.DataFrame(
        {
            "cooperative": ids,
            "asset": "A" + names.str.slice(1),
            "name": ["cold store"] * len(rows),
            "kind": ["building"] * len(rows),
            "bought_on": days(START, promised + delay),
            "cost_cents": received * 12 // 10,
            "grant": names,
            "grant_cents": received,
        }
    )
    real = ~plan.marks("grant-untraced", "shell-grant")[rows]
    shared = np.zeros(plan.n, dtype=bool)
    shared[rows[real & ~plan.marks("grant-not-quantified")[rows]]] = True
    by_coop = np.full(plan.n, -1)
    by_coop[rows] = np.arange(len(rows))
    member = np.flatnonzero(shared[people.coop])
    grant = by_coop[people.coop[member]]
    quotas = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop[member]),
            "asset": ("A" + names.str.slice(1)).gather(grant),
            "member": people.ids.gather(member),
            "day": days(START, promised[grant] + delay[grant] + 30),
            "amount_cents": received[grant] // plan.size[people.coop[member]],
        }
    )
    return table.filter(pl.Series(real)), quotas


def cash(plan: Plan, totals: Totals, people: People) -> pl.DataFrame:
    """Return six entries of the cash book a month, with two signatures but where one is planted."""
    rng = plan.rng("cash")
    alive = ~plan.marks("shell-no-business", "shell-no-evidence")
    coop = np.repeat(np.flatnonzero(alive), 72 * len(YEARS))
    n = len(coop)
    day = rng.integers(0, SPAN + 1, n)
    stopped = plan.marks("shell-stopped")[coop]
    day[stopped] %= 150
    out = rng.random(n) < 0.5
    year = np.minimum(day // 365, len(YEARS) - 1)
    flow = np.where(out, totals.bought[coop, year], totals.sold[coop, year]) / 36
    first = (np.cumsum(plan.size) - plan.size)[coop]
    other = np.where(rng.random(n) < 0.5, 1, 2)
    lone = plan.marks("one-signatory")[coop]
    signer = np.where(lone, 0, np.where(rng.random(n) < 0.5, 0, other))
    finance = plan.marks("shell-finance")[coop] & (rng.random(n) < 0.3)
    second = pl.Series(people.ids.gather(first + np.where(signer == 0, 2, 0)))
    book = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop),
            "receipt": numbered("Q", np.arange(n), 9),
            "day": days(START, day),
            "account": np.where(finance, "private", "bank"),
            "direction": np.where(out, "out", "in"),
            "amount_cents": np.round(flow * rng.lognormal(0, 0.3, n)).astype(np.int64),
            "purpose": np.where(finance, "interest", np.where(out, "purchase", "sale")),
            "signed_by": people.ids.gather(first + signer),
            "second_signature": pl.select(
                pl.when(pl.Series(lone)).then(None).otherwise(second)
            ).to_series(),
        }
    )
    return pl.concat([_founding(plan, totals, alive), book], how="diagonal")


def _founding(plan: Plan, totals: Totals, alive: Mask) -> pl.DataFrame:
    """Return the money each cooperative begins with: a quarter of its first year's trade."""
    rows = np.flatnonzero(alive)
    n = len(rows)
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(rows),
            "receipt": numbered("F", np.arange(n), 8),
            "day": [START] * n,
            "account": ["bank"] * n,
            "direction": ["in"] * n,
            "amount_cents": totals.bought[rows, 0] // 4 + 5_000_000,
            "purpose": ["contribution"] * n,
        }
    )


def loans(plan: Plan, people: People) -> Frames:
    """Return bank loans with their repayments; illegal finance lends to persons outside."""
    rng = plan.rng("loans")
    some = (rng.random(plan.n) < 0.3) & ~plan.marks("shell-no-business", "shell-no-evidence")
    some |= plan.marks("shell-finance")
    coop = np.flatnonzero(some)
    bad = plan.marks("shell-finance")[coop]
    n = len(coop)
    amount = rng.integers(10, 80, n) * 1_000_000
    rate = np.where(bad, 0.24, np.round(rng.uniform(0.04, 0.07, n), 4))
    names = numbered("B", np.arange(1, n + 1), 5)
    table = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop),
            "loan": names,
            "day": days(START, rng.integers(0, 300, n)),
            "direction": np.where(bad, "lent", "borrowed"),
            "party_kind": np.where(bad, "outside_person", "bank"),
            "amount_cents": amount,
            "fee_cents": np.where(bad, 0, amount // 200),
            "yearly_rate": rate,
            "due_on": [START + timedelta(days=900)] * n,
            "secured": ~bad,
        }
    )
    paid = pl.DataFrame(
        {
            "cooperative": table["cooperative"],
            "receipt": names + "-1",
            "loan": names,
            "day": [START + timedelta(days=900)] * n,
            "principal_cents": amount,
            "interest_cents": np.round(amount * rate * 2).astype(np.int64),
        }
    )
    return {"loans": table, "loan_payments": paid, "payments": _fixed_returns(plan, people)}


def _fixed_returns(plan: Plan, people: People) -> pl.DataFrame:
    """Return interest paid on what was booked as contributions, and rents to all others' land."""
    deposit = plan.marks("disguised-deposit", "shell-finance")[people.coop] & (people.place > 3)
    member = np.flatnonzero(deposit)
    n = len(member)
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop[member]),
            "receipt": numbered("P", np.arange(n), 8),
            "member": people.ids.gather(member),
            "day": [date(YEARS[-1], 6, 30)] * n,
            "kind": ["fixed_return"] * n,
            "amount_cents": np.full(n, 120_000),
        }
    )
