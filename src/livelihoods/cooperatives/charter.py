"""What a cooperative's charter chooses, within the law: frozen and checked."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from livelihoods.errors import SpecError


def _exact(value: object) -> object:
    """Read 0.6 as six tenths: a share in a charter is a decimal, not a float."""
    return Fraction(str(value)) if isinstance(value, int | float | str) else value


Share = Annotated[Fraction, BeforeValidator(_exact), Field(ge=0, le=1)]


class Charter(BaseModel):
    """The charter's choices about surplus.

    Attributes
    ----------
    patronage_share
        Part of the distributable surplus that is returned by transaction, θ. The law sets a floor
        (PRC 2017, art. 44: 0.60), which the rule set checks.
    basis
        Whether patronage counts by ``"volume"`` or by ``"value"``.
    counted
        What counts as a member's trade: ``"deliveries"`` only, or ``"deliveries_inputs"``, which
        adds what members bought from the cooperative.
    pooling
        ``"pooled"``: all products together; ``"per_product"``: the patronage total is first
        divided among the products by the value delivered, then within each product by ``basis``.
        Volumes of products in different units can only be counted per product.
    reserve_rate
        Part of the surplus after losses that goes to the reserve.
    reserve_by
        How the year's reserve is quantified to members: by ``"contribution"`` or by
        ``"transaction"`` (patronage).
    base
        What is distributed: the ``"year"``'s surplus after losses and reserve (art. 44 as it
        reads), or the ``"statement"``'s, which adds the opening undistributed surplus and
        transfers in (accounting system, statement of surplus distribution). The other reading is
        always shown beside it.
    conversion
        Part of each member's share that the assembly turned into contribution.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    patronage_share: Share = Fraction(3, 5)
    basis: Literal["volume", "value"] = "value"
    counted: Literal["deliveries", "deliveries_inputs"] = "deliveries"
    pooling: Literal["pooled", "per_product"] = "pooled"
    reserve_rate: Share = Fraction(0)
    reserve_by: Literal["contribution", "transaction"] = "transaction"
    base: Literal["year", "statement"] = "year"
    conversion: Share = Fraction(0)


def charter_from(raw: dict[str, Any]) -> Charter:
    """Check plain data against the charter's choices.

    Raises
    ------
    SpecError
        Naming the first wrong key.
    """
    try:
        return Charter.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SpecError("cooperatives.bad_charter", key=key, problem=first["msg"]) from problem
