"""The codebook as a table and a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import livelihoods as lv
from livelihoods.report.to_html import to_html
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Variable
from livelihoods.survey.pages import codebook_document, codebook_table


def test_the_codebook_shows_what_there_is() -> None:
    table = codebook_table(lv.datasets.rice_farms(), "zh")
    assert [column.key for column in table.columns] == [
        "variable", "label", "scale", "values", "unit", "low", "answers", "missing",
    ]  # fmt: skip
    assert len(table.rows) == 21
    assert "自有或租入" in str(table.rows[2].cells[3].value)


def test_labels_cannot_break_the_page(tmp_path: Path) -> None:
    entry = Variable(
        "x",
        {"en": "<script>alert(1)</script>"},
        {"en": {"1": "=1+1", "2": "<b>"}},
        missing={"-9": "<i>refused"},
        question="q1",
    )
    (tmp_path / "a.csv").write_text("x\n1\n-9\n")
    survey = lv.read_survey(tmp_path / "a.csv", lv.Codebook({"x": entry}))
    page = to_html(codebook_document(survey, "<title>"))
    assert "<script" not in page
    assert "<i>refused" not in page
    assert "-9 (&lt;i&gt;refused): 1" in page
    table = codebook_table(replace(survey, codebook=lv.Codebook()))
    assert table.rows[0].cells[0].value == "x"
    assert codebook_table(as_survey({"a": [1]})).columns[0].key == "variable"
