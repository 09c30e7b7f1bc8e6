"""``livelihoods cooperative close FILE COOPERATIVE YEAR``: divide the surplus and post it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="close", help=words.text("cli.cooperative_close"))
    def close(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_id"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_year"))],
        *,
        preview: Annotated[
            bool, Parameter(help=words.text("cli.cooperative_close_preview"), negative="")
        ] = False,
        on: Annotated[
            datetime | None, Parameter(help=words.text("cli.cooperative_close_on"))
        ] = None,
        folder: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_close_folder"))
        ] = None,
        assembly: Annotated[
            datetime | None, Parameter(help=words.text("cli.cooperative_close_assembly"))
        ] = None,
        author: Annotated[str, Parameter(help=words.text("cli.cooperative_close_author"))] = "",
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cooperatives import closing
        from livelihoods.cooperatives.register import open_register

        with open_register(file, read_only=preview) as office:
            if preview:
                plan = closing.preview(office, cooperative, year)
            else:
                day = None if on is None else on.date()
                plan = closing.close_year(office, cooperative, year, None, day, author)
        say(repr(plan))
        if folder is not None:
            meeting = None if assembly is None else assembly.date()
            files = closing.write_disclosure(plan, folder, meeting)
            say(words.text("cli.cooperative_written", n=len(files), folder=str(folder)))
        if preview:
            say(words.text("cli.cooperative_close_previewed"))
        else:
            say(words.text("cli.cooperative_close_done", cooperative=cooperative, year=year))
