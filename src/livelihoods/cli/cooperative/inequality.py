"""``livelihoods cooperative inequality FILE YEAR``: how unequal members are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="inequality", help=words.text("cli.cooperative_inequality"))
    def inequality(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_year"))],
        *attributes: Annotated[
            str, Parameter(help=words.text("cli.cooperative_inequality_attributes"))
        ],
        cooperative: Annotated[
            str | None, Parameter(help=words.text("cli.cooperative_inequality_only"))
        ] = None,
        apart: Annotated[
            bool, Parameter(help=words.text("cli.cooperative_inequality_apart"), negative="")
        ] = False,
        link: Annotated[
            str | None, Parameter(help=words.text("cli.cooperative_inequality_link"))
        ] = None,
        figure: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_figure"))] = None,
    ) -> None:
        from typing import Any

        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.cooperatives.inequality import (
            heterogeneity_link,
            members_inequality,
            members_of_year,
        )
        from livelihoods.cooperatives.inequality.members import AMOUNTS
        from livelihoods.cooperatives.register import open_register

        chosen = attributes or AMOUNTS
        found: Any
        with open_register(file, read_only=True) as office:
            if link is not None:
                people = members_of_year(office, year, cooperative)
                found = heterogeneity_link(people, link, chosen[0])
            else:
                options = {"by": "cooperative", "groups": None} if apart else {}
                found = members_inequality(office, year, cooperative, chosen, **options)
        say(repr(found).rstrip())
        if figure is not None:
            put(figure, found.plot().to_svg())
