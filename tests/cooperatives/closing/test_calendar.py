"""The filing calendar: days from rule data, done or overdue from the register."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cooperatives.small_register import COOPERATIVE, filled, hand_year
from livelihoods.cooperatives import close_year, filing_calendar
from livelihoods.errors import DataError


def test_duties_of_a_year(tmp_path: Path) -> None:
    # Art. 40: 15 days before the assembly of 20 March is 5 March; shown on the 10th is late.
    assembly = {
        "assembly": "A1",
        "kind": "ordinary",
        "day": date(2026, 3, 20),
        "accounts_shown_on": date(2026, 3, 10),
    }
    filing = {"filing": "annual_report", "year": 2025, "filed_on": date(2026, 6, 1)}
    with filled(tmp_path, **hand_year(assemblies=[assembly], filings=[filing])) as register:
        close_year(register, "C1", 2025, closed_on=date(2026, 2, 1))
        found = filing_calendar(register, "C1", 2025, date(2026, 5, 15))
        states = {duty.id: duty.state for duty in found.duties}
        dues = {duty.id: duty.due for duty in found.duties}
        later = filing_calendar(register, "C1", 2025, date(2026, 7, 1))
    assert states == {
        "close": "done",
        "disclosure": "late",
        "assembly": "done",
        "accounts": "overdue",
        "annual-report": "open",
        "member-register": "open",
    }
    assert dues["disclosure"] == date(2026, 3, 5)
    after = {duty.id: duty.state for duty in later.duties}
    assert (after["annual-report"], after["member-register"]) == ("done", "overdue")
    assert found.tidy().height == 6
    assert "*" in repr(found)  # days that were not read in the primary text are marked


def test_without_an_assembly_the_disclosure_has_no_day(tmp_path: Path) -> None:
    with filled(tmp_path, **hand_year()) as register:
        found = {d.id: d for d in filing_calendar(register, "C1", 2025, date(2026, 5, 1)).duties}
        assert (found["disclosure"].due, found["disclosure"].state) == (None, "no_date")
        with pytest.raises(DataError):
            filing_calendar(register, "C9", 2025, date(2026, 5, 1))


def test_a_kind_without_a_calendar_is_said(tmp_path: Path) -> None:
    other = {**COOPERATIVE, "kind": "supply_marketing"}
    with filled(tmp_path, **hand_year(cooperatives=[other])) as register:
        found = filing_calendar(register, "C1", 2025, date(2026, 5, 1))
    assert [note.code for note in found.notes] == ["cooperatives.closing_no_calendar"]
