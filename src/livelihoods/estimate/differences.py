"""Every pair of several effects, and all of them, tested with their joint covariance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.estimate.test_result import AnyTest, Inapplicable, f_test
from livelihoods.numerics import special
from livelihoods.numerics.covariance import wald
from livelihoods.numerics.multiplicity import holm

if TYPE_CHECKING:
    from livelihoods.typing import Floats


def differences(
    names: Sequence[str], effects: Floats, matrix: Floats, df: Floats
) -> tuple[pl.DataFrame, AnyTest]:
    """Test every pair of effects, and all of them, with their joint covariance."""
    rows = []
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            error = float(np.sqrt(max(matrix[i, i] + matrix[j, j] - 2 * matrix[i, j], 0.0)))
            value = float(effects[i] - effects[j])
            tiny = 1e-12 * float(np.sqrt(matrix[i, i] + matrix[j, j]))
            ratio = value / error if error > tiny else None
            least = float(min(df[i], df[j]))
            p = None if ratio is None else float(special.t_two_sided(ratio, least))
            rows.append((names[i], names[j], value, error, ratio, p))
    schema = ("group", "against", "estimate", "std_error", "statistic", "p_value")
    kinds = [pl.String, pl.String, pl.Float64, pl.Float64, pl.Float64, pl.Float64]
    frame = pl.DataFrame(rows, schema=dict(zip(schema, kinds, strict=True)), orient="row")
    tails = frame["p_value"].fill_null(1.0).to_numpy()
    frame = frame.with_columns(p_holm=pl.Series(holm(tails), dtype=pl.Float64))
    if len(names) < 2:
        return frame, Inapplicable("equal_effects", "one_group")
    contrast = np.column_stack([np.ones(len(names) - 1), -np.eye(len(names) - 1)])
    k = len(names) - 1
    apart = contrast @ matrix @ contrast.T
    # Differences that are zero by construction leave rounding where their variance would be.
    real = np.diag(apart) > 1e-24 * (matrix[0, 0] + np.diag(matrix)[1:])
    statistic = wald(contrast @ effects, apart) if real.all() else None
    if statistic is None:
        return frame, Inapplicable("equal_effects", "singular_covariance", {"k": k})
    return frame, f_test("equal_effects", statistic / k, float(k), float(df.min()))
