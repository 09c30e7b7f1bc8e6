"""The fair surplus: hand-worked cases with their article, and laws of any division."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cooperatives.surplus_by_fractions import split as oracle
from livelihoods.cooperatives import (
    Charter,
    Delivery,
    MemberYear,
    YearAccounts,
    charter_from,
    share_out,
    split_surplus,
    to_cents,
)
from livelihoods.errors import DataError, SpecError


def member(
    name: str,
    value: int,
    contribution: int = 0,
    reserve: int = 0,
    volume: str = "1",
    unit: str = "kg",
) -> MemberYear:
    deliveries = (Delivery("rice", Decimal(volume), unit, value),) if value else ()
    return MemberYear(name, deliveries, contribution, reserve)


def test_a_year_by_hand() -> None:
    # Surplus 1,000.00; losses 100.00 first; reserve 10 % of 900.00 = 90.00 (arts. 42, 44).
    # D = 810.00; 60 % by transaction = 486.00 over trade 300 : 200 : 100 → 243, 162, 81.
    # Remainder 324.00 over contribution + reserve share + (F + G)/n, with F + G = 300.00, n = 3:
    # (500 + 0 + 100) : (300 + 100 + 100) : (0 + 0 + 100) = 600 : 500 : 100 → 162, 135, 27.
    accounts = YearAccounts(
        100_000, losses=10_000, subsidy_property=20_000, donated_property=10_000
    )
    members = [
        member("a", 30_000, 50_000),
        member("b", 20_000, 30_000, 10_000),
        member("c", 10_000),
    ]
    done = split_surplus(accounts, members, Charter(reserve_rate=Fraction(1, 10)))
    assert (done.reserve, done.distributable) == (9_000, 81_000)
    assert [share.patronage for share in done.shares] == [24_300, 16_200, 8_100]
    assert [share.residual for share in done.shares] == [16_200, 13_500, 2_700]
    # The reserve is quantified by transaction here (art. 42): 45, 30, 15.
    assert [share.reserve_credit for share in done.shares] == [4_500, 3_000, 1_500]


def test_both_readings_of_the_base_are_shown() -> None:
    # Art. 44 speaks of the year's surplus; the statutory statement adds 50.00 brought forward.
    accounts = YearAccounts(10_000, opening_undistributed=5_000)
    one = split_surplus(accounts, [member("a", 1, 1)], Charter())
    other = split_surplus(accounts, [member("a", 1, 1)], Charter(base="statement"))
    assert (one.distributable, one.other_base) == (10_000, 15_000)
    assert (other.distributable, other.other_base) == (15_000, 10_000)
    assert [note.code for note in one.notes] == ["cooperatives.two_bases"]


def test_per_product_and_volume() -> None:
    # Rice 300.00 and tea 100.00 delivered: of 60.00 by transaction, rice has 45, tea 15. Rice by
    # volume 1 : 2 → 15, 30; tea all b's → 15.
    a = MemberYear("a", (Delivery("rice", Decimal(1), "t", 20_000),), 1)
    b = MemberYear(
        "b",
        (Delivery("rice", Decimal(2), "t", 10_000), Delivery("tea", Decimal(5), "kg", 10_000)),
        1,
    )
    charter = Charter(basis="volume", pooling="per_product")
    done = split_surplus(YearAccounts(10_000), [a, b], charter)
    assert [share.patronage for share in done.shares] == [1_500, 4_500]
    with pytest.raises(DataError, match="kg and t"):
        split_surplus(YearAccounts(10_000), [a, b], Charter(basis="volume"))


def test_leavers_have_patronage_but_no_head() -> None:
    # Art. 44(2): property from subsidies counts per member; who left is none at the closing date.
    gone = replace(member("b", 10_000), counts_per_head=False)
    accounts = YearAccounts(10_000, subsidy_property=10_000)
    done = split_surplus(accounts, [member("a", 10_000), gone], Charter())
    assert [share.residual for share in done.shares] == [4_000, 0]
    assert [share.patronage for share in done.shares] == [3_000, 3_000]


def test_conversion_to_contribution() -> None:
    # Art. 44(3): by vote, part of the share becomes contribution; entry Dr 221/222, Cr 301.
    done = split_surplus(
        YearAccounts(10_000), [member("a", 1, 1)], Charter(conversion=Fraction(1, 4))
    )
    share = done.share("a")
    assert (share.total, share.converted, share.cash) == (10_000, 2_500, 7_500)


def test_loss_years_and_missing_trade() -> None:
    done = split_surplus(YearAccounts(-5_000), [member("a", 1, 1)], Charter())
    assert (done.distributable, done.share("a").total) == (0, 0)
    assert [note.code for note in done.notes] == ["cooperatives.nothing_to_distribute"]
    with pytest.raises(DataError) as caught:
        split_surplus(YearAccounts(5_000), [member("a", 0, 100)], Charter())
    assert caught.value.code == "cooperatives.no_patronage"


def test_a_charter_below_the_floor_is_said_to_be_unlawful() -> None:
    done = split_surplus(
        YearAccounts(100), [member("a", 1, 1)], Charter(patronage_share=Fraction(1, 2))
    )
    assert [(note.code, note.severity) for note in done.notes] == [
        ("cooperatives.below_floor", "serious")
    ]


def test_who_left_is_paid_out_and_converts_nothing() -> None:
    # Art. 28: the pre-exit surplus is returned; art. 44(3) turns shares of members into capital.
    gone = replace(member("b", 10_000, 1), counts_per_head=False)
    done = split_surplus(
        YearAccounts(10_000), [member("a", 10_000, 1), gone], Charter(conversion=Fraction(1))
    )
    assert [share.converted for share in done.shares] == [5_000, 0]
    assert done.share("b").cash == 5_000


def test_one_product_in_two_units_is_refused() -> None:
    two = MemberYear(
        "a", (Delivery("rice", Decimal(1), "t", 1), Delivery("rice", Decimal(1), "kg", 1)), 1
    )
    with pytest.raises(DataError, match="kg and t"):
        split_surplus(YearAccounts(10), [two], Charter(basis="volume", pooling="per_product"))


several_products = st.lists(
    st.tuples(
        st.lists(
            st.tuples(
                st.sampled_from(("rice", "tea", "pears")),
                st.integers(1, 10**6),
                st.integers(1, 10**6),
            ),
            max_size=4,
        ),
        st.integers(0, 10**6),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
).filter(lambda rows: any(row[0] for row in rows) and any(row[1] for row in rows))


@given(
    several_products,
    st.integers(1, 10**9),
    st.integers(0, 10**7),
    st.sampled_from(("volume", "value")),
    st.sampled_from(("pooled", "per_product")),
    st.sampled_from(("contribution", "transaction")),
)
def test_whole_numbers_divide_as_plain_fractions_do(
    rows: list[tuple[list[tuple[str, int, int]], int, bool]],
    surplus: int,
    subsidies: int,
    basis: str,
    pooling: str,
    reserve_by: str,
) -> None:
    members = [
        MemberYear(
            f"m{place}",
            tuple(Delivery(name, Decimal(kg).scaleb(-3), "kg", cents) for name, kg, cents in trade),
            contribution,
            counts_per_head=head,
        )
        for place, (trade, contribution, head) in enumerate(rows)
    ]
    charter = charter_from(
        {"basis": basis, "pooling": pooling, "reserve_rate": 0.1, "reserve_by": reserve_by}
    )
    accounts = YearAccounts(surplus, subsidy_property=subsidies)
    done = split_surplus(accounts, members, charter)
    found = {s.member: (s.patronage, s.residual, s.reserve_credit) for s in done.shares}
    assert found == oracle(accounts, members, charter)


members_lists = st.lists(
    st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6), st.booleans()),
    min_size=1,
    max_size=12,
).filter(lambda rows: any(row[0] for row in rows) and any(row[1] for row in rows))


def _members(rows: list[tuple[int, int, int, bool]]) -> list[MemberYear]:
    return [
        replace(member(f"m{place:02d}", value, contribution, reserve), counts_per_head=head)
        for place, (value, contribution, reserve, head) in enumerate(rows)
    ]


@given(
    members_lists,
    st.integers(1, 10**9),
    st.fractions(Fraction(3, 5), 1, max_denominator=100),
    st.fractions(0, Fraction(1, 2), max_denominator=100),
)
def test_every_cent_is_paid_once_and_the_floor_holds(
    rows: list[tuple[int, int, int, bool]], surplus: int, theta: Fraction, rate: Fraction
) -> None:
    charter = Charter(patronage_share=theta, reserve_rate=rate)
    done = split_surplus(YearAccounts(surplus), _members(rows), charter)
    assert sum(share.total for share in done.shares) == done.distributable
    assert sum(share.patronage for share in done.shares) >= Fraction(3, 5) * done.distributable
    assert sum(share.reserve_credit for share in done.shares) == done.reserve
    assert done.reserve + done.distributable == surplus
    assert all(share.patronage >= 0 and share.residual >= 0 for share in done.shares)


@given(members_lists, st.integers(1, 10**8), st.randoms(use_true_random=False))
def test_order_of_members_is_immaterial(
    rows: list[tuple[int, int, int, bool]], surplus: int, random: object
) -> None:
    members = _members(rows)
    shuffled = list(members)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = split_surplus(YearAccounts(surplus), members, Charter())
    other = split_surplus(YearAccounts(surplus), shuffled, Charter())
    assert {s.member: s.total for s in one.shares} == {s.member: s.total for s in other.shares}


@given(members_lists, st.integers(1, 10**8), st.integers(1, 10**6))
def test_who_delivers_more_is_returned_no_less(
    rows: list[tuple[int, int, int, bool]], surplus: int, more: int
) -> None:
    members = _members(rows)
    raised = [member("m00", rows[0][0] + more, rows[0][1], rows[0][2]), *members[1:]]
    raised[0] = replace(raised[0], counts_per_head=rows[0][3])
    before = split_surplus(YearAccounts(surplus), members, Charter()).shares[0]
    after = split_surplus(YearAccounts(surplus), raised, Charter()).shares[0]
    # The largest-remainder rule can take one cent back (the Alabama paradox); never more.
    assert after.patronage >= before.patronage - 1


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 10**6), min_size=1),
)
def test_shares_are_within_a_cent_of_proportion(total: int, weights: dict[str, int]) -> None:
    shares = share_out(total, weights)
    whole = sum(weights.values())
    assert sum(shares.values()) == total
    assert all(abs(shares[name] - Fraction(total * w, whole)) < 1 for name, w in weights.items())


def test_money_is_read_exactly_or_refused() -> None:
    assert to_cents("1,234.50") == 123_450
    assert to_cents("-0.01") == -1
    for text in ("12.345", "abc", "nan", "inf"):
        with pytest.raises(DataError):
            to_cents(text)


def test_bad_accounts_are_named() -> None:
    good = member("a", 1, 1)
    cases = [
        ([], "cooperatives.no_members"),
        ([good, good], "cooperatives.member_twice"),
        ([replace(good, contribution=-1)], "cooperatives.negative_account"),
    ]
    for members, code in cases:
        with pytest.raises(DataError) as caught:
            split_surplus(YearAccounts(100), members, Charter())
        assert caught.value.code == code
    with pytest.raises(DataError):
        split_surplus(YearAccounts(100, losses=-1), [good], Charter())
    with pytest.raises(SpecError, match="basis"):
        charter_from({"basis": "weight"})
