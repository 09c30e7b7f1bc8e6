"""build_design from a Polars frame beside the fit that follows: wall and CPU seconds as CSV."""

from __future__ import annotations

import sys
import time

import numpy as np
import polars as pl

from livelihoods.design.build import build_design
from livelihoods.numerics.linear import lstsq_columns


def main(rows: int = 1_000_000, regressors: int = 20) -> None:
    rng = np.random.default_rng(0)
    columns = {f"x{j}": rng.normal(size=rows) for j in range(regressors)}
    frame = pl.DataFrame({**columns, "y": rng.normal(size=rows), "v": rng.integers(0, 2_000, rows)})
    formula = "y ~ " + " + ".join(columns)
    build_design(formula, frame.head(1_000), cluster="v")
    print("rows,regressors,clock,design,fit")
    for _ in range(3):
        start = _clocks()
        design = build_design(formula, frame, cluster="v")
        built = _clocks()
        lstsq_columns(design.X, design.y, check=False)
        for name, a, b, c in zip(("wall", "cpu"), start, built, _clocks(), strict=True):
            print(f"{rows},{regressors},{name},{b - a:.3f},{c - b:.3f}")


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
