"""Parse derived variables, and the arithmetic inside the functions of a formula.

A precedence-climbing parser: nothing is executed, depth is bounded, every fault has its place.
"""

from __future__ import annotations

from livelihoods.design.language.faults import at, nearest
from livelihoods.design.language.functions import FUNCTIONS, Mode, known
from livelihoods.design.language.tokens import Token, tokenise
from livelihoods.design.language.tree import (
    Arrow,
    Binary,
    Call,
    Expr,
    Listed,
    Literal,
    Name,
    Unary,
    children,
)
from livelihoods.errors import FormulaError

MAX_DEPTH = 60
MAX_HEIGHT = 120

_STRENGTH = {
    "or": 1,
    "and": 2,
    "in": 4,
    "not": 4,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 4),
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "^": 8,
}
_NOT, _COMPARE, _MINUS, _POWER = 3, 4, 7, 8
_WORDS = ("and", "or", "not", "in", "else")
_CONSTANTS = {"true": True, "false": False, "null": None}
_DERIVE_ONLY = ("or", "and", "in", "not", "==", "!=", "<", "<=", ">", ">=")


def parse_expression(text: str) -> Expr:
    """Parse a derived variable such as ``any_of(a, b) and income / size > 2``.

    Raises
    ------
    FormulaError
        With the text, a caret at the fault, and the nearest known name.
    """
    cursor = Cursor(text, tokenise(text))
    expr = ExpressionParser(cursor, "derive").parse()
    cursor.finish()
    check_height(expr, text)
    return expr


def check_height(expr: Expr, text: str) -> None:
    """Refuse an expression whose parts are nested so deeply that reading it back is unsafe."""
    stack = [(expr, 1)]
    while stack:
        node, height = stack.pop()
        if height > MAX_HEIGHT:
            raise FormulaError("design.too_deep", **at(text, node.at))
        stack.extend((child, height + 1) for child in children(node))


