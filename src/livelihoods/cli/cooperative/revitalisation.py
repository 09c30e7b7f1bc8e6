"""``livelihoods cooperative revitalisation FILE YEAR``: five panels and their evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="revitalisation", help=words.text("cli.cooperative_revitalisation"))
    def revitalisation(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_revitalisation_year"))],
        *,
        cooperative: Annotated[
            str | None, Parameter(help=words.text("cli.cooperative_revitalisation_cooperative"))
        ] = None,
        indicators: Annotated[
            str, Parameter(help=words.text("cli.cooperative_revitalisation_indicators"))
        ] = "guangxi-2022",
        html: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_html"))] = None,
        docx: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_docx"))] = None,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cli.cooperative.written import document_of, written
        from livelihoods.cooperatives.register import open_register
        from livelihoods.cooperatives.statistics import revitalisation_from_register

        with open_register(file, read_only=True) as office:
            found = revitalisation_from_register(office, year, indicators)
        shown = [found if cooperative is None else found.profile(cooperative)]
        for each in shown:
            say(repr(each).rstrip())
        if html is not None or docx is not None:
            title = words.text("revitalisation.report_title", year=year)
            written(document_of(title, shown), html, docx)
