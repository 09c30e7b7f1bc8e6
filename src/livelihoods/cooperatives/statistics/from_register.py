"""Registry statistics of the register: stocks by place and sector, specialisation of places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from livelihoods.cooperatives.statistics.places import Specialisation, specialisation
from livelihoods.cooperatives.statistics.stock import Stock, stock_from_extract

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register


def stock_from_register(
    register: Register, by: str = "sector", years: Sequence[int] | None = None
) -> Stock:
    """Count the register's cooperatives by one of their columns at the end of each year.

    Parameters
    ----------
    by
        ``"city"``, ``"county"``, ``"township"``, ``"village"``, ``"sector"``, ``"kind"`` or any
        other column of the table of cooperatives.
    years
        As for :func:`stock_from_extract`.
    """
    return stock_from_extract(register.table("cooperatives"), by, years)


def specialisation_from_register(
    register: Register, place: str = "village", product: str = "product", *, threshold: float = 0.5
) -> Specialisation:
    """Say what places specialise in; see :func:`specialisation`."""
    return specialisation(register.table("cooperatives"), place, product, threshold=threshold)
