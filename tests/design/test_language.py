"""The parser: what it reads, what it refuses, and that nothing else can come out of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.design.language import label, parse_expression, parse_formula, split_latent
from livelihoods.design.language.functions import FUNCTIONS
from livelihoods.errors import FormulaError

# Read by hand from DESIGN.md §3.
FORMULAS = [
    ("y ~ x", "y", ["x"], True),
    ("y ~ a*b", "y", ["a", "b", "a:b"], True),
    ("y ~ a*b*c - a:b", "y", ["a", "b", "a:c", "b:c", "c", "a:b:c"], True),
    ("y ~ (a + b + c)^2", "y", ["a", "b", "c", "a:b", "a:c", "b:c"], True),
    ("y ~ age + age^2 - 1", "y", ["age", "age^2"], False),
    ("y ~ 0 + x", "y", ["x"], False),
    ("y ~ -1 + x + 1", "y", ["x"], True),
    ("y ~ 1", "y", [], True),
    ("y ~ x + x + b:a + a:b", "y", ["x", "b:a"], True),
    ("log(y) ~ log(x + 1)", "log(y)", ["log(x + 1)"], True),
    ('resilience.learning ~ C(region, ref="b")', "resilience.learning", ["C(region)"], True),
    (
        "`household income (yuan)` ~ 劳动力 + `a:b`",
        "household income (yuan)",
        ["劳动力", "a:b"],
        True,
    ),
    ("y~lag(x,2)+poly(x, 2)", "y", ["lag(x, 2)", "poly(x, 2)"], True),
]


@pytest.mark.parametrize(("text", "outcome", "terms", "intercept"), FORMULAS)
def test_formulas(text: str, outcome: str, terms: list[str], intercept: bool) -> None:
    formula = parse_formula(text)
    assert formula.response == outcome
    assert sorted(term.label for term in formula.rhs) == sorted(terms)
    assert formula.intercept is intercept


def test_terms_keep_the_written_order() -> None:
    formula = parse_formula("y ~ b*a + c")
    assert [term.label for term in formula.rhs] == ["b", "a", "b:a", "c"]


def test_iv_form_splits_at_the_bar() -> None:
    formula = parse_formula("y ~ age + C(region) | coop ~ peers + peers:age")
    assert [term.label for term in formula.rhs] == ["age", "C(region)"]
    assert [term.label for term in formula.endogenous] == ["coop"]
    assert [term.label for term in formula.instruments] == ["peers", "peers:age"]
    assert formula.variables == ("y", "age", "region", "coop", "peers")


def test_latent_terms_are_taken_out() -> None:
    formula, latent = split_latent(parse_formula("y ~ x + lat(q)"))
    assert latent == ("q",)
    assert [term.label for term in formula.rhs] == ["x"]


EXPRESSIONS = [
    ("a + b * c ^ 2", "a + (b * (c^2))"),
    ("-x^2", "-(x^2)"),
    ("2^-1", "2^-1"),
    ("a - b - c", "(a - b) - c"),
    ("a or b and not c", "a or (b and not c)"),
    ("x in (1, 2) and y not in ['u']", '(x in [1, 2]) and not y in ["u"]'),
    ("not x == 1", "not x == 1"),
    ("exists_in([village, year], x > 0)", "exists_in([village, year], x > 0)"),
    (
        "recode(x, 1 -> 0, [2, 3] -> 1, else -> null)",
        "recode(x, 1 -> 0, [2, 3] -> 1, else -> null)",
    ),
    ("peer_share(of=x, within=(v, t))", "peer_share(of=x, within=[v, t])"),
    ("if_else(is_missing(a), true, b / 2 >= 1e3)", "if_else(is_missing(a), true, (b / 2) >= 1000)"),
]


@pytest.mark.parametrize(("text", "shown"), EXPRESSIONS)
def test_expressions(text: str, shown: str) -> None:
    assert label(parse_expression(text)) == shown


WRONG = [
    ("y ~ x +", "design.ends_early", 7),
    ("y ~ (x", "design.ends_early", 6),
    ("y ~ x / z", "design.not_in_formula", 6),
    ("y ~ x > z", "design.not_in_formula", 6),
    ("y ~ 3*x", "design.number_in_formula", 4),
    ("y ~ x ** 2", "design.habit", 6),
    ("y = x", "design.habit", 2),
    ("y ~ x^2.5", "design.bad_power", 6),
    ("y ~ import(os)", "design.unknown_function", 4),
    ("y ~ lg(x)", "design.unknown_function", 4),
    ("y ~ log(x, y)", "design.wrong_arguments", 4),
    ("y ~ C(x, reff=1)", "design.unknown_option", 9),
    ("y ~ any_of(a, b)", "design.unknown_function", 4),
    ("y ~ x | d", "design.ends_early", 9),
    ("y ~ x | 1 ~ z", "design.empty_part", 13),
    ("y ~ `x", "design.open_quote", 4),
    ("y ~ x; z", "design.unknown_character", 5),
    ("y ~ x y", "design.unexpected", 6),
    ("y x", "design.expected", 2),
    ("", "design.ends_early", 0),
    ("y ~ 2x", "design.bad_number", 4),
    ("y ~ " + "+".join(f"x{i}" for i in range(900)), "design.text_too_long", None),
    ("y ~ " + "*".join(f"x{i}" for i in range(30)), "design.too_many_terms", None),
    ("y ~ (" + "+".join(f"x{i}" for i in range(300)) + ")^3", "design.too_many_terms", None),
    ("y ~ " + "(" * 300 + "x" + ")" * 300, "design.too_deep", None),
]


@pytest.mark.parametrize(("text", "code", "place"), WRONG)
def test_wrong_formulas_say_where(text: str, code: str, place: int | None) -> None:
    with pytest.raises(FormulaError) as error:
        parse_formula(text)
    assert error.value.code == code
    assert str(error.value)
    assert error.value.message("zh")
    if place is not None:
        assert error.value.values["position"] == place + 1
        caret = error.value.values["excerpt"].splitlines()[1]
        assert caret.endswith("^")


WRONG_EXPRESSIONS = [
    ("__import__('os')", "design.unknown_function"),
    ("a('os').system('x')", "design.unknown_character"),
    ("a.b()", "design.unknown_function"),
    ("x[0]", "design.unexpected"),
    ("a < b < c", "design.chained_comparison"),
    ("a & b", "design.habit"),
    ("a = 1", "design.habit"),
    ("lambda: 1", "design.unexpected"),
    ("x in 3", "design.expected"),
    ("f(", "design.unknown_function"),
    ("recode(x, 1 : 0)", "design.expected"),
    ("'a\\'b'", "design.open_quote"),
    ("lat(x)", "design.unknown_function"),
    ("not " * 200 + "x", "design.too_deep"),
    ("-" * 400 + "x", "design.too_deep"),
    ("+".join(["x"] * 300), "design.too_deep"),
    ("[" * 100, "design.too_deep"),
]


@pytest.mark.parametrize(("text", "code"), WRONG_EXPRESSIONS)
def test_wrong_expressions(text: str, code: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse_expression(text)
    assert error.value.code == code
    assert str(error.value)


def test_caret_stands_under_wide_letters() -> None:
    with pytest.raises(FormulaError) as error:
        parse_expression("收入 ? 2")
    first, second = error.value.values["excerpt"].splitlines()
    assert first == "    收入 ? 2"
    assert second.index("^") == 4 + 2 * 2 + 1  # two wide letters take four places, then a blank


_PIECES = [
    *FUNCTIONS,
    *["x", "`a b`", "income", "1", "2.5", '"t"', "'", "(", ")", "[", "]", ",", "+", "-", "*", "/"],
    *["^", "~", "|", ":", "->", "==", "<", "=", "and", "or", "not", "in", "else", "true", "null"],
    *[" ", ".", "__class__", "lambda", "import", "收入", "\n", "\x00", "𝟙", "²"],
]


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map(" ".join) | st.text(max_size=80))
def test_only_formula_errors_ever_come_out(text: str) -> None:
    for parse in (parse_formula, parse_expression):
        fault = None
        try:
            parse(text)
        except FormulaError as error:
            fault = error
        assert fault is None or (str(fault) and fault.message("zh"))


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_labels_read_back(text: str) -> None:
    """An expression of plain names, printed and read again, is the same expression."""
    try:
        expr = parse_expression(text)
    except FormulaError:
        return
    if "`" in text or "C(" in text:
        return
    assert parse_expression(label(expr)) == expr
