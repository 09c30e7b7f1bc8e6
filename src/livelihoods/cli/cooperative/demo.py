"""``livelihoods cooperative demo FILE``: a synthetic county with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="demo", help=words.text("cli.cooperative_demo"))
    def demo(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_demo_file"))] = Path(
            "county.duckdb"
        ),
        *,
        seed: Annotated[int, Parameter(help=words.text("cli.cooperative_demo_seed"))] = 2024,
        cooperatives: Annotated[
            int, Parameter(help=words.text("cli.cooperative_demo_cooperatives"))
        ] = 300,
        members: Annotated[
            int, Parameter(help=words.text("cli.cooperative_demo_members"))
        ] = 20_000,
        rows: Annotated[int, Parameter(help=words.text("cli.cooperative_demo_rows"))] = 1_000_000,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.cooperatives.county import demo_county

        county = demo_county(
            file, seed=seed, cooperatives=cooperatives, members=members, ledger_rows=rows
        )
        truth = file.with_name(f"{file.stem}-truth.csv")
        put(truth, county.planted.write_csv())
        say(
            words.text(
                "cli.cooperative_demo_done",
                file=str(file),
                cooperatives=county.rows["cooperatives"],
                members=county.rows["members"],
                rows=county.rows["patronage"],
                planted=county.planted.height,
                truth=str(truth),
            )
        )
