"""The fair surplus: who gets what, to the cent, and by which article.

PRC Farmers' Professional Cooperatives Law (2017), arts. 42-44, with the Accounting System for
Farmers' Professional Cooperatives (财会〔2021〕37号). Law and system in the names of the paper:

    D   = S − losses − reserve                                   distributable surplus
    P_i = θ D · v_i / Σ v                                        patronage return, θ ≥ 0.60
    R_i = (1 − θ) D · (c_i + g_i + (F + G)/n) / Σ (…)            remainder
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from livelihoods.cooperatives.accounts import (
    Base,
    Delivery,
    MemberShare,
    MemberYear,
    SurplusSplit,
    YearAccounts,
)
from livelihoods.cooperatives.cents import cents_text, share_out
from livelihoods.cooperatives.charter import Charter
from livelihoods.errors import DataError
from livelihoods.notes import Note


def split_surplus(
    accounts: YearAccounts, members: Sequence[MemberYear], charter: Charter
) -> SurplusSplit:
    """Divide a year's surplus among the members.

    Parameters
    ----------
    accounts
        Figures of the year.
    members
        Members' accounts at the closing date, each identifier once.
    charter
        The choices that the law leaves.

    Returns
    -------
    SurplusSplit
        Σ of the patronage returns, of the remainders and of the reserve credits are exact.

    Raises
    ------
    DataError
        No members; a member twice; negative deliveries or accounts; a surplus to return and no
        trade at all (Σ v = 0 leaves the patronage return undefined); volumes in different units
        pooled.
    """
    _check(accounts, members)
    reserve = _reserve(accounts, charter)
    bases = {base: distributable(accounts, reserve, base) for base in ("year", "statement")}
    other: Base = "statement" if charter.base == "year" else "year"
    notes = _notes(bases, charter)
    D = max(bases[charter.base], 0)
    patronage_total = _patronage_total(D, charter.patronage_share)
    weights = patronage_weights(members, charter) if D or reserve else {}
    patronage = _by_patronage(patronage_total, members, charter)
    residual_weights = _residual_weights(accounts, members)
    residual = _by_capital(D - patronage_total, residual_weights)
    credit = _reserve_credit(reserve, members, weights, charter)
    shares = tuple(
        MemberShare(
            m.member,
            patronage[m.member],
            residual[m.member],
            credit[m.member],
            _converted(patronage[m.member] + residual[m.member], charter.conversion),
            residual_weights[m.member],
        )
        for m in members
    )
    return SurplusSplit(
        charter.base,
        reserve,
        D,
        patronage_total,
        D - patronage_total,
        shares,
        max(bases[other], 0),
        notes,
    )


def distributable(accounts: YearAccounts, reserve: int, base: str) -> int:
    """Return D under one reading of the law, cents; it may be negative."""
    year = accounts.surplus - accounts.losses - reserve
    if base == "statement":
        return year + accounts.opening_undistributed + accounts.transfers_in
    return year


def patronage_weights(members: Sequence[MemberYear], charter: Charter) -> dict[str, Fraction]:
    """Return each member's share of the patronage, adding up to 1 (or all 0 without trade).

    Pooled: ``v_i / Σ v``. Per product: ``Σ_p (V_p / V) · v_ip / v_p`` with V the value delivered.
    """
    if charter.pooling == "pooled":
        if charter.basis == "volume":
            _check_units(members)
        amounts = {
            m.member: sum((_amount(d, charter.basis) for d in m.deliveries), Fraction(0))
            for m in members
        }
        return _shares_of_one(amounts)
    products = _products(members)
    whole = sum(products.values(), Fraction(0))
    weights = dict.fromkeys((m.member for m in members), Fraction(0))
    for product, value in products.items():
        within = _shares_of_one(
            {
                m.member: sum(
                    (_amount(d, charter.basis) for d in m.deliveries if d.product == product),
                    Fraction(0),
                )
                for m in members
            }
        )
        for member, share in within.items():
            weights[member] += share * value / whole
    return weights


def _shares_of_one(amounts: Mapping[str, Fraction]) -> dict[str, Fraction]:
    whole = sum(amounts.values(), Fraction(0))
    return {name: amount / whole if whole else Fraction(0) for name, amount in amounts.items()}


def _amount(delivery: Delivery, basis: str) -> Fraction:
    return Fraction(delivery.volume) if basis == "volume" else Fraction(delivery.value)


def _products(members: Sequence[MemberYear]) -> dict[str, Fraction]:
    """Return product -> value delivered, products without value left out, in sorted order."""
    values: dict[str, Fraction] = {}
    for member in members:
        for delivery in member.deliveries:
            values[delivery.product] = values.get(delivery.product, Fraction(0)) + delivery.value
    return {product: values[product] for product in sorted(values) if values[product]}


def _reserve(accounts: YearAccounts, charter: Charter) -> int:
    """Take the reserve from the surplus after losses, whole cents, rounded down."""
    after_losses = accounts.surplus - accounts.losses
    return int(charter.reserve_rate * after_losses) if after_losses > 0 else 0


def _patronage_total(D: int, theta: Fraction) -> int:
    """Round up, so that the legal floor holds to the cent."""
    exact = theta * D
    return -(-exact.numerator // exact.denominator)


def _by_patronage(total: int, members: Sequence[MemberYear], charter: Charter) -> dict[str, int]:
    if total == 0:
        return dict.fromkeys((m.member for m in members), 0)
    weights = patronage_weights(members, charter)
    if not any(weights.values()):
        raise DataError("cooperatives.no_patronage", total=cents_text(total))
    return share_out(total, weights)


def _residual_weights(accounts: YearAccounts, members: Sequence[MemberYear]) -> dict[str, Fraction]:
    """Return ``c_i + g_i + (F + G)/n`` by member; subsidies and gifts per head, art. 44(2)."""
    heads = sum(m.counts_per_head for m in members)
    common = accounts.subsidy_property + accounts.donated_property
    per_head = Fraction(common, heads) if heads else Fraction(0)
    return {
        m.member: m.contribution
        + m.reserve_share
        + (per_head if m.counts_per_head else Fraction(0))
        for m in members
    }


def _by_capital(total: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    if total and not any(weights.values()):
        raise DataError("cooperatives.no_capital", total=cents_text(total))
    return share_out(total, weights)


def _reserve_credit(
    reserve: int,
    members: Sequence[MemberYear],
    weights: Mapping[str, Fraction],
    charter: Charter,
) -> dict[str, int]:
    if reserve == 0:
        return dict.fromkeys((m.member for m in members), 0)
    if charter.reserve_by == "transaction":
        if not any(weights.values()):
            raise DataError("cooperatives.no_patronage", total=cents_text(reserve))
        return share_out(reserve, weights)
    return _by_capital(reserve, {m.member: Fraction(m.contribution) for m in members})


def _converted(amount: int, share: Fraction) -> int:
    """Turn part of a share into contribution: whole cents, rounded down in the member's favour."""
    exact = share * amount
    return exact.numerator // exact.denominator


