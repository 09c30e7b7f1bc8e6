"""An index as outcome whose weights are estimated again in every draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.errors import SpecError
from livelihoods.measure.orient import Scaling, orient_block
from livelihoods.measure.prepare import bounds_of, numeric_column, prepare
from livelihoods.measure.spec import IndexSpec
from livelihoods.survey.model import Survey
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class IndexParts:
    """What a draw needs to weigh an index anew.

    Attributes
    ----------
    outcome
        Name of the outcome.
    z
        Oriented indicators with the bounds of the whole data, shape ``(n, p)``.
    shifted, logs
        z + c and (z + c) ln(z + c), shape ``(n, p)``.
    """

    outcome: str
    z: Floats
    shifted: Floats
    logs: Floats

    def scores(self, counts: Floats) -> Floats:
        """Return the index with the entropy weights of a draw, shape ``(n,)``.

        e = (ln S − T/S)/ln n with S, T the sums of z + c and (z + c) ln(z + c) over the drawn
        rows and n their number; w ∝ 1 − e.
        """
        total, log_total = counts @ self.shifted, counts @ self.logs
        entropy = (np.log(total) - log_total / total) / np.log(counts.sum())
        divergence = 1.0 - entropy
        return np.asarray(self.z @ (divergence / divergence.sum()))


def can_weigh_anew(spec: IndexSpec) -> bool:
    """Tell whether these are flat entropy weights over all rows with one pair of bounds."""
    return (
        spec.scheme() == "entropy"
        and spec.levels == "flat"
        and spec.weights_by == "pooled"
        and spec.bounds != "by"
        and spec.weights_from is None
        and spec.survey_weight is None
    )


def index_parts(survey: Survey, outcome: str, spec: IndexSpec, places: Ints) -> IndexParts:
    """Prepare the index of an outcome on the rows of the matching.

    Bounds stay those of the whole data: a bootstrap of minima and maxima is not valid.

    Raises
    ------
    SpecError
        If the weights are not pooled, flat entropy weights.
    """
    if not can_weigh_anew(spec):
        raise SpecError("estimate.match_index_weights", outcome=outcome, scheme=spec.scheme())
    low, high = bounds_of(prepare(survey, spec), spec, None)
    names = [indicator.name for indicator in spec.indicators()]
    columns = {name: numeric_column(survey, name)[places] for name in names}
    oriented = orient_block(Scaling(spec.indicators(), low, high), columns)
    z = np.column_stack([oriented[name] for name in names])
    shifted = z + spec.shift
    logs = np.log(shifted, out=np.zeros_like(z), where=shifted > 0) * shifted
    return IndexParts(outcome, z, shifted, logs)
