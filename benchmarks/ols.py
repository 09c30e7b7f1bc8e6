"""lv.ols from a Polars frame (design included) beside statsmodels given ready arrays: CSV."""

from __future__ import annotations

import sys
import time

import numpy as np
import polars as pl
import statsmodels.api as sm

import livelihoods as lv


def main(rows: int = 1_000_000, regressors: int = 20) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, regressors))
    y = X.sum(axis=1) + rng.normal(size=rows)
    village = rng.integers(0, 2_000, rows)
    names = [f"x{j}" for j in range(regressors)]
    frame = pl.DataFrame({**dict(zip(names, X.T, strict=True)), "y": y, "village": village})
    formula = f"y ~ {' + '.join(names)}"
    ready = sm.add_constant(X)
    cases: list[tuple[object, dict[str, object]]] = [
        ("HC1", {"cov_type": "HC1"}),
        ({"cluster": "village"}, {"cov_type": "cluster", "cov_kwds": {"groups": village}}),
    ]
    lv.ols(formula, frame.head(1_000))  # imports
    print("covariance,livelihoods_s,statsmodels_s,ratio,largest_difference")
    for vcov, options in cases:
        start = time.perf_counter()
        ours = lv.ols(formula, frame, vcov)  # type: ignore[arg-type]
        middle = time.perf_counter()
        theirs = sm.OLS(y, ready).fit(**options)
        errors = theirs.bse
        end = time.perf_counter()
        gap = float(np.abs(ours.tidy()["std_error"].to_numpy() / errors - 1).max())
        spent, peer = middle - start, end - middle
        label = vcov if isinstance(vcov, str) else "cluster"
        print(f"{label},{spent:.3f},{peer:.3f},{spent / peer:.3f},{gap:.1e}")


if __name__ == "__main__":
    main(*(int(part) for part in sys.argv[1:]))
