"""Rights, blocking and carrying, assemblies: hand-worked, with the article beside each number.

Articles: PRC Farmers' Professional Cooperatives Law (2017), flk.npc.gov.cn.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as hs

from livelihoods import cooperatives as co
from livelihoods import words
from livelihoods.cli import answer
from livelihoods.cooperatives.register import create_register
from livelihoods.cooperatives.votes import (
    Meeting,
    Resolution,
    allocate_additional,
    assemblies_from_register,
    check_assembly,
    median_choice,
    voting_power,
    voting_rights,
    voting_rights_from_register,
)
from livelihoods.errors import DataError, SpecError


def people(n: int) -> list[str]:
    return [f"M{i:03d}" for i in range(1, n + 1)]


def test_cap_of_additional_votes() -> None:
    # Art. 22: 20 % of 31 basic votes are 6.2: six whole votes are lawful, seven are not.
    lawful = voting_rights(people(31), {"M001": 6})
    assert lawful.within
    assert lawful.allowed == Fraction(31, 5)
    over = voting_rights(people(31), {"M001": 4, "M002": 3})
    assert not over.within
    assert [note.code for note in over.notes] == ["votes.over_cap"]
    # Largest remainder on 6: 4·6/7 = 3.43 and 3·6/7 = 2.57 → 3 and 3.
    scaled = over.scaled()
    assert scaled.additional[:2] == (Fraction(3), Fraction(3))
    assert scaled.within
    assert not scaled.notes
    assert lawful.scaled() is lawful


def test_cap_is_met_exactly_by_a_fraction() -> None:
    # Art. 22: five members, 20 % of five votes is one vote; 0.2 each for five is lawful.
    rights = voting_rights(people(5), dict.fromkeys(people(5), "0.2"))
    assert rights.within
    assert rights.total == 6
    assert rights.in_units() == ((6,) * 5, 5)


def test_charter_without_additional_votes() -> None:
    # Art. 22: additional votes exist "according to the charter" only.
    rights = voting_rights(people(20), {"M001": 2}, charter_allows=False)
    assert [note.code for note in rights.notes] == ["votes.not_in_charter"]


def test_allocation_by_contribution() -> None:
    # Art. 22: 20 % of 52 = 10.4 → 10 votes over 500, 300, 200: 5, 3, 2.
    given_out = allocate_additional({"M001": 500, "M002": 300, "M003": 200}, 52)
    assert given_out == {"M001": 5, "M002": 3, "M003": 2}


@pytest.mark.parametrize(
    ("n", "ordinary", "special"),
    # Art. 30: more than half of 10 is 6, of 11 is 6; two thirds of 9 is 6, of 10 is 7, of 11 is 8.
    [(9, 5, 6), (10, 6, 7), (11, 6, 8), (100, 51, 67)],
)
def test_what_carries(n: int, ordinary: int, special: int) -> None:
    rights = voting_rights(people(n))
    assert rights.needed("ordinary") == ordinary
    assert rights.needed("special") == special


@given(hs.integers(5, 60), hs.lists(hs.integers(0, 3), max_size=5))
def test_needed_is_least(n: int, extra: list[int]) -> None:
    rights = voting_rights(people(n), dict(zip(people(n), extra, strict=False)))
    for name in ("ordinary", "special"):
        rule = rights.law.get(f"{name}-majority")
        needed = rights.needed(name)
        assert rule.holds(needed / rights.total)
        assert not rule.holds((needed - 1) / rights.total)


def test_who_blocks_and_carries() -> None:
    # Ten members, M001 with two additional votes (the most, art. 22): 12 votes, 7 carry (art. 30).
    rights = voting_rights(people(10), {"M001": 2})
    alone = voting_power(rights)
    assert alone.needed == 7
    assert not any(v.carries or v.blocks for v in alone.voters)
    # With four kin M001 has 7 votes: carries alone. Five heads of ten stay away: no quorum (2/3).
    family = voting_power(rights, "ordinary", {"family": people(5)})
    bloc = family.voter("family")
    assert (bloc.votes, bloc.carries, bloc.blocks, bloc.empties) == (7, True, True, True)
    assert bloc.shapley == 1.0
    # Two thirds of 12 is 8: the family cannot carry a change of the charter, but can block it.
    special = voting_power(rights, "special", {"family": people(5)}).voter("family")
    assert (special.carries, special.blocks) == (False, True)
    assert "votes.carries_alone" in [note.code for note in family.notes]
    # Art. 30: 10 members, quorum 7 (2/3 of 10 is 6.67): four absent leave none.
    assert alone.absent == 4
    assert alone.effective == pytest.approx(144 / (9 + 9))


def test_power_adds_up() -> None:
    power = voting_power(voting_rights(people(40), {"M001": 5, "M002": 3}), "special")
    tidy = power.tidy()
    assert tidy["shapley"].sum() == pytest.approx(1.0)
    assert tidy["banzhaf_share"].sum() == pytest.approx(1.0)
    assert tidy["share"].sum() == pytest.approx(1.0)
    assert power.to_dict()["needed"] == 32  # two thirds of 48


def test_median_and_outside_owner() -> None:
    # Ideal points 1, 2, 3, 4, 10: mean 4, median 3, lowest 1; (5/2)(x − 4)² = 2.5 and 22.5.
    found = median_choice([1, 2, 3, 4, 10])
    assert (found.median, found.loss_median, found.loss_marginal) == (3.0, 2.5, 22.5)
    assert found.better == "cooperative"
    # Two votes for the last: cumulated 1, 2, 3, 4, 6 of 6 rests on one half: midway of 3 and 4.
    assert median_choice([1, 2, 3, 4, 10], [1, 1, 1, 1, 2]).weighted == 3.5
    # The outside owner who serves the upper 40 % has the member at 4 as marginal: no loss.
    assert median_choice([1, 2, 3, 4, 10], served=0.4).better == "outside"


@given(hs.lists(hs.floats(-100, 100), min_size=1, max_size=30))
def test_no_choice_beats_the_mean(ideal: list[float]) -> None:
    found = median_choice(ideal)
    brute = min(
        sum(0.5 * (v - x) ** 2 for v in ideal)
        for x in (found.median, found.weighted, found.marginal)
    )
    at_mean = sum(0.5 * (v - found.mean) ** 2 for v in ideal)
    assert found.loss_median >= 0
    least = min(found.loss_median, found.loss_weighted, found.loss_marginal)
    assert brute - at_mean == pytest.approx(least, rel=1e-6, abs=1e-6)


MEETING = Meeting("ordinary", date(2025, 3, 20), 30, None, 20, minutes=True, minutes_signed=True,
                  accounts_shown_on=date(2025, 3, 1))  # fmt: skip
PLAN = Resolution("R1", "surplus_plan", "assembly", Fraction(16), Fraction(4), passed=True)


def verdicts(meeting: Meeting, *resolutions: Resolution, **more: object) -> dict[str, str]:
    found = check_assembly(meeting, resolutions, **more)  # type: ignore[arg-type]
    return {one.rule: one.verdict for one in found.findings}


def test_a_lawful_assembly() -> None:
    # Art. 30: 20 of 30 is two thirds exactly; 16 of 30 is more than half. Art. 40: 19 days.
    rights = voting_rights(people(30))
    found = check_assembly(MEETING, [PLAN], rights)
    assert found.stands is True
    assert {one.verdict for one in found.findings} == {"kept"}


def test_no_quorum() -> None:
    # Art. 30: 19 of 30 is less than two thirds.
    rights = voting_rights(people(30))
    assert verdicts(replace(MEETING, present=19), PLAN, rights=rights)["quorum"] == "broken"


def test_majority_of_those_present_is_not_enough() -> None:
    # Art. 30: 15 of 20 present, but exactly half of 30 voting rights: not more than half.
    rights = voting_rights(people(30))
    over_present = replace(PLAN, votes_for=Fraction(15), counted_over=Fraction(20))
    found = verdicts(MEETING, over_present, rights=rights)
    assert found["ordinary-majority"] == "broken"
    assert found["counted_over"] == "broken"
    assert found["recorded"] == "broken"


def test_special_matters_need_two_thirds() -> None:
    # Art. 30: 19 of 30 is less than two thirds, 20 is enough.
    rights = voting_rights(people(30))
    for matter in ("charter", "merger", "split", "dissolution", "union"):
        short = replace(PLAN, matter=matter, votes_for=Fraction(19), votes_against=None)
        assert verdicts(MEETING, short, rights=rights)["special-majority"] == "broken"
        enough = replace(short, votes_for=Fraction(20))
        assert verdicts(MEETING, enough, rights=rights)["special-majority"] == "kept"


def test_the_board_cannot_decide_for_the_assembly() -> None:
    # Art. 29: surplus plan and reserve belong to the assembly.
    found = check_assembly(MEETING, [replace(PLAN, body="board")], voting_rights(people(30)))
    assert found.stands is False
    assert "body" in [one.rule for one in found.findings if one.verdict == "broken"]


def test_accounts_open_15_days() -> None:
    # Art. 40: shown on 6 March, held on 20 March: 14 days.
    late = replace(MEETING, accounts_shown_on=date(2025, 3, 6))
    assert verdicts(late, PLAN)["disclosure-days"] == "broken"
    assert "disclosure-days" not in verdicts(late, replace(PLAN, matter="election"))


def test_extraordinary_assembly() -> None:
    # Art. 31: within 20 days of the request of 30 %.
    called = replace(MEETING, kind="extraordinary", asked_on=date(2025, 2, 28))
    assert verdicts(called)["extraordinary-days"] == "kept"  # 20 days
    assert verdicts(replace(called, asked_on=date(2025, 2, 27)))["extraordinary-days"] == "broken"
    asked = replace(called, asked_by=Fraction(9, 30))
    assert verdicts(asked)["extraordinary-request"] == "kept"


def test_representative_assembly() -> None:
    # Art. 32: open to more than 150 members; generally 10 %, at least 51.
    meeting = Meeting("representative", date(2025, 3, 1), 600, 60, 40)
    found = verdicts(meeting)
    assert found["representatives-from"] == "kept"
    assert found["representatives-least"] == "kept"
    assert found["representatives-share"] == "kept"
    small = verdicts(replace(meeting, members=150, entitled=51, present=51))
    assert small["representatives-from"] == "broken"
    few = check_assembly(replace(meeting, entitled=50, present=40))
    kinds = {one.rule: one for one in few.findings}
    assert kinds["representatives-least"].verdict == "broken"
    assert not kinds["representatives-share"].binding  # "generally"


def test_what_is_not_recorded_is_said() -> None:
    bare = check_assembly(
        Meeting("ordinary", date(2025, 3, 1), 30), [replace(PLAN, votes_for=None)]
    )
    assert bare.stands is None
    assert "unknown" in {one.verdict for one in bare.findings}


def test_unsigned_minutes_break_no_law() -> None:
    found = check_assembly(replace(MEETING, minutes_signed=False), [], voting_rights(people(30)))
    assert found.stands is True
    assert [one.verdict for one in found.findings if one.rule == "minutes-signed"] == ["broken"]


def test_additional_votes_are_told() -> None:
    # Art. 22: told at each assembly.
    rights = voting_rights(people(30), {"M001": 2})
    assert verdicts(MEETING, rights=rights)["votes_disclosed"] == "unknown"
    told = replace(MEETING, votes_disclosed=False)
    assert verdicts(told, rights=rights)["votes_disclosed"] == "broken"


def test_impossible_records() -> None:
    with pytest.raises(DataError) as refused:
        check_assembly(replace(MEETING, present=31))
    assert refused.value.code == "votes.impossible_presence"
    with pytest.raises(DataError) as refused:
        check_assembly(MEETING, [replace(PLAN, votes_for=Fraction(28))], voting_rights(people(30)))
    assert refused.value.code == "votes.impossible_votes"
    with pytest.raises(DataError):
        check_assembly(MEETING, [replace(PLAN, votes_for=Fraction(-1))])


@pytest.mark.parametrize(
    ("members", "additional", "code"),
    [
        ([], {}, "cooperatives.no_members"),
        (["a", "a"], {}, "cooperatives.member_twice"),
        (["a"], {"b": 1}, "votes.strangers"),
        (["a"], {"a": -1}, "votes.not_votes"),
        (["a"], {"a": "many"}, "votes.not_votes"),
        (["a"], {"a": float("nan")}, "votes.not_votes"),
    ],
)
def test_bad_rights(members: list[str], additional: dict[str, object], code: str) -> None:
    with pytest.raises(DataError) as refused:
        voting_rights(members, additional)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert str(refused.value)


def test_bad_blocs_and_majorities() -> None:
    rights = voting_rights(people(5))
    with pytest.raises(DataError) as refused:
        voting_power(rights, blocs={"x": ["nobody"]})
    assert refused.value.code == "votes.bloc_stranger"
    with pytest.raises(DataError) as refused:
        voting_power(rights, blocs={"x": ["M001"], "y": ["M001"]})
    assert refused.value.code == "votes.bloc_twice"
    with pytest.raises(SpecError) as asked:
        voting_power(rights, "large")  # type: ignore[arg-type]
    assert asked.value.code == "votes.unknown_majority"
    with pytest.raises(DataError):
        voting_power(rights).voter("nobody")
    for ideal, votes in (([], None), ([1.0], [1.0, 2.0]), ([float("nan")], None), ([1.0], [0.0])):
        with pytest.raises(DataError):
            median_choice(ideal, votes)
    with pytest.raises(SpecError):
        median_choice([1.0], served=0.0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_and_figure(language: str) -> None:
    with words.use_language(language):
        rights = voting_rights(people(60), {"M001": 12, "M002": 3})
        assert rights.summary().to_text()
        power = voting_power(rights, "special", {"board": people(4)})
        assert power.summary().to_text()
        assert power.plot().to_svg().startswith("<svg")
        assert median_choice([1, 2, 5]).summary().to_text()
        assert check_assembly(MEETING, [PLAN], rights=voting_rights(people(30))).summary().to_text()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    path = tmp_path / "office.duckdb"
    members = people(30)
    with create_register(path) as register, register.post("import") as batch:
        batch.append(
            "cooperatives",
            pl.DataFrame(
                {
                    "cooperative": ["C1"],
                    "name": ["Rice"],
                    "kind": ["professional"],
                    "registered_on": [date(2020, 1, 1)],
                }
            ),
        )
        batch.append(
            "charters",
            pl.DataFrame(
                {
                    "cooperative": ["C1"],
                    "valid_from": [date(2020, 1, 1)],
                    "additional_votes": [True],
                }
            ),
        )
        batch.append(
            "members",
            pl.DataFrame(
                {
                    "cooperative": ["C1"] * 31,
                    "member": [*members, "late"],
                    "kind": ["farmer"] * 31,
                    "joined_on": [date(2020, 1, 1)] * 30 + [date(2026, 1, 1)],
                }
            ),
        )
        batch.append(
            "exits",
            pl.DataFrame(
                {
                    "cooperative": ["C1"],
                    "member": ["M030"],
                    "left_on": [date(2025, 1, 1)],
                    "how": ["left"],
                }
            ),
        )
        batch.append(
            "additional_votes",
            pl.DataFrame(
                {
                    "cooperative": ["C1"] * 2,
                    "member": ["M001", "M030"],
                    "from_on": [date(2021, 1, 1)] * 2,
                    "votes": [3, 2],
                }
            ),
        )
        batch.append(
            "assemblies",
            pl.DataFrame(
                {
                    "cooperative": ["C1"],
                    "assembly": ["A1"],
                    "kind": ["ordinary"],
                    "day": [date(2025, 3, 20)],
                    "votes_disclosed": [True],
                }
            ),
        )
        batch.append(
            "attendance",
            pl.DataFrame(
                {
                    "cooperative": ["C1"] * 18,
                    "assembly": ["A1"] * 18,
                    "member": members[:18],
                    "how": ["present"] * 18,
                }
            ),
        )
        batch.append(
            "resolutions",
            pl.DataFrame(
                {
                    "cooperative": ["C1"],
                    "resolution": ["R1"],
                    "assembly": ["A1"],
                    "body": ["assembly"],
                    "day": [date(2025, 3, 20)],
                    "matter": ["election"],
                    "votes_for": [17],
                    "votes_against": [1],
                    "passed": [True],
                }
            ),
        )
    return path


def test_from_the_register(office: Path) -> None:
    with co.open_register(office, read_only=True) as register:
        before = voting_rights_from_register(register, "C1", date(2024, 6, 1))
        assert (len(before.members), before.total) == (30, 35)
        # M030 has left and "late" has not yet come: 29 members, 3 additional votes of 5.8.
        rights = voting_rights_from_register(register, "C1", date(2025, 3, 20))
        assert (len(rights.members), rights.total, rights.within) == (29, 32, True)
        (check,) = assemblies_from_register(register, "C1")
        found = {one.rule: one for one in check.findings}
        # Art. 30: 18 of 29 is less than two thirds; 17 of 32 is more than half.
        assert (found["quorum"].verdict, found["quorum"].counted) == ("broken", "18/29")
        assert (found["ordinary-majority"].verdict, found["ordinary-majority"].counted) == (
            "kept",
            "17/32",
        )
        for wrong in ("C2", "A9"):
            with pytest.raises(DataError):
                assemblies_from_register(register, "C1" if wrong == "A9" else wrong, wrong)
        with pytest.raises(DataError):
            voting_rights_from_register(register, "C1", date(2019, 1, 1))


def test_command(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["cooperative", "votes", str(office), "C1", "--on", "2025-03-20"]) == 0
    out = capsys.readouterr().out
    assert "M001" in out
    assert "18/29" in out
    special = ["--majority", "special", "--bloc", "M001", "M002"]
    assert answer(["cooperative", "votes", str(office), "C1", *special, "--language", "zh"]) == 0
    assert "表决权" in capsys.readouterr().out
    assert answer(["cooperative", "votes", str(office), "C9"]) == 2
    assert "C9" in capsys.readouterr().err


def test_planted_breaches_are_found_and_no_others(tmp_path: Path) -> None:
    # Recovery: the synthetic county plants one breach of each kind in a cooperative of its own.
    path = tmp_path / "county.duckdb"
    county = co.demo_county(path, seed=7, cooperatives=80, members=2_400, ledger_rows=24_000)
    planted = dict(county.planted.rows())
    meant = {
        "quorum",
        "disclosure-days",
        "extraordinary-days",
        "additional-votes",
        "special-majority",
    }
    found: dict[str, set[str]] = {}
    with co.open_register(path, read_only=True) as register:
        for name in register.table("cooperatives")["cooperative"]:
            if planted.get(name) not in meant and name > "C00030":
                continue
            broken = {
                one.rule
                for check in assemblies_from_register(register, name)
                for one in check.findings
                if one.binding and one.verdict == "broken"
            }
            if broken:
                found[name] = broken
    assert {planted.get(name, "none") for name in found} == meant
    assert all(planted[name] in broken for name, broken in found.items())
