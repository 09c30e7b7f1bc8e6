"""The synthetic county written into a register: everything in it is invented, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.county import governance, ledger, money, people
from livelihoods.cooperatives.county.plan import YEARS, Plan, make_plan
from livelihoods.cooperatives.register import create_register


@dataclass(frozen=True, slots=True)
class County:
    """A synthetic county and the truth about it.

    Attributes
    ----------
    path
        The register.
    planted
        ``cooperative, trouble``: everything that supervision has to find, sorted.
    rows
        Rows by table.
    """

    path: Path
    planted: pl.DataFrame
    rows: dict[str, int]

    def troubled(self, trouble: str) -> list[str]:
        """Return the cooperatives in which a trouble was planted."""
        return self.planted.filter(pl.col("trouble") == trouble)["cooperative"].to_list()


def demo_county(
    path: str | Path,
    *,
    seed: int = 2024,
    cooperatives: int = 300,
    members: int = 20_000,
    ledger_rows: int = 1_000_000,
) -> County:
    """Make a register of an invented county with known shells, squeezes and violations.

    Parameters
    ----------
    path
        File to make.
    seed
        Changes who and where, not how many. The same seed gives the same rows.
    cooperatives, members, ledger_rows
        Size: cooperatives, members over all of them, deliveries over the years 2022-2024.

    Returns
    -------
    County
        With every planted trouble by cooperative; one cooperative has at most one.

    Raises
    ------
    SpecError
        If the county is too small to hold all troubles.
    OutputError
        If the file exists or cannot be written.
    """
    plan = make_plan(seed, cooperatives, members, ledger_rows)
    rows: dict[str, int] = {}
    with create_register(path, words.text("cooperatives.county_office")) as register:
        note = words.text("cooperatives.county_note", seed=seed)
        with register.post("demo", source="demo_county", note=note) as batch:
            for table, frame in _tables(plan):
                batch.append(table, frame)
                rows[table] = rows.get(table, 0) + frame.height
    return County(Path(path), plan.truth(), rows)


def county_truth(
    seed: int = 2024,
    *,
    cooperatives: int = 300,
    members: int = 20_000,
    ledger_rows: int = 1_000_000,
) -> pl.DataFrame:
    """Return what ``demo_county`` plants, ``cooperative, trouble``, without making the register."""
    return make_plan(seed, cooperatives, members, ledger_rows).truth()


def _tables(plan: Plan) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables, those that others refer to first."""
    who = people.draw_people(plan)
    yield "cooperatives", people.cooperatives(plan)
    yield "charters", people.charters(plan)
    register = people.members(plan, who)
    yield "members", register
    yield "households", people.households(register, plan)
    yield "exits", governance.exits(plan, who)
    officers, kin = people.officers(plan, who)
    yield "officers", officers
    yield "kin", kin
    yield "contributions", people.contributions(plan, who)
    yield "contracts", people.contracts(plan, who)
    yield "additional_votes", people.additional_votes(plan, who)
    market = ledger.draw_market(plan)
    yield "quotations", ledger.quotations(market)
    shape = (plan.n, len(YEARS))
    totals = ledger.Totals(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64))
    for piece in ledger.deliveries(plan, who, market, totals):
        yield "patronage", piece
    yield "inputs", ledger.inputs(plan, who)
    yield "services", ledger.services(plan, who)
    yield "sales", ledger.sales(plan, market, totals)
    books = money.accounts(plan, totals)
    yield "year_accounts", books
    yield "declared_distributions", money.declared(plan, who, books)
    yield from money.grants(plan, who).items()
    yield "cash", money.cash(plan, totals, who)
    yield from money.loans(plan, who).items()
    yield from governance.meetings(plan, who).items()
    yield "filings", governance.filings(plan)
    yield from governance.outside(plan).items()
    yield "activities", governance.activities(plan)
    yield from governance.review(plan).items()
