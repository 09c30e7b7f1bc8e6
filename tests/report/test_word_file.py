"""The report as a Word file: everything in order, described, harmless, the same bytes twice."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from livelihoods.figures.distribution import distribution_plot
from livelihoods.notes import Note
from livelihoods.report import Document, Heading, LinkList, NoteList, Prose
from livelihoods.report.to_docx import to_docx
from livelihoods.tables import Column, Row, Table, integer, number, text

HOSTILE = "<w:t>&\x00\x0b{{x}} =cmd() \u202e合作社 👩‍🌾 \ud800"


def report(language: str = "en", word: str = "Sample") -> Document:
    rows = (Row((text(word), number(1.25))), Row((text("n"), integer(300))))
    table = Table("a", word, (Column("k", "", "left"), Column("v", word)), rows)
    return Document(
        word,
        language,
        (
            Heading(1, word),
            Prose(f"{word}\n\nSecond."),
            distribution_plot([1.0, 2.0, 4.0], id="d", title=word, axis=word, language=language),
            Heading(2, word),
            table,
            NoteList((Note("figures.values_missing", "serious", {"n": 3}),), word),
            LinkList((("Codebook", "codebook.html"),)),
        ),
        word,
        (("Rows", "312"),),
    )


def opened(document: Document) -> Any:
    return docx.Document(io.BytesIO(to_docx(document)))


def test_everything_is_there_in_order() -> None:
    file = opened(report())
    shown = [p.text for p in file.paragraphs if p.text]
    assert shown == [
        "Sample",
        "Sample",
        "Rows: 312",
        "Sample",
        "Sample",
        "Second.",
        "Figure 1  Sample",
        "Sample",
        "Table 1  Sample",
        "Sample",
        "Serious: The figure leaves out 3 missing values.",
        "Codebook: codebook.html",
    ]
    assert [p.style.name for p in file.paragraphs if p.text][3] == "Heading 1"
    assert len(file.tables) == 1
    picture = file.inline_shapes[0]
    assert "n = 3" in picture._inline.docPr.get("descr")
    assert picture.width.mm <= 140.5


def test_heading_fonts_are_ours() -> None:
    fonts = opened(report()).styles["Heading 1"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "SimSun"
    assert fonts.get(qn("w:asciiTheme")) is None


def test_same_bytes_twice_and_fixed_dates() -> None:
    raw = to_docx(report())
    assert raw == to_docx(report())
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        assert {info.date_time[0] for info in package.infolist()} == {2000}
        assert "python-docx" not in package.read("docProps/core.xml").decode()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_words_stay_words(language: str) -> None:
    file = opened(report(language, HOSTILE))
    assert any("=cmd() 合作社" in p.text for p in file.paragraphs)
    assert not list(file.element.body.iter(qn("w:instrText")))


def test_long_tables_are_capped() -> None:
    rows = tuple(Row((text(f"r{i}"), integer(i))) for i in range(5_000))
    table = Table("long", "Long", (Column("k"), Column("v")), rows)
    file = opened(Document("T", "en", (table,)))
    assert len(file.tables[0]._tbl.tr_lst) == 200
    assert "… 4,800 further rows not shown." in [p.text for p in file.paragraphs]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    (tmp_path / "r.docx").write_bytes(to_docx(report("zh", HOSTILE)))
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    command += ["--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "r.docx")]
    subprocess.run(command, check=True, timeout=180, capture_output=True)
    assert (tmp_path / "r.pdf").stat().st_size > 5_000
