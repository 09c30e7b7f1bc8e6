"""``livelihoods cooperative rights FILE YEAR [COOPERATIVE]``: who owns, decides, earns, gains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="rights", help=words.text("cli.cooperative_rights"))
    def rights(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_rights_id"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_year"))],
        *,
        rule: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_rights_rule"))
        ] = None,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cooperatives import rights as room
        from livelihoods.cooperatives.register import open_register

        declared = room.owner_rule(rule)
        with open_register(file, read_only=True) as office:
            if cooperative == "all":
                say(repr(room.owner_types_from_register(office, year, declared)))
                return
            found = room.rights_from_register(office, cooperative, year, declared)
        say(repr(found))
        groups = dict(found.frame.select("member", "class").iter_rows())
        left = {name: person.group or "common" for name, person in found.plan.book.people.items()}
        say(repr(room.who_gains(found.plan, {**left, **groups})))
