"""The starting studies' own tables, audited unaided: what does not add up is found.

Source: ../shared/tables, transcribed from the printed studies; read there, never copied. What is
declared is only what the papers say of their tables (n, t in brackets, ordinary least squares).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from livelihoods.audit import Audit, audit, published_estimates

OUTCOMES = {
    "Livelihood risk prevention": "",
    "Livelihood capital accumulation": "table06",
    "Livelihood mode selection": "table07",
    "Improvement of livelihood income": "table08",
}
ACTION = "Level of participation in collective action"


def _shanxi(shared: Path) -> Audit:
    means = {name: table for name, table in OUTCOMES.items() if table}
    ols: dict[str, Any] = {
        "kind": "regression", "n": 312, "parentheses": "t", "errors": "classical",
        "intercept": "Intercept term", "dummies": ["Gender", "Region"], "same_rows": True,
    }  # fmt: skip
    frequency = ["willingness", "frequency", "time", "effect", "risk", "financial_capital",
                 "livelihood_mode", "income"]  # fmt: skip
    tables = [
        {"id": f"table{place:02d}", "file": f"table{place:02d}_{name}.csv", "kind": "frequency",
         "n": 312}
        for place, name in enumerate(frequency, 1)
    ]  # fmt: skip
    tables += [
        {"id": "table10", "file": "table10_regression.csv", **ols, "means": means,
         "ranges": {"Age": [1, 7], "Education level": [1, 7], ACTION: [0, 0]}},
        {"id": "table11", "file": "table11_group_ttest.csv", "kind": "group_difference",
         "means": means},
        {"id": "table12", "file": "table12_regression_dims.csv", **ols},
    ]  # fmt: skip
    return audit(
        shared / "tables" / "shanxi",
        {
            "table": tables,
            "hypothesis": [
                {"id": f"H{place}", "table": "table10", "row": ACTION, "column": name}
                for place, name in enumerate(OUTCOMES, 1)
            ],
            "claim": [
                {"id": "willing", "text": "willing or very willing: 46.83%", "value": "46.83",
                 "table": "table01",
                 "row": "The average willingness to participate in the above 7 items"},
                {"id": "developed", "text": "the more developed the region, the more capital",
                 "table": "table12", "row": "Region", "column": "Livelihood capital accumulation",
                 "reads": "direction", "sign": "-"},
            ],
        },
    )  # fmt: skip


def _has(done: Audit, code: str, table: str, row: str = "", column: str = "") -> bool:
    return any(
        (f.code, f.where.table) == (code, table)
        and f.where.row.startswith(row)
        and f.where.column.startswith(column)
        for f in done.findings
        if f.severity != "rounding"
    )


def test_shanxi_contradicts_itself(shared: Path) -> None:
    done = _shanxi(shared)
    for column in OUTCOMES:
        assert _has(done, "adjusted_printed_as_r2", "table10", "R", column)
    # 13 of 312 households are 4.17 %, printed 4.71; 54 are 17.31 %, printed 17.13.
    assert _has(done, "share_is_not_count", "table08", "", "under 10000")
    assert _has(done, "share_is_not_count", "table06", "", "10000-30000")
    assert _has(done, "bands_leave_gap", "table06", "", "40000-60000")
    # 2.81 − 2.59 = 0.22, printed 0.13; t = 1.91 has p = .057, printed .074.
    assert _has(done, "difference_of_means", "table11", "Livelihood mode")
    assert _has(done, "p_is_not_t", "table11", "Livelihood mode")
    # (166 · 2.94 + 146 · 3.99)/312 = 3.43; the counts of Table 6 give 3.20.
    assert _has(done, "groups_do_not_average", "table11", "Livelihood capital")
    assert _has(done, "sign_of_t", "table12", "Participation time", "Improvement")
    assert _has(done, "too_few_stars", "table10", "Region", "Livelihood risk")
    assert _has(done, "no_feasible_mean", "table10")
    assert _has(done, "coded_against_reading", "table12", "Region")
    # 30.45 + 15.38 = 45.83, one digit from the 46.83 of the text.
    claim = next(f for f in done.findings if f.code == "claim_not_in_table")
    assert (claim.printed, claim.recomputed_text()[:2]) == ("46.83", "45")


def test_shanxi_loses_one_of_four_hypotheses(shared: Path) -> None:
    done = _shanxi(shared)
    assert [row.fate for row in done.hypotheses] == [
        "survives", "survives", "loses_support", "survives",
    ]  # fmt: skip
    grades = published_estimates(done)
    lost = grades.filter(
        (grades["term"] == ACTION) & (grades["column"] == "Livelihood mode selection")
    )
    assert lost["grade"].to_list() == ["refused"]


def test_guangxi_totals_and_base(shared: Path) -> None:
    done = audit(shared / "tables" / "guangxi")
    # 39,985 / 31,397 is +27 %; the printed 26 % has the 31,722 of the other table as its base.
    assert _has(done, "growth_on_other_base", "table1_totals", "", "2017")
    assert _has(done, "totals_differ", "table2_by_city", "Total", "2016")
    # The text calls Chizhou the fastest of 2015-2020 (+3,822); by rate it is Laibin, 3825/932.
    fastest = next(f for f in done.findings if f.rule == "superlatives")
    assert (fastest.code, fastest.where.row) == ("first_only_by_units", "Chizhou")
    assert (fastest.values["first"], fastest.recomputed_text()) == ("Laibin", "310.4")
    # Guilin by units, Beihai by rate, Guilin by total are right, and so not found.
    assert sum(f.rule == "superlatives" for f in done.findings) == 1
    spoke = next(v for v in done.verdicts if v.rule == "superlatives")
    assert spoke.checked == 4


def test_jiangsu_reads_index_points_as_per_cent(shared: Path) -> None:
    done = audit(shared / "tables" / "jiangsu")
    read = [f.printed for f in done.findings if f.code == "percent_of_what"]
    assert read == ["15.7", "14.1", "1.1", "0.6", "17.1"]