def _check(accounts: YearAccounts, members: Sequence[MemberYear]) -> None:
    if not members:
        raise DataError("cooperatives.no_members")
    names = [m.member for m in members]
    twice = sorted({name for name in names if names.count(name) > 1}) if _repeats(names) else []
    if twice:
        raise DataError("cooperatives.member_twice", members=twice)
    bad = [
        m.member
        for m in members
        if m.contribution < 0
        or m.reserve_share < 0
        or any(d.volume < 0 or d.value < 0 for d in m.deliveries)
    ]
    if bad:
        raise DataError("cooperatives.negative_account", members=bad)
    if min(accounts.losses, accounts.subsidy_property, accounts.donated_property) < 0:
        raise DataError("cooperatives.negative_figure")


def _repeats(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _check_units(members: Sequence[MemberYear]) -> None:
    units = sorted({d.unit for m in members for d in m.deliveries})
    if len(units) > 1:
        raise DataError("cooperatives.units_differ", units=units)


def _notes(bases: Mapping[str, int], charter: Charter) -> tuple[Note, ...]:
    notes = []
    if bases[charter.base] <= 0:
        notes.append(
            Note(
                "cooperatives.nothing_to_distribute",
                "caution",
                {"amount": cents_text(bases[charter.base])},
            )
        )
    if bases["year"] != bases["statement"]:
        notes.append(
            Note(
                "cooperatives.two_bases",
                "caution",
                {
                    "year": cents_text(max(bases["year"], 0)),
                    "statement": cents_text(max(bases["statement"], 0)),
                    "base": charter.base,
                },
            )
        )
    if charter.patronage_share < Fraction(3, 5):
        notes.append(
            Note(
                "cooperatives.below_floor",
                "serious",
                {"share": f"{float(charter.patronage_share):.2%}", "floor": "60%"},
            )
        )
    return tuple(notes)
