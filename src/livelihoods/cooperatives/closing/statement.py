"""What one member is owed and why, on one page: only this member's figures and common totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.cooperatives.accounts import Delivery, MemberShare, MemberYear
from livelihoods.cooperatives.cells import yuan
from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.closing.to_tables import law, say, system
from livelihoods.cooperatives.surplus import patronage_claims
from livelihoods.report.document import Block, Document, Prose
from livelihoods.tables import BLANK, Cell, Column, Row, Table, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.closing.plan import ClosingPlan


@dataclass(frozen=True, slots=True)
class _Sums:
    """Totals over all members that every statement mentions."""

    claims: dict[str, int]
    all_claims: int
    all_accounts: int
    heads: int
    per_head: int


def member_statement(plan: ClosingPlan, member: str, language: str | None = None) -> Document:
    """Return one member's statement.

    Parameters
    ----------
    plan
        A closed year or a preview.
    member
        Identifier.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        If nobody of that number was a member in the year.
    """
    account = plan.book.member(member)
    lang = language or words.language()
    return _statement(plan, account, plan.split.share(member), _sums(plan), lang)


def member_statements(
    plan: ClosingPlan, language: str | None = None
) -> Iterator[tuple[str, Document]]:
    """Yield each member with the statement, in the order of their numbers."""
    lang = language or words.language()
    sums = _sums(plan)
    for account, share in zip(plan.book.members, plan.split.shares, strict=True):
        yield account.member, _statement(plan, account, share, sums, lang)


def _sums(plan: ClosingPlan) -> _Sums:
    members, own = plan.book.members, plan.book.accounts
    claims = patronage_claims(members, plan.charter)
    heads = sum(member.counts_per_head for member in members)
    common = own.subsidy_property + own.donated_property
    accounts = sum(member.contribution + member.reserve_share for member in members)
    return _Sums(claims, sum(claims.values()), accounts + common * bool(heads), heads, common)


def _statement(
    plan: ClosingPlan, account: MemberYear, share: MemberShare, sums: _Sums, lang: str
) -> Document:
    book = plan.book
    person = book.people[account.member]
    facts = [
        (say("cooperative", lang), book.name),
        (say("member", lang), account.member),
        (say("member_name", lang), person.name or "–"),
        (say("year", lang), str(book.year)),
        (say("closed_on", lang), plan.closed_on.isoformat() if plan.closed_on else "–"),
    ]
    blocks: list[Block] = [
        _worked_out(plan, account, share, sums, lang),
        *([_trade(account.deliveries, lang)] if account.deliveries else []),
        _account(plan, account, share, sums, lang),
    ]
    if not account.counts_per_head and person.left_on is not None:
        blocks.append(Prose(say("left_sentence", lang, day=person.left_on.isoformat())))
    title = say("statement_of", lang, year=book.year)
    subtitle = say("result", lang, total=cents_text(share.total), cash=cents_text(share.cash))
    if plan.closed_on is None:
        subtitle = f"{say('preview', lang)} {subtitle}"
    return Document(title, lang, tuple(blocks), subtitle, tuple(facts))


def _worked_out(
    plan: ClosingPlan, account: MemberYear, share: MemberShare, sums: _Sums, lang: str
) -> Table:
    columns = (
        Column("step", say("step", lang), "left"),
        Column("arithmetic", say("arithmetic", lang), "left"),
        Column("amount", say("amount", lang)),
        Column("source", say("source", lang), "left"),
    )
    rows = [*_common_rows(plan, lang), *_own_rows(plan, account, share, sums, lang)]
    return Table(
        "worked-out",
        say("worked_out", lang),
        columns,
        tuple(rows),
        legend=(say("yuan", lang), say("rounding", lang)),
        language=lang,
    )


def _row(key: str, lang: str, arithmetic: str, cents: int, source: Cell, own: bool = False) -> Row:
    cells = (text(say(key, lang)), text(arithmetic), yuan(cents), source)
    return Row(cells, "total" if own else "body", rule_above=own)


def _common_rows(plan: ClosingPlan, lang: str) -> Iterator[Row]:
    """Yield how the cooperative's distributable surplus came about."""
    own, split, charter = plan.book.accounts, plan.split, plan.charter
    left = own.surplus - own.losses
    yield _row("surplus", lang, "", own.surplus, system(lang, "52"))
    if own.losses:
        yield _row("losses", lang, "", -own.losses, law(lang, "44"))
    if split.reserve:
        sum_ = f"{_percent(charter.reserve_rate)} × {cents_text(left)}"
        yield _row("reserve", lang, sum_, -split.reserve, law(lang, "42"))
    if split.base == "statement":
        yield _row("opening", lang, "", own.opening_undistributed, system(lang, "52"))
        yield _row("transfers", lang, "", own.transfers_in, system(lang, "52"))
    yield _row("distributable", lang, "", split.distributable, law(lang, "44"))
    whole = cents_text(split.distributable)
    theta = f"{_percent(charter.patronage_share)} × {whole}"
    yield _row("patronage_all", lang, theta, split.patronage_total, law(lang, "44(1)"))
    rest = f"{whole} − {cents_text(split.patronage_total)}"
    yield _row("residual_all", lang, rest, split.residual_total, law(lang, "44(2)"))


