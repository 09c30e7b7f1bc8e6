"""Money in whole cents: shared out exactly, to the last cent.

Amounts are integers; weights are exact fractions. The largest-remainder rule (Hamilton) gives each
claim its whole cents and the cents left over to the largest remainders, so that the shares add up
to the total exactly. Ties go to the earlier member identifier, so the order of input is immaterial.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import lcm

from livelihoods.errors import DataError


def share_out(total: int, weights: Mapping[str, Fraction | int]) -> dict[str, int]:
    """Divide cents in proportion to weights, adding up exactly.

    Parameters
    ----------
    total
        Cents to divide, 0 or more.
    weights
        Claimant -> weight, none negative, at least one positive unless ``total`` is 0.

    Returns
    -------
    dict
        Claimant -> cents, in the order of ``weights``; Σ = ``total``.

    Raises
    ------
    DataError
        A negative total or weight; a positive total and no positive weight.
    """
    negative = [name for name, weight in weights.items() if weight < 0]
    if total < 0 or negative:
        raise DataError("cooperatives.negative_claim", total=total, members=negative)
    claims = _whole_numbers(weights)
    whole = sum(claims.values())
    if whole == 0:
        if total:
            raise DataError("cooperatives.nobody_to_pay", total=cents_text(total))
        return dict.fromkeys(weights, 0)
    parts = {name: divmod(total * claim, whole) for name, claim in claims.items()}
    shares = {name: part for name, (part, _) in parts.items()}
    left = total - sum(shares.values())
    for name in sorted(parts, key=lambda name: (-parts[name][1], name))[:left]:
        shares[name] += 1
    return shares


def _whole_numbers(weights: Mapping[str, Fraction | int]) -> dict[str, int]:
    """Bring weights to one denominator: whole numbers divide faster than fractions, as exactly."""
    common = lcm(*{weight.denominator for weight in weights.values()})
    return {
        name: weight.numerator * (common // weight.denominator) for name, weight in weights.items()
    }


def to_cents(text: str | int | float | Decimal) -> int:
    """Return an amount of money as whole cents.

    Raises
    ------
    DataError
        If it is no number, not finite, or has more than two decimals.
    """
    try:
        amount = Decimal(str(text).replace(",", "").strip())
    except InvalidOperation:
        raise DataError("cooperatives.not_money", text=str(text)) from None
    if not amount.is_finite():
        raise DataError("cooperatives.not_money", text=str(text))
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise DataError("cooperatives.fraction_of_cent", text=str(text))
    return int(cents)


def cents_text(cents: int) -> str:
    """Return cents as money: ``-1,234.50``."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d}"
