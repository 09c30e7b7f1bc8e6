"""``livelihoods cooperative target FILE``: who is monitored, reached, and should get what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from datetime import date

    from livelihoods.cooperatives.register import Register

How = Literal["monitor", "cases", "reach", "return", "cooperatives", "households"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked."""

    how: How
    day: date
    rules: str
    line: float | None
    since: datetime | None
    budget: float | None
    alpha: int
    grants: tuple[float, ...]


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
        since: Annotated[
            datetime | None, Parameter(help=words.text("cli.cooperative_target_since"))
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
        html: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_html"))] = None,
        docx: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_docx"))] = None,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.cli.cooperative.written import document_of, written
        from livelihoods.cli.put import put
        from livelihoods.cooperatives.register import open_register

        day = date.today() if on is None else on.date()
        with open_register(file, read_only=True) as office:
            asked = Asked(how, day, rules, line, since, budget, alpha, tuple(grant or ()))
            shown, rows = _answer(office, asked)
        for table in shown:
            say(repr(table).rstrip() + "\n")
        if csv is not None:
            put(csv, rows.write_csv())
        if html is not None or docx is not None:
            title = words.text(f"cli.cooperative_target_{how}", day=day.isoformat())
            written(document_of(title, shown), html, docx)


def _answer(office: Register, asked: Asked) -> tuple[list[Any], Any]:
    """Return what is printed, and the rows behind it."""
    from livelihoods import cooperatives as co

    day, how = asked.day, asked.how
    if how in ("monitor", "cases"):
        local = co.monitoring_rules(asked.rules)
        if how == "monitor":
            monitored = co.monitored_from_register(office, day, local)
            return [monitored], monitored.frame
        cases = co.monitoring_cases_from_register(office, day, local)
        return [cases], cases.alerts
    z = asked.line
    if z is None:
        z = co.monitoring_rules(asked.rules).line_on(day).amount
    if how == "reach":
        reached = co.two_level_from_register(office, day, z)
        return [reached], reached.tidy()
    if how == "return":
        before = _given(asked.since, how, "since").date()
        found = co.return_to_poverty_from_register(office, before, day, z)
        return [found, found.bins_table()], found.scores()
    money = _given(asked.budget, how, "budget")
    if how == "cooperatives":
        matched = co.match_support_from_register(office, day, money, z, alpha=asked.alpha)
        return [matched, matched.comparison_table()], matched.tidy()
    plan = co.allocate_support_from_register(
        office, day, money, z, alpha=asked.alpha, grants=asked.grants, by=("sex",)
    )
    return [plan, *plan.fairness_tables()], plan.households()


def _given(value: T | None, how: str, option: str) -> T:
    """Demand an option that only some answers need."""
    from livelihoods.errors import SpecError

    if value is None:
        raise SpecError("targeting.option_needed", how=how, option=option)
    return value
