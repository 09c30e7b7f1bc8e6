"""Parse formulas: ``y ~ x + C(region) + age^2`` and ``y ~ x | d ~ z``.

Precedence, loosest first: ``+ -``, ``*``, ``:``, ``^``. ``a * b`` is ``a + b + a:b``;
``(a + b)^2`` is all terms up to degree two; ``age^2`` is the square of a single variable.
"""

from __future__ import annotations

from livelihoods.design.language.expressions import Cursor, ExpressionParser, check_height
from livelihoods.design.language.faults import at
from livelihoods.design.language.tokens import Token, tokenise
from livelihoods.design.language.tree import Binary, Call, Expr, Formula, Literal, Name, Term
from livelihoods.errors import FormulaError

MAX_TERMS = 2_000
MAX_GROUPS = 40
_CONSTANT = Term(())


def parse_formula(text: str) -> Formula:
    """Parse a formula; ``outcome ~ exogenous | endogenous ~ instruments`` is the IV form.

    Parameters
    ----------
    text
        At most 4,000 characters. Names may hold dots; any other text goes in back-quotes.

    Returns
    -------
    Formula
        Terms in written order; an interaction keeps the order of its factors.

    Raises
    ------
    FormulaError
        With the text, a caret at the fault, and the nearest known name.
    """
    cursor = Cursor(text, tokenise(text))
    outcome = None if cursor.sees("~") else _outcome(cursor)
    cursor.expect("~")
    rhs, intercept = _split(_Terms(cursor).sum())
    endogenous: tuple[Term, ...] = ()
    instruments: tuple[Term, ...] = ()
    if cursor.skip("|"):
        endogenous, _ = _split(_Terms(cursor).sum())
        cursor.expect("~")
        instruments, _ = _split(_Terms(cursor).sum())
        if not endogenous or not instruments:
            raise FormulaError("design.empty_part", **at(text, cursor.token.at))
    cursor.finish()
    return Formula(text, outcome, rhs, intercept, endogenous, instruments)


def split_latent(formula: Formula) -> tuple[Formula, tuple[str, ...]]:
    """Take ``lat(name)`` terms out of a formula; return it without them, and their names."""
    latent = tuple(
        term.factors[0].arguments[0].name
        for term in formula.rhs
        if isinstance(term.factors[0], Call)
        and term.factors[0].function == "lat"
        and isinstance(term.factors[0].arguments[0], Name)
    )
    kept = tuple(term for term in formula.rhs if not _is_latent(term))
    return Formula(formula.text, formula.outcome, kept, formula.intercept), latent


def _is_latent(term: Term) -> bool:
    return any(isinstance(factor, Call) and factor.function == "lat" for factor in term.factors)


def _outcome(cursor: Cursor) -> Expr:
    expr = ExpressionParser(cursor, "formula").parse()
    check_height(expr, cursor.text)
    return expr


def _split(terms: list[Term]) -> tuple[tuple[Term, ...], bool]:
    return tuple(term for term in terms if term.factors), _CONSTANT in terms


def _key(term: Term) -> frozenset[Expr]:
    return frozenset(term.factors)


def _merged(terms: list[Term]) -> list[Term]:
    """Keep the first of terms that mean the same (``a:b`` and ``b:a``)."""
    return list({_key(term): term for term in reversed(terms)}.values())[::-1]


