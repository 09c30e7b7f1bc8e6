"""What the data say against themselves: each finding is a Note with its variable and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.notes import Note, Severity, Where
from livelihoods.survey.door import as_survey
from livelihoods.tables import Column, Row, Table, integer, text

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey

Bounds = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True, slots=True)
class DataCheck:
    """Findings of a data check.

    Attributes
    ----------
    nobs, nvars
        Size of the data looked at.
    notes
        The findings, each with its variables and original rows.
    """

    nobs: int
    nvars: int
    notes: tuple[Note, ...]

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

    def summary(self) -> Table:
        """Return the findings as a table for a person."""
        body = tuple(
            Row(
                (
                    text(", ".join(note.where.variables)),
                    text(words.text(f"survey.severity_{note.severity}")),
                    integer(len(note.where.rows)),
                    text(note.sentence()),
                )
            )
            for note in self.notes
        )
        heads = ("variable", "severity", "rows", "finding")
        aligned = {"rows": "decimal"}
        columns = tuple(
            Column(key, words.text(f"survey.check_{key}"), "decimal" if key in aligned else "left")
            for key in heads
        )
        legend = (words.text("survey.check_scope", n=self.nobs, k=self.nvars),)
        title = words.text("survey.check_title")
        return Table("data-check", title, columns, body, legend=legend, language=words.language())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        findings = [note.to_dict() for note in self.notes]
        return {"nobs": self.nobs, "nvars": self.nvars, "findings": findings}

    def __repr__(self) -> str:
        return "\n".join(note.sentence() for note in self.notes)


def data_check(data: Any, *, bounds: Bounds | None = None) -> DataCheck:
    """Look for what cannot be right.

    Parameters
    ----------
    data
        A Survey or any frame.
    bounds
        Column -> ``(low, high)``, either end None: values outside are impossible by declaration.
        Goes before the range in the codebook.

    Returns
    -------
    DataCheck
        ``notes`` in the order of the rules: empty and constant columns, values out of range,
        repeated rows.
    """
    survey = as_survey(data)
    found = [
        *empty_and_constant(survey),
        *out_of_range(survey, bounds or {}),
        *duplicates(survey),
    ]
    return DataCheck(survey.frame.height, survey.frame.width, tuple(found))


def empty_and_constant(survey: Survey) -> list[Note]:
    """Columns without any answer, and columns with the same answer for everybody."""
    found = []
    for series in survey.frame.get_columns():
        known = series.drop_nulls()
        place = Where((series.name,))
        if not known.len():
            found.append(Note("survey.all_missing", "warning", {"variable": series.name}, place))
        elif known.len() > 1 and (known == known[0]).all():
            values = {"variable": series.name, "value": str(known[0]), "n": known.len()}
            found.append(Note("survey.constant", "caution", values, place))
    return found


def out_of_range(survey: Survey, bounds: Bounds) -> list[Note]:
    """Answers below the lowest or above the highest value that is possible."""
    found = []
    for series in survey.frame.get_columns():
        low, high = _limits(survey, series.name, bounds)
        if (low is None and high is None) or not series.dtype.is_numeric():
            continue
        outside = pl.repeat(False, series.len(), eager=True)
        outside = outside if low is None else outside | (series < low)
        outside = outside if high is None else outside | (series > high)
        bad = series.filter(outside)
        if not bad.len():
            continue
        values = {
            "variable": series.name,
            "n": bad.len(),
            "low": low,
            "high": high,
            "smallest": bad.min(),
            "largest": bad.max(),
            "rows": original_rows(survey, outside),
        }
        where = Where((series.name,), original_rows(survey, outside))
        found.append(Note("survey.out_of_range", "warning", values, where))
    return found


def _limits(survey: Survey, name: str, bounds: Bounds) -> tuple[float | None, float | None]:
    if name in bounds:
        return bounds[name]
    entry = survey.codebook.variables.get(name)
    return (entry.low, entry.high) if entry else (None, None)


def duplicates(survey: Survey) -> list[Note]:
    """Rows that say the same as another one, and identifiers that stand twice."""
    found = []
    keys = _keys(survey)
    if keys:
        found += _repeats(survey, keys, "survey.duplicate_id")
    answers = [name for name in survey.frame.columns if name not in keys]
    if len(answers) > 1:
        found += _repeats(survey, answers, "survey.duplicate_rows")
    return found


def _keys(survey: Survey) -> list[str]:
    """Columns that together name a row: identifiers, and the wave of a panel."""
    by_role = {name: entry.role for name, entry in survey.codebook.variables.items()}
    identifiers = [name for name in survey.frame.columns if by_role.get(name) == "id"]
    waves = [
        name
        for name in survey.frame.columns
        if name == survey.design.wave or by_role.get(name) == "wave"
    ]
    return identifiers + waves if identifiers else []


def _repeats(survey: Survey, columns: Sequence[str], code: str) -> list[Note]:
    repeated = survey.frame.select(columns).is_duplicated()
    if not repeated.any():
        return []
    rows = original_rows(survey, repeated)
    values = {"n": len(rows), "variables": list(columns), "rows": rows}
    severity: Severity = "serious" if code.endswith("id") else "warning"
    variables = tuple(columns) if code.endswith("id") else ()
    return [Note(code, severity, values, Where(variables, rows))]


def original_rows(survey: Survey, mask: pl.Series) -> tuple[int, ...]:
    """Return the original row numbers where ``mask`` is true."""
    return tuple(survey.rows[mask.fill_null(False).to_numpy()].tolist())
