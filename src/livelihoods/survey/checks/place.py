"""Where a finding stands: original row numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livelihoods.notes import Note, Severity, Where

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from livelihoods.survey.model import Survey


def original_rows(survey: Survey, mask: pl.Series) -> tuple[int, ...]:
    """Return the original row numbers where ``mask`` is true."""
    return tuple(survey.rows[mask.fill_null(False).to_numpy()].tolist())


def rows_note(
    survey: Survey,
    code: str,
    severity: Severity,
    mask: pl.Series,
    variables: Sequence[str],
    /,
    **values: Any,
) -> Note:
    """Return a note on the rows of ``mask``, which it names and counts."""
    rows = original_rows(survey, mask)
    said = {**values, "n": len(rows), "rows": list(rows)}
    return Note(code, severity, said, Where(tuple(variables), rows))
