"""``livelihoods cooperative stats FILE``: registry statistics, and what to ask the registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.cooperatives.statistics.report import RegistryReport


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="stats", help=words.text("cli.cooperative_stats"))
    def stats(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_stats_file"))],
        *,
        by: Annotated[
            list[str] | None,
            Parameter(help=words.text("cli.cooperative_stats_by"), consume_multiple=True),
        ] = None,
        base: Annotated[
            int | None, Parameter(help=words.text("cli.cooperative_stats_base"))
        ] = None,
        year: Annotated[
            int | None, Parameter(help=words.text("cli.cooperative_stats_year"))
        ] = None,
        opened: Annotated[
            str | None, Parameter(help=words.text("cli.cooperative_stats_opened"))
        ] = None,
        closed: Annotated[
            str | None, Parameter(help=words.text("cli.cooperative_stats_closed"))
        ] = None,
        html: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_html"))] = None,
        docx: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_docx"))] = None,
    ) -> None:
        from livelihoods.cli.cooperative.written import written
        from livelihoods.cooperatives.statistics.report import registry_report, report_of_extract

        if file.suffix.lower() == ".duckdb":
            from livelihoods.cooperatives.register import open_register

            with open_register(file, read_only=True) as office:
                rows = office.table("cooperatives")
            columns = by or ["sector", "township"]
            report = report_of_extract(rows, by=columns, base=base, year=year, name=file.name)
        else:
            report = registry_report(
                file, by=by or (), opened=opened, closed=closed, base=base, year=year
            )
        _print(report)
        _audit(file, report)
        written(report.document(), html, docx)


def _print(report: RegistryReport) -> None:
    from dataclasses import replace

    from livelihoods.cli import say

    for found in report.tables:
        say(found.levels().to_text().rstrip())
        if found.stock.units:
            say(replace(found.summary(), notes=()).to_text().rstrip())
            say(found.ranking(5).to_text().rstrip())
    if report.places is not None:
        say(report.places.summary().to_text().rstrip())
    for name in report.passed_over:
        say(words.text("cli.cooperative_stats_passed", file=name))


def _audit(file: Path, report: RegistryReport) -> None:
    """Hold printed tables against themselves, each other and the claims beside them."""
    from livelihoods.cli import say

    if not report.printed:
        return
    from livelihoods.audit import audit

    done = audit(file)
    say(words.text("cli.cooperative_stats_audit", n=len(done.findings)))
    for finding in done.findings:
        place = ", ".join(p for p in (finding.where.table, finding.where.row) if p)
        say(f"- {place}: {finding.sentence()}")


def _printed(report: RegistryReport) -> bool:
    return report.printed
