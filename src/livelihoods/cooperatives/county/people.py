"""The people of the synthetic county: members, households, officers, kin, contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from livelihoods.cooperatives.county.plan import AS_OF, PRODUCTS, YEARS, Plan, numbered, sector_name
from livelihoods.typing import Floats, Ints

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
_EPOCH = np.datetime64("1970-01-01")


@dataclass(frozen=True, slots=True)
class People:
    """Members as arrays, in the order of the register.

    Attributes
    ----------
    coop
        Number of the cooperative, shape (m,).
    core
        Whether a core member.
    land
        Land, mu.
    place
        Position within the cooperative, from 0; the chair is 0.
    ids
        Identifiers.
    """

    coop: Ints
    core: Mask
    land: Floats
    place: Ints
    ids: pl.Series


def days(start: date, numbers: Ints) -> pl.Series:
    """Return days after ``start``."""
    first = (np.datetime64(start) - _EPOCH).astype(np.int64)
    return pl.Series((first + numbers).astype(np.int32)).cast(pl.Date)


def draw_people(plan: Plan) -> People:
    """Draw classes and land of the members."""
    rng = plan.rng("people")
    coop = np.repeat(np.arange(plan.n), plan.size)
    m = len(coop)
    starts = np.repeat(np.cumsum(plan.size) - plan.size, plan.size)
    place = np.arange(m) - starts
    core = place < np.maximum(2, np.repeat(plan.size, plan.size) // 8)
    land = np.round(rng.lognormal(1.6, 0.6, m) * np.where(core, 3.0, 1.0), 2)
    return People(coop, core, land, place, numbered("M", np.arange(1, m + 1), 7))


def cooperatives(plan: Plan) -> pl.DataFrame:
    """Return the table of cooperatives."""
    rng = plan.rng("cooperatives")
    n = plan.n
    villages = rng.integers(1, 9, n)
    demo = rng.choice(
        ["none", "county", "city", "province", "national"], n, p=[0.7, 0.17, 0.08, 0.04, 0.01]
    )
    shells = plan.marks("shell-no-business", "shell-no-evidence", "shell-stopped")
    demo[shells] = "none"
    no_place = plan.marks("shell-no-business")
    return pl.DataFrame(
        {
            "cooperative": plan.ids(),
            "name": "Synthetic cooperative " + pl.Series(np.arange(1, n + 1)).cast(pl.String),
            "kind": ["professional"] * n,
            "registered_on": days(date(2015, 1, 1), rng.integers(0, 1800, n)),
            "province": ["synthetic"] * n,
            "city": ["synthetic"] * n,
            "county": ["synthetic"] * n,
            "township": numbered("T", plan.township, 2),
            "village": numbered("V", plan.township * 10 + villages, 3),
            "sector": [sector_name(int(s)) for s in plan.sector],
            "product": _main_product(rng, plan),
            "registered_capital_cents": rng.integers(20, 500, n) * 1_000_000,
            "demonstration": demo,
            "registry_status": ["active"] * n,
            "office_place": ~no_place,
            "bank_account": ~no_place,
        }
    )


def _main_product(rng: np.random.Generator, plan: Plan) -> list[str]:
    """Name each cooperative's main product; townships lean towards the first of their sector."""
    leaning = rng.random(plan.n) < 0.6
    picked = rng.integers(0, 1 << 30, plan.n)
    names = []
    for sector, lean, number in zip(plan.sector, leaning, picked, strict=True):
        products = PRODUCTS[sector_name(int(sector))]
        names.append(products[0 if lean else int(number) % len(products)][0])
    return names


def charters(plan: Plan) -> pl.DataFrame:
    """Return one charter each, all within the law."""
    rng = plan.rng("charters")
    n = plan.n
    return pl.DataFrame(
        {
            "cooperative": plan.ids(),
            "valid_from": [date(2020, 1, 1)] * n,
            "patronage_share": rng.choice([0.60, 0.65, 0.70, 0.80], n, p=[0.55, 0.2, 0.15, 0.1]),
            "basis": ["value"] * n,
            "pooling": ["pooled"] * n,
            "reserve_rate": rng.choice([0.0, 0.05, 0.10], n),
            "reserve_by": ["transaction"] * n,
            "base": ["year"] * n,
            "conversion": [0.0] * n,
            "additional_votes": [True] * n,
        }
    )


