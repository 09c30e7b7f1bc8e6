"""What joins each member to the cooperative: kinds of linkage, years, share of output covered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.linkage.people import members_of
from livelihoods.cooperatives.register import choices
from livelihoods.notes import Note
from livelihoods.tables import Column, Row, Table, integer, number, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

_DELIVERED = (
    "SELECT member, product, unit, sum(volume) AS volume, max(own_harvest) AS harvest "
    "FROM patronage WHERE cooperative = ? AND trade = 'member' AND day BETWEEN ? AND ? "
    "GROUP BY ALL ORDER BY ALL"
)
_CONTRACTS = (
    "SELECT member, kind, from_on FROM contracts WHERE cooperative = ? AND from_on <= ? "
    "AND (until_on IS NULL OR until_on >= ?) ORDER BY member, from_on"
)
_PAID = (
    "SELECT DISTINCT member, CASE kind WHEN 'trust' THEN 'land_trust' ELSE kind END AS kind "
    "FROM payments WHERE cooperative = ? AND day BETWEEN ? AND ? "
    "AND kind IN ('patronage', 'dividend', 'land_rent', 'trust', 'wage') ORDER BY ALL"
)
_SHARED = (
    "SELECT member, patronage_cents > 0, residual_cents > 0 FROM distributions "
    "WHERE cooperative = ? AND year = ? ORDER BY member"
)
_SERVED = (
    "SELECT DISTINCT member FROM services WHERE cooperative = ? AND trade = 'member' "
    "AND day BETWEEN ? AND ? ORDER BY member"
)


@dataclass(frozen=True, slots=True)
class Linkage:
    """How members are joined to their cooperative in a year.

    Attributes
    ----------
    cooperative, year
        Which.
    frame
        One row a member: ``member, class, kinds`` (list, in the order of the register's choices),
        ``years`` since joining, ``covered`` (share of the harvest delivered; null where no harvest
        is known), ``covered_products`` (products with a known harvest, of those delivered).
    notes
        What must be said.
    """

    cooperative: str
    year: int
    frame: pl.DataFrame
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a member and kind of linkage."""
        return self.frame.explode("kinds").rename({"kinds": "kind"})

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {
            "cooperative": self.cooperative,
            "year": self.year,
            "members": self.frame.to_dicts(),
        }

    def summary(self) -> Table:
        """Return how many members of each class have each kind of linkage."""
        lang = words.language()
        named = choices("linkage", lang)
        groups = sorted(self.frame["class"].unique().to_list(), reverse=True)
        parts = {group: self.frame.filter(pl.col("class") == group) for group in groups}
        rows = [
            Row((text(label), *(integer(_having(parts[g], kind)) for g in groups)))
            for kind, label in named.items()
        ]
        rows.append(_mean_row("years", parts, groups, lang))
        rows.append(_mean_row("covered", parts, groups, lang))
        rows.append(
            Row(
                (
                    text(words.text("linkage.members", lang)),
                    *(integer(parts[g].height) for g in groups),
                ),
                "total",
                True,
            )
        )
        member_class = choices("member_class", lang)
        return Table(
            "linkage",
            words.text("linkage.kinds_title", lang, cooperative=self.cooperative, year=self.year),
            (
                Column("kind", words.text("linkage.kind", lang), "left"),
                *(Column(g, member_class.get(g, g)) for g in groups),
            ),
            tuple(rows),
            notes=self.notes,
            legend=(words.text("linkage.kinds_legend", lang),),
            language=lang,
        )

    def __repr__(self) -> str:
        return self.summary().to_text()


def _having(frame: pl.DataFrame, kind: str) -> int:
    return int(frame["kinds"].list.contains(kind).sum())


def _mean_row(name: str, parts: dict[str, pl.DataFrame], groups: list[str], lang: str) -> Row:
    cells = []
    for group in groups:
        values = parts[group][name].drop_nulls().to_numpy()
        mean = float(values.mean()) if values.size else None
        cells.append(percent(mean, 1) if name == "covered" else number(mean, 1))
    return Row((text(words.text(f"linkage.mean_{name}", lang)), *cells), rule_above=name == "years")


def linkage_from_register(register: Register, cooperative: str, year: int) -> Linkage:
    """Return what joined each member to the cooperative in a year.

    A kind counts where a contract of it was in force, or where the ledger shows it: deliveries
    without a contract are spot trade, rent, wage, returns and dividends are seen when they were
    paid or distributed, services when they were rendered. The share of output covered is the
    volume delivered over the member's whole harvest of the same product and unit (the largest
    figure given in the year), pooled over products by the number of products.

    Raises
    ------
    DataError
        If there is no such cooperative, or nobody was a member in the year.
    """
    members, notes = members_of(register, cooperative, year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    span = [cooperative, first, last]
    kinds: dict[str, dict[str, None]] = {name: {} for name in members["member"]}

    def see(member: str, kind: str) -> None:
        if member in kinds:
            kinds[member][kind] = None

    for member, kind, _ in register.frame(_CONTRACTS, [cooperative, last, first]).iter_rows():
        see(member, kind)
    for member, kind in register.frame(_PAID, span).iter_rows():
        see(member, kind)
    for member, returned, dividend in register.frame(_SHARED, [cooperative, year]).iter_rows():
        if returned:
            see(member, "patronage")
        if dividend:
            see(member, "dividend")
    for (member,) in register.frame(_SERVED, span).iter_rows():
        see(member, "service")
    delivered = register.frame(_DELIVERED, span)
    for member in delivered["member"].unique(maintain_order=True):
        if not {"order", "order_floor"} & kinds.get(member, {}).keys():
            see(member, "spot")
    cover = _cover(delivered)
    order = list(choices("linkage"))
    rows = [
        {
            "member": member,
            "class": group,
            "kinds": [kind for kind in order if kind in kinds[member]],
            "years": round((last - joined).days / 365.25, 2),
            "covered": cover.get(member, (None, 0))[0],
            "covered_products": cover.get(member, (None, 0))[1],
        }
        for member, group, joined in members.select("member", "class", "joined_on").iter_rows()
    ]
    return Linkage(
        cooperative,
        year,
        pl.DataFrame(rows, schema_overrides={"kinds": pl.List(pl.String), "covered": pl.Float64}),
        (*notes, *_unknown(cover, delivered)),
    )


def _cover(delivered: pl.DataFrame) -> dict[str, tuple[float | None, int]]:
    """Return the mean share of the harvest delivered over products whose harvest is known."""
    shares: dict[str, list[float]] = {}
    for member, _, _, volume, harvest in delivered.iter_rows():
        own = shares.setdefault(member, [])
        if harvest:
            own.append(float(volume / harvest))
    return {m: (sum(own) / len(own) if own else None, len(own)) for m, own in shares.items()}


def _unknown(cover: dict[str, tuple[float | None, int]], delivered: pl.DataFrame) -> list[Note]:
    notes = []
    silent = [member for member, (share, _) in cover.items() if share is None]
    if silent:
        notes.append(Note("linkage.harvest_unknown", "caution", {"n": len(silent)}))
    above = [member for member, (share, _) in cover.items() if share is not None and share > 1]
    if above:
        notes.append(Note("linkage.more_than_harvest", "warning", {"members": above}))
    return notes
