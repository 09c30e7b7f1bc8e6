"""``livelihoods audit FILE``: does a printed table agree with itself? Leaves with 1 if not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.audit import Audit

DISAGREES = 1


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="audit", help=words.text("cli.audit"))
    def audit(
        source: Annotated[Path, Parameter(help=words.text("cli.audit_source"))],
        *,
        guess: Annotated[bool, Parameter(help=words.text("cli.audit_guess"))] = False,
        html: Annotated[Path | None, Parameter(help=words.text("cli.audit_html"))] = None,
        json: Annotated[Path | None, Parameter(help=words.text("cli.audit_json"))] = None,
    ) -> int:
        from livelihoods.audit import audit as run_audit
        from livelihoods.audit.guess import to_toml
        from livelihoods.cli import say

        done = run_audit(source)
        if guess:
            say(to_toml([page.spec for page in done.paper.pages]).rstrip())
            return 0
        _print(done)
        _write(done, html, json)
        return 0 if done.clean else DISAGREES


def _print(done: Audit) -> None:
    from livelihoods.cli import say

    for finding in done.findings:
        place = ", ".join(
            part for part in (finding.where.table, finding.where.row, finding.where.column) if part
        )
        severity = words.text(f"audit.severity.{finding.severity}")
        say(f"{place}\n  {severity}: {finding.sentence()}")
    if not done.findings:
        checked = sum(verdict.checked for verdict in done.verdicts)
        say(words.text("audit.no_findings", tables=len(done.paper.pages), checked=checked))
        used = sorted({verdict.rule for verdict in done.verdicts if verdict.checked})
        say(words.text("cli.audit_rules", rules=used))
    for row in done.hypotheses:
        say(f"{row.spec.id}: {words.text(f'audit.fate.{row.fate}')}")
    if done.findings:
        say(words.text("audit.counts", **done.counts()))


def _write(done: Audit, html: Path | None, json: Path | None) -> None:
    from livelihoods.cli import say
    from livelihoods.cli.put import put

    if html is not None:
        from livelihoods.audit.to_document import to_document
        from livelihoods.report.to_html import to_html

        put(html, to_html(to_document(done)))
        say(words.text("cli.audit_written", file=str(html)))
    if json is not None:
        from json import dumps

        put(json, dumps(done.to_dict(), ensure_ascii=False, indent=1, default=str) + "\n")
        say(words.text("cli.audit_written", file=str(json)))
