"""Tables in the form of the Shanxi study: what was printed comes out again, cell by cell."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import livelihoods as lv
from tables.fakeresult import FakeResult
from tables.tablehelp import read_html

_PRINTED = re.compile(r"(?P<b>-?\d+\.\d+)\**\s*\((?P<t>-?\d+\.\d+)\)")


def printed(path: Path) -> tuple[list[str], dict[str, list[str]]]:
    lines = list(csv.reader(path.open(encoding="utf-8")))
    return lines[0][1:], {line[0]: line[1:] for line in lines[1:]}


@pytest.mark.shared
@pytest.mark.parametrize("name", ["table10_regression", "table12_regression_dims"])
def test_shanxi_regressions(shared: Path, name: str) -> None:
    outcomes, lines = printed(shared / "tables" / "shanxi" / f"{name}.csv")
    coefficients = {term: cells for term, cells in lines.items() if _PRINTED.match(cells[0])}
    results = []
    for place, outcome in enumerate(outcomes):
        found = {
            term: (float(match["b"]), float(match["t"]))
            for term, cells in coefficients.items()
            if (match := _PRINTED.match(cells[place]))
        }
        fit = {"nobs": 312, "r_squared": float(lines["R²"][place])}
        fit["f_statistic"] = float(lines["F"][place])
        results.append(FakeResult(outcome, found, fit))
    table = lv.regression_table(results, "journal")
    rows = read_html(table.to_html()).rows
    assert rows[0][1:] == outcomes
    for term, cells in coefficients.items():
        at = next(i for i, row in enumerate(rows) if row[0] == term)
        for place, cell in enumerate(cells):
            match = _PRINTED.match(cell)
            assert match is not None
            assert rows[at][place + 1].rstrip("*") == match["b"].replace("-", "−")
            assert rows[at + 1][place] == f"({match['t']})".replace("-", "−")
    fits = {row[0]: row[1:] for row in rows}
    assert fits["R²"] == lines["R²"]
    assert fits["F"] == lines["F"]
