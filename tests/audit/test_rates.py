"""No false alarm on honest papers; planted errors are found.

The whole rate (500 papers) is made by ``make audit-rate`` and stands in docs/audit-rate.md; here
40 papers guard it.
"""

from __future__ import annotations

import numpy as np
import pytest

from audit.papers import ERRORS, PrintedTable, draw_paper, plant
from audit.reading import examine_pages, page
from livelihoods.audit.run import Audit


def _examine(paper: list[PrintedTable]) -> Audit:
    return examine_pages(
        *(page(table.lines, f"t{place}", **table.spec) for place, table in enumerate(paper))
    )


@pytest.mark.parametrize("seed", range(40))
def test_honest_papers_raise_no_alarm(seed: int) -> None:
    loud = [f for f in _examine(draw_paper(seed)).findings if f.severity != "rounding"]
    assert not loud, [(f.rule, f.where, f.printed, f.recomputed_text()) for f in loud]


# Least share of planted errors found, 30 papers each; below what 100 papers gave (docs), so that
# chance does not fail the test. A t from another row contradicts nothing but its stars after robust
# or clustered errors, and an adjusted R² nothing where F is a Wald test.
LEAST = {"digit": 0.85, "sign": 0.85, "base": 0.90, "adjusted": 0.20, "row": 0.25}


@pytest.mark.parametrize("error", ERRORS)
def test_planted_errors_are_found(error: str) -> None:
    tried = caught = 0
    for seed in range(30):
        paper = draw_paper(seed)
        place = plant(paper, error, np.random.default_rng([seed, 7]))
        if place >= 0:
            tried += 1
            caught += any(
                f.severity != "rounding" and f.where.table == f"t{place}"
                for f in _examine(paper).findings
            )
    assert tried > 5
    assert caught / tried >= LEAST[error]
