"""``livelihoods cooperative statement FILE COOPERATIVE YEAR FOLDER``: one page a member."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="statement", help=words.text("cli.cooperative_statement"))
    def statement(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_id"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_year"))],
        folder: Annotated[Path, Parameter(help=words.text("cli.cooperative_statement_folder"))],
        *,
        member: Annotated[
            list[str] | None,
            Parameter(help=words.text("cli.cooperative_statement_member"), consume_multiple=True),
        ] = None,
        format: Annotated[
            list[Literal["docx", "html"]] | None,
            Parameter(help=words.text("cli.cooperative_statement_format"), consume_multiple=True),
        ] = None,
        preview: Annotated[
            bool, Parameter(help=words.text("cli.cooperative_statement_preview"), negative="")
        ] = False,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cooperatives import closing
        from livelihoods.cooperatives.register import open_register

        with open_register(file, read_only=True) as office:
            made = closing.preview if preview else closing.closed_year
            plan = made(office, cooperative, year)
        files = closing.write_statements(plan, folder, member, format or ("docx", "html"))
        say(words.text("cli.cooperative_written", n=len(files), folder=str(folder)))
