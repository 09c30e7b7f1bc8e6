"""``livelihoods cooperative trail REGISTER``: who posted what and when; the history of a row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="trail", help=words.text("cli.cooperative_trail"))
    def trail(
        office: Annotated[
            Path, Parameter(name="register", help=words.text("cli.cooperative_register"))
        ],
        *,
        table: Annotated[str | None, Parameter(help=words.text("cli.cooperative_table"))] = None,
        key: Annotated[
            tuple[str, ...], Parameter(help=words.text("cli.cooperative_trail_key"))
        ] = (),
        last: Annotated[int, Parameter(help=words.text("cli.cooperative_trail_last"))] = 20,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cooperatives.register import open_register
        from livelihoods.cooperatives.register.trail import history_table, trail_table

        with open_register(office, read_only=True) as opened:
            if table is None:
                shown = trail_table(opened, last)
            else:
                pairs = (pair.partition("=") for pair in key)
                named = {column.strip(): value.strip() for column, _, value in pairs}
                shown = history_table(opened, table, named)
        if table is not None and not shown.rows:
            say(words.text("cli.cooperative_trail_empty"))
        else:
            say(shown.to_text().rstrip())
