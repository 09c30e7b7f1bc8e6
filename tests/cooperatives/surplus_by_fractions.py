"""The arithmetic of the surplus in plain fractions, slow and readable: oracle for the fast one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from livelihoods.cooperatives import Charter, Delivery, MemberYear, YearAccounts


def divided(total: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Divide by largest remainder, ties to the earlier name."""
    whole = sum(weights.values(), Fraction(0))
    if whole == 0:
        return dict.fromkeys(weights, 0)
    exact = {name: weight * total / whole for name, weight in weights.items()}
    shares = {name: value.numerator // value.denominator for name, value in exact.items()}
    order = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in order[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


def patronage(members: Sequence[MemberYear], charter: Charter) -> dict[str, Fraction]:
    """Return the share of each in the trade: pooled, or product by product."""
    if charter.pooling == "pooled":
        return {
            m.member: sum((_amount(d, charter) for d in m.deliveries), Fraction(0)) for m in members
        }
    products: dict[str, int] = {}
    for m in members:
        for d in m.deliveries:
            products[d.product] = products.get(d.product, 0) + d.value
    weights = dict.fromkeys((m.member for m in members), Fraction(0))
    for product, value in products.items():
        within = {
            m.member: sum(
                (_amount(d, charter) for d in m.deliveries if d.product == product), Fraction(0)
            )
            for m in members
        }
        whole = sum(within.values(), Fraction(0))
        for name, amount in within.items():
            weights[name] += Fraction(value) * amount / whole if whole else 0
    return weights


def _amount(delivery: Delivery, charter: Charter) -> Fraction:
    return Fraction(delivery.volume) if charter.basis == "volume" else Fraction(delivery.value)


def split(
    accounts: YearAccounts, members: Sequence[MemberYear], charter: Charter
) -> dict[str, tuple[int, int, int]]:
    """Return patronage return, remainder and reserve credit of each member, cents."""
    left = accounts.surplus - accounts.losses
    reserve = int(charter.reserve_rate * left) if left > 0 else 0
    D = left - reserve
    if charter.base == "statement":
        D += accounts.opening_undistributed + accounts.transfers_in
    D = max(D, 0)
    returned = -(
        -(charter.patronage_share * D).numerator // (charter.patronage_share * D).denominator
    )
    trade = patronage(members, charter)
    heads = sum(m.counts_per_head for m in members)
    common = Fraction(accounts.subsidy_property + accounts.donated_property, max(heads, 1))
    capital = {
        m.member: m.contribution + m.reserve_share + (common if m.counts_per_head else Fraction(0))
        for m in members
    }
    by = (
        trade
        if charter.reserve_by == "transaction"
        else {m.member: Fraction(m.contribution) for m in members}
    )
    first, second, third = (
        divided(returned, trade),
        divided(D - returned, capital),
        divided(reserve, by),
    )
    return {name: (first[name], second[name], third[name]) for name in first}
