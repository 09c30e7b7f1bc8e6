"""Tables of rights, of who gains from which rule, and of the types of owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.cells import yuan
from livelihoods.cooperatives.register import choices
from livelihoods.tables import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    interval,
    number,
    p_value,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.cooperatives.rights.compare import OwnerTypes
    from livelihoods.cooperatives.rights.compare_rules import WhoGains
    from livelihoods.cooperatives.rights.holdings import Rights

_SECTIONS = {
    "ownership": ("capital", "reserve"),
    "decision": ("votes", "seats"),
    "income": ("patronage", "residual"),
    "trade": ("delivery",),
}


def _say(key: str, lang: str, **values: object) -> str:
    return words.text(f"rights.{key}", lang, **values)


def rights_table(found: Rights) -> Table:
    """Return ownership, decision and income rights of core, common and outside members."""
    lang = words.language()
    held = {(r["right"], r["group"]): r for r in found.tidy().iter_rows(named=True)}
    groups = tuple(found.groups())
    rows = []
    for section, rights in _SECTIONS.items():
        rows.append(Row((text(_say(section, lang)), *[BLANK] * (2 * len(groups))), "section"))
        for right in rights:
            cells: list[Cell] = [text(_say(f"right_{right}", lang))]
            for group in groups:
                row = held[right, group]
                cells += [percent(row["share"], 1), number(row["ratio"], 2)]
            rows.append(Row(tuple(cells), indent=1))
    heads: list[Cell] = [text(_say("heads", lang))]
    for group in groups:
        heads += [integer(held["votes", group]["members"]), BLANK]
    rows.append(Row(tuple(heads), "total", True))
    columns = [Column("right", _say("right", lang), "left")]
    for group in groups:
        columns += [
            Column(f"{group}_share", _say("share", lang)),
            Column(f"{group}_ratio", _say("ratio", lang)),
        ]
    spanners = tuple(
        Spanner(_say(f"group_{group}", lang), 1 + 2 * place, 3 + 2 * place)
        for place, group in enumerate(groups)
    )
    kind = found.rule.label(found.owner_type, lang)
    return Table(
        "rights",
        _say("title", lang, cooperative=found.cooperative, year=found.year, kind=kind),
        tuple(columns),
        tuple(rows),
        spanners,
        found.notes,
        (_say("legend", lang),),
        language=lang,
    )


def gains_table(found: WhoGains) -> Table:
    """Return what each class gets under each rule, and how many gain or lose."""
    lang = words.language()
    frame = found.by_class()
    groups = [g for g in ("common", "core") if g in frame["class"].to_list()]
    named = choices("member_class", lang)
    rows = []
    for rule in frame["rule"].unique(maintain_order=True):
        cells: list[Cell] = [text(_say(f"rule_{rule}", lang))]
        for group in groups:
            part = frame.filter((pl.col("rule") == rule) & (pl.col("class") == group))
            row = part.row(0, named=True)
            cells += [
                yuan(row["total_cents"]),
                percent(row["share"], 1),
                integer(row["gain"]),
                integer(row["lose"]),
            ]
        rows.append(Row(tuple(cells)))
    prefer: list[Cell] = [text(_say("prefer", lang))]
    for group in groups:
        own = found.between.filter(pl.col("class") == group)["prefers"]
        prefer += [BLANK, BLANK, integer(int((own == "transaction").sum())), BLANK]
    rows.append(Row(tuple(prefer), "total", True))
    columns = [Column("rule", _say("rule", lang), "left")]
    for group in groups:
        columns += [
            Column(f"{group}_{name}", _say(name, lang))
            for name in ("amount", "share", "gain", "lose")
        ]
    spanners = tuple(
        Spanner(named.get(group, group), 1 + 4 * place, 5 + 4 * place)
        for place, group in enumerate(groups)
    )
    return Table(
        "who-gains",
        _say("gains_title", lang, cooperative=found.cooperative, year=found.year),
        tuple(columns),
        tuple(rows),
        spanners,
        found.notes,
        (_say("gains_legend", lang),),
        language=lang,
    )


def owner_types_table(found: OwnerTypes) -> Table:
    """Return the measures by type of owner with intervals, and the differences beneath."""
    lang = words.language()
    kinds = [kind.id for kind in found.rule.type]
    rows: list[Row] = []
    held = {(r["measure"], r["owner_type"]): r for r in found.comparison.iter_rows(named=True)}
    for measure in dict.fromkeys(r["measure"] for r in held.values()):
        money = measure == "per_member"
        scale = 1.0 if money else 100.0
        means: list[Cell] = [text(_say(f"measure_{measure}", lang))]
        inside: list[Cell] = [BLANK]
        for kind in kinds:
            row = held[measure, kind]
            means += [
                number(None if row["mean"] is None else scale * row["mean"], 2),
                integer(row["n"]),
            ]
            known = row["conf_low"] is not None
            low_high = (scale * row["conf_low"], scale * row["conf_high"]) if known else None
            inside += [BLANK if low_high is None else interval(*low_high, 2), BLANK]
        rows += [Row(tuple(means), rule_above=bool(rows)), Row(tuple(inside))]
    columns = [Column("measure", _say("measure", lang), "left")]
    for kind in kinds:
        columns += [Column(f"{kind}_mean", _say("mean", lang)), Column(f"{kind}_n", "n")]
    spanners = tuple(
        Spanner(found.rule.label(kind, lang), 1 + 2 * place, 3 + 2 * place)
        for place, kind in enumerate(kinds)
    )
    return Table(
        "owner-types",
        _say("types_title", lang, year=found.year, n=found.frame.height),
        tuple(columns),
        tuple(rows),
        spanners,
        found.notes,
        (_say("types_legend", lang),),
        language=lang,
    )


def differences_table(found: OwnerTypes) -> Table:
    """Return the differences between types, tested."""
    lang = words.language()
    rows: list[Row] = []
    for row in found.differences.drop_nulls("estimate").iter_rows(named=True):
        scale = 1.0 if row["measure"] == "per_member" else 100.0
        first, second = (found.rule.label(row[name], lang) for name in ("first", "second"))
        inside = BLANK
        if row["conf_low"] is not None:
            inside = interval(scale * row["conf_low"], scale * row["conf_high"], 2)
        rows.append(
            Row(
                (
                    text(_say(f"measure_{row['measure']}", lang)),
                    text(_say("less", lang, first=second, second=first)),
                    number(scale * row["estimate"], 2),
                    inside,
                    p_value(row["p_value"]),
                    p_value(row["p_holm"]),
                )
            )
        )
    names = ("measure", "pair", "difference", "interval", "p", "p_holm")
    columns = tuple(
        Column(name, _say(name, lang), "left" if place < 2 else "decimal")
        for place, name in enumerate(names)
    )
    return Table(
        "owner-type-differences",
        _say("differences_title", lang, year=found.year),
        columns,
        tuple(rows),
        legend=(_say("differences_legend", lang),),
        language=lang,
    )
