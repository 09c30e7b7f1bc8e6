"""``livelihoods cooperative calendar FILE COOPERATIVE YEAR``: duties, their days, what is done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words

OVERDUE = 1


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="calendar", help=words.text("cli.cooperative_calendar"))
    def calendar(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_id"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_year"))],
        *,
        on: Annotated[
            datetime | None, Parameter(help=words.text("cli.cooperative_calendar_on"))
        ] = None,
    ) -> int:
        from datetime import date

        from livelihoods.cli import say
        from livelihoods.cooperatives.closing import filing_calendar
        from livelihoods.cooperatives.register import open_register

        day = date.today() if on is None else on.date()
        with open_register(file, read_only=True) as office:
            found = filing_calendar(office, cooperative, year, day)
        say(repr(found))
        return OVERDUE if any(duty.state == "overdue" for duty in found.duties) else 0
