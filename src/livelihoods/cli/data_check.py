"""``livelihoods data-check FILE``: what the data say against themselves. Leaves with 1 if much."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.survey.check import DataCheck

SERIOUS = 1


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="data-check", help=words.text("cli.data_check"))
    def data_check(
        data: Annotated[Path, Parameter(help=words.text("cli.data_file"))],
        *,
        book: Annotated[
            Path | None, Parameter(name="--codebook", help=words.text("cli.codebook_book"))
        ] = None,
        impossible: Annotated[
            tuple[str, ...], Parameter(help=words.text("cli.data_check_impossible"))
        ] = (),
        html: Annotated[Path | None, Parameter(help=words.text("cli.data_check_html"))] = None,
        csv: Annotated[Path | None, Parameter(help=words.text("cli.data_check_csv"))] = None,
    ) -> int:
        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.survey.check import data_check as run_check
        from livelihoods.survey.read import read_survey

        survey = read_survey(data, book)
        check = run_check(survey, impossible={rule: rule for rule in impossible})
        for note in check.notes:
            severity = words.text(f"survey.severity_{note.severity}")
            say(f"[{severity}] {note.sentence()}")
        if not check.notes:
            say(words.text("survey.check_clean"))
        for note in check.read_notes:
            say(f"- {note.sentence()}")
        if html is not None:
            put(html, check.to_html(data.name))
            say(words.text("cli.audit_written", file=str(html)))
        if csv is not None:
            put(csv, _by_row(check))
            say(words.text("cli.audit_written", file=str(csv)))
        serious = any(note.severity == "serious" for note in check.notes)
        return SERIOUS if serious else 0


def _by_row(check: DataCheck) -> str:
    """Return findings by row as csv, rows counted from 1; names cannot become formulas."""
    import polars as pl

    from livelihoods.tables.to_csv import neutral

    frame = check.rows()
    names = [neutral(name) for name in frame["variables"].to_list()]
    plain = frame.with_columns(pl.col("row") + 1, variables=pl.Series(names, dtype=pl.String))
    return plain.write_csv()
