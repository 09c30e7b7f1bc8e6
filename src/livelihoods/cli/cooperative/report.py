"""``livelihoods cooperative report FILE``: the whole register in one page and one Word file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="report", help=words.text("cli.cooperative_report"))
    def report(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        *,
        as_of: Annotated[str, Parameter(help=words.text("cli.cooperative_as_of"))] = "",
        rules: Annotated[
            str, Parameter(help=words.text("cli.cooperative_target_rules"))
        ] = "cn-unverified",
        html: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_html"))] = None,
        docx: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_docx"))] = None,
    ) -> None:
        from livelihoods.cli.cooperative.audit import day_of
        from livelihoods.cli.cooperative.written import written
        from livelihoods.cooperatives.overview import county_report
        from livelihoods.cooperatives.register import open_register

        with open_register(file, read_only=True) as book:
            document = county_report(book, as_of=day_of(as_of), monitoring=rules)
        page = file.with_suffix(".html") if html is None and docx is None else html
        written(document, page, docx)
