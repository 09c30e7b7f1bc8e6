"""``livelihoods cooperative audit|screen FILE``: rules held against the register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.cooperatives.supervision import Findings

FOUND = 1


def register(app: App) -> None:
    """Add both commands to the line."""

    @app.command(name="audit", help=words.text("cli.cooperative_audit"))
    def audit(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        *,
        as_of: Annotated[str, Parameter(help=words.text("cli.cooperative_as_of"))] = "",
        rules: Annotated[
            tuple[Path, ...], Parameter(help=words.text("cli.cooperative_rules"))
        ] = (),
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_one"))] = "",
        out: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_out"))] = None,
    ) -> int:
        from livelihoods.cooperatives.supervision import audit_register

        return _answer(audit_register, file, as_of, rules, cooperative, out)

    @app.command(name="screen", help=words.text("cli.cooperative_screen"))
    def screen(
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_register"))],
        *,
        as_of: Annotated[str, Parameter(help=words.text("cli.cooperative_as_of"))] = "",
        rules: Annotated[
            tuple[Path, ...], Parameter(help=words.text("cli.cooperative_rules"))
        ] = (),
        cooperative: Annotated[str, Parameter(help=words.text("cli.cooperative_one"))] = "",
        out: Annotated[Path | None, Parameter(help=words.text("cli.cooperative_out"))] = None,
    ) -> int:
        from livelihoods.cooperatives.supervision import screen_register

        return _answer(screen_register, file, as_of, rules, cooperative, out)


def _answer(
    ask: Callable[..., Findings],
    file: Path,
    as_of: str,
    rules: tuple[Path, ...],
    cooperative: str,
    out: Path | None,
) -> int:
    from livelihoods.cli import say
    from livelihoods.cooperatives.register import open_register
    from livelihoods.cooperatives.supervision import grant_trail

    with open_register(file, read_only=True) as book:
        found = ask(book, as_of=day_of(as_of), overrides=rules)
        trail = grant_trail(book, found.as_of) if found.what == "audit" else None
    written = [] if out is None else _write(found, trail, out)
    if cooperative:
        _one(found, cooperative)
    else:
        _counts(found)
    if written:
        say(words.text("cli.cooperative_findings_written", files=written))
    return FOUND if found.found() else 0


def _counts(found: Findings) -> None:
    """Print a line for each rule that somebody does not keep or that cannot be judged."""
    from livelihoods.cli import say

    seen = found.glance().row(0, named=True)
    say(words.text("cli.cooperative_seen", day=found.as_of.isoformat(), **_counted(seen)))
    rows = found.frame.filter(found.frame["status"] != "kept")
    counted = rows.group_by("set", "rule", "status", maintain_order=True).len()
    by_rule = {(r["set"], r["rule"], r["status"]): r["len"] for r in counted.iter_rows(named=True)}
    for (set_id, name), rule in found.rules.items():
        parts = [
            f"{by_rule[set_id, name, status]} {_status(status)}"
            for status in ("broken", "look", "not_judged")
            if (set_id, name, status) in by_rule
        ]
        if parts:
            said = rule.text.get(words.language()) or rule.text["en"]
            say(f"  {name}: {', '.join(parts)}\n    {said}")
    for note in found.notes:
        say(note.sentence())


def _status(name: str) -> str:
    return words.text(f"cooperatives.supervision_status_{name}").lower()


def _counted(seen: dict[str, Any]) -> dict[str, Any]:
    return {key: seen[key] for key in ("cooperatives", "rules", "broken", "look", "not_judged")}


def _one(found: Findings, cooperative: str) -> None:
    from livelihoods.cli import say

    table = found.of(cooperative)
    say(table.title)
    for row in table.rows:
        rule, article, value, evidence, status, remedy = (cell.value for cell in row.cells)
        measured = "" if value is None else f" ({value:,.2f})"
        where = f" [{article}]" if article else ""
        say(f"  {status}{where}: {rule}{measured}\n    {evidence}\n    → {remedy}")
    say(table.legend[0])


def day_of(text: str) -> date | None:
    """Read a day of the command line; "" for none.

    Raises
    ------
    SpecError
        If it is no date.
    """
    from livelihoods.errors import SpecError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SpecError("cli.cooperative_no_date", text=text) from error


def _write(found: Findings, trail: Any, out: Path) -> list[str]:
    from livelihoods.cli.put import put
    from livelihoods.cooperatives.supervision.pages import findings_document
    from livelihoods.report.to_docx import to_docx
    from livelihoods.report.to_html import to_html

    document = findings_document(found, trail)
    out.mkdir(parents=True, exist_ok=True)
    put(out / f"{found.what}.html", to_html(document))
    put(out / f"{found.what}.docx", to_docx(document))
    put(out / f"{found.what}.csv", found.listing().to_csv())
    return [str(out / f"{found.what}.{ending}") for ending in ("html", "docx", "csv")]
