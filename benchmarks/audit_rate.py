"""How often the audit cries wolf, and what share of planted errors it finds.

Draws synthetic papers (tests/audit/papers.py), audits them as printed, then plants one error in
each. Writes CSV to stdout, or the page docs/audit-rate.md with --page.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from audit.papers import ERRORS, PrintedTable, draw_paper, plant  # noqa: E402
from audit.reading import examine_pages, page  # noqa: E402
from livelihoods.audit.run import Audit  # noqa: E402

WHAT = {
    "digit": "one digit changed (not the last), in frequencies, groups or levels",
    "sign": "sign of a coefficient turned, its t kept",
    "base": "growth over the later year",
    "adjusted": "adjusted R² printed as R² (all kinds of standard errors)",
    "row": "bracket of another row (all kinds of standard errors)",
}


def examine(paper: list[PrintedTable]) -> Audit:
    return examine_pages(
        *(page(table.lines, f"t{place}", **table.spec) for place, table in enumerate(paper))
    )


def false_alarms(papers: int) -> tuple[int, int, int]:
    alarms = rounding = comparisons = 0
    for seed in range(papers):
        done = examine(draw_paper(seed))
        alarms += sum(finding.severity != "rounding" for finding in done.findings)
        rounding += sum(finding.severity == "rounding" for finding in done.findings)
        comparisons += sum(verdict.checked for verdict in done.verdicts)
    return alarms, rounding, comparisons


def caught(error: str, papers: int) -> tuple[int, int]:
    found = tried = 0
    for seed in range(papers):
        paper = draw_paper(seed)
        place = plant(paper, error, np.random.default_rng([seed, 7]))
        if place < 0:
            continue
        tried += 1
        found += any(
            finding.severity != "rounding" and finding.where.table == f"t{place}"
            for finding in examine(paper).findings
        )
    return found, tried


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--papers", type=int, default=500)
    options.add_argument("--page", type=Path)
    chosen = options.parse_args()
    start = time.perf_counter()
    alarms, rounding, comparisons = false_alarms(chosen.papers)
    seconds = (time.perf_counter() - start) / chosen.papers
    planted = {error: caught(error, chosen.papers) for error in ERRORS}
    rows = [("honest papers", chosen.papers), ("comparisons", comparisons),
            ("findings above rounding", alarms), ("findings of rounding", rounding),
            ("seconds a paper", f"{seconds:.3f}")]  # fmt: skip
    rows += [(f"found: {WHAT[e]}", f"{found}/{tried}") for e, (found, tried) in planted.items()]
    if chosen.page is None:
        sys.stdout.write("".join(f'"{name}",{value}\n' for name, value in rows))
        return
    table = "".join(f"| {name} | {value} |\n" for name, value in rows)
    chosen.page.write_text(PAGE.format(table=table), encoding="utf-8")


PAGE = """# How often the audit is wrong

Made by `make audit-rate` from synthetic papers: microdata are drawn, tables computed from them with
classical, robust or clustered errors and differing n by equation, and rounded as papers print.
Nothing in them is wrong; then one error is planted in each.

| what | value |
|---|---|
{table}
A bracket from another row contradicts only its own stars unless the errors are classical, and an
adjusted R² printed as R² contradicts only an F that is not a Wald test: about a third of the papers
have classical errors.
"""


if __name__ == "__main__":
    main()
