"""lv.oster with 1,000 bootstrap draws at the Jiangsu sample size: CSV."""

from __future__ import annotations

import sys
import time

import numpy as np
import polars as pl

import livelihoods as lv


def main(rows: int = 1_527, draws: int = 1_000) -> None:
    rng = np.random.default_rng(0)
    controls = rng.normal(size=(12, rows))
    member = (controls.sum(axis=0) / 6 + rng.normal(size=rows) > 0).astype(float)
    score = 0.1 * member + 0.05 * controls.sum(axis=0) + rng.normal(size=rows)
    frame = pl.DataFrame(
        {f"c{j}": controls[j] for j in range(12)} | {"member": member, "score": score}
    )
    formula = "score ~ member + " + " + ".join(f"c{j}" for j in range(12))
    lv.oster(formula, frame, "member", bootstrap=2, seed=1)  # imports
    start = time.perf_counter()
    lv.oster(formula, frame, "member", bootstrap=draws, seed=1)
    print("rows,draws,seconds")
    print(f"{rows},{draws},{time.perf_counter() - start:.3f}")


if __name__ == "__main__":
    main(*(int(part) for part in sys.argv[1:]))