class Cursor:
    """A place in the tokens of one text."""

    def __init__(self, text: str, tokens: tuple[Token, ...]) -> None:
        self.text = text
        self.tokens = tokens
        self.place = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.place]

    def ahead(self) -> Token:
        """Return the token after the next, or the end."""
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Return the next token and step over it; the end is never stepped over."""
        token = self.token
        if token.kind != "end":
            self.place += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Tell whether the next token is one of these operators."""
        return self.token.kind == "operator" and self.token.text in texts

    def skip(self, text: str) -> bool:
        """Step over an operator if it comes next."""
        if self.sees(text):
            self.place += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over an operator that must come next."""
        if not self.skip(text):
            raise self.unexpected(text)

    def finish(self) -> None:
        """Demand that nothing is left."""
        if self.token.kind != "end":
            raise self.unexpected("")

    def unexpected(self, expected: str) -> FormulaError:
        """Return the error for a token that cannot stand here."""
        token = self.token
        where = at(self.text, token.at)
        if token.kind == "end":
            return FormulaError("design.ends_early", **where)
        if expected:
            return FormulaError("design.expected", expected=expected, found=token.text, **where)
        return FormulaError("design.unexpected", found=token.text, **where)


class ExpressionParser:
    """Reads one expression from a cursor."""

    def __init__(self, cursor: Cursor, mode: Mode) -> None:
        self.cursor = cursor
        self.mode = mode
        self.depth = 0

    def parse(self, strength: int = 1) -> Expr:
        """Parse an expression whose operators bind at least as tightly as ``strength``."""
        cursor = self.cursor
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError("design.too_deep", **at(cursor.text, cursor.token.at))
        left = self._prefix()
        while (operator := self._operator()) and _STRENGTH[operator] >= strength:
            left = self._infix(left, operator)
        self.depth -= 1
        return left

    def factor(self) -> Expr:
        """Parse one name or call: a factor of a formula term."""
        return self._prefix()

    def _operator(self) -> str:
        token = self.cursor.token
        is_operator = token.kind == "operator" or (token.kind == "name" and token.text in _WORDS)
        if not is_operator or token.text not in _STRENGTH:
            if token.kind == "operator" and token.text == "=":
                where = at(self.cursor.text, token.at)
                ours = "==" if self.mode == "derive" else "~"
                raise FormulaError("design.habit", found="=", ours=ours, **where)
            return ""
        if token.text in _DERIVE_ONLY and self.mode == "formula":
            where = at(self.cursor.text, token.at)
            raise FormulaError("design.not_in_formula", found=token.text, **where)
        return token.text

    def _infix(self, left: Expr, operator: str) -> Expr:
        cursor = self.cursor
        token = cursor.take()
        if operator in ("in", "not"):
            return self._membership(left, token)
        strength = _STRENGTH[operator]
        if operator == "^":
            return Binary(operator, left, self.parse(_MINUS), token.at)
        right = self.parse(strength + 1)
        if strength == _COMPARE and _STRENGTH.get(self._operator()) == _COMPARE:
            raise FormulaError("design.chained_comparison", **at(cursor.text, cursor.token.at))
        return Binary(operator, left, right, token.at)

    def _membership(self, left: Expr, token: Token) -> Expr:
        cursor = self.cursor
        negated = token.text == "not"
        if negated and not (cursor.token.kind == "name" and cursor.token.text == "in"):
            raise cursor.unexpected("in")
        if negated:
            cursor.take()
        if not cursor.sees("[", "("):
            raise cursor.unexpected("[")
        inside = self._bracketed(cursor.take())
        right = inside if isinstance(inside, Listed) else Listed((inside,), inside.at)
        found = Binary("in", left, right, token.at)
        return Unary("not", found, token.at) if negated else found

    def _prefix(self) -> Expr:
        cursor = self.cursor
        token = cursor.token
        if token.kind == "number":
            cursor.take()
            return Literal(float(token.text), token.at)
        if token.kind == "string":
            cursor.take()
            return Literal(token.text, token.at)
        if token.kind == "quoted":
            cursor.take()
            return Name(token.text, token.at)
        if token.kind == "name":
            return self._word(cursor.take())
        if cursor.sees("-"):
            cursor.take()
            return Unary("-", self.parse(_MINUS), token.at)
        if cursor.sees("(", "["):
            return self._bracketed(cursor.take())
        raise cursor.unexpected("")

    def _word(self, token: Token) -> Expr:
        if token.text == "not" and self.mode == "derive":
            return Unary("not", self.parse(_NOT), token.at)
        if token.text in _WORDS and self.mode == "derive":
            found = at(self.cursor.text, token.at)
            raise FormulaError("design.unexpected", found=token.text, **found)
        if self.cursor.sees("("):
            return self._call(token)
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text], token.at)
        return Name(token.text, token.at)

    def _bracketed(self, opening: Token) -> Expr:
        closing = ")" if opening.text == "(" else "]"
        items = [self.parse()]
        while self.cursor.skip(","):
            items.append(self.parse())
        self.cursor.expect(closing)
        if opening.text == "(" and len(items) == 1:
            return items[0]
        return Listed(tuple(items), opening.at)

    def _call(self, name: Token) -> Expr:
        cursor = self.cursor
        where = at(cursor.text, name.at)
        allowed = known(self.mode)
        if name.text not in allowed:
            code = "design.unknown_function"
            near = nearest(name.text, allowed) or allowed
            raise FormulaError(code, name=name.text, nearest=near, **where)
        cursor.expect("(")
        arguments: list[Expr] = []
        options: dict[str, Expr] = {}
        while not cursor.sees(")"):
            self._argument(name, arguments, options)
            if not cursor.skip(","):
                break
        cursor.expect(")")
        signature = FUNCTIONS[name.text]
        if not signature.least <= len(arguments) <= signature.most:
            raise FormulaError(
                "design.wrong_arguments", name=name.text, usage=signature.usage, **where
            )
        return Call(name.text, tuple(arguments), tuple(options.items()), name.at)

    def _argument(self, name: Token, arguments: list[Expr], options: dict[str, Expr]) -> None:
        cursor = self.cursor
        token, after = cursor.token, cursor.ahead()
        usage = FUNCTIONS[name.text].usage
        if token.kind == "name" and after.kind == "operator" and after.text == "=":
            if token.text not in FUNCTIONS[name.text].options or token.text in options:
                where = at(cursor.text, token.at)
                raise FormulaError(
                    "design.unknown_option", name=name.text, option=token.text, usage=usage, **where
                )
            cursor.take()
            cursor.take()
            options[token.text] = self.parse()
            return
        if name.text == "recode" and arguments:
            arguments.append(self._arrow())
            return
        if options:
            raise FormulaError(
                "design.wrong_arguments", name=name.text, usage=usage, **at(cursor.text, token.at)
            )
        arguments.append(self.parse())

    def _arrow(self) -> Expr:
        cursor = self.cursor
        token = cursor.token
        left: Expr | None = None
        if token.kind == "name" and token.text == "else":
            cursor.take()
        else:
            left = self.parse()
        cursor.expect("->")
        return Arrow(left, self.parse(), token.at)
