"""The data check: what the data say against themselves, as a result with a table and a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.notes import SEVERITIES, Note
from livelihoods.report import Document
from livelihoods.report.to_html import to_html
from livelihoods.survey.bands import check_bands
from livelihoods.survey.checks.batteries import (
    Batteries,
    find_batteries,
    skip_batteries,
    straight_lining,
)
from livelihoods.survey.checks.rows import (
    Impossible,
    copied_blocks,
    duplicates,
    impossible_combinations,
)
from livelihoods.survey.checks.values import (
    Bounds,
    constant_in_group,
    digit_heaping,
    empty_and_constant,
    out_of_range,
    suspicious_codes,
    unlabelled_codes,
)
from livelihoods.survey.door import as_survey
from livelihoods.tables import Column, Row, Table, integer, text


@dataclass(frozen=True, slots=True)
class DataCheck:
    """Findings of a data check.

    Attributes
    ----------
    nobs, nvars
        Size of the data looked at.
    notes
        The findings, the most serious first, each with its variables and original rows.
    batteries
        Blocks of items that were looked at together: name -> items.
    read_notes
        What was noted while the data were read.
    """

    nobs: int
    nvars: int
    notes: tuple[Note, ...]
    batteries: Batteries
    read_notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """One row a finding: ``code, severity, variables, rows, finding``."""
        columns: dict[str, list[Any]] = {
            "code": [note.code for note in self.notes],
            "severity": [note.severity for note in self.notes],
            "variables": [", ".join(note.where.variables) for note in self.notes],
            "rows": [len(note.where.rows) for note in self.notes],
            "finding": [note.sentence() for note in self.notes],
        }
        schema = {name: pl.Int64 if name == "rows" else pl.String for name in columns}
        return pl.DataFrame(columns, schema=schema)

    def rows(self) -> pl.DataFrame:
        """One row a finding and data row, to look up: ``code, severity, variables, row``.

        ``row`` is the zero-based row of the original data, as in ``survey.missing``.
        """
        found = [
            (note.code, note.severity, ", ".join(note.where.variables), row)
            for note in self.notes
            for row in note.where.rows
        ]
        schema = {"code": pl.String, "severity": pl.String, "variables": pl.String, "row": pl.Int64}
        return pl.DataFrame(found, schema=schema, orient="row")

    def glance(self) -> pl.DataFrame:
        """One row: size of the data and number of findings by severity."""
        counts = {level: sum(n.severity == level for n in self.notes) for level in SEVERITIES}
        return pl.DataFrame([{"nobs": self.nobs, "nvars": self.nvars, **counts}])

    def summary(self, language: str | None = None) -> Table:
        """Return the findings as a table for a person."""
        chosen = language or words.language()
        body = tuple(_row(note, chosen) for note in self.notes)
        heads = ("variable", "severity", "rows", "finding")
        columns = tuple(
            Column(
                key,
                words.text(f"survey.check_{key}", chosen),
                "decimal" if key == "rows" else "left",
            )
            for key in heads
        )
        legend = [words.text("survey.check_scope", chosen, n=self.nobs, k=self.nvars)]
        if not self.notes:
            legend.append(words.text("survey.check_clean", chosen))
        title = words.text("survey.check_title", chosen)
        return Table("data-check", title, columns, body, legend=tuple(legend), language=chosen)

    def document(self, title: str = "", language: str | None = None) -> Document:
        """Return the findings as a document for a page."""
        from livelihoods.survey.pages import check_document

        return check_document(self, title, language or words.language())

    def to_html(self, title: str = "", language: str | None = None) -> str:
        """Return the findings as one self-contained page."""
        return to_html(self.document(title, language))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        findings = [note.to_dict() for note in self.notes]
        return {"nobs": self.nobs, "nvars": self.nvars, "findings": findings}

    def __repr__(self) -> str:
        return self.summary().to_text()


def _row(note: Note, language: str) -> Row:
    names = note.where.variables
    shown = ", ".join(names) if len(names) < 4 else f"{names[0]} … {names[-1]}"
    cells = (
        text(shown),
        text(words.text(f"survey.severity_{note.severity}", language)),
        integer(len(note.where.rows) or None),
        text(note.sentence(language)),
    )
    return Row(cells)


def data_check(
    data: Any,
    *,
    bounds: Bounds | None = None,
    impossible: Impossible | None = None,
    batteries: Batteries | None = None,
) -> DataCheck:
    """Look for what cannot be right, or is not what it seems.

    Parameters
    ----------
    data
        A Survey or any frame.
    bounds
        Column -> ``(low, high)``, either end None: values outside are impossible by declaration.
        Goes before the range in the codebook.
    impossible
        Name -> contradiction: a column of true and false, or comparisons such as
        ``"under15 > hh_size"``.
    batteries
        Name -> items asked as one block; found by name and range when not given.

    Returns
    -------
    DataCheck
        ``notes``: empty and constant columns, values out of range, codes without a label or that
        look like missing ones, repeated and copied rows, contradictions, straight-lining, skip
        patterns mistaken for scales, heaped and rounded numbers, gaps and overlaps of bands.

    Raises
    ------
    SpecError
        If a rule cannot be read or names an absent column.
    """
    survey = as_survey(data)
    blocks = find_batteries(survey) if batteries is None else batteries
    found = [
        *out_of_range(survey, bounds or {}),
        *impossible_combinations(survey, impossible or {}),
        *duplicates(survey),
        *copied_blocks(survey),
        *skip_batteries(survey, blocks),
        *suspicious_codes(survey),
        *unlabelled_codes(survey),
        *empty_and_constant(survey),
        *constant_in_group(survey),
        *straight_lining(survey, blocks),
        *check_bands(survey.codebook),
        *digit_heaping(survey),
    ]
    notes = tuple(sorted(found, key=lambda note: -SEVERITIES.index(note.severity)))
    return DataCheck(survey.frame.height, survey.frame.width, notes, dict(blocks), survey.notes)
