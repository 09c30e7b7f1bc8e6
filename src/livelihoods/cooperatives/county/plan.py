"""Which cooperatives the synthetic county has, and what is planted in which: the known truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from livelihoods.engine.replicates import replicate_generator
from livelihoods.errors import SpecError
from livelihoods.typing import Ints

YEARS = (2022, 2023, 2024)
AS_OF = date(2025, 3, 31)

# What is planted. Law: the ids of rules/prc_2017.toml. The rest: what supervision has to see.
LAW = (
    "members-least",
    "farmers-share",
    "entities-small",
    "entities-large",
    "public-functions",
    "additional-votes",
    "entry-voted",
    "quorum",
    "special-majority",
    "assembly-yearly",
    "extraordinary-days",
    "supervisor-apart",
    "disclosure-days",
    "patronage-floor",
    "annual-report",
)
FORMAL = (
    "supervisor-kin",
    "supervisor-payroll",
    "unsigned-minutes",
    "no-minutes",
    "one-signatory",
    "public-official",
)
GRANTS = ("grant-late", "grant-short", "grant-untraced", "grant-not-quantified")
SHELLS = (
    "shell-no-participation",
    "shell-no-business",
    "shell-stopped",
    "shell-grant",
    "shell-complaint",
    "shell-finance",
    "shell-no-evidence",
)
LEDGER = ("year-end-spike", "round-numbers", "one-member", "disguised-deposit")
SQUEEZE = ("squeeze-price", "squeeze-deduction", "squeeze-related")
TROUBLES = LAW + FORMAL + GRANTS + SHELLS + LEDGER + SQUEEZE

_SECTORS = ("crops", "livestock", "forestry", "fishery", "services")
_SECTOR_SHARES = (0.55, 0.22, 0.10, 0.05, 0.08)
# sector -> products with unit, yuan a unit, and volume of one delivery
PRODUCTS: Mapping[str, tuple[tuple[str, str, float, float], ...]] = {
    "crops": (("rice", "kg", 2.9, 300), ("mandarin", "kg", 4.2, 250), ("mulberry", "kg", 2.2, 200)),
    "livestock": (("pig", "kg", 16.0, 220), ("hen", "kg", 22.0, 40)),
    "forestry": (("camellia seed", "kg", 18.0, 60), ("star anise", "kg", 24.0, 40)),
    "fishery": (("carp", "kg", 12.0, 120), ("snail", "kg", 9.0, 80)),
    "services": (("maize", "kg", 2.5, 350),),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The county before anything happened in it.

    Attributes
    ----------
    seed
        Seed of every draw.
    size
        Members of each cooperative, shape (n,); they add up to the members asked for.
    sector, township
        Number of the sector and of the township, shape (n,).
    planted
        Trouble -> numbers of the cooperatives that have it.
    ledger_rows
        Deliveries over all years.
    """

    seed: int
    size: Ints
    sector: Ints
    township: Ints
    planted: Mapping[str, tuple[int, ...]]
    ledger_rows: int

    @property
    def n(self) -> int:
        """Number of cooperatives."""
        return len(self.size)

    def has(self, *troubles: str) -> Ints:
        """Return the numbers of the cooperatives with one of the troubles, ascending."""
        found = {number for trouble in troubles for number in self.planted[trouble]}
        return np.array(sorted(found), dtype=np.int64)

    def marks(self, *troubles: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return whether each cooperative has one of the troubles, shape (n,)."""
        mark = np.zeros(self.n, dtype=bool)
        mark[self.has(*troubles)] = True
        return mark

    def extra_votes(self) -> Ints:
        """Return the additional votes of each chair, shape (n,); too many where that is planted."""
        share = np.where(self.marks("additional-votes"), 0.35, 0.10)
        votes = np.floor(share * self.size)
        return np.where(self.size > 4, votes, 0).astype(np.int64)

    def ids(self) -> pl.Series:
        """Return the identifiers, ``"C0001"``, shape (n,)."""
        return numbered("C", np.arange(1, self.n + 1), 5)

    def rng(self, table: str) -> np.random.Generator:
        """Return the generator of one table: tables do not disturb each other's draws."""
        return replicate_generator(self.seed, f"county.{table}", 0)

    def truth(self) -> pl.DataFrame:
        """Return the planted troubles: ``cooperative, trouble``, sorted."""
        ids = self.ids()
        rows = [(ids[i], name) for name, numbers in self.planted.items() for i in numbers]
        return pl.DataFrame(rows, schema=["cooperative", "trouble"], orient="row").sort(
            "cooperative", "trouble"
        )


def make_plan(seed: int, cooperatives: int, members: int, ledger_rows: int) -> Plan:
    """Draw sizes, sectors, places and what is planted where.

    Raises
    ------
    SpecError
        If the county is too small to hold one cooperative of each trouble with its neighbours.
    """
    least = 2 * len(TROUBLES)
    if cooperatives < least or members < 30 * cooperatives or ledger_rows < 10 * members:
        raise SpecError(
            "cooperatives.county_too_small",
            least=least,
            cooperatives=cooperatives,
            members=members,
            rows=ledger_rows,
        )
    rng = replicate_generator(seed, "county.plan", 0)
    each = max(1, cooperatives // 100)
    order = rng.permutation(cooperatives)[: each * len(TROUBLES)].reshape(len(TROUBLES), each)
    planted = {
        name: tuple(sorted(int(i) for i in numbers))
        for name, numbers in zip(TROUBLES, order, strict=True)
    }
    size = _sizes(rng, cooperatives, members, planted)
    sector = rng.choice(len(_SECTORS), cooperatives, p=_SECTOR_SHARES)
    township = rng.integers(1, 13, cooperatives)
    return Plan(seed, size, sector, township, planted, ledger_rows)


def sector_name(number: int) -> str:
    """Return the code of a sector."""
    return _SECTORS[number]


def numbered(letter: str, numbers: Ints, digits: int) -> pl.Series:
    """Return identifiers such as ``"C00012"``."""
    return letter + pl.Series(numbers).cast(pl.String).str.zfill(digits)


def _sizes(
    rng: np.random.Generator, n: int, members: int, planted: Mapping[str, tuple[int, ...]]
) -> Ints:
    """Draw lognormal sizes of 25 and more that add up, with the sizes that a trouble needs."""
    fixed = dict.fromkeys(planted["members-least"], 4) | dict.fromkeys(
        planted["entities-small"], 15
    )
    weight = rng.lognormal(0, 0.6, n)
    weight[list(fixed)] = 0
    left = members - sum(fixed.values()) - 25 * (n - len(fixed))
    size: Ints = np.floor(left * weight / weight.sum()).astype(np.int64) + 25
    for number, count in fixed.items():
        size[number] = count
    free = np.flatnonzero(weight)
    short = members - int(size.sum())
    size[free] += short // len(free)
    size[free[: short % len(free)]] += 1
    return size
