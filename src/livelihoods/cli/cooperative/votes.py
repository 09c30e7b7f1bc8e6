"""``livelihoods cooperative votes FILE COOPERATIVE``: rights, power, assemblies against the law."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="votes", help=words.text("cli.cooperative_votes"))
    def votes(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_id"))],
        *,
        on: Annotated[
            datetime | None, Parameter(help=words.text("cli.cooperative_votes_on"))
        ] = None,
        majority: Annotated[
            Literal["ordinary", "special"],
            Parameter(help=words.text("cli.cooperative_votes_majority")),
        ] = "ordinary",
        bloc: Annotated[
            list[str] | None,
            Parameter(help=words.text("cli.cooperative_votes_bloc"), consume_multiple=True),
        ] = None,
        figure: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_figure"))] = None,
    ) -> None:
        from datetime import date

        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.cooperatives.register import open_register
        from livelihoods.cooperatives.votes import (
            assemblies_from_register,
            voting_power,
            voting_rights_from_register,
        )

        day = date.today() if on is None else on.date()
        with open_register(file, read_only=True) as office:
            rights = voting_rights_from_register(office, cooperative, day)
            checks = assemblies_from_register(office, cooperative)
        blocs = {words.text("votes.bloc"): bloc} if bloc else None
        power = voting_power(rights, majority, blocs)
        for shown in (rights, power, *checks):
            say(repr(shown))
        if figure is not None:
            put(figure, power.plot().to_svg())
