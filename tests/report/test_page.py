"""The report page: self-contained, scriptless, harmless, numbered, the same bytes twice."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from livelihoods.errors import SpecError
from livelihoods.figures.distribution import distribution_plot
from livelihoods.notes import Note
from livelihoods.report import (
    Document,
    Heading,
    LinkList,
    NoteList,
    Prose,
    settle,
    without_readings,
)
from livelihoods.report.document import paragraphs
from livelihoods.report.to_html import to_html
from livelihoods.tables import Column, Row, Table, integer, number, text, with_reading
from tables.tablehelp import read_html

HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=y>{{ 7*7 }} \u202e 合作社"


def small(name: str = "a", title: str = "Incomes") -> Table:
    columns = (Column("k", "", "left"), Column("v", "Value"))
    return Table(name, title, columns, (Row((text("mean"), number(1.25))),))


def report(language: str = "en", title: str = "Resilience") -> Document:
    return Document(
        title,
        language,
        (
            Heading(1, "Sample"),
            Prose("First line\nof a paragraph.\n\nSecond one."),
            distribution_plot([1.0, 2.0, 4.0, 8.0], id="d", title="Income", language=language),
            Heading(1, "Sample"),
            small(),
            small(),
            distribution_plot([1.0, 2.0], id="d", language=language),
            NoteList((Note("figures.values_missing", "serious", {"n": 3}),), "Findings"),
            LinkList((("Codebook", "codebook.html"),)),
        ),
        subtitle="Baseline",
        facts=(("Rows", "312"),),
    )


def test_blocks_are_numbered_and_anchors_distinct() -> None:
    page = to_html(report())
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"sample", "sample-2", "table_a", "table_a-2", "figure_d", "figure_d-2"} <= set(ids)
    shown = " ".join("".join(read_html(page).text).split())
    for piece in ("Table 1 Incomes", "Table 2 Incomes", "Figure 1 Income", "Figure 2"):
        assert piece in shown
    assert "First line of a paragraph." in shown
    assert "Serious The figure leaves out 3 missing values." in shown


def test_page_runs_and_loads_nothing() -> None:
    page = to_html(report())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    read = read_html(page)
    assert "script" not in read.tags
    assert "style" not in [name for name, _ in read.attributes]
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert not [
        value
        for name, value in read.attributes
        if value.startswith("http") and not name.startswith("xmlns")
    ]


def test_same_bytes_twice() -> None:
    assert to_html(report()) == to_html(report())


def test_hostile_words_stay_words() -> None:
    table = small(HOSTILE, HOSTILE)
    document = Document(
        HOSTILE,
        "zh",
        (
            Heading(1, HOSTILE),
            Prose(HOSTILE),
            table,
            distribution_plot({HOSTILE: [1.0, 2.0], "b": [2.0]}, id=HOSTILE, title=HOSTILE),
            LinkList(((HOSTILE, "codebook.html"),)),
        ),
        HOSTILE,
        ((HOSTILE, HOSTILE),),
    )
    page = to_html(document, links={HOSTILE: {"csv": "tables/x.csv"}})
    read = read_html(page)
    assert "script" not in read.tags
    assert "img" not in read.tags
    assert "49" not in "".join(read.text)
    assert page.count("</style>") == 1
    assert "\u202e" not in page


def test_long_tables_are_capped_and_point_to_their_file() -> None:
    rows = tuple(Row((text(f"r{i}"), integer(i))) for i in range(5000))
    table = Table("long", "Long", (Column("k"), Column("v")), rows)
    page = to_html(Document("T", "en", (table,)), links={"long": {"csv": "tables/long.csv"}})
    assert len(read_html(page).rows) == 200
    assert "4,800 further rows not shown." in page
    assert '<a href="tables/long.csv">' in page


@pytest.mark.parametrize(
    "address", ["https://a.b/c", "javascript:alert(1)", "/etc/passwd", "../x", "a/../../x", "//h/x"]
)
def test_addresses_stay_in_the_folder(address: str) -> None:
    with pytest.raises(SpecError, match="leaves the report"):
        LinkList((("x", address),))
    with pytest.raises(SpecError, match="leaves the report"):
        to_html(Document("T", "en", (small(),)), links={"a": {"csv": address}})


def test_readings_can_be_switched_off() -> None:
    document = Document("T", "en", (with_reading(small(), "It goes with more."),))
    assert "It goes with more." in to_html(document)
    assert "It goes with more." not in to_html(without_readings(document))


def test_small_parts() -> None:
    assert paragraphs("a\n b\n\n\n\nc\r\n\r\nd") == ["a b", "c", "d"]
    numbers = [block.number for block in settle(report()).blocks if isinstance(block, Table)]
    assert numbers == [1, 2]


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
@pytest.mark.parametrize("width", [1280, 420])
def test_a_browser_shows_it_without_complaint(tmp_path: Path, width: int) -> None:
    page = tmp_path / "report.html"
    page.write_text(to_html(report(title=HOSTILE)), encoding="utf-8")
    picture = tmp_path / "report.png"
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900"]
    command += ["--enable-logging=stderr", f"--screenshot={picture}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "Content Security Policy" not in done.stderr
    assert picture.stat().st_size > 10_000
