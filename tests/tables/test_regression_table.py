"""The regression table against the printed one of the Shanxi study (table 10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import SpecError
from livelihoods.notes import Note
from livelihoods.words.terms import label_term
from tables.fakeresult import FakeResult
from tables.tablehelp import read_html

# Coefficients and t values as printed in the Shanxi study, table 10, columns 2 and 4.
CAPITAL = FakeResult(
    "capital",
    {
        "(Intercept)": (3.591, 7.190),
        "participation": (1.012, 7.975),
        "age": (-0.105, -1.259),
        "C(region)[2]": (1.691, 4.915),
    },
    {"nobs": 312, "r_squared": 0.223, "adj_r_squared": 0.210, "f_statistic": 18.894, "f_p": 1e-9},
)
INCOME = FakeResult(
    "income",
    {"(Intercept)": (5.127, 12.728), "participation": (1.320, 12.898), "age": (-0.291, -4.331)},
    {"nobs": 310, "r_squared": 0.377},
)


def cells(table: lv.Table) -> list[list[str]]:
    return read_html(table.to_html()).rows


def test_journal_prints_t_below_and_the_constant_last() -> None:
    table = lv.regression_table(
        [CAPITAL, INCOME], labels={"participation": "Participation", "region": "Region"}
    )
    assert cells(table)[:10] == [
        ["", "capital", "income"],
        ["", "(1)", "(2)"],
        ["Participation", "1.012***", "1.320***"],
        ["(7.975)", "(12.898)"],
        ["age", "−0.105", "−0.291***"],
        ["(−1.259)", "(−4.331)"],
        ["Region: 2", "1.691***", ""],
        ["(4.915)", ""],
        ["Constant", "3.591***", "5.127***"],
        ["(7.190)", "(12.728)"],
    ]
    assert cells(table)[10:] == [
        ["Observations", "312", "310"],
        ["R²", "0.223", "0.377"],
        ["Adjusted R²", "0.210", ""],
        ["F", "18.894", ""],
        ["p of F", "<0.001", ""],
    ]
    assert table.legend == (
        "t statistics in parentheses.",
        "*** p<0.01, ** p<0.05, * p<0.1.",
        "Standard errors: robust to heteroskedasticity (HC1).",
    )


@pytest.mark.parametrize(
    ("preset", "below", "star"),
    [
        # age in CAPITAL: estimate −0.105, t −1.259, so se = 0.0834 and p = 0.208 (normal).
        ("journal", "(−1.259)", "***"),
        ("econ", "(0.083)", "***"),
        ("apa", "(0.083)", "***"),
        ("plain", "[−0.268, 0.058]", ""),
    ],
)
def test_presets(preset: str, below: str, star: str) -> None:
    rows = cells(lv.regression_table([CAPITAL], preset))
    assert rows[5][0] == below
    assert rows[2][1] == f"1.012{star}"


def test_stars_follow_their_levels() -> None:
    # t = 1.7, 2.0, 2.6 have two-sided normal p = 0.089, 0.046, 0.009.
    result = FakeResult("y", {"a": (1, 1.7), "b": (1, 2.0), "c": (1, 2.6)}, {"nobs": 9})
    assert [row[1] for row in cells(lv.regression_table([result], below="none"))[2:5]] == [
        "1.000*",
        "1.000**",
        "1.000***",
    ]
    apa = lv.regression_table([result], "apa", below="none")
    assert [row[1] for row in cells(apa)[2:5]] == ["1.000", "1.000*", "1.000**"]
    own = lv.regression_table([result], stars=(0.05,), below="none")
    assert own.legend[0] == "* p<0.05."
    assert "*" not in lv.regression_table([result], stars=False).to_text()


def test_small_coefficients_do_not_print_as_zero() -> None:
    result = FakeResult("y", {"income": (0.0000234, 2.0)}, {"nobs": 9})
    rows = cells(lv.regression_table([result], "econ"))
    assert rows[2][1] == "0.000023**"
    assert rows[3][0] == "(0.000012)"


def test_keep_drop_order_indicate_and_custom_rows() -> None:
    table = lv.regression_table(
        [CAPITAL, INCOME],
        drop=["(Intercept)"],
        order=["age"],
        indicate={"Region dummies": ["region"]},
        rows={"Wave": ["2021", None], "Weights": [True, False], "Villages": [20, 19]},
        statistics=["nobs"],
        below="none",
    )
    assert cells(table)[2:] == [
        ["age", "−0.105", "−0.291***"],
        ["participation", "1.012***", "1.320***"],
        ["Region dummies", "Yes", "No"],
        ["Wave", "2021", ""],
        ["Weights", "Yes", "No"],
        ["Villages", "20", "19"],
        ["Observations", "312", "310"],
    ]
    kept = lv.regression_table([CAPITAL], keep=["part*"], below="none", statistics=[])
    assert len(kept.rows) == 1


def test_panels_stack_outcomes_and_leave_columns_empty() -> None:
    table = lv.regression_table(
        {"Panel A: capital": [CAPITAL, CAPITAL], "Panel B: income": [INCOME, None]},
        keep=["participation"],
        columns=["OLS", "Matched"],
        spanners={"Participation": (1, 2)},
    )
    rows = cells(table)
    assert rows[0] == ["", "Participation"]
    assert rows[1] == ["", "OLS", "Matched"]
    assert ["Panel A: capital"] in rows
    assert rows[rows.index(["Panel B: income"]) + 1] == ["participation", "1.320***", ""]


def test_equations_get_their_own_sections() -> None:
    result = FakeResult(
        "y", {"first|x": (1, 3), "first|z": (2, 3), "second|x": (3, 3)}, {"nobs": 5}
    )
    rows = cells(lv.regression_table([result], below="none", statistics=[]))
    assert rows[2:] == [
        ["first"],
        ["x", "1.000***"],
        ["z", "2.000***"],
        ["second"],
        ["x", "3.000***"],
    ]


def test_the_statistic_is_named_from_its_law() -> None:
    from dataclasses import replace

    # p values of the helper are those of the normal law.
    unnamed = replace(CAPITAL, statistic_name="")
    assert lv.regression_table([unnamed]).legend[0] == "z statistics in parentheses."
    both = lv.regression_table([unnamed, INCOME])
    assert both.legend[0] == "z / t statistics in parentheses."


def test_mixed_process_names_are_worded() -> None:
    result = FakeResult(
        "y", {"y|x": (1, 3), "/|lnsigma_1": (0.2, 3), "/|atanhrho_12": (2, 3)}, {}, "oim"
    )
    table = lv.regression_table([result], below="none")
    assert [row[0] for row in cells(table)[2:]] == [
        "y",
        "x",
        "Variances and correlations of the errors",
        "ln σ₁",
        "atanh ρ₁₂",
    ]
    assert table.legend[-1] == "Standard errors: from the observed information."


def test_notes_say_which_columns() -> None:
    from dataclasses import replace

    note = Note("tables.in_columns", "caution", {"columns": "9", "sentence": "Rows were lost."})
    both = lv.regression_table([replace(CAPITAL, notes=(note,)), replace(INCOME, notes=(note,))])
    assert both.notes == (note,)
    one = lv.regression_table([CAPITAL, replace(INCOME, notes=(note,))])
    assert "Caution: Column (2): " in one.to_text()
    assert one.notes[0].severity == "caution"


def test_standard_errors_are_named_by_column() -> None:
    from dataclasses import replace

    table = lv.regression_table([CAPITAL, replace(INCOME, vcov_label="cluster(village)")])
    assert table.legend[-1] == (
        "Standard errors: robust to heteroskedasticity (HC1) (1); clustered by village (2)."
    )


def test_chinese() -> None:
    with words.use_language("zh"):
        table = lv.regression_table([CAPITAL])
    assert "括号内为 t 值。" in table.to_text()
    assert "常数项" in table.to_html()


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("no_results", {"results": []}),
        ("no_results", {"results": [None]}),
        ("panels_differ", {"results": {"a": [CAPITAL], "b": [CAPITAL, INCOME]}}),
        ("unknown_preset", {"preset": "nature"}),
        ("unknown_below", {"below": "q"}),
        ("star_levels", {"stars": (1.5,)}),
        ("unknown_term", {"keep": ["nothing"]}),
        ("unknown_statistic", {"statistics": ["nothing"]}),
        ("custom_row", {"rows": {"a": [1, 2]}}),
        ("column_headings", {"columns": ["a", "b"]}),
        ("spanner", {"spanners": {"a": (1, 2)}}),
    ],
)
def test_refusals(code: str, arguments: dict[str, object]) -> None:
    with pytest.raises(SpecError) as caught:
        lv.regression_table(**{"results": [CAPITAL], **arguments})  # type: ignore[arg-type]
    assert caught.value.code == f"tables.{code}"
    assert caught.value.message("zh")


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        ("C(region, ref=1)[T.2]", "Region: 2"),
        ("age:C(region)[a:b]", "Age × Region: a:b"),
        ("age^2", "Age²"),
        ("`odd name`", "odd name"),
        ("log(income)", "log(income)"),
    ],
)
def test_terms_in_words(term: str, shown: str) -> None:
    assert label_term(term, {"region": "Region", "age": "Age"}, "en") == shown


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-9), min_size=1, max_size=6))
def test_printed_numbers_are_the_results(estimates: list[float]) -> None:
    result = FakeResult("y", {f"x{i}": (e, 2.0) for i, e in enumerate(estimates)}, {"nobs": 3})
    table = lv.regression_table([result], statistics=[])
    shown = [row[1] for row in cells(table)[2::2]]
    for value, cell in zip(estimates, shown, strict=True):
        back = float(cell.rstrip("*").replace("−", "-").replace(",", ""))
        # Half a unit of the last printed decimal: three, or more for numbers near zero.
        digits = len(cell.rstrip("*").partition(".")[2])
        assert abs(back - value) <= 0.5000001 * 10**-digits
