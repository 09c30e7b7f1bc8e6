"""The audit: open the tables, ask every rule, judge the hypotheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livelihoods.audit.claims_table import claims_of
from livelihoods.audit.finding import SEVERITIES, Finding, FindingSeverity, Verdict
from livelihoods.audit.grid import Grid, grid_of, read_grids
from livelihoods.audit.guess import guess_spec
from livelihoods.audit.hypotheses import HypothesisRow, judge
from livelihoods.audit.page import Page, Paper, open_page
from livelihoods.audit.paper import ClaimSpec, PaperSpec, TableSpec, paper_from, read_paper
from livelihoods.audit.rules import all_rules
from livelihoods.errors import DataError, SpecError
from livelihoods.tables import Table

_READABLE = (".csv", ".tsv", ".xlsx", ".docx")


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of an audit.

    Attributes
    ----------
    paper
        The tables as read and what was declared about them.
    findings
        Disagreements, worst first within the order of the tables.
    verdicts
        What each rule could do with each table, or why not.
    hypotheses
        What is left of each hypothesis.
    """

    paper: Paper
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    hypotheses: tuple[HypothesisRow, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing worse than careless rounding was found."""
        return all(finding.severity == "rounding" for finding in self.findings)

    def counts(self) -> dict[FindingSeverity, int]:
        """Return the number of findings by severity."""
        return {
            severity: sum(finding.severity == severity for finding in self.findings)
            for severity in SEVERITIES
        }

    def summary(self) -> Table:
        """Return the findings as a table."""
        from livelihoods.audit.to_tables import findings_table

        return findings_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "title": self.paper.title,
            "tables": [page.spec.id for page in self.paper.pages],
            "counts": dict(self.counts()),
            "findings": [finding.to_dict() for finding in self.findings],
            "hypotheses": [row.to_dict() for row in self.hypotheses],
            "rules": [
                {"rule": v.rule, "table": v.table, "checked": v.checked, "reason": v.reason}
                for v in self.verdicts
            ],
            "unread": [
                {"table": page.spec.id, "row": row, "column": column, "text": text}
                for page in self.paper.pages
                for row, column, text in page.grid.unread()
            ],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def audit(
    source: Path | str | Table | Sequence[Table], spec: PaperSpec | dict[str, Any] | None = None
) -> Audit:
    """Recompute printed tables from their own numbers and list what cannot be.

    Parameters
    ----------
    source
        A file with printed tables (csv, tsv, xlsx, docx), a folder of such files, a TOML that
        declares a paper's tables, or tables of this program.
    spec
        What the tables are, as ``PaperSpec`` or the same as plain data; what it does not declare
        is guessed from the look of the table.

    Returns
    -------
    Audit
        Findings with table, cell, printed text, recomputed interval, rule, severity and sentence.

    Raises
    ------
    DataError
        File absent, of an unknown type, or without a table.
    SpecError
        A wrong declaration: unknown key, table declared but absent.

    Notes
    -----
    A rule compares intervals of what the numbers can have been before rounding. Rules that hold
    for least squares with classical errors alone are asked only where ``errors = "classical"`` is
    declared.
    """
    declared = paper_from(spec, "spec") if isinstance(spec, dict) else spec
    if isinstance(source, Path | str):
        path = Path(source)
        if path.suffix == ".toml":
            declared, path = read_paper(path), path.parent
        paper = _open(path, declared or PaperSpec())
    else:
        tables = [source] if isinstance(source, Table) else list(source)
        paper = _pages([("", _own(table)) for table in tables], declared or PaperSpec())
    return examine(paper)


def examine(paper: Paper) -> Audit:
    """Ask every rule about every table of a paper that is already open."""
    verdicts = []
    for page in (*paper.pages, _claims_page()):
        for rule in all_rules():
            if page.spec.kind in rule.kinds and (page.grid.rows or page.spec.id == "claims"):
                verdicts.append(rule.check(page, paper))
    if not paper.claims:
        verdicts = [v for v in verdicts if v.table != "claims"]
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    order = {page.spec.id: place for place, page in enumerate(paper.pages)}
    findings.sort(
        key=lambda f: (order.get(f.where.table, len(order)), -SEVERITIES.index(f.severity))
    )
    return Audit(paper, tuple(findings), tuple(verdicts), judge(paper, findings))


def _claims_page() -> Page:
    """The place from which rules about claims speak; it has no grid of its own."""
    empty = Grid("claims", "", (), ())
    return Page(empty, TableSpec(id="claims", kind="claims"))


def _open(path: Path, declared: PaperSpec) -> Paper:
    if path.is_dir():
        wanted = {spec.file for spec in declared.tables if spec.file}
        files = sorted(
            file
            for file in path.iterdir()
            if file.suffix.lower() in _READABLE and (not wanted or file.name in wanted)
        )
        absent = sorted(wanted - {file.name for file in files})
        if absent:
            raise DataError("audit.file_not_found", file=absent[0])
    else:
        files = [path]
    if not files:
        raise DataError("audit.no_table", file=str(path))
    return _pages([(file.name, grid) for file in files for grid in read_grids(file)], declared)


def _own(table: Table) -> Grid:
    """Read a table of this program as a reader of the printed page would."""
    import csv
    import io

    from livelihoods.tables.to_csv import to_csv

    lines = [list(line) for line in csv.reader(io.StringIO(to_csv(table, as_printed=True)))]
    return grid_of(table.id, lines)


def _pages(grids: list[tuple[str, Grid]], declared: PaperSpec) -> Paper:
    pages: list[Page] = []
    claims: list[ClaimSpec] = list(declared.claims)
    used: set[str] = set()
    for file, grid in grids:
        spec = _declared(file, grid, declared)
        if spec is None:
            spec = guess_spec(grid, file)
        else:
            used.add(spec.id)
        if spec.kind == "claims":
            names = [page.spec.id for page in pages]
            claims += claims_of(grid, names)
        else:
            pages.append(open_page(grid, spec))
    missing = [spec.id for spec in declared.tables if spec.id not in used]
    if missing:
        raise SpecError("audit.table_not_found", tables=missing, found=[g.name for _, g in grids])
    return Paper(
        declared.title, tuple(pages), tuple(claims), declared.hypotheses, declared.outcomes
    )


def _declared(file: str, grid: Grid, declared: PaperSpec) -> TableSpec | None:
    for spec in declared.tables:
        if spec.sheet and spec.sheet != grid.name:
            continue
        if (spec.file and spec.file == file) or (not spec.file and spec.id == grid.name):
            return spec
    return None
