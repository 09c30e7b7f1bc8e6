"""Monitored households: types, lines with dates, life cycle, what is late."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.cooperatives.targeting import (
    monitored_households,
    monitoring_cases,
    monitoring_rules,
)
from livelihoods.cooperatives.targeting.monitor_rules import packaged_monitoring

LOCAL = """format = 1
id = "county"
jurisdiction = "CN"
verified = true
name = { en = "A county", zh = "某县" }
per_head = { en = "net income over permanent members", zh = "纯收入除以常住人口" }
[[line]]
from = 2024-01-01
to = 2024-12-31
cut_date = 2023-09-30
amount = 8000
verified = true
source = "county document"
[[line]]
from = 2025-01-01
to = 2025-12-31
cut_date = 2024-09-30
amount = 8500
verified = true
source = "county document"
[sudden]
events = ["illness", "disaster"]
rigid_share = 0.5
income_fall = 0.4
[days]
village_review = 10
township_review = 15
aid = 30
closed = 365
"""
DAY = date(2024, 6, 30)


@pytest.fixture
def county(tmp_path: Path) -> Path:
    path = tmp_path / "county.toml"
    path.write_text(LOCAL, encoding="utf-8")
    return path


def test_nothing_packaged_claims_to_be_verified() -> None:
    # Facts B5: the line and every threshold are unverified; a flag must say so.
    for rules in packaged_monitoring().values():
        assert not rules.verified
        assert not any(line.verified for line in rules.line)
        assert rules.sudden.rigid_share is None


def test_the_three_types(county: Path) -> None:
    frame = pl.DataFrame(
        {
            "income": [7000, 7000, 9000, 9000, 9000, 9000, 9000, None, 8000],
            "was": [1, 0, 1, 0, 0, 0, 0, 0, 1],
            "shaky": [0, 0, 1, 0, 0, 0, 0, 0, 0],
            "event": [None, None, None, "illness", "illness", "disaster", "illness", None, None],
            "rigid": [0, 0, 0, 5000, 1000, 0, None, 0, 0],
            "before": [None, None, None, None, 9000, 16000, None, None, None],
            "heads": [4, 3, 2, 5, 1, 1, 1, 1, 1],
        }
    )
    found = monitored_households(
        frame, monitoring_rules(county), DAY, income="income", ex_poor="was", unstable="shaky",
        event="event", rigid_spending="rigid", income_before="before", persons="heads",
    )  # fmt: skip
    # By hand: below 8000 and formerly poor; below; named unstable; 5000/9000 > 0.5; neither
    # threshold met; 1 − 9000/16000 = 0.4375 > 0.4; event without any number; unknown; at the line.
    assert found.frame["type"].to_list() == [
        "unstable", "marginal", "unstable", "sudden", "none", "sudden", "to_review", "not_judged",
        "none",
    ]  # fmt: skip
    assert found.people.filter(type="unstable")["persons"][0] == 6
    assert found.people["households"].sum() == frame.height
    assert not any(note.code == "targeting.unverified_line" for note in found.notes)
    next_year = monitored_households(frame, monitoring_rules(county), date(2025, 1, 1),
                                     income="income", ex_poor="was")  # fmt: skip
    assert next_year.frame["type"][8] == "unstable"


def test_an_unverified_line_is_said_to_be_one() -> None:
    frame = pl.DataFrame({"income": [5000.0], "was": [1]})
    found = monitored_households(frame, monitoring_rules(), DAY, income="income", ex_poor="was")
    assert found.notes[0].severity == "serious"
    assert found.glance()["verified"][0] is False


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("from = 2024-01-01\n", "", "targeting.undated_line"),
        ("cut_date = 2023-09-30\n", "", "targeting.undated_line"),
        ("to = 2024-12-31", "to = 2023-12-31", "targeting.line_backwards"),
        ("to = 2024-12-31", "to = 2025-02-01", "targeting.lines_overlap"),
        ("amount = 8000", "amount = -1", "targeting.bad_monitoring"),
        ('id = "county"', "id = ", "targeting.bad_monitoring"),
        ("aid = 30", "gift = 30", "targeting.bad_monitoring"),
    ],
)
def test_refusals_of_rules(county: Path, old: str, new: str, code: str) -> None:
    county.write_text(LOCAL.replace(old, new), encoding="utf-8")
    with pytest.raises(lv.LivelihoodsError) as caught:
        monitoring_rules(county)
    assert caught.value.code == code
    assert caught.value.message("zh")


def test_no_line_no_judgement(county: Path) -> None:
    frame = pl.DataFrame({"income": [1.0], "was": [1], "e": ["flood"]})
    rules = monitoring_rules(county)
    with pytest.raises(lv.LivelihoodsError, match="2023-05-01"):
        monitored_households(frame, rules, date(2023, 5, 1), income="income", ex_poor="was")
    with pytest.raises(lv.LivelihoodsError, match="flood"):
        monitored_households(frame, rules, DAY, income="income", ex_poor="was", event="e")
    with pytest.raises(lv.LivelihoodsError, match="cn-unverified"):
        monitoring_rules("nowhere")


STEPS = ("identified", "village_review", "township_review", "aid", "closed")


def case(*days: date | None, outcome: str | None = None) -> dict[str, object]:
    return dict(zip(STEPS, days, strict=True)) | {"outcome": outcome}


def cases(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {"household": pl.String, **dict.fromkeys(STEPS, pl.Date), "outcome": pl.String}
    named = [{"household": f"H{place}"} | row for place, row in enumerate(rows, start=1)]
    return pl.DataFrame(named, schema=schema)


def test_what_is_late(county: Path) -> None:
    start = date(2024, 3, 1)

    def on(days: int) -> date:
        return start + timedelta(days=days)

    rows = [
        case(start, None, None, None, None),  # review was due on day 10
        case(on(115), None, None, None, None),  # due on day 125, after today
        case(start, on(12), None, None, None),  # 2 days late, then township due on day 27
        case(start, on(5), None, on(30), None),  # township left out; closing due a year later
        case(start, on(9), on(8), on(20), on(100), outcome="eliminated"),  # out of order
        case(start, on(5), on(10), on(20), on(60)),  # closed, outcome not said
        case(None, None, None, None, None),
        case(start, on(500), None, None, None),  # in the future, and late
    ]
    found = monitoring_cases(cases(rows), monitoring_rules(county), on(121))
    got = {(row["case"], row["alert"], row["step"], row["days"]) for row in found.alerts.to_dicts()}
    assert got == {
        ("H1", "overdue", "village_review", 111),
        ("H3", "late", "village_review", 2),
        ("H3", "overdue", "township_review", 121 - 27),
        ("H4", "skipped", "township_review", None),
        ("H5", "out_of_order", "township_review", 1),
        ("H6", "no_outcome", "closed", None),
        ("H7", "no_date", "identified", None),
        ("H8", "in_future", "village_review", 379),
        ("H8", "late", "village_review", 490),
    }
    assert found.alerts["alert"][0] == "overdue"
    assert found.cases["stage"].to_list()[:5] == [
        "identified", "identified", "village_review", "aid", "eliminated",
    ]  # fmt: skip


def test_a_step_without_deadline_is_never_overdue() -> None:
    # The packaged rules know one deadline: aid, 30 days after the last dated step.
    start = date(2020, 1, 1)
    aided = case(start, start, start, start, None)
    rows = cases([case(start, start, None, None, None), aided])
    found = monitoring_cases(rows, monitoring_rules(), date(2020, 2, 1))
    assert [(row["case"], row["step"], row["days"]) for row in found.alerts.to_dicts()] == [
        ("H1", "aid", 1)
    ]
    assert {note.code for note in found.notes} == {
        "targeting.no_deadline", "targeting.unverified_deadlines",
    }  # fmt: skip


@given(st.integers(0, 400), st.integers(0, 400))
def test_time_only_makes_things_later(first: int, more: int) -> None:
    start = date(2024, 1, 1)
    rows = cases([case(start, None, None, None, None)])
    rules = monitoring_rules().model_copy(update={"days": {"village_review": 10}})
    early = monitoring_cases(rows, rules, start + timedelta(days=first)).alerts.height
    late = monitoring_cases(rows, rules, start + timedelta(days=first + more)).alerts.height
    assert early <= late
    assert early == (first > 10)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outcome": pl.lit("gone")}, "targeting.unknown_outcome"),
        ({"household": pl.lit("H1")}, "targeting.case_twice"),
        ({"aid": pl.lit(3)}, "targeting.not_dates"),
        ({"aid": pl.lit("soon")}, "targeting.not_dates"),
    ],
)
def test_refusals_of_cases(change: dict[str, pl.Expr], code: str) -> None:
    rows = cases([case(DAY, None, None, None, None)] * 2).with_columns(**change)
    with pytest.raises(lv.LivelihoodsError) as caught:
        monitoring_cases(rows, monitoring_rules(), DAY)
    assert caught.value.code == code


def test_dates_may_be_text() -> None:
    rows = cases([case(DAY, None, None, None, None)]).with_columns(pl.col(STEPS).cast(pl.String))
    assert monitoring_cases(rows, monitoring_rules(), DAY).cases["since"][0] == DAY


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_is_said_in_both_languages(county: Path, language: str) -> None:
    with words.use_language(language):
        rules = monitoring_rules(county)
        frame = pl.DataFrame({"income": [5000.0, None], "was": [1, 0]})
        found = monitored_households(frame, rules, DAY, income="income", ex_poor="was")
        assert rules.name[language] in found.summary().to_text()
        looked = monitoring_cases(cases([case(DAY, None, None, None, None)]), rules,
                                  date(2024, 12, 1))  # fmt: skip
        assert "H1" in looked.alerts_table().to_text()
        assert looked.summary().to_text()
        assert looked.to_dict()["alerts"][0]["due"] == "2024-07-10"
