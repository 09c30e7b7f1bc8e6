"""Tables of a closing: the plan with both readings, the statutory statement, entries, members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.cooperatives.cells import yuan
from livelihoods.cooperatives.closing.entries import closing_entries
from livelihoods.cooperatives.closing.figures import SURPLUS_LINES
from livelihoods.cooperatives.surplus import distributable, returned_by_trade
from livelihoods.tables import Cell, Column, Row, Table, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.closing.plan import ClosingPlan


def say(key: str, language: str, **values: object) -> str:
    """Return words of this room."""
    return words.text(f"cooperatives.closing_{key}", language, **values)


def law(language: str, *articles: str) -> Cell:
    """Return where the law says it: articles such as ``"44"``, or ``"44(1)"`` with its item."""
    found = []
    for name in articles:
        article, _, item = name.rstrip(")").partition("(")
        key = "article_item" if item else "article"
        found.append(say(key, language, article=article, **({"item": item} if item else {})))
    return text(say("and", language).join(found))


def system(language: str, article: str) -> Cell:
    """Return where the accounting system says it."""
    return text(say("system_article", language, article=article))


def plan_table(plan: ClosingPlan, language: str | None = None) -> Table:
    """Return the division, art. 44 as it reads beside the statutory statement."""
    lang = language or words.language()
    year, statement = _totals(plan, "year"), _totals(plan, "statement")
    own, split = plan.book.accounts, plan.split
    used = say(f"base_{split.base}", lang)

    def line(key: str, first: int | None, second: int | None, source: Cell, total: bool) -> Row:
        cells = (text(say(key, lang)), yuan(first), yuan(second), source)
        return Row(cells, "total" if total else "body", rule_above=total)

    reserve = law(lang, "42")
    rows = (
        line("surplus", own.surplus, own.surplus, system(lang, "52"), False),
        line("losses", -own.losses, -own.losses, law(lang, "44"), False),
        line("reserve", -split.reserve, -split.reserve, reserve, False),
        line("opening", None, own.opening_undistributed, system(lang, "52"), False),
        line("transfers", None, own.transfers_in, system(lang, "52"), False),
        line("distributable", year[0], statement[0], law(lang, "44"), True),
        line("patronage", year[1], statement[1], law(lang, "44(1)"), False),
        line("residual", year[2], statement[2], law(lang, "44(2)"), False),
        line("left", year[3], statement[3], law(lang), True),
    )
    columns = (
        Column("line", say("line", lang), "left"),
        Column("year", say("base_year", lang)),
        Column("statement", say("base_statement", lang)),
        Column("source", say("source", lang), "left"),
    )
    title = say("plan_title", lang, name=plan.book.name, year=plan.book.year)
    return Table(
        "surplus-plan",
        title,
        columns,
        rows,
        notes=plan.notes,
        legend=(say("yuan", lang), say("used", lang, base=used)),
        language=lang,
    )


def _totals(plan: ClosingPlan, base: str) -> tuple[int, int, int, int]:
    """Return D, what of it goes by trade and by capital, and what is left, under one reading."""
    own, reserve = plan.book.accounts, plan.split.reserve
    D = max(distributable(own, reserve, base), 0)
    returned = returned_by_trade(D, plan.charter.patronage_share)
    whole = own.surplus - own.losses + own.opening_undistributed + own.transfers_in - reserve
    return D, returned, D - returned, whole - D


def statement_table(plan: ClosingPlan, language: str) -> Table:
    """Return the statement of surplus and surplus distribution (盈余及盈余分配表)."""
    figures, split = plan.book.figures, plan.split
    lines: list[tuple[str, int, bool]] = [
        (f"line_{name}", figures[name], False) for name in SURPLUS_LINES
    ]
    own = plan.book.accounts
    whole = own.surplus - own.losses + own.opening_undistributed + own.transfers_in
    lines += [
        ("surplus", own.surplus, True),
        ("opening", own.opening_undistributed - own.losses, False),
        ("transfers", own.transfers_in, False),
        ("statement_whole", whole, True),
        ("statement_reserve", split.reserve, False),
        ("patronage", split.patronage_total, False),
        ("residual", split.residual_total, False),
        ("left", plan.left_undistributed, True),
    ]
    rows = tuple(
        Row((text(say(key, language)), yuan(amount)), "total" if total else "body", total)
        for key, amount, total in lines
    )
    columns = (
        Column("line", say("line", language), "left"),
        Column("amount", say("amount", language)),
    )
    return Table(
        "surplus-statement",
        say("statement_title", language, year=plan.book.year),
        columns,
        rows,
        legend=(say("yuan", language), say("statement_legend", language)),
        language=language,
    )


def entries_table(plan: ClosingPlan, language: str) -> Table:
    """Return the entries that book the closing."""
    rows = tuple(
        Row(
            (
                text(say(f"entry_{entry.what}", language)),
                text(f"{entry.debit} {say(f'account_{entry.debit}', language)}"),
                text(f"{entry.credit} {say(f'account_{entry.credit}', language)}"),
                yuan(entry.amount),
            )
        )
        for entry in closing_entries(plan)
    )
    columns = (
        Column("what", say("entry", language), "left"),
        Column("debit", say("debit", language), "left"),
        Column("credit", say("credit", language), "left"),
        Column("amount", say("amount", language)),
    )
    return Table(
        "entries",
        say("entries_title", language),
        columns,
        rows,
        legend=(say("yuan", language), say("entries_legend", language)),
        language=language,
    )


def trade_table(plan: ClosingPlan, language: str) -> Table:
    """Return trade with members and with others, booked apart (art. 41)."""
    trade = plan.book.trade
    lines: Sequence[tuple[str, int]] = (
        ("trade_member", trade.member),
        ("trade_non_member", trade.non_member),
        ("trade_related", trade.related),
        ("trade_outside", trade.outside),
    )
    whole = sum(amount for _, amount in lines)
    rows = [Row((text(say(key, language)), yuan(amount))) for key, amount in lines]
    rows.append(Row((text(say("whole", language)), yuan(whole)), "total", True))
    columns = (
        Column("line", say("line", language), "left"),
        Column("amount", say("amount", language)),
    )
    return Table(
        "trade",
        say("trade_title", language),
        columns,
        tuple(rows),
        legend=(say("yuan", language),),
        language=language,
    )


def members_table(plan: ClosingPlan, language: str) -> Table:
    """Return the distribution plan by member: numbers only, no names."""
    keys = ("trade", "patronage", "residual", "total", "converted", "cash", "reserve_credit")
    frame = plan.tidy()
    rows = [
        Row((text(row["member"]), *(yuan(row[f"{key}_cents"]) for key in keys)))
        for row in frame.iter_rows(named=True)
    ]
    sums = (yuan(int(frame[f"{key}_cents"].sum())) for key in keys)
    rows.append(Row((text(say("whole", language)), *sums), "total", True))
    columns = (
        Column("member", say("member", language), "left"),
        *(Column(key, say(f"column_{key}", language)) for key in keys),
    )
    return Table(
        "distribution",
        say("members_title", language),
        columns,
        tuple(rows),
        legend=(say("yuan", language),),
        language=language,
    )
