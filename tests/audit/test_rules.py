"""Each rule on a small case that can be checked by hand: once right, once wrong."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reading import codes, examine_pages, found, page

LIKERT = ["Item", "never=1", "seldom=2", "often=3", "Mean"]


def test_counts_shares_and_means() -> None:
    # 10 + 20 + 20 = 50: 20.00, 40.00, 40.00 %; mean (10 + 40 + 60)/50 = 2.20.
    right = page(
        [LIKERT, ["a", "10/20.00", "20/40.00", "20/40.00", "2.20"]], kind="frequency", n=50
    )
    assert codes(examine_pages(right)) == []
    wrong = page(
        [LIKERT, ["a", "10/21.00", "20/40.00", "20/40.00", "2.30"]], kind="frequency", n=50
    )
    assert codes(examine_pages(wrong), "counts_and_shares") == [
        "share_is_not_count",
        "shares_do_not_sum",
    ]
    mean = found(examine_pages(wrong), "means_from_counts")[0]
    assert (mean.severity, mean.recomputed_text()) == ("inconsistent", "2.20")


def test_counts_against_declared_n() -> None:
    table = page([LIKERT, ["a", "10", "20", "20", ""]], kind="frequency", n=49)
    assert codes(examine_pages(table)) == ["counts_do_not_sum"]


def test_average_row_may_average_counts_or_shares() -> None:
    rows = [LIKERT, ["a", "10/20.00", "20/40.00", "20/40.00", "2.20"],
            ["b", "11/22.00", "19/38.00", "20/40.00", "2.18"]]  # fmt: skip
    # Counts 10.5, 19.5, 20: shares 21, 39, 40; mean 2.19. Or shares of the rounded counts 10, 20.
    for first in (["10/21.00", "20/39.00"], ["10/20.00", "20/40.00"], ["11/22.00", "19/38.00"]):
        line = ["The average of the above 2 items", *first, "20/40.00", "2.19"]
        assert (
            codes(examine_pages(page([*rows, line], kind="frequency", n=50)), "average_rows") == []
        )
    line = ["The average of the above 2 items", "10/25.00", "20/39.00", "20/40.00", "2.19"]
    wrong = examine_pages(page([*rows, line], kind="frequency", n=50))
    assert codes(wrong, "average_rows") == ["average_of_shares"]


@given(n=st.integers(5, 99), total=st.integers(5, 495))
def test_grim_accepts_every_mean_that_answers_can_have(n: int, total: int) -> None:
    # Brown and Heathers (2017): with n < 100 answers and two decimals, only some means exist.
    lines = [["Variable", "Mean", "N"], ["z", f"{total / n:.2f}", str(n)]]
    assert codes(examine_pages(page(lines, kind="descriptive", ranges={"z": (1, 5)}))) == []


def test_grim_refuses_a_mean_of_no_answers_and_knows_its_power() -> None:
    # 25 answers have means in steps of .04: 3.45 lies between 3.44 and 3.48.
    lines = [["Variable", "Mean", "N"], ["z", "3.45", "25"]]
    finding = found(examine_pages(page(lines, kind="descriptive", ranges={"z": (1, 5)})))[0]
    assert (finding.code, finding.severity) == ("mean_of_no_answers", "impossible")
    lines = [["Variable", "Mean", "N"], ["z", "3.45", "312"]]
    verdicts = examine_pages(page(lines, kind="descriptive", ranges={"z": (1, 5)})).verdicts
    assert {v.reason for v in verdicts if v.rule == "means_from_counts"} == {"no_power"}


def test_sums_growth_change_and_weight() -> None:
    head = ["Region", "2020", "Weight(%)", "2019", "Weight(%)", "Increase", "Growth(%)"]
    right = [head, ["Total", "300", "100.0", "250", "100.0", "50", "20.0"],
             ["A", "100", "33.3", "50", "20.0", "50", "100.0"],
             ["B", "200", "66.7", "200", "80.0", "0", "0.0"]]  # fmt: skip
    assert codes(examine_pages(page(right, kind="composition"))) == []
    wrong = [head, ["Total", "310", "100.0", "250", "100.0", "50", "20.0"],
             ["A", "100", "33.3", "50", "20.0", "50", "50.0"],
             ["B", "200", "66.7", "200", "80.0", "0", "0.0"]]  # fmt: skip
    listed = codes(examine_pages(page(wrong, kind="composition")))
    assert "parts_do_not_sum" in listed
    assert "growth_on_later_year" in listed  # 50 / 100: divided by the later year
    assert "change_is_not_levels" in listed


def test_growth_names_the_base_that_was_used() -> None:
    first = page([["row", "2015", "2016", "2017"], ["Total", "100", "150", "180"],
                  ["Growth rate", "---", "50%", "13%"]], "one", kind="growth")  # fmt: skip
    second = page([["Region", "2015", "2016", "2017"], ["Total", "100", "160", "180"],
                   ["A", "100", "160", "180"]], "two", kind="composition")  # fmt: skip
    audit = examine_pages(first, second)
    growth = found(audit, "growth")[0]
    # 180/150 = +20 %; 180/160 = +12.5 %, printed as 13.
    assert (growth.code, growth.recomputed_text()) == ("growth_on_other_base", "20")
    assert growth.values["base"] == "160 (two, 2016)"
    assert codes(audit, "totals_across_tables") == ["totals_differ"]


REGRESSION = [
    ["", "y1", "y2"],
    ["x", "0.500** (2.500)", "1.000** (2.500)"],
    ["z", "0.100 (1.000)", "0.200 (1.000)"],
    ["Constant", "1.000*** (5.000)", "2.000*** (5.000)"],
    ["R2", "0.100", "0.100"],
    ["F", "5.389", "5.389"],
    ["N", "100", "100"],
]
CLASSICAL = {"kind": "regression", "parentheses": "t", "errors": "classical", "same_rows": True}


def _with(cells: dict[tuple[int, int], str]) -> list[list[str]]:
    lines = [list(line) for line in REGRESSION]
    for (row, column), text in cells.items():
        lines[row][column] = text
    return lines


def test_a_coherent_regression_table_is_clean() -> None:
    # R² = .1, k = 2, n = 100: F = (.1/2)/(.9/97) = 5.389; se .2, .1, .2 and twice that.
    assert codes(examine_pages(page(REGRESSION, **CLASSICAL))) == []


def test_adjusted_r2_printed_as_r2_is_named() -> None:
    # adjusted R² = 1 − .9·99/97 = .0814.
    audit = examine_pages(page(_with({(4, 1): "0.081"}), **CLASSICAL))
    assert codes(audit) == ["adjusted_printed_as_r2"]
    assert found(audit)[0].recomputed_text() == "0.100"


def test_column_numbers_are_no_regressor() -> None:
    numbered = [REGRESSION[0], ["", "(1)", "(2)"], *REGRESSION[1:]]
    assert codes(examine_pages(page(numbered, **CLASSICAL))) == []


def test_asterisks_that_flag_something_else_are_no_stars() -> None:
    lines = [["variable", "Low (N=100)", "High (N=50)", "V ratio", "T value", "P value"]]
    lines.append(["age", "2.00", "3.00", "1.90*", "3.00", "0.003"])
    assert codes(examine_pages(page(lines, kind="group_difference"))) == []


def test_f_rules_are_silent_after_robust_errors() -> None:
    table = page(_with({(4, 1): "0.081"}), **{**CLASSICAL, "errors": "robust"})
    audit = examine_pages(table)
    assert codes(audit) == []
    reasons = {v.rule: v.reason for v in audit.verdicts}
    assert reasons["proportional_errors"] == "errors_not_classical"


def test_stars_and_signs() -> None:
    # t = 1.000 with 97 degrees of freedom: p = .32, no star; t = −2.5 beside +0.5 is impossible.
    audit = examine_pages(page(_with({(2, 1): "0.100* (1.000)"}), **CLASSICAL))
    assert codes(audit) == ["too_many_stars"]
    lines = _with({(1, 1): "-0.500** (2.500)", (2, 1): "-0.100 (-1.000)"})
    audit = examine_pages(page(lines, **CLASSICAL))
    assert codes(audit) == ["sign_of_t"]


def test_a_paper_that_prints_absolute_t_throughout_is_left_alone() -> None:
    audit = examine_pages(page(_with({(1, 1): "-0.500** (2.500)"}), **CLASSICAL))
    assert codes(audit) == []


def test_proportional_errors_name_the_cell_and_what_it_would_be() -> None:
    names = ["x", "z", "w", "v", "Constant"]
    scale, errors = [1.0, 2.0, 0.5], [0.2, 0.1, 0.4, 0.3, 0.6]
    lines = [["", "y1", "y2", "y3"]]
    lines += [
        [name, *(f"1.000 ({errors[i] * s:.4f})" for s in scale)] for i, name in enumerate(names)
    ]
    spec = {**CLASSICAL, "parentheses": "se"}
    assert codes(examine_pages(page(lines, **spec, n=200)), "proportional_errors") == []
    lines[2][2] = "1.000 (0.3000)"  # was .2000
    finding = found(examine_pages(page(lines, **spec, n=200)), "proportional_errors")[0]
    assert (finding.where.row, finding.where.column) == ("z", "y2")
    assert finding.recomputed is not None
    assert Fraction("0.2") in finding.recomputed


def test_means_identity() -> None:
    # y1 = 1 + .5 x + .1 z and y2 = 2 + x + .2 z: ȳ2 = 2 ȳ1 whatever the means.
    spec = {**CLASSICAL, "dummies": ["x", "z"]}
    right = page(REGRESSION, **spec, means={"y1": "1.30", "y2": "2.60"})
    assert codes(examine_pages(right)) == []
    wrong = page(REGRESSION, **spec, means={"y1": "1.30", "y2": "2.90"})
    finding = found(examine_pages(wrong), "means_identity")[0]
    assert (finding.code, finding.severity) == ("no_feasible_mean", "impossible")
    alone = page(REGRESSION, **spec, means={"y1": "1.80"})
    assert codes(examine_pages(alone), "means_identity") == ["no_feasible_mean_alone"]


def test_dummy_bound() -> None:
    # Half the answers 1, half 2: var = 25/99; R² = .1 → s² = .0814-adjusted share; the least
    # standard error of a dummy is √(4 s²/n) = 2·√(.9186·.2525/100) = .0963.
    outcome = page([["Item", "a=1", "b=2"], ["y1", "50", "50"]], "freq", kind="frequency")
    spec = {**CLASSICAL, "dummies": ["z"], "means": {"y1": "freq:y1"}}
    right = page(_with({(2, 1): "0.100 (1.000)"}), **spec)
    assert codes(examine_pages(outcome, right), "dummy_bound") == []
    wrong = page(_with({(2, 1): "0.100 (1.200)"}), **spec)  # se .083
    finding = found(examine_pages(outcome, wrong), "dummy_bound")[0]
    assert finding.severity == "impossible"
    assert float(finding.recomputed.middle) == pytest.approx(0.0963, abs=2e-4)  # type: ignore[union-attr]


GROUPS = ["outcome", "Low (N=100)", "High (N=50)", "Difference", "T value", "P value"]


def test_group_comparison() -> None:
    spec = {"kind": "group_difference", "means": {"y": "2.33"}}
    right = page([GROUPS, ["y", "2.00", "3.00", "1.00", "2.00", "0.047**"]], **spec)
    assert codes(examine_pages(right)) == []
    wrong = page([GROUPS, ["y", "2.00", "3.10", "1.00", "2.00", "0.020**"]], **spec)
    # 3.10 − 2.00 = 1.10; p(2.00) ≈ .047; (100·2.00 + 50·3.10)/150 = 2.37.
    assert sorted(codes(examine_pages(wrong))) == [
        "difference_of_means",
        "groups_do_not_average",
        "p_is_not_t",
    ]


def test_stars_may_be_those_of_an_adjusted_p_beside_the_plain_one() -> None:
    header = ["", "Difference", "p", "p (Holm)"]
    right = page([header, ["a", "0.10**", "0.004", "0.020"], ["b", "0.03", "0.04", "0.12"]],
                 kind="group_difference")  # fmt: skip
    assert codes(examine_pages(right)) == []
    wrong = page([header, ["a", "0.10**", "0.004", "0.200"]], kind="group_difference")
    assert codes(examine_pages(wrong)) == ["too_few_stars"]


def test_effects_on_parts_add_up() -> None:
    head = ["Outcome", "Treated", "Control", "ATT"]
    lines = [head, ["total", "0.500", "0.343", "0.157"], ["a", "0.300", "0.159", "0.141"],
             ["b", "0.200", "0.184", "0.016"]]  # fmt: skip
    spec = {"kind": "matching", "parts": {"total": ("a", "b")}}
    assert codes(examine_pages(page(lines, **spec))) == []
    lines[3] = ["b", "0.200", "0.164", "0.036"]
    assert codes(examine_pages(page(lines, **spec))) == ["effects_do_not_add"]


def test_bands() -> None:
    good = page(
        [["", "0times =1", "1-3times =2", "4-6times =3"], ["a", "1", "2", "3"]], kind="frequency"
    )
    assert codes(examine_pages(good)) == []
    gap = page([["", "10000-30000=2", "40000-60000=3"], ["a", "1", "2"]], kind="frequency")
    overlap = page([["", "10-30=1", "25-60=2"], ["a", "1", "2"]], kind="frequency")
    assert codes(examine_pages(gap)) == ["bands_leave_gap"]
    assert codes(examine_pages(overlap)) == ["bands_overlap"]


@given(seed=st.integers(0, 10**6), digits=st.integers(2, 4))
def test_correlations_of_data_are_never_impossible(seed: int, digits: int) -> None:
    # Property: rounding a correlation matrix can make it indefinite; Weyl's bound must allow that.
    rng = np.random.default_rng(seed)
    R = np.corrcoef(rng.normal(size=(6, 5)).T)
    lines = [["", *"abcde"]] + [
        ["abcde"[i], *(f"{R[i, j]:.{digits}f}" for j in range(5))] for i in range(5)
    ]
    assert codes(examine_pages(page(lines, kind="correlation"))) == []


def test_impossible_correlations() -> None:
    lines = [
        ["", "a", "b", "c"],
        ["a", "1", "", ""],
        ["b", "0.90", "1", ""],
        ["c", "0.90", "-0.90", "1"],
    ]
    assert codes(examine_pages(page(lines, kind="correlation"))) == ["not_definite"]
    lines[2][1] = "1.20"
    assert codes(examine_pages(page(lines, kind="correlation"))) == ["beyond_one"]


def test_claims() -> None:
    table = page(
        [LIKERT, ["a", "10/20.00", "20/40.00", "20/40.00", "2.20"]], kind="frequency", n=50
    )
    claims = [
        {"id": "sum", "text": "80% do it at least seldom", "table": "t"},
        {"id": "rest", "text": "60.00% do not do it often", "table": "t"},
    ]
    assert codes(examine_pages(table, claims=claims)) == []
    wrong = examine_pages(table, claims=[{"id": "c", "text": "81.00 % do it", "table": "t"}])
    assert codes(wrong) == ["claim_not_in_table"]
    assert found(wrong)[0].recomputed_text() == "80.00"


def test_percentages_directions_outcomes_and_thresholds() -> None:
    table = page(REGRESSION, **CLASSICAL)
    claims = [
        {"id": "p", "text": "a 50.0% increase", "value": "50.0", "table": "t", "reads": "percent"},
        {"id": "d", "text": "less z, more y", "table": "t", "row": "z", "column": "y1",
         "reads": "direction", "sign": "-"},
        {"id": "o", "text": "so poverty falls", "outcome": "poverty"},
        {"id": "w", "text": "F exceeds the critical value at the 10% bias level", "instruments": 1},
    ]  # fmt: skip
    assert sorted(codes(examine_pages(table, claims=claims))) == [
        "coded_against_reading",
        "no_bias_threshold",
        "outcome_not_modelled",
        "percent_of_what",
    ]
    claims[3]["instruments"] = 3
    assert "no_bias_threshold" not in codes(examine_pages(table, claims=claims))


def test_claims_about_one_quantity_must_agree() -> None:
    claims = [
        {"id": "a", "text": "the effect is 17.7 %", "value": "17.7", "reads": "percent"},
        {
            "id": "b",
            "text": "a coefficient of 0.171",
            "value": "0.171",
            "reads": "level",
            "same": "a",
        },
    ]
    assert "claims_differ" in codes(examine_pages(claims=claims))


def test_superlatives_are_held_against_the_ranking() -> None:
    lines = [["Region", "2019", "2020"], ["Total", "160", "205"], ["Anji", "100", "120"],
             ["Berg", "50", "65"], ["Cheng", "10", "20"]]  # fmt: skip
    table = page(lines, kind="composition")

    def told(text: str) -> list[str]:
        return codes(examine_pages(table, claims=[{"id": "c", "text": text}]), "superlatives")

    # Gains 20, 15, 10; rates 20, 30, 100 per cent; totals 120, 65, 20.
    assert told("2019-2020 the fastest growth was in Cheng") == []
    assert told("2019-2020 the fastest growth was in Anji") == ["first_only_by_units"]
    assert told("2019-2020 the fastest growth was in Berg") == ["not_the_first"]
    assert told("2019-2020 the largest increase was in Anji") == []
    assert told("2019-2020 the largest increase was in Cheng") == ["not_the_first"]
    assert told("2019 年至 2020 年 Berg 增速最快") == ["not_the_first"]
    assert told("in 2020 the highest total was that of Anji") == []
    assert told("in 2020 the highest total was that of Berg") == ["not_the_first"]
    # Not read: two units, no year of the table, no superlative.
    assert told("2019-2020 the fastest were Anji and Berg") == []
    assert told("Berg grew fastest since 2012") == []
    assert told("2019-2020 Berg grew") == []
