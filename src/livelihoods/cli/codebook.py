"""``livelihoods codebook FILE``: write the codebook of a data file, to be edited by people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="codebook", help=words.text("cli.codebook"))
    def codebook(
        data: Annotated[Path, Parameter(help=words.text("cli.data_file"))],
        *,
        out: Annotated[Path | None, Parameter(help=words.text("cli.codebook_out"))] = None,
        book: Annotated[
            Path | None, Parameter(name="--codebook", help=words.text("cli.codebook_book"))
        ] = None,
        html: Annotated[Path | None, Parameter(help=words.text("cli.codebook_html"))] = None,
    ) -> None:
        from dataclasses import replace

        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.errors import OutputError
        from livelihoods.report.to_html import to_html
        from livelihoods.survey.codebook import codebook_toml
        from livelihoods.survey.draft import draft_codebook
        from livelihoods.survey.pages import codebook_document
        from livelihoods.survey.read import read_survey

        target = out or data.with_suffix(".codebook.toml")
        if target.exists():
            raise OutputError("cli.exists", file=str(target))
        survey = read_survey(data, book)
        drafted, remarks = draft_codebook(survey)
        put(target, codebook_toml(drafted, remarks))
        say(words.text("cli.codebook_done", file=str(target), n=len(drafted.variables)))
        if html is not None:
            page = codebook_document(replace(survey, codebook=drafted), data.name)
            put(html, to_html(page, max_rows=None))
            say(words.text("cli.audit_written", file=str(html)))
        for note in survey.notes:
            say(f"- {note.sentence()}")