def _own_rows(
    plan: ClosingPlan, account: MemberYear, share: MemberShare, sums: _Sums, lang: str
) -> Iterator[Row]:
    """Yield what of it is this member's."""
    split, charter = plan.split, plan.charter
    part = _trade_part(plan, account, sums)
    first = f"{cents_text(split.patronage_total)} × {part}"
    yield _row("patronage_own", lang, first, share.patronage, law(lang, "44(1)"), True)
    head = f"{cents_text(sums.per_head)} ÷ {sums.heads}" if account.counts_per_head else "0.00"
    made = f"{cents_text(account.contribution)} + {cents_text(account.reserve_share)} + {head}"
    weight = round(share.residual_weight)
    yield _row("weight_own", lang, made, weight, law(lang, "44(2)"))
    second = (
        f"{cents_text(split.residual_total)} × "
        f"{cents_text(weight)} ÷ {cents_text(sums.all_accounts)}"
    )
    yield _row("residual_own", lang, second, share.residual, law(lang, "44(2)"), True)
    both = f"{cents_text(share.patronage)} + {cents_text(share.residual)}"
    yield _row("total_own", lang, both, share.total, law(lang, "44"), True)
    if share.converted:
        turned = f"{_percent(charter.conversion)} × {cents_text(share.total)}"
        yield _row("converted_own", lang, turned, -share.converted, law(lang, "44"))
        yield _row("cash_own", lang, "", share.cash, law(lang, "44"), True)
    if split.reserve:
        credited = f"{cents_text(split.reserve)} × {part}"
        if charter.reserve_by == "contribution":
            credited = say("by_contribution", lang, amount=cents_text(split.reserve))
        yield _row("credit_own", lang, credited, share.reserve_credit, law(lang, "42", "43"))


def _trade_part(plan: ClosingPlan, account: MemberYear, sums: _Sums) -> str:
    """Return the member's part of all trade: the two amounts, or the share product by product."""
    own, whole = sums.claims[account.member], sums.all_claims
    if plan.charter.basis == "value":
        return f"{cents_text(own)} ÷ {cents_text(whole)}"
    if not whole:
        return "0 %"
    return f"{100 * own / whole:.6f} %"


def _percent(share: Fraction) -> str:
    return f"{100 * float(share):.6g} %"


def _account(
    plan: ClosingPlan, account: MemberYear, share: MemberShare, sums: _Sums, lang: str
) -> Table:
    """Return the member's account (art. 43) before and after the closing."""
    head = round(sums.per_head / sums.heads) if account.counts_per_head else 0

    def line(key: str, before: int, change: int) -> Row:
        return Row((text(say(key, lang)), yuan(before), yuan(change), yuan(before + change)))

    rows = (
        line("account_contribution", account.contribution, share.converted),
        line("account_reserve", account.reserve_share, share.reserve_credit),
        Row((text(say("account_head", lang)), yuan(head), BLANK, yuan(head))),
    )
    columns = (
        Column("item", say("item", lang), "left"),
        Column("before", say("before", lang, day=plan.book.on.isoformat())),
        Column("change", say("change", lang)),
        Column("after", say("after", lang)),
    )
    legend = (say("account_legend", lang), say("rights_sentence", lang))
    title = say("account_title", lang)
    return Table("account", title, columns, rows, legend=legend, language=lang)


def _trade(deliveries: Sequence[Delivery], lang: str) -> Table:
    rows = [
        Row(
            (
                text(d.product),
                text(f"{d.volume.normalize():,f}"),
                text(d.unit),
                yuan(d.value),
            )
        )
        for d in deliveries
    ]
    whole = sum(d.value for d in deliveries)
    rows.append(Row((text(say("whole", lang)), BLANK, BLANK, yuan(whole)), "total", True))
    columns = (
        Column("product", say("product", lang), "left"),
        Column("volume", say("volume", lang), "right"),
        Column("unit", say("unit", lang), "left"),
        Column("value", say("value", lang)),
    )
    title = say("own_trade_title", lang)
    return Table("own-trade", title, columns, tuple(rows), language=lang)
