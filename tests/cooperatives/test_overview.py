"""The whole register in one report: every section there, or the reason why not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from livelihoods import words
from livelihoods.cli import answer
from livelihoods.cooperatives.county import County, demo_county
from livelihoods.cooperatives.overview import county_report
from livelihoods.cooperatives.register import create_register, open_register
from livelihoods.errors import SpecError
from livelihoods.report.document import Heading, Prose
from livelihoods.tables import Table

LAST_DAY_WITH_A_LINE = date(2024, 12, 31)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    place = tmp_path_factory.mktemp("county") / "county.duckdb"
    return demo_county(place, cooperatives=80, members=3_000, ledger_rows=40_000)


def test_every_section_is_filled(county: County) -> None:
    for language in words.LANGUAGES:
        with words.use_language(language), open_register(county.path, read_only=True) as register:
            document = county_report(register, as_of=LAST_DAY_WITH_A_LINE)
        sections = [b for b in document.blocks if isinstance(b, Heading) and b.level == 1]
        assert len(sections) == 8
        missing = words.text("cooperatives.overview_missing", language, reason="")
        said = [block.text for block in document.blocks if isinstance(block, Prose)]
        assert not [text for text in said if text.startswith(missing)]
        assert sum(isinstance(block, Table) for block in document.blocks) >= 10


def test_what_is_missing_is_said_where_it_would_stand(county: County) -> None:
    # There is no monitoring line for 2025 among the packaged ones.
    with open_register(county.path, read_only=True) as register:
        document = county_report(register, as_of=date(2025, 3, 31))
    told = [block.text for block in document.blocks if isinstance(block, Prose)]
    assert any("cannot be filled" in text and "2025-03-31" in text for text in told)


def test_the_report_says_that_the_county_is_invented(county: County) -> None:
    with open_register(county.path, read_only=True) as register:
        document = county_report(register, as_of=LAST_DAY_WITH_A_LINE)
    assert "invented" in document.subtitle
    assert all(block.synthetic for block in document.blocks if isinstance(block, Table))


def test_an_empty_register_has_no_report(tmp_path: Path) -> None:
    with (
        create_register(tmp_path / "empty.duckdb") as register,
        pytest.raises(SpecError, match="empty"),
    ):
        county_report(register)


def test_the_command_writes_a_page_and_a_word_file(county: County, tmp_path: Path) -> None:
    page, paper = tmp_path / "r.html", tmp_path / "r.docx"
    base = ["cooperative", "report", str(county.path), "--as-of", "2024-12-31"]
    assert answer([*base, "--html", str(page), "--docx", str(paper)]) == 0
    assert "<table" in page.read_text(encoding="utf-8")
    assert paper.read_bytes()[:2] == b"PK"
