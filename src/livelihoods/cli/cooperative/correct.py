"""``livelihoods cooperative correct REGISTER FILE``: entries withdrawn and entered anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="correct", help=words.text("cli.cooperative_correct"))
    def correct(
        office: Annotated[
            Path, Parameter(name="register", help=words.text("cli.cooperative_register"))
        ],
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_correct_file"))],
        *,
        table: Annotated[str | None, Parameter(help=words.text("cli.cooperative_table"))] = None,
        mapping: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_import_mapping"))
        ] = None,
        rejects: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_import_rejects"))
        ] = None,
        author: Annotated[str, Parameter(help=words.text("cli.cooperative_author"))] = "",
    ) -> int:
        from livelihoods.cli import say
        from livelihoods.cli.cooperative.imports import REJECTED, free_place, show
        from livelihoods.cooperatives.register import correct_file, open_register

        with open_register(office) as opened:
            place = rejects or free_place(file)
            done = correct_file(opened, file, table, mapping, place, author)
        show(done)
        if done.batch is None:
            say(words.text("cli.cooperative_import_nothing"))
        else:
            say(words.text("cli.cooperative_correct_done", n=done.posted, batch=done.batch))
        if done.rejected:
            say(words.text("cli.cooperative_import_written", files=done.rejects))
            return REJECTED
        return 0
