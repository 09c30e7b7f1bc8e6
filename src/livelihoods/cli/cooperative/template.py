"""``livelihoods cooperative template OUT``: the sheets to fill."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="template", help=words.text("cli.cooperative_template"))
    def template(
        out: Annotated[Path, Parameter(help=words.text("cli.cooperative_template_out"))],
        *tables: Annotated[str, Parameter(help=words.text("cli.cooperative_template_tables"))],
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cooperatives.register import write_templates

        files = write_templates(out, tables=tables or None)
        say(words.text("cli.cooperative_template_done", files=files))
