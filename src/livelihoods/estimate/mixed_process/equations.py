"""The equations of a system as a user writes them; one frozen Spec for Python and study files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from livelihoods.errors import SpecError

Limit = float | str | None


class Equation(BaseModel):
    """One equation of a system.

    Attributes
    ----------
    kind
        What is seen of y*: ``"linear"`` y* itself; ``"probit"`` its sign; ``"oprobit"`` between
        which cut points it lies; ``"tobit"`` y* within limits, else only beyond which;
        ``"interval"`` two bounds; ``"truncated"`` y*, in rows within limits only;
        ``"fractional"`` a share in [0, 1] whose mean is Φ(xβ).
    formula
        ``"wage ~ education + age"``. ``- 1`` leaves out the constant; ``lat(name)`` puts the
        latent variable of another equation on the right.
    where
        Condition that a row must meet to be in this equation: ``"lfp == 1"``.
    name
        What the equation is called; its response if left out.
    offset
        Column that enters with coefficient one.
    lower, upper
        Censoring limits of a tobit, truncation points of ``"truncated"``: a number or a column.
        In a tobit, rows at or beyond a limit count as censored.
    high
        Column of upper bounds of an ``"interval"`` equation, whose response is the lower bound;
        a missing bound is open; equal bounds are a point.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["linear", "probit", "oprobit", "tobit", "interval", "truncated", "fractional"]
    formula: Annotated[str, Field(min_length=3, max_length=4000)]
    where: str | None = None
    name: str | None = None
    offset: str | None = None
    lower: Limit = None
    upper: Limit = None
    high: str | None = None


def linear(
    formula: str, *, where: str | None = None, name: str | None = None, offset: str | None = None
) -> Equation:
    """y = y*: a linear equation with a normal error."""
    return Equation(kind="linear", formula=formula, where=where, name=name, offset=offset)


def probit(
    formula: str, *, where: str | None = None, name: str | None = None, offset: str | None = None
) -> Equation:
    """y = 1 if y* > 0, else 0; the error has variance one."""
    return Equation(kind="probit", formula=formula, where=where, name=name, offset=offset)


def oprobit(
    formula: str, *, where: str | None = None, name: str | None = None, offset: str | None = None
) -> Equation:
    """Ordered categories between estimated cut points; no constant, error variance one."""
    return Equation(kind="oprobit", formula=formula, where=where, name=name, offset=offset)


def tobit(
    formula: str,
    *,
    lower: Limit = 0.0,
    upper: Limit = None,
    where: str | None = None,
    name: str | None = None,
    offset: str | None = None,
) -> Equation:
    """y = y* within (lower, upper); at or beyond a limit only that much is known."""
    return Equation(
        kind="tobit",
        formula=formula,
        lower=lower,
        upper=upper,
        where=where,
        name=name,
        offset=offset,
    )


def interval(
    formula: str,
    high: str,
    *,
    where: str | None = None,
    name: str | None = None,
    offset: str | None = None,
) -> Equation:
    """y* lies between the response and the column ``high``; a missing bound is open."""
    return Equation(
        kind="interval", formula=formula, high=high, where=where, name=name, offset=offset
    )


def truncated(
    formula: str,
    *,
    lower: Limit = 0.0,
    upper: Limit = None,
    where: str | None = None,
    name: str | None = None,
    offset: str | None = None,
) -> Equation:
    """y = y*, in a sample that holds only rows with lower < y* < upper."""
    return Equation(
        kind="truncated",
        formula=formula,
        lower=lower,
        upper=upper,
        where=where,
        name=name,
        offset=offset,
    )


def fractional(
    formula: str, *, where: str | None = None, name: str | None = None, offset: str | None = None
) -> Equation:
    """A share in [0, 1] with mean Φ(xβ), by quasi-likelihood (Papke and Wooldridge 1996)."""
    return Equation(kind="fractional", formula=formula, where=where, name=name, offset=offset)


def mprobit(formula: str, **_: object) -> Equation:
    """Multinomial probit needs simulation, which this version does not have.

    Raises
    ------
    SpecError
        Always: ``estimate.cmp.kind_later``.
    """
    raise SpecError("estimate.cmp.kind_later", kind="mprobit", formula=formula)
