"""The file laid open to members 15 days before the assembly (law, art. 40): report, plan, accounts.

Members' shares stand by number, without names: a plan that each member can check against the
member account (art. 43).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.cooperatives.cells import yuan
from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.closing.to_tables import (
    entries_table,
    law,
    members_table,
    plan_table,
    say,
    statement_table,
    trade_table,
)
from livelihoods.cooperatives.rulebook import rules_for
from livelihoods.report.document import Block, Document, Heading, Prose
from livelihoods.tables import Column, Row, Table, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.closing.plan import ClosingPlan

_USUAL_DAYS = "disclosure-days"


def disclosure_file(
    plan: ClosingPlan, assembly: date | None = None, language: str | None = None
) -> Document:
    """Return the disclosure file of a year.

    Parameters
    ----------
    plan
        A closed year or a preview.
    assembly
        Day of the assembly; the file has to be open 15 days before it.
    language
        ``"en"`` or ``"zh"``; None takes the current one.
    """
    lang = language or words.language()
    book = plan.book
    facts = [
        (say("cooperative", lang), book.name),
        (say("year", lang), str(book.year)),
        (say("heads", lang), str(sum(m.counts_per_head for m in book.members))),
        (say("closed_on", lang), plan.closed_on.isoformat() if plan.closed_on else "–"),
    ]
    blocks: list[Block] = [Prose(_when(plan, assembly, lang))]
    if plan.split.distributable == 0:
        blocks.append(Prose(_loss_sentence(plan, lang)))
    for key, table in zip(_SECTIONS, disclosure_tables(plan, lang), strict=True):
        blocks += [Heading(1, say(f"section_{key}", lang)), table]
    title = say("disclosure_title", lang, name=book.name, year=book.year)
    return Document(title, lang, tuple(blocks), say("disclosure_subtitle", lang), tuple(facts))


_SECTIONS = ("accounts", "plan", "trade", "capital", "entries", "members")


def disclosure_tables(plan: ClosingPlan, language: str) -> tuple[Table, ...]:
    """Return the tables of the file, for the workbook: accounts, plan, trade, capital …"""
    return (
        statement_table(plan, language),
        plan_table(plan, language),
        trade_table(plan, language),
        capital_table(plan, language),
        entries_table(plan, language),
        members_table(plan, language),
    )


def capital_table(plan: ClosingPlan, lang: str) -> Table:
    """Return what the remainder is divided over: contributions, reserve shares, F and G."""
    own = plan.book.accounts
    lines = (
        ("contributions", sum(m.contribution for m in plan.book.members), law(lang, "43")),
        ("reserve_shares", sum(m.reserve_share for m in plan.book.members), law(lang, "42", "43")),
        ("reserve_other", plan.book.other_reserve, law(lang, "42")),
        ("property_subsidy", own.subsidy_property, law(lang, "44(2)", "53")),
        ("property_donated", own.donated_property, law(lang, "44(2)")),
        ("reserve_year", plan.split.reserve, law(lang, "42")),
        ("converted_year", sum(share.converted for share in plan.split.shares), law(lang, "44")),
    )
    rows = tuple(Row((text(say(key, lang)), yuan(cents), where)) for key, cents, where in lines)
    columns = (
        Column("line", say("line", lang), "left"),
        Column("amount", say("amount", lang)),
        Column("source", say("source", lang), "left"),
    )
    legend = (say("yuan", lang), say("capital_legend", lang, day=plan.book.on.isoformat()))
    return Table("capital", say("capital_title", lang), columns, rows, legend=legend, language=lang)


def _when(plan: ClosingPlan, assembly: date | None, lang: str) -> str:
    days = next(
        (
            int(rule.bound)
            for rules in rules_for(plan.book.kind, plan.book.on)
            for rule in rules.rule
            if rule.id == _USUAL_DAYS
        ),
        15,
    )
    if assembly is None:
        return say("open_before", lang, days=days)
    first = assembly - timedelta(days=days)
    return say("open_from", lang, days=days, first=first.isoformat(), day=assembly.isoformat())


def _loss_sentence(plan: ClosingPlan, lang: str) -> str:
    return say("loss_plan", lang, amount=cents_text(plan.left_undistributed))
