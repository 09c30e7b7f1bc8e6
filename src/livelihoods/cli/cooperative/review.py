"""``livelihoods cooperative review FILE``: grades, ranks with intervals, rewards, two lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.tables import Table


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="review", help=words.text("cli.cooperative_review"))
    def review(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        *,
        scheme: Annotated[str, Parameter(help=words.text("cli.cooperative_review_scheme"))],
        round: Annotated[str, Parameter(help=words.text("cli.cooperative_review_round"))],
        local: Annotated[
            tuple[Path, ...], Parameter(help=words.text("cli.cooperative_review_local"))
        ] = (),
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_review_one"))] = "",
        budget: Annotated[str, Parameter(help=words.text("cli.cooperative_review_budget"))] = "",
        on_excess: Annotated[
            Literal["refuse", "scale"], Parameter(help=words.text("cli.cooperative_review_excess"))
        ] = "refuse",
        year: Annotated[
            int | None, Parameter(help=words.text("cli.cooperative_review_year"))
        ] = None,
        out: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_out"))] = None,
    ) -> None:
        from livelihoods.cli import say

        tables = _tables(file, scheme, round, local, cooperative, budget, on_excess, year)
        written = [] if out is None else _write(tables, out)
        for table in tables:
            say(repr(table).rstrip())
            say("")
        if written:
            say(words.text("cli.cooperative_findings_written", files=written))


def _tables(
    file: Path,
    scheme_id: str,
    round_id: str,
    local: tuple[Path, ...],
    cooperative: str,
    budget: str,
    on_excess: Literal["refuse", "scale"],
    year: int | None,
) -> list[Table]:
    from livelihoods.cooperatives import review
    from livelihoods.cooperatives.cents import to_cents
    from livelihoods.cooperatives.register import open_register

    scheme = review.scheme(scheme_id, local)
    with open_register(file, read_only=True) as book:
        found = review.review_round(book, scheme, round_id)
        if cooperative:
            return [found.explain(cooperative)]
        tables = [found.summary(), found.agreement_table()]
        if budget:
            holders = review.officers_on(book, found.appeal_until)
            given = review.allocate_rewards(
                scheme, found.grades, holders, to_cents(budget), on_excess=on_excess
            )
            tables.append(review.rewards_table(given))
        if year is not None:
            lists = review.leading_lists(book, year)
            tables += [lists.returns_table(), lists.effect_table()]
    return tables


def _write(tables: list[Table], out: Path) -> list[str]:
    from livelihoods.cli.put import put
    from livelihoods.report.document import Document
    from livelihoods.report.to_docx import to_docx
    from livelihoods.report.to_html import to_html

    document = Document(tables[0].title, words.language(), tuple(tables))
    out.mkdir(parents=True, exist_ok=True)
    put(out / "review.html", to_html(document))
    put(out / "review.docx", to_docx(document))
    put(out / "review.csv", tables[0].to_csv())
    return [str(out / f"review.{ending}") for ending in ("html", "docx", "csv")]
