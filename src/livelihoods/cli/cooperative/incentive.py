"""``livelihoods cooperative incentive FILE COOPERATIVE YEAR``: contracts, thresholds, fees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="incentive", help=words.text("cli.cooperative_incentive"))
    def incentive(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_id"))],
        year: Annotated[int, Parameter(help=words.text("cli.cooperative_year"))],
        *,
        core: Annotated[
            bool, Parameter(help=words.text("cli.cooperative_incentive_core"), negative="")
        ] = False,
        effort_part: Annotated[
            float, Parameter(help=words.text("cli.cooperative_incentive_effort"))
        ] = 0.25,
        risk_aversion: Annotated[
            float, Parameter(help=words.text("cli.cooperative_incentive_risk"))
        ] = 2.0,
        outside: Annotated[
            float, Parameter(help=words.text("cli.cooperative_incentive_outside"))
        ] = 0.0,
        threshold: Annotated[
            Literal["capital", "volume"] | None,
            Parameter(help=words.text("cli.cooperative_incentive_threshold")),
        ] = None,
        levels: Annotated[
            list[float] | None,
            Parameter(help=words.text("cli.cooperative_incentive_levels"), consume_multiple=True),
        ] = None,
        fees: Annotated[
            list[float] | None,
            Parameter(help=words.text("cli.cooperative_incentive_fees"), consume_multiple=True),
        ] = None,
        figure: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_figure"))] = None,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.cooperatives.register import open_register

        choices = {
            "core": core,
            "effort_part": effort_part,
            "relative_risk_aversion": risk_aversion,
            "chair_outside": outside,
        }
        with open_register(file, read_only=True) as office:
            found = _found(office, cooperative, year, threshold, levels, fees, choices)
        say(repr(found).rstrip())
        if figure is not None:
            put(figure, found.plot().to_svg())


def _found(
    office: Register,
    cooperative: str,
    year: int,
    threshold: Literal["capital", "volume"] | None,
    levels: list[float] | None,
    fees: list[float] | None,
    choices: dict[str, Any],
) -> Any:
    from livelihoods.cooperatives import incentives

    if fees:
        return incentives.fees_from_register(office, cooperative, year, fees)
    if threshold:
        return incentives.thresholds_from_register(office, cooperative, year, threshold, levels)
    return incentives.frontier_from_register(office, cooperative, year, **choices)
