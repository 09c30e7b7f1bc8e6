"""``livelihoods cooperative target FILE``: who is monitored, reached, and should get what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from datetime import date

    from livelihoods.cooperatives.register import Register

How = Literal["monitor", "cases", "reach", "cooperatives", "households"]


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="target", help=words.text("cli.cooperative_target"))
    def target(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        *,
        how: Annotated[How, Parameter(help=words.text("cli.cooperative_target_how"))] = "monitor",
        on: Annotated[
            datetime | None, Parameter(help=words.text("cli.cooperative_target_on"))
        ] = None,
        rules: Annotated[
            str, Parameter(help=words.text("cli.cooperative_target_rules"))
        ] = "cn-unverified",
        line: Annotated[
            float | None, Parameter(help=words.text("cli.cooperative_target_line"))
        ] = None,
        budget: Annotated[
            float | None, Parameter(help=words.text("cli.cooperative_target_budget"))
        ] = None,
        alpha: Annotated[int, Parameter(help=words.text("cli.cooperative_target_alpha"))] = 2,
        grant: Annotated[
            list[float] | None,
            Parameter(help=words.text("cli.cooperative_target_grant"), consume_multiple=True),
        ] = None,
        csv: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_target_csv"))
        ] = None,
    ) -> None:
        from datetime import date

        from livelihoods.cli import say
        from livelihoods.cli.put import put
        from livelihoods.cooperatives.register import open_register

        day = date.today() if on is None else on.date()
        with open_register(file, read_only=True) as office:
            shown, rows = _answer(office, how, day, rules, line, budget, alpha, grant or [])
        for table in shown:
            say(repr(table).rstrip() + "\n")
        if csv is not None:
            put(csv, rows.write_csv())


def _answer(
    office: Register,
    how: How,
    day: date,
    rules: str,
    line: float | None,
    budget: float | None,
    alpha: int,
    grants: list[float],
) -> tuple[list[Any], Any]:
    """Return what is printed, and the rows behind it."""
    from livelihoods import cooperatives as co

    if how in ("monitor", "cases"):
        local = co.monitoring_rules(rules)
        if how == "monitor":
            monitored = co.monitored_from_register(office, day, local)
            return [monitored], monitored.frame
        cases = co.monitoring_cases_from_register(office, day, local)
        return [cases], cases.alerts
    z = co.monitoring_rules(rules).line_on(day).amount if line is None else line
    if how == "reach":
        reached = co.two_level_from_register(office, day, z)
        return [reached], reached.tidy()
    money = _needed(budget, how)
    if how == "cooperatives":
        matched = co.match_support_from_register(office, day, money, z, alpha=alpha)
        return [matched, matched.comparison_table()], matched.tidy()
    plan = co.allocate_support_from_register(
        office, day, money, z, alpha=alpha, grants=grants, by=("sex",)
    )
    return [plan, *plan.fairness_tables()], plan.households()


def _needed(budget: float | None, how: str) -> float:
    from livelihoods.errors import SpecError

    if budget is None:
        raise SpecError("targeting.budget_needed", how=how)
    return budget