class _Terms:
    """Reads the right-hand side of a formula: sums, products, interactions of terms."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.depth = 0

    def sum(self) -> list[Term]:
        """Parse a sum up to ``|``, ``)`` or the end."""
        cursor = self.cursor
        terms: dict[frozenset[Expr], Term] = {_key(_CONSTANT): _CONSTANT}
        removing = cursor.skip("-")
        while True:
            first = cursor.token
            found, number = self._product()
            if number is not None:
                removing = removing != (number == 0.0)
                found = [_CONSTANT]
            for term in found:
                if removing:
                    terms.pop(_key(term), None)
                else:
                    terms.setdefault(_key(term), term)
            if len(terms) > MAX_TERMS:
                raise self._too_many(first)
            if not cursor.sees("+", "-"):
                return list(terms.values())
            removing = cursor.take().text == "-"

    def _product(self) -> tuple[list[Term], float | None]:
        left, number = self._interaction()
        while self.cursor.sees("*"):
            star = self.cursor.take()
            self._refuse_number(number, star)
            right, other = self._interaction()
            self._refuse_number(other, star)
            left = _merged([*left, *right, *self._crossed(left, right, star)])
        return left, number

    def _interaction(self) -> tuple[list[Term], float | None]:
        left, number = self._power()
        while self.cursor.sees(":"):
            colon = self.cursor.take()
            self._refuse_number(number, colon)
            right, other = self._power()
            self._refuse_number(other, colon)
            left = self._crossed(left, right, colon)
        return left, number

    def _power(self) -> tuple[list[Term], float | None]:
        base, number = self._atom()
        if not self.cursor.sees("^"):
            return base, number
        hat = self.cursor.take()
        self._refuse_number(number, hat)
        token = self.cursor.take()
        degree = float(token.text) if token.kind == "number" else 0.0
        if degree != int(degree) or not 1 <= degree <= 10 or self.cursor.sees("^"):
            raise FormulaError("design.bad_power", **at(self.cursor.text, token.at))
        if len(base) == 1 and len(base[0].factors) == 1:
            single = base[0].factors[0]
            powered = Binary("^", single, Literal(degree, token.at), hat.at)
            return ([Term((powered,))] if degree > 1 else base), None
        crossed = base
        for _ in range(int(degree) - 1):
            crossed = _merged([*crossed, *self._crossed(crossed, base, hat)])
        return sorted(crossed, key=lambda term: len(term.factors)), None

    def _crossed(self, left: list[Term], right: list[Term], place: Token) -> list[Term]:
        if len(left) * len(right) > 10 * MAX_TERMS:
            raise self._too_many(place)
        pairs = [
            Term(tuple(dict.fromkeys((*first.factors, *second.factors))))
            for first in left
            for second in right
        ]
        merged = _merged(pairs)
        if len(merged) > MAX_TERMS:
            raise self._too_many(place)
        return merged

    def _atom(self) -> tuple[list[Term], float | None]:
        cursor = self.cursor
        token = cursor.token
        if cursor.sees("("):
            return self._group(), None
        if token.kind == "number":
            cursor.take()
            value = float(token.text)
            if value not in (0.0, 1.0):
                self._refuse_number(value, token)
            return [], value
        if token.kind not in ("name", "quoted"):
            self._refuse_operator()
            raise cursor.unexpected("")
        parser = ExpressionParser(cursor, "formula")
        factor = parser.factor()
        check_height(factor, cursor.text)
        if isinstance(factor, Literal):
            raise FormulaError("design.unexpected", found=token.text, **at(cursor.text, token.at))
        self._refuse_operator()
        return [Term((factor,))], None

    def _group(self) -> list[Term]:
        cursor = self.cursor
        opening = cursor.take()
        self.depth += 1
        if self.depth > MAX_GROUPS:
            raise FormulaError("design.too_deep", **at(cursor.text, opening.at))
        inside = [term for term in self.sum() if term.factors]
        cursor.expect(")")
        self.depth -= 1
        if not inside:
            raise FormulaError("design.empty_part", **at(cursor.text, opening.at))
        return inside

    def _refuse_operator(self) -> None:
        token = self.cursor.token
        foreign = ("/", "=", "==", "!=", "<", "<=", ">", ">=", ",", "[", "]", "->")
        if token.kind == "operator" and token.text in foreign:
            where = at(self.cursor.text, token.at)
            raise FormulaError("design.not_in_formula", found=token.text, **where)

    def _refuse_number(self, number: float | None, token: Token) -> None:
        if number is not None:
            raise FormulaError("design.number_in_formula", **at(self.cursor.text, token.at))

    def _too_many(self, token: Token) -> FormulaError:
        where = at(self.cursor.text, token.at)
        return FormulaError("design.too_many_terms", limit=MAX_TERMS, **where)
