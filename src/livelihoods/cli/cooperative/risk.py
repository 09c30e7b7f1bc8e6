"""``livelihoods cooperative risk FILE``: money and risk, from a risk file or from the register."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="risk", help=words.text("cli.cooperative_risk"))
    def risk(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_risk_file"))],
        cooperative: Annotated[str | None, Parameter(help=words.text("cli.cooperative_id"))] = None,
        *,
        year: Annotated[int | None, Parameter(help=words.text("cli.cooperative_risk_year"))] = None,
        price_cv: Annotated[
            float | None, Parameter(help=words.text("cli.cooperative_risk_price_cv"))
        ] = None,
        volume_cv: Annotated[
            float | None, Parameter(help=words.text("cli.cooperative_risk_volume_cv"))
        ] = None,
        correlation: Annotated[
            float, Parameter(help=words.text("cli.cooperative_risk_correlation"))
        ] = 0.0,
        html: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_html"))] = None,
        docx: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_docx"))] = None,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cli.cooperative.written import written
        from livelihoods.cooperatives.finance.price_shocks import JointShock
        from livelihoods.cooperatives.finance.risk import read_risk, risk_from_register, run_risk
        from livelihoods.cooperatives.register import open_register
        from livelihoods.errors import SpecError

        if file.suffix.lower() == ".toml":
            asked = (cooperative, year, price_cv, volume_cv)
            if any(value is not None for value in asked):
                raise SpecError("cooperatives.finance.register_options", file=str(file))
            report = run_risk(read_risk(file))
        else:
            if cooperative is None or year is None:
                raise SpecError("cooperatives.finance.whose_year", file=str(file))
            if (price_cv is None) != (volume_cv is None):
                raise SpecError("cooperatives.finance.half_a_distribution")
            joint = None
            if price_cv is not None and volume_cv is not None:
                joint = JointShock(price_cv, volume_cv, correlation)
            with open_register(file, read_only=True) as office:
                report = risk_from_register(office, cooperative, year, joint=joint)
        say(repr(report))
        written(report.document(), html, docx)
