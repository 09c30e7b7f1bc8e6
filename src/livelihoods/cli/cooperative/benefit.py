"""``livelihoods cooperative benefit FILE COOPERATIVE YEAR``: what joining is worth, and to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="benefit", help=words.text("cli.cooperative_benefit"))
    def benefit(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_id"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_year"))],
        *,
        csv: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_benefit_csv"))
        ] = None,
        figure: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_figure"))] = None,
    ) -> None:
        import polars as pl

        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.cooperatives import linkage
        from livelihoods.cooperatives.register import open_register

        with open_register(file, read_only=True) as office:
            found = linkage.benefit_from_register(office, cooperative, year)
            shown = (
                linkage.linkage_from_register(office, cooperative, year),
                found,
                linkage.squeeze_from_register(office, cooperative, year),
                linkage.market_linkage_from_register(office, cooperative, year),
            )
        for result in shown:
            say(repr(result))
        if figure is not None:
            put(figure, shown[2].plot().to_svg())
        if csv is not None:
            flat = found.by_household()
            put(
                csv,
                flat.with_columns(pl.col("household").map_elements(_plain, pl.String)).write_csv(),
            )
            say(words.text("cli.audit_written", file=str(csv)))


def _plain(name: str) -> str:
    from livelihoods.tables.to_csv import neutral

    return neutral(name)
