"""What the assembly chooses against what an outside owner would: Hart and Moore (1998).

Members have ideal points v_i and lose (x − v_i)²/2 from a choice x. The efficient choice is the
mean. One member one vote chooses the median, additional votes the weighted median; an outside
owner looks at the marginal member only. The loss beyond the efficient choice is (n/2)(x − mean)².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.errors import DataError, SpecError
from livelihoods.numerics.inequality import median, sorted_masses

if TYPE_CHECKING:
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class MedianChoice:
    """Three ways to choose, and what each costs the members all together.

    Attributes
    ----------
    nobs
        Members n.
    mean, median, weighted, marginal
        The efficient choice; one member one vote; with additional votes; the outside owner's.
    loss_median, loss_weighted, loss_marginal
        (n/2)(x − mean)², in the square of the unit of the ideal points.
    served
        Part of the members that the outside owner serves.
    """

    nobs: int
    mean: float
    median: float
    weighted: float
    marginal: float
    loss_median: float
    loss_weighted: float
    loss_marginal: float
    served: float

    @property
    def better(self) -> str:
        """``"cooperative"``, ``"outside"`` or ``"equal"``: whose choice costs members less."""
        gap = self.loss_weighted - self.loss_marginal
        if abs(gap) <= 1e-12 * max(self.loss_weighted, self.loss_marginal):
            return "equal"
        return "cooperative" if gap < 0 else "outside"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {name: getattr(self, name) for name in self.__slots__} | {"better": self.better}

    def summary(self) -> Table:
        """Choices and their losses."""
        from livelihoods.cooperatives.votes.tables import median_table

        return median_table(self)

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def median_choice(
    ideal: Sequence[float], votes: Sequence[float] | None = None, served: float = 1.0
) -> MedianChoice:
    """Compare the cooperative's choice with an outside owner's.

    Parameters
    ----------
    ideal
        What each member would choose (a grade, an investment, a delivery day), shape ``(n,)``.
    votes
        Votes of each; None for one each.
    served
        Part of the members, from the highest ideal point down, whom the outside owner keeps as
        customers; the last of them is marginal. 1: everybody, the lowest is marginal.

    Raises
    ------
    DataError
        Nobody, values that are not finite, or votes that do not match.
    SpecError
        ``served`` outside (0, 1].
    """
    v = np.asarray(ideal, dtype=np.float64)
    w = np.ones(v.size) if votes is None else np.asarray(votes, dtype=np.float64)
    sound = v.size > 0 and v.shape == w.shape and bool(np.all(np.isfinite(v) & np.isfinite(w)))
    if not sound or bool(np.any(w < 0)) or not bool(np.any(w > 0)):
        raise DataError("votes.bad_ideal", n=int(v.size), votes=int(w.size))
    if not 0.0 < served <= 1.0:
        raise SpecError("votes.served", served=served)
    n, mean = v.size, float(v.mean())
    plain, weighted = median(sorted_masses(v)), median(sorted_masses(v, w))
    kept = max(1, int(np.ceil(served * n - 1e-9)))
    marginal = float(np.sort(v)[n - kept])
    return MedianChoice(
        n,
        mean,
        plain,
        weighted,
        marginal,
        0.5 * n * (plain - mean) ** 2,
        0.5 * n * (weighted - mean) ** 2,
        0.5 * n * (marginal - mean) ** 2,
        served,
    )
