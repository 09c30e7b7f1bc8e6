"""lv.iv with all its tests beside linearmodels (fit, and fit with its own tests): CSV."""

from __future__ import annotations

import sys
import time

import numpy as np
import polars as pl
from linearmodels.iv import IV2SLS

import livelihoods as lv


def main(rows: int = 1_000_000) -> None:
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(rows, 4)), rng.normal(size=(rows, 5))
    u = rng.normal(size=rows)
    d = 0.2 * z.sum(axis=1) + 0.1 * x.sum(axis=1) + u + rng.normal(size=rows)
    y = d + x.sum(axis=1) + u
    village = rng.integers(0, 2_000, rows)
    frame = pl.DataFrame(
        {f"x{j}": x[:, j] for j in range(4)}
        | {f"z{j}": z[:, j] for j in range(5)}
        | {"y": y, "d": d, "village": village}
    )
    formula = "y ~ x0 + x1 + x2 + x3 | d ~ z0 + z1 + z2 + z3 + z4"
    lv.iv(formula, frame.head(1_000), {"cluster": "village"})  # imports
    start = time.perf_counter()
    ours = lv.iv(formula, frame, {"cluster": "village"})
    spent = time.perf_counter() - start
    start = time.perf_counter()
    model = IV2SLS(y, np.column_stack([np.ones(rows), x]), d, z)
    theirs = model.fit(cov_type="clustered", clusters=village)
    error = float(theirs.std_errors["endog"])
    fit_only = time.perf_counter() - start
    _ = (theirs.first_stage.diagnostics, theirs.sargan, theirs.wu_hausman())
    with_tests = time.perf_counter() - start
    gap = abs(float(ours.coefficients.std_errors[0]) / error - 1)
    print("livelihoods_s,linearmodels_fit_s,linearmodels_tests_s,ratio_to_fit,difference")
    print(f"{spent:.3f},{fit_only:.3f},{with_tests:.3f},{spent / fit_only:.3f},{gap:.1e}")


if __name__ == "__main__":
    main(*(int(part) for part in sys.argv[1:]))
