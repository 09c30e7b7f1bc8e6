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
from math import lcm

from livelihoods.cooperatives.accounts import (
    Base,
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
    patronage_total = returned_by_trade(D, charter.patronage_share)
    claims = patronage_claims(members, charter) if D or reserve else {}
    patronage = _by_patronage(patronage_total, members, claims)
    heads = _heads(members)
    capital = _capital_claims(accounts, members, heads)
    residual = _by_capital(D - patronage_total, capital)
    credit = _reserve_credit(reserve, members, claims, charter)
    shares = tuple(
        MemberShare(
            m.member,
            patronage[m.member],
            residual[m.member],
            credit[m.member],
            _converted(patronage[m.member] + residual[m.member], charter.conversion)
            if m.counts_per_head
            else 0,
            Fraction(capital[m.member], heads),
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
    claims = patronage_claims(members, charter)
    whole = sum(claims.values())
    return {
        name: Fraction(claim, whole) if whole else Fraction(0) for name, claim in claims.items()
    }


def patronage_claims(members: Sequence[MemberYear], charter: Charter) -> dict[str, int]:
    """Return what the patronage return is proportional to, as whole numbers over one denominator.

    Exact: volumes are brought to a common denominator, products to the least common multiple of
    their volumes, so that a hundred thousand deliveries cost no fraction each.
    """
    if charter.basis == "volume":
        _check_units(members, charter.pooling)
    amounts = _amounts(members, charter.basis)
    if charter.pooling == "pooled":
        return {m.member: sum(own) for m, own in zip(members, amounts, strict=True)}
    values, volumes = _by_product(members, amounts)
    common = lcm(*(volume for volume in volumes.values() if volume))
    factor = {p: values[p] * (common // volume) for p, volume in volumes.items() if volume}
    return {
        m.member: sum(
            factor.get(d.product, 0) * amount for d, amount in zip(m.deliveries, own, strict=True)
        )
        for m, own in zip(members, amounts, strict=True)
    }


def _amounts(members: Sequence[MemberYear], basis: str) -> list[list[int]]:
    """Return the amount of each delivery, member by member, over one denominator."""
    if basis == "value":
        return [[d.value for d in m.deliveries] for m in members]
    ratios = [[d.volume.as_integer_ratio() for d in m.deliveries] for m in members]
    common = lcm(*{under for own in ratios for _, under in own})
    return [[over * (common // under) for over, under in own] for own in ratios]


def _by_product(
    members: Sequence[MemberYear], amounts: Sequence[Sequence[int]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the value and the amount delivered of each product."""
    values: dict[str, int] = {}
    volumes: dict[str, int] = {}
    for member, own in zip(members, amounts, strict=True):
        for delivery, amount in zip(member.deliveries, own, strict=True):
            values[delivery.product] = values.get(delivery.product, 0) + delivery.value
            volumes[delivery.product] = volumes.get(delivery.product, 0) + amount
    return values, volumes


def _reserve(accounts: YearAccounts, charter: Charter) -> int:
    """Take the reserve from the surplus after losses, whole cents, rounded down."""
    after_losses = accounts.surplus - accounts.losses
    return int(charter.reserve_rate * after_losses) if after_losses > 0 else 0


def returned_by_trade(D: int, theta: Fraction) -> int:
    """Return θ D in whole cents, rounded up, so that the legal floor holds to the cent."""
    exact = theta * D
    return -(-exact.numerator // exact.denominator)


def _by_patronage(
    total: int, members: Sequence[MemberYear], claims: Mapping[str, int]
) -> dict[str, int]:
    if total == 0:
        return dict.fromkeys((m.member for m in members), 0)
    if not any(claims.values()):
        raise DataError("cooperatives.no_patronage", total=cents_text(total))
    return share_out(total, claims)


def _heads(members: Sequence[MemberYear]) -> int:
    """Return n of the equal-per-head share; 1 if nobody counts, as nobody has that share then."""
    return sum(m.counts_per_head for m in members) or 1


def _capital_claims(
    accounts: YearAccounts, members: Sequence[MemberYear], heads: int
) -> dict[str, int]:
    """Return ``n (c_i + g_i) + F + G`` by member; subsidies and gifts per head, art. 44(2)."""
    common = accounts.subsidy_property + accounts.donated_property
    return {
        m.member: heads * (m.contribution + m.reserve_share) + (common if m.counts_per_head else 0)
        for m in members
    }


def _by_capital(total: int, claims: Mapping[str, int]) -> dict[str, int]:
    if total and not any(claims.values()):
        raise DataError("cooperatives.no_capital", total=cents_text(total))
    return share_out(total, claims)


def _reserve_credit(
    reserve: int, members: Sequence[MemberYear], claims: Mapping[str, int], charter: Charter
) -> dict[str, int]:
    if charter.reserve_by == "transaction":
        return _by_patronage(reserve, members, claims)
    return _by_capital(reserve, {m.member: m.contribution for m in members})


def _converted(amount: int, share: Fraction) -> int:
    """Turn part of a share into contribution: whole cents, rounded down in the member's favour."""
    return share.numerator * amount // share.denominator


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


def _check_units(members: Sequence[MemberYear], pooling: str) -> None:
    """Refuse volumes in different units: of all products together, or within one product."""
    units: dict[str, dict[str, None]] = {}
    for member in members:
        for delivery in member.deliveries:
            key = "" if pooling == "pooled" else delivery.product
            units.setdefault(key, {})[delivery.unit] = None
    for found in units.values():
        if len(found) > 1:
            raise DataError("cooperatives.units_differ", units=sorted(found))


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