def members(plan: Plan, people: People) -> pl.DataFrame:
    """Return the member register with the planted breaches of composition."""
    rng = plan.rng("members")
    m = len(people.coop)
    joined = rng.integers(0, 700, m)
    voted = np.ones(m, dtype=bool)
    late = plan.marks("entry-voted")[people.coop] & (people.place == plan.size[people.coop] - 1)
    voted[late] = False
    joined[late] = 720
    persons = rng.integers(2, 7, m)
    income = np.round(people.land * 2_600 + rng.lognormal(11.2, 0.45, m)) * 100
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop),
            "member": people.ids,
            "name": "Synthetic member " + pl.Series(np.arange(1, m + 1)).cast(pl.String),
            "household": numbered("H", np.arange(1, m + 1), 7),
            "kind": _kinds(plan, people),
            "class": np.where(people.core, "core", "common"),
            "joined_on": days(date(2020, 1, 1), joined),
            "applied": [True] * m,
            "voted_in": voted,
            "sex": np.where(rng.random(m) < 0.36, "female", "male"),
            "birth_year": 1950 + rng.integers(0, 50, m),
            "schooling": rng.integers(3, 16, m),
            "village": numbered("V", plan.township[people.coop] * 10 + rng.integers(1, 9, m), 3),
            "persons": persons,
            "land_mu": people.land,
            "income_cents": income.astype(np.int64),
            "monitored": _monitored(rng, income / 100 / persons),
        }
    )


def _kinds(plan: Plan, people: People) -> list[str]:
    kind = np.full(len(people.coop), "farmer", dtype=object)
    last = plan.size[people.coop] - 1 - people.place  # from the end: 0 is the newest member
    size = plan.size[people.coop]
    kind[plan.marks("farmers-share")[people.coop] & (last < 0.3 * size)] = "citizen"
    kind[plan.marks("entities-small")[people.coop] & (last < 2)] = "enterprise"
    kind[plan.marks("entities-large")[people.coop] & (last < np.ceil(0.1 * size))] = "enterprise"
    kind[plan.marks("public-functions")[people.coop] & (last == 0)] = "public_unit"
    return [str(k) for k in kind]


def _monitored(rng: np.random.Generator, per_head: Floats) -> list[str]:
    """Mark the poorest as monitored: types by income a head, with some sudden cases among all."""
    kind = np.full(len(per_head), "none", dtype=object)
    poor = per_head < np.quantile(per_head, 0.08)
    ex = rng.random(len(per_head)) < 0.5
    kind[poor & ex] = "unstable"
    kind[poor & ~ex] = "marginal"
    kind[~poor & (rng.random(len(per_head)) < 0.01)] = "sudden"
    kind[(kind == "none") & (rng.random(len(per_head)) < 0.12)] = "ex_poor"
    return [str(k) for k in kind]


