"""A regression table as printed: coefficients, what is in brackets, and the lines of statistics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from livelihoods.audit.grid import Grid, GridRow
from livelihoods.audit.intervals import Interval
from livelihoods.audit.paper import TableSpec
from livelihoods.audit.printed import Printed, PrintedCell

_STATISTICS = (
    ("adj_r2", re.compile(r"(adj|adjusted|调整).*r", re.I)),
    ("r2", re.compile(r"^(r\s*(²|2|\^2)|r[- ]?squared?|可决系数)", re.I)),
    ("f", re.compile(r"^(f|f[- ](stat\w*|value|test)|f值)$", re.I)),
    ("p", re.compile(r"^(p|p[- ]?value|p of f|p \(f\)|prob.*|.*p ?值)$", re.I)),
    (
        "n",
        re.compile(r"^(n|obs\w*|observations|sample size|no\. of obs\w*|样本量|观测值)\.?$", re.I),
    ),
    (
        "other",
        re.compile(r"^(wald|chi2|chi-squared|log ?lik\w*|pseudo.*|rmse|aic|bic|clusters?)", re.I),
    ),
)
_INTERCEPT = re.compile(r"^\(?(intercept|const|constant|_cons|常数|截距)", re.I)
_YES = re.compile(r"^(yes|no|y|n|√|是|否|控制|control\w*)$", re.I)


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A printed coefficient and the number in brackets with it."""

    term: str
    column: str
    estimate: Printed
    bracket: Printed | None
    raw: str

    @property
    def stars(self) -> int:
        """Stars after the coefficient, or after the bracket where they stand there."""
        return max(self.estimate.stars, self.bracket.stars if self.bracket else 0)


@dataclass(frozen=True, slots=True)
class RegressionView:
    """A regression table.

    Attributes
    ----------
    spec
        What is declared about it.
    terms
        Row labels of coefficients, the constant among them.
    intercept
        Row label of the constant, "" if none is printed.
    columns
        Equations.
    coefficients
        (term, column) -> coefficient.
    statistics
        Name (``r2 adj_r2 f p n``) -> column -> number.
    labels
        Name of a statistic -> its row label.
    hidden
        Whether lines such as "Controls: yes" say that not all regressors are printed.
    """

    spec: TableSpec
    terms: tuple[str, ...]
    intercept: str
    columns: tuple[str, ...]
    coefficients: Mapping[tuple[str, str], Coefficient]
    statistics: Mapping[str, Mapping[str, Printed]]
    labels: Mapping[str, str]
    hidden: bool

    def rows(self, column: str) -> int | None:
        """Return n of an equation: printed in the table, or declared."""
        printed = self.statistics.get("n", {}).get(column)
        return int(printed.value) if printed else self.spec.rows_of(column)

    def slopes(self, column: str) -> int | None:
        """Return the number of slopes of an equation, None if not all are printed."""
        if self.spec.regressors is not None:
            return self.spec.regressors
        if self.hidden or not self.intercept:
            return None
        return sum(
            1
            for term in self.terms
            if term != self.intercept and (term, column) in self.coefficients
        )

    def residual_df(self, column: str) -> int | None:
        """Return n − k − 1 of an equation, None if n or k is unknown or nothing is left."""
        n, k = self.rows(column), self.slopes(column)
        return n - k - 1 if n is not None and k is not None and n - k - 1 > 0 else None

    def brackets(self) -> str:
        """Return what stands in brackets: declared, or guessed from signs."""
        if self.spec.parentheses != "unknown":
            return self.spec.parentheses
        return guess_brackets(list(self.coefficients.values()))

    def standard_error(self, coefficient: Coefficient) -> Interval | None:
        """Return what the standard error can have been, from the printed digits."""
        if coefficient.bracket is None:
            return None
        ends = coefficient.bracket.interval().magnitude()
        if self.brackets() == "se":
            return ends if ends.low > 0 else None
        if self.brackets() in ("t", "z") and ends.low > 0:
            size = coefficient.estimate.interval().magnitude()
            return size / ends
        return None

    def t_value(self, coefficient: Coefficient) -> Interval | None:
        """Return what |t| can have been."""
        if coefficient.bracket is None:
            return None
        ends = coefficient.bracket.interval().magnitude()
        if self.brackets() in ("t", "z"):
            return ends
        if self.brackets() == "se" and ends.low > 0:
            return coefficient.estimate.interval().magnitude() / ends
        return None


