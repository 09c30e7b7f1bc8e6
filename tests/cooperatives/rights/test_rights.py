"""Ownership, decision and income side by side, the rules' winners, and the types of owners."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from cooperatives.small_register import CHARTER, delivery, filled, hand_year, member
from livelihoods.cooperatives import (
    demo_county,
    open_register,
    owner_rule,
    owner_types_from_register,
    preview,
    rights_from_register,
    who_gains,
)
from livelihoods.cooperatives.rights import Holding, measures_of
from livelihoods.errors import DataError, SpecError


def test_three_allocations_by_hand(tmp_path: Path) -> None:
    # a is core and an enterprise with 500 of 800 contributed; shares of test_surplus' year. One
    # basic vote each, and 0.6 additional ones for a: 20 % of three is the most (art. 22).
    rows = hand_year(
        charters=[{**CHARTER, "additional_votes": True}],
        members=[
            member("a", kind="enterprise", **{"class": "core"}),
            member("b", **{"class": "common"}),
            member("c", **{"class": "common"}),
        ],
        additional_votes=[{"member": "a", "from_on": date(2020, 1, 1), "votes": 0.6}],
        officers=[
            {"person": "a", "member": "a", "role": "chair", "from_on": date(2020, 1, 1)},
            {"person": "b", "member": "b", "role": "supervisor", "from_on": date(2020, 1, 1)},
        ],
    )
    with filled(tmp_path, **rows) as register:
        found = rights_from_register(register, "C1", 2025)
    held = {(r["right"], r["group"]): r for r in found.tidy().iter_rows(named=True)}
    assert held["capital", "core"]["share"] == pytest.approx(500 / 800)
    assert held["reserve", "common"]["share"] == 1
    assert held["votes", "outside"]["share"] == pytest.approx(1.6 / 3.6)
    assert held["seats", "core"]["share"] == 0.5
    assert held["patronage", "core"]["share"] == pytest.approx(243 / 486)
    assert held["residual", "common"]["share"] == pytest.approx((135 + 27) / 324)
    assert held["capital", "core"]["ratio"] == pytest.approx(500 / 800 * 3)
    assert found.measures["outside_capital"] == Fraction(5, 8)
    assert found.owner_type == "investor_led"
    note = next(n for n in found.notes if n.code == "rights.outside_control")
    assert note.values == {"n": 1, "capital": "62%", "votes": "44%", "seats": "50%"}
    assert "62.5" in repr(found)


def test_who_gains_by_hand(tmp_path: Path) -> None:
    # D = 810.00. All by transaction 3 : 2 : 1 → 405, 270, 135. All by investment over
    # 600 : 500 : 100 → 405, 337.50, 67.50. So c prefers transaction, b investment, a neither.
    with filled(tmp_path, **hand_year()) as register:
        found = who_gains(
            preview(register, "C1", 2025), {"a": "core", "b": "common", "c": "common"}
        )
    total = {(r["rule"], r["member"]): r["total_cents"] for r in found.frame.iter_rows(named=True)}
    assert [total["transaction", m] for m in "abc"] == [40_500, 27_000, 13_500]
    assert [total["investment", m] for m in "abc"] == [40_500, 33_750, 6_750]
    assert found.between["prefers"].to_list() == ["same", "investment", "transaction"]
    assert ("floor", "a") not in total  # the charter is at the floor: the same rule twice
    assert [n.values.get("amount") for n in found.notes] == ["67.50"]
    # rice and tea are both in kg, so volume can be pooled: 200 : 100 : 100 of 400.
    assert total["by_volume", "a"] == 24_300 + 16_200
    lines = {(r["rule"], r["class"]): r for r in found.by_class().iter_rows(named=True)}
    assert (lines["investment", "common"]["gain"], lines["investment", "common"]["lose"]) == (1, 1)


def test_rules_that_do_not_fit_are_named(tmp_path: Path) -> None:
    rows = hand_year()
    rows["patronage"] = [*rows["patronage"], delivery("R9", "a", 1, unit="box", product="eggs")]
    with filled(tmp_path, **rows) as register:
        found = who_gains(preview(register, "C1", 2025))
    note = next(n for n in found.notes if n.code == "rights.rules_left_out")
    assert note.values["rules"][0].startswith("by_volume (Volumes in different units")


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.booleans(), st.booleans()), min_size=1, max_size=9)
)
def test_every_cooperative_has_one_type(rows: list[tuple[int, bool, bool]]) -> None:
    members = tuple(Holding(*row) for row in rows)
    measures = measures_of(members)
    kind = owner_rule().classify(measures)
    assert kind in ("investor_led", "smallholder_united", "mixed")
    assert all(0 <= value <= 1 for value in measures.values())
    assert kind == owner_rule().classify(measures_of(tuple(reversed(members))))


def test_a_local_rule(tmp_path: Path) -> None:
    local = tmp_path / "local.toml"
    text = """
format = 1
id = "local"
verified = false
source = "county circular"
[[type]]
id = "investor_led"
all = ["largest_capital > 0.9"]
text = { en = "investor-led", zh = "投资者主导型" }
"""
    local.write_text(text, encoding="utf-8")
    rule = owner_rule(local)
    assert rule.classify({"largest_capital": Fraction(9, 10)}) == ""
    assert rule.classify({"largest_capital": Fraction(91, 100)}) == "investor_led"
    local.write_text(text.replace("largest_capital >", "largest_wealth >"), encoding="utf-8")
    with pytest.raises(SpecError, match=r"local\.toml"):
        owner_rule(local)


def test_types_across_a_register(tmp_path: Path) -> None:
    path = tmp_path / "county.duckdb"
    demo_county(path, seed=5, cooperatives=80, members=2_800, ledger_rows=40_000)
    with open_register(path, read_only=True) as register:
        found = owner_types_from_register(register, 2023)
        with pytest.raises(DataError):
            owner_types_from_register(register, 2019)
    assert found.frame.height == 80
    # county/money.py declares 66 % by transaction everywhere but where the floor is broken (35 %).
    shares = found.frame["patronage_share"].drop_nulls().to_numpy()
    assert np.median(shares) == pytest.approx(0.66, abs=0.001)
    assert (np.abs(shares - 0.35) < 0.001).sum() == 1
    # Outside reference: scipy's Welch test on the same groups.
    row = next(
        r
        for r in found.differences.iter_rows(named=True)
        if r["measure"] == "price_over_market" and r["p_value"] is not None
    )
    groups = [
        found.frame.filter(found.frame["owner_type"] == row[name])["price_over_market"]
        .drop_nulls()
        .to_numpy()
        for name in ("second", "first")
    ]
    reference = ttest_ind(*groups, equal_var=False)
    assert row["p_value"] == pytest.approx(reference.pvalue, rel=1e-9)
    assert row["p_holm"] >= row["p_value"]
    assert found.comparison["n"].sum() >= 3 * len(shares)
    assert repr(found)


def test_unknown_cooperative_is_named(tmp_path: Path) -> None:
    with filled(tmp_path, **hand_year()) as register, pytest.raises(DataError):
        rights_from_register(register, "C9", 2025)
