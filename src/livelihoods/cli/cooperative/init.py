"""``livelihoods cooperative init FILE``: an empty register."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="init", help=words.text("cli.cooperative_init"))
    def init(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        *,
        office: Annotated[str, Parameter(help=words.text("cli.cooperative_init_office"))] = "",
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cooperatives.register import create_register, shapes

        create_register(file, office).close()
        say(words.text("cli.cooperative_init_done", file=str(file), n=len(shapes())))