def regression_view(grid: Grid, spec: TableSpec) -> RegressionView:
    """Read a grid as a regression table.

    Two layouts are understood: the bracket beside the coefficient, and in the line below it.
    """
    coefficients: dict[tuple[str, str], Coefficient] = {}
    statistics: dict[str, dict[str, Printed]] = {}
    labels: dict[str, str] = {}
    terms: list[str] = []
    hidden, last = False, ""
    for row in grid.rows:
        if not row.label and not last:
            continue  # column numbers (1) (2) … under a header of outcomes
        name = _statistic(row.label)
        if name:
            labels.setdefault(name, row.label)
            statistics.setdefault(name, {}).update(_firsts(grid, row))
        elif any(_YES.match(cell.raw.strip()) for cell in row.cells):
            hidden = True
        elif last and _is_bracket_line(row):
            _hang(coefficients, last, grid.columns, row)
        elif any(cell.numbers for cell in row.cells):
            last = _unused(row.label, terms)
            terms.append(last)
            coefficients.update(_coefficients(grid, row, last))
    intercept = spec.intercept or next((term for term in terms if _INTERCEPT.match(term)), "")
    return RegressionView(
        spec,
        tuple(terms),
        intercept if intercept in terms else "",
        grid.columns,
        coefficients,
        statistics,
        labels,
        hidden,
    )


def guess_brackets(coefficients: list[Coefficient]) -> str:
    """Tell t values from standard errors and p values by what only one of them can be."""
    pairs = [(c.estimate.value, c.bracket.value) for c in coefficients if c.bracket]
    if not pairs:
        return "unknown"
    if any(bracket < 0 for _, bracket in pairs):
        return "t"
    starred = [c for c in coefficients if c.bracket and c.stars and c.bracket.value]
    # A starred coefficient is at least 1.6 standard errors long, and its t value at least 1.6.
    as_t = all(c.bracket.value >= Fraction(3, 2) for c in starred if c.bracket)
    as_se = all(
        abs(c.estimate.value) >= Fraction(3, 2) * c.bracket.value for c in starred if c.bracket
    )
    if starred and as_t != as_se:
        return "t" if as_t else "se"
    return "unknown"


def _statistic(label: str) -> str:
    return next((name for name, pattern in _STATISTICS if pattern.search(label)), "")


def _firsts(grid: Grid, row: GridRow) -> dict[str, Printed]:
    return {
        column: cell.numbers[0]
        for column, cell in zip(grid.columns, row.cells, strict=True)
        if cell.numbers
    }


def _is_bracket_line(row: GridRow) -> bool:
    numbers = [cell for cell in row.cells if cell.numbers]
    return bool(numbers) and not row.label and all(cell.bracketed for cell in numbers)


def _unused(label: str, terms: list[str]) -> str:
    return label if label not in terms else f"{label} [{terms.count(label) + 1}]"


def _coefficients(grid: Grid, row: GridRow, term: str) -> dict[tuple[str, str], Coefficient]:
    return {
        (term, column): Coefficient(term, column, cell.numbers[0], _bracket(cell), cell.raw)
        for column, cell in zip(grid.columns, row.cells, strict=True)
        if cell.form in ("number", "estimate")
    }


def _bracket(cell: PrintedCell) -> Printed | None:
    return cell.second if cell.form == "estimate" else None


def _hang(
    coefficients: dict[tuple[str, str], Coefficient],
    term: str,
    columns: tuple[str, ...],
    row: GridRow,
) -> None:
    """Give the coefficients of the line above their brackets."""
    for column, cell in zip(columns, row.cells, strict=True):
        above = coefficients.get((term, column))
        if above is not None and cell.numbers:
            raw = f"{above.raw} {cell.raw}"
            coefficients[term, column] = Coefficient(
                term, column, above.estimate, cell.numbers[0], raw
            )
