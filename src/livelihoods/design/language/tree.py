"""What a formula or a derived variable says, as values, before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null standing in the text."""

    value: float | str | bool | None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A column."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: str
    operand: Expr
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, comparison or logic between two expressions; ``in`` has a list on its right."""

    operator: str
    left: Expr
    right: Expr
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """``[a, b]`` or ``(a, b)``."""

    items: tuple[Expr, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Arrow:
    """``1 -> 0`` inside ``recode``; an ``else`` branch has no left side."""

    left: Expr | None
    right: Expr
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language with its arguments and named options."""

    function: str
    arguments: tuple[Expr, ...]
    options: tuple[tuple[str, Expr], ...] = ()
    at: int = field(default=0, compare=False)

    def option(self, name: str) -> Expr | None:
        """Return the value of a named option, or None."""
        return dict(self.options).get(name)


Expr: TypeAlias = Literal | Name | Unary | Binary | Listed | Arrow | Call


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a formula: a single factor, or several whose columns are multiplied."""

    factors: tuple[Expr, ...]

    @property
    def label(self) -> str:
        """The term as printed: ``age``, ``log(income)``, ``age:C(region)``."""
        return ":".join(label(factor) for factor in self.factors)


@dataclass(frozen=True, slots=True)
class Formula:
    """``outcome ~ rhs`` or ``outcome ~ rhs | endogenous ~ instruments``.

    Attributes
    ----------
    text
        The formula as written.
    outcome
        Left-hand side, or None for a one-sided formula.
    rhs
        Terms in written order, without the intercept.
    intercept
        False after ``- 1`` or ``+ 0``.
    endogenous, instruments
        Terms of the second part of an IV formula; empty otherwise.
    """

    text: str
    outcome: Expr | None
    rhs: tuple[Term, ...]
    intercept: bool = True
    endogenous: tuple[Term, ...] = ()
    instruments: tuple[Term, ...] = ()

    @property
    def response(self) -> str:
        """The left-hand side as printed, or ""."""
        return "" if self.outcome is None else label(self.outcome)

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns used, in the order of first use."""
        found: dict[str, None] = {}
        if self.outcome is not None:
            found.update(dict.fromkeys(names_in(self.outcome)))
        for term in (*self.rhs, *self.endogenous, *self.instruments):
            for factor in term.factors:
                found.update(dict.fromkeys(names_in(factor)))
        return tuple(found)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the parts of an expression, left to right."""
    match expr:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Listed(items=items):
            return items
        case Arrow(left=left, right=right):
            return (right,) if left is None else (left, right)
        case Call(arguments=arguments, options=options):
            return (*arguments, *(value for _, value in options))
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield the expression and all its parts, outermost first, left to right."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def names_in(expr: Expr) -> tuple[str, ...]:
    """Return the columns an expression uses, in the order of first use."""
    return tuple(dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Name)))


def label(expr: Expr) -> str:
    """Return an expression as tables print it; the options of ``C`` are left out."""
    match expr:
        case Literal(value=value):
            return _literal(value)
        case Name(name=name):
            return name
        case Unary(operator=operator, operand=operand):
            return f"not {label(operand)}" if operator == "not" else f"-{_inner(operand)}"
        case Binary(operator="^", left=left, right=right):
            return f"{_inner(left)}^{_inner(right)}"
        case Binary(operator=operator, left=left, right=right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Listed(items=items):
            return "[" + ", ".join(label(item) for item in items) + "]"
        case Arrow(left=left, right=right):
            return f"{'else' if left is None else label(left)} -> {label(right)}"
        case Call(function="C", arguments=arguments):
            return f"C({label(arguments[0])})"
        case Call(function=function, arguments=arguments, options=options):
            parts = [label(item) for item in arguments]
            parts += [f"{name}={label(value)}" for name, value in options]
            return f"{function}({', '.join(parts)})"


def _inner(expr: Expr) -> str:
    return f"({label(expr)})" if isinstance(expr, Binary) else label(expr)


def _literal(value: float | str | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
