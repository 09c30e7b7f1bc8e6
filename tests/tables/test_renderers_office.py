"""Word, Excel and LaTeX: parsed content equals the text, rules and tab stops stand in the file."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import numpy as np
import openpyxl
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihoods.notes import Note
from livelihoods.tables import (
    BLANK,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    interval,
    number,
    p_value,
    percent,
    text,
)
from livelihoods.tables.format import clean_text
from livelihoods.tables.to_latex import escape
from livelihoods.tables.to_xlsx import number_format, sheet_names, to_xlsx
from tables.tablehelp import read_html

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "http://example.org/x",
    "mailto:a@b.c",
    "\\input{/etc/passwd} $x_1$ 50% & # ~ ^ {} \\write18{ls}",
    "[2em] after a line end",
    "a\x00b\x0bc\x1b[31m\x7f\ufffe",
    "👩‍🌾 合作社 χ² e\u0301",
    "\u202eevil שלום \u2028 end",
    "\ud800 lone",
    "_x0041_ <w:t>",
    "",
]


def example() -> Table:
    """Printed values of the Shanxi study, table 10, columns 1 and 2."""
    return Table(
        "shanxi-10",
        "Collective action",
        (Column("term", "", "left"), Column("a", "(1)"), Column("b", "(2)")),
        (
            Row((text("Panel A 甲"), BLANK, BLANK), "section"),
            Row((text("Participation"), number(0.223, stars=3), number(-1.012, stars=1))),
            Row((BLANK, number(3.287, wrap="parentheses"), number(-7.975, wrap="parentheses"))),
            Row((text("Share"), percent(0.4683), interval(-1, 2, 1)), indent=1),
            Row((text("p"), p_value(0.0004), p_value(0.03))),
            Row((text("n"), integer(12312), integer(312)), "statistic", rule_above=True),
        ),
        (Spanner("Livelihood", 1, 3),),
        notes=(Note("figures.values_missing", "warning", {"n": 3}),),
        legend=("t in parentheses.",),
        number=10,
        reading="In short, it goes with more.",
    )


def hostile(label: str) -> Table:
    return Table(
        label,
        label,
        (Column(label, label, "left"), Column(label, label), Column(label, label)),
        (
            Row((text(label), text(label), number(-1.5, stars=2))),
            Row((text(label), integer(5), number(float("inf")))),
            Row((text(label), BLANK, BLANK), "section"),
        ),
        (Spanner(label, 1, 3),),
        legend=(label,),
        reading=label,
        synthetic=True,
    )


def word(table: Table) -> Any:
    return docx.Document(io.BytesIO(table.to_docx()))


def grid(document: Any) -> list[list[str]]:
    rows = []
    for line in document.tables[0]._tbl.tr_lst:
        rows.append(["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in line.tc_lst])
    return rows


def test_word_says_what_the_page_says() -> None:
    table = example()
    flat = [[cell for cell in row if cell] for row in grid(word(table))]
    page = [[cell for cell in row if cell] for row in read_html(table.to_html()).rows]
    assert flat == page
    around = [p.text for p in word(table).paragraphs if p.text]
    assert around == [
        "Table 10  Collective action",
        "t in parentheses.",
        "Warning: The figure leaves out 3 missing values.",
        "In plain words: In short, it goes with more.",
    ]


def test_word_has_three_lines_and_tab_stops() -> None:
    grid_element = word(example()).tables[0]._tbl
    borders = {
        edge.tag.split("}")[1]: int(edge.get(qn("w:sz")))
        for edge in grid_element.tblPr.find(qn("w:tblBorders"))
    }
    lines = grid_element.tr_lst
    header = lines[1]
    under = [edge.get(qn("w:sz")) for edge in header.iter(qn("w:bottom"))]
    # Eighths of a point: 1.5 pt above and below, 0.75 pt under the heading; no vertical rules.
    assert borders == {"top": 12, "bottom": 12}
    assert under == ["6", "6", "6"]
    sides = {"left", "right", "insideV", "insideH"}
    drawn = {edge.tag.split("}")[1] for box in grid_element.iter(qn("w:tcBorders")) for edge in box}
    assert not drawn & sides
    stops = [
        [(tab.get(qn("w:val")), tab.get(qn("w:pos"))) for tab in cell.iter(qn("w:tab"))]
        for cell in lines[3].tc_lst
    ]
    assert stops[0] == []
    assert [stop[0][0] for stop in stops[1:]] == ["decimal", "decimal"]
    below = [[tab.get(qn("w:pos")) for tab in cell.iter(qn("w:tab"))] for cell in lines[4].tc_lst]
    assert [stop[0][1] for stop in stops[1:]] == [places[0] for places in below[1:]]
    assert header.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None


def test_word_names_both_kinds_of_fonts() -> None:
    fonts = word(example()).styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:ascii")) == "Times New Roman"
    assert fonts.get(qn("w:eastAsia")) == "SimSun"
    assert fonts.get(qn("w:eastAsiaTheme")) is None


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_words_in_word(label: str) -> None:
    document = word(hostile(label))
    assert grid(document)[2][0] == clean_text(label)
    with zipfile.ZipFile(io.BytesIO(hostile(label).to_docx())) as package:
        body = package.read("word/document.xml").decode("utf-8")
        assert not [name for name in package.namelist() if "vba" in name.lower()]
    assert "w:instrText" not in body
    assert "w:hyperlink" not in body


def test_excel_holds_numbers_with_their_look() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(example().to_xlsx())).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "Table 10  Collective action"
    assert rows[4] == ["Participation", 0.223, -1.012]
    assert rows[6] == ["Share", 46.83, "[−1.0, 2.0]"]
    assert rows[8] == ["n", 12312, 312]
    assert sheet["B5"].number_format == '#,##0.000"***";"−"#,##0.000"***"'
    assert sheet["B6"].number_format == '"("#,##0.000")";"(−"#,##0.000")"'
    assert sheet["B8"].number_format == '[<0.001]"<0.001";#,##0.000'
    assert sheet["B3"].border.bottom.style == "thin"
    assert sheet["B2"].border.top.style == "thick"
    assert sheet["B9"].border.bottom.style == "thick"


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_words_in_excel(label: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx([hostile(label), hostile(label)])))
    assert len(book.sheetnames) == 2
    for sheet in book:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert all(cell.data_type in ("s", "n", "inlineStr") for cell in cells)
        assert all(cell.hyperlink is None for cell in cells)
        shown = [cell.value for cell in cells if isinstance(cell.value, str)]
        assert clean_text(label).strip() in {value.strip() for value in shown} | {""}


def test_sheet_names_are_valid_and_distinct() -> None:
    names = sheet_names(["a/b", "A?b", "x" * 60, "x" * 50, "'q'", "", "History"])
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 for name in names)
    assert not any(set(name) & set("[]:*?/\\") for name in names)


def test_number_formats() -> None:
    table = example()
    assert number_format(integer(5), table) == '#,##0;"−"#,##0'
    assert number_format(replace(number(1.0), mark="a"), table) == (
        '#,##0.000" [a]";"−"#,##0.000" [a]"'
    )


@pytest.mark.parametrize("kind", ["to_docx", "to_xlsx", "to_latex"])
def test_bytes_repeat(kind: str) -> None:
    assert getattr(example(), kind)() == getattr(example(), kind)()


def test_package_dates_are_fixed() -> None:
    for raw in (example().to_docx(), example().to_xlsx()):
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            assert {info.date_time[0] for info in package.infolist()} <= {1980, 2000}
            core = package.read("docProps/core.xml").decode("utf-8")
        assert set(re.findall(r"(\d{4})-\d\d-\d\dT", core)) == {"2000"}


def test_latex_says_it() -> None:
    page = example().to_latex()
    lines = [line for line in page.splitlines() if "Participation" in line]
    assert lines == [
        r"Participation & \lvcell{46}{0}{.223\textsuperscript{***}}{.223\textsuperscript{***}}"
        r" & \lvcell{($-$7}{$-$1}{.012\textsuperscript{*}}{.975)} \\"
    ]
    for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\cmidrule(lr){2-3}"):
        assert rule in page
    assert r"\usepackage" not in page


@given(st.text(max_size=40))
def test_escaped_text_has_no_live_character(label: str) -> None:
    done = escape(label)
    left = re.sub(r"\\[{}$&#%_]|\\[a-zA-Z]+\{?\}?|\$\\?[a-z-]*\^?[0-9]?\$|\{-\}|\\,|~", "", done)
    assert not set(left) & set("\\$&#%_^~`<>|")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex")
@pytest.mark.parametrize("label", ["plain", " ".join(HOSTILE)])
def test_latex_compiles(tmp_path: Path, label: str) -> None:
    many = replace(hostile(label), rows=hostile(label).rows * 40)
    for place, table in enumerate((example(), hostile(label), many)):
        source = tmp_path / f"t{place}.tex"
        source.write_text(table.to_latex(standalone=True), encoding="utf-8")
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", source.name],
            cwd=tmp_path,
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")
def test_libreoffice_opens_word(tmp_path: Path) -> None:
    (tmp_path / "t.docx").write_bytes(hostile(" ".join(HOSTILE)).to_docx())
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    command += ["--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "t.docx")]
    subprocess.run(command, check=True, timeout=180, capture_output=True)
    assert (tmp_path / "t.pdf").stat().st_size > 5_000


def test_five_thousand_rows_in_every_medium() -> None:
    rows = tuple(
        Row((text(f"r{i}"), number(i / 7), integer(i), text("=1+1"))) for i in range(5_000)
    )
    columns = (Column("k", "k", "left"), Column("x", "x"), Column("n", "n"), Column("n", "n"))
    table = Table("long", "Long", columns, rows)
    assert len(grid(word(table))) == 5_001
    sheet = openpyxl.load_workbook(io.BytesIO(table.to_xlsx()), read_only=True).active
    assert sheet.max_row == 5_002
    assert table.to_latex().count(r"\\" + "\n") >= 5_000
    assert len(table.to_csv().splitlines()) == 5_001
    assert table.to_csv().splitlines()[0] == "k,x,n,n_2"
    assert len(read_html(table.to_html()).rows) == 5_001


@settings(max_examples=15)
@given(st.text(max_size=25), st.floats())
def test_any_text_and_number_in_office_files(label: str, value: float) -> None:
    table = Table(label, label, (Column("a"), Column("b")), (Row((text(label), number(value))),))
    assert grid(word(table))[0][0] == clean_text(label)
    openpyxl.load_workbook(io.BytesIO(table.to_xlsx()))


def test_long_texts_take_the_room_that_is_left() -> None:
    rows = (Row((text("a"), text("a long finding about a variable " * 6))),)
    table = Table("t", "", (Column("k", "", "left"), Column("v", "", "left")), rows)
    columns = [int(c.get(qn("w:w"))) for c in word(table).tables[0]._tbl.tblGrid]
    # A4 less two margins of 25 mm is 160 mm = 9,071 twentieths of a point.
    assert 8_900 < sum(columns) <= 9_071
    assert columns[1] > 8 * columns[0]


def test_readings_keep_their_paragraphs_in_every_medium() -> None:
    table = replace(example(), reading="First.\n\nSecond.")
    shown = [p.text for p in word(table).paragraphs]
    assert shown[-3:-1] == ["In plain words: First.", "Second."]
    assert table.to_html().count('<p class="lv-reading">') == 2
    assert "First.\\par\nSecond." in table.to_latex()
    assert "\nFirst.\n\nSecond.\n" in table.to_text()
    sheet = openpyxl.load_workbook(io.BytesIO(table.to_xlsx())).active
    assert [row[0].value for row in sheet.iter_rows()][-2:] == ["First.", "Second."]


def test_every_medium_prints_the_same_cells() -> None:
    table = example()
    page = [[cell for cell in row if cell] for row in read_html(table.to_html()).rows]
    flat = [cell for row in page for cell in row]
    body = [cell for row in page[2:] for cell in row]
    plain = table.to_text()
    source = table.to_latex().replace("$-$", "−").replace(r"\%", "%")
    printed_csv = table.to_csv(as_printed=True).replace("-", "−")
    tex = source.replace("$<$", "<").replace(r"\textsuperscript", "").replace("}{", "")
    assert [cell for row in grid(word(table)) for cell in row if cell] == flat
    assert all(cell in plain for cell in flat)
    assert all(cell in printed_csv for cell in body)
    assert all(cell.strip("()*") in tex for cell in body)


@pytest.mark.skipif(
    shutil.which("soffice") is None or shutil.which("pdftoppm") is None,
    reason="no LibreOffice or no pdftoppm",
)
def test_three_lines_as_a_picture(tmp_path: Path) -> None:
    table = replace(example(), spanners=(), rows=example().rows[1:5])
    (tmp_path / "t.docx").write_bytes(table.to_docx())
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    command += ["--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "t.docx")]
    subprocess.run(command, check=True, timeout=180, capture_output=True)
    picture = ["pdftoppm", "-r", "288", "-gray", str(tmp_path / "t.pdf"), str(tmp_path / "p")]
    subprocess.run(picture, check=True, timeout=60)
    raw = next(tmp_path.glob("p-*.pgm")).read_bytes().split(b"\n", 3)
    across, down = (int(n) for n in raw[1].split())
    dark = (np.frombuffer(raw[3], np.uint8).reshape(down, across) < 128).mean(axis=1) > 0.2
    edges = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(int), [0]])))
    thick = [int(n) for n in np.diff(edges)[::2]]
    # 288 dots an inch are 4 dots a point: 1.5, 0.75 and 1.5 points, give or take a dot.
    assert thick == pytest.approx([6, 3, 6], abs=1)