def households(members: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return the state of each member's household at two yearly cuts, with the steps of aid."""
    rng = plan.rng("households")
    frames = []
    for year, growth in ((2023, 1.0), (2024, 1.06)):
        m = members.height
        income = members["income_cents"].to_numpy() * growth * rng.lognormal(0, 0.12, m)
        watched = members["monitored"].is_in(["unstable", "marginal", "sudden"]).to_numpy()
        sudden = (members["monitored"] == "sudden").to_numpy()
        reached = "identified" if year == 2023 else "aided"
        frames.append(
            pl.DataFrame(
                {
                    "household": members["household"],
                    "day": [date(year, 9, 30)] * m,
                    "village": members["village"],
                    "persons": members["persons"],
                    "income_cents": income.astype(np.int64),
                    "rigid_spending_cents": (
                        income * np.where(sudden, 0.8, rng.uniform(0.02, 0.2, m))
                    ).astype(np.int64),
                    "former_poor": members["monitored"].is_in(["unstable", "ex_poor"]),
                    "unstable": members["monitored"] == "unstable",
                    "shock": np.where(sudden, "illness", "none"),
                    "step": [reached if w else None for w in watched],
                }
            )
        )
    return pl.concat(frames)


def officers(plan: Plan, people: People) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return officers and kin: chair, two directors, accountant, supervisor; the ties planted."""
    first = np.cumsum(plan.size) - plan.size
    roles = ("chair", "director", "accountant", "supervisor")
    rows = []
    kin = []
    official = plan.marks("public-official")
    paid = plan.marks("supervisor-payroll")
    both = plan.marks("supervisor-apart")
    tied = plan.marks("supervisor-kin")
    ids = plan.ids()
    for i in range(plan.n):
        for place, role in enumerate(roles):
            holder = 2 if role == "supervisor" and both[i] else place
            salary = 4_000_000 if role in ("chair", "accountant") else 0
            if role == "supervisor" and paid[i]:
                salary = 3_000_000
            rows.append(
                (
                    ids[i],
                    people.ids[int(first[i]) + holder],
                    people.ids[int(first[i]) + holder],
                    role,
                    date(2020, 6, 1),
                    True,
                    salary,
                    bool(role == "chair" and official[i]),
                )
            )
        if tied[i]:
            kin.append((ids[i], people.ids[int(first[i]) + 3], people.ids[int(first[i])], "spouse"))
    names = ["cooperative", "person", "member", "role", "from_on", "elected", "salary_cents"]
    return (
        pl.DataFrame(rows, schema=[*names, "public_official"], orient="row"),
        pl.DataFrame(kin, schema=["cooperative", "person", "related", "relation"], orient="row"),
    )


def contributions(plan: Plan, people: People) -> pl.DataFrame:
    """Return the members' contributions; disguised deposits carry a promised return."""
    rng = plan.rng("contributions")
    m = len(people.coop)
    amount = np.round(rng.lognormal(7.2, 0.5, m) * np.where(people.core, 8, 1), -2) * 100
    deposit = plan.marks("disguised-deposit", "shell-finance")[people.coop] & (people.place > 3)
    amount[deposit] *= 10
    promised = [0.12 if d else None for d in deposit]
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop),
            "receipt": numbered("K", np.arange(1, m + 1), 8),
            "member": people.ids,
            "day": days(date(2023, 1, 1), rng.integers(0, 120, m)),
            "kind": ["money"] * m,
            "movement": ["paid_in"] * m,
            "amount_cents": np.maximum(amount, 10_000).astype(np.int64),
            "promised_return": promised,
            "certificate": [True] * m,
        }
    )


def contracts(plan: Plan, people: People) -> pl.DataFrame:
    """Return the linkage contracts: orders, floors, rent, wages; some members trade on the spot."""
    rng = plan.rng("contracts")
    m = len(people.coop)
    kinds = np.array(["spot", "order", "order_floor", "patronage", "land_rent", "wage", "service"])
    kind = kinds[rng.choice(len(kinds), m, p=[0.28, 0.2, 0.12, 0.2, 0.08, 0.06, 0.06])]
    yearly = np.select(
        [kind == "land_rent", kind == "wage"],
        [np.round(people.land * 60_000), np.full(m, 600_000)],
        0,
    )
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop),
            "contract": numbered("L", np.arange(1, m + 1), 8),
            "member": people.ids,
            "kind": kind,
            "from_on": [date(YEARS[0], 1, 1)] * m,
            "until_on": [date(AS_OF.year, 12, 31)] * m,
            "land_mu": people.land,
            "yearly_cents": yearly.astype(np.int64),
            "written": kind != "spot",
        }
    )


def additional_votes(plan: Plan, people: People) -> pl.DataFrame:
    """Return additional votes: within 20 % everywhere but where a breach is planted."""
    votes = plan.extra_votes()
    given = np.flatnonzero(votes)
    first = (np.cumsum(plan.size) - plan.size)[given]
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(given),
            "member": people.ids.gather(first),
            "from_on": [date(2022, 1, 1)] * len(given),
            "votes": votes[given],
        }
    )
