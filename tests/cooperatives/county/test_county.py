"""The synthetic county: what was planted is there, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from livelihoods.cooperatives.county import County, county_truth, demo_county
from livelihoods.cooperatives.county.plan import TROUBLES
from livelihoods.cooperatives.register import Register, open_register
from livelihoods.errors import SpecError

SIZE = {"cooperatives": 100, "members": 4_000, "ledger_rows": 60_000}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return demo_county(tmp_path_factory.mktemp("county") / "county.duckdb", **SIZE)


@pytest.fixture(scope="module")
def register(county: County) -> Iterator[Register]:
    with open_register(county.path, read_only=True) as opened:
        yield opened


def test_the_county_has_the_size_asked_for(county: County) -> None:
    assert county.rows["cooperatives"] == 100
    assert county.rows["members"] == 4_000
    assert county.rows["patronage"] == 60_000


def test_each_trouble_is_planted_in_a_cooperative_of_its_own(county: County) -> None:
    assert set(county.planted["trouble"]) == set(TROUBLES)
    assert county.planted["cooperative"].n_unique() == county.planted.height
    assert county.planted.equals(county_truth(**SIZE))


def test_the_same_seed_gives_the_same_rows(county: County, tmp_path: Path) -> None:
    again = demo_county(tmp_path / "again.duckdb", **SIZE)
    other = demo_county(tmp_path / "other.duckdb", seed=7, **SIZE)
    with (
        open_register(county.path, read_only=True) as first,
        open_register(again.path) as second,
        open_register(other.path) as third,
    ):
        for table in ("members", "patronage", "assemblies"):
            assert first.table(table).equals(second.table(table))
        assert not first.table("members").equals(third.table("members"))


@pytest.mark.parametrize(
    ("trouble", "query"),
    [
        ("members-least", "SELECT cooperative FROM members GROUP BY ALL HAVING count(*) < 5"),
        (
            "farmers-share",
            "SELECT cooperative FROM members GROUP BY ALL "
            "HAVING count(*) FILTER (kind = 'farmer') < 0.8 * count(*)",
        ),
        ("supervisor-kin", "SELECT cooperative FROM kin"),
        (
            "unsigned-minutes",
            "SELECT cooperative FROM assemblies WHERE minutes AND NOT minutes_signed",
        ),
        (
            "grant-short",
            'SELECT g.cooperative FROM grants g JOIN grant_movements m USING ("grant") '
            "WHERE step = 'received' AND amount_cents < promised_cents",
        ),
        ("squeeze-related", "SELECT DISTINCT cooperative FROM patronage WHERE trade = 'related'"),
        (
            "shell-no-business",
            "SELECT cooperative FROM cooperatives ANTI JOIN patronage USING (cooperative) "
            "SEMI JOIN year_accounts USING (cooperative)",
        ),
        ("shell-complaint", "SELECT cooperative FROM complaints"),
    ],
)
def test_a_plain_query_sees_what_was_planted(
    county: County, register: Register, trouble: str, query: str
) -> None:
    assert sorted(register.frame(query)["cooperative"]) == county.troubled(trouble)


def test_the_ledger_holds_together(register: Register) -> None:
    # Every delivery by a member falls into the membership; nobody delivers under a wrong roof.
    stray = register.value(
        "SELECT count(*) FROM patronage p LEFT JOIN members m USING (cooperative, member) "
        "WHERE p.member IS NOT NULL AND (m.member IS NULL OR p.day < m.joined_on)"
    )
    assert stray == 0
    # Each grant was spent no further than it was received.
    over = register.value(
        'SELECT count(*) FROM (SELECT cooperative, "grant", '
        "sum(amount_cents) FILTER (step = 'spent') s, "
        "sum(amount_cents) FILTER (step = 'received') r FROM grant_movements GROUP BY ALL) "
        "WHERE s > r"
    )
    assert over == 0


def test_a_county_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="too small"):
        demo_county(tmp_path / "c.duckdb", cooperatives=20, members=400, ledger_rows=4_000)
    assert not (tmp_path / "c.duckdb").exists()
