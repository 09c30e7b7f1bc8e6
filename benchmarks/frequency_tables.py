"""frequency_table over 10⁷ rows beside reading the same columns: wall and CPU seconds as CSV."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

import livelihoods as lv


def main(rows: int = 10_000_000, items: int = 7) -> None:
    rng = np.random.default_rng(0)
    names = [f"q{j}" for j in range(items)]
    frame = pl.DataFrame({name: rng.integers(1, 6, rows).astype(np.int8) for name in names})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        frame.write_parquet(path)
        lv.frequency_table(frame.head(1_000), names, scale="ordinal")
        print("rows,items,clock,decode,count,ratio")
        for _ in range(5):
            start = _clocks()
            decoded = pl.read_parquet(path)
            read = _clocks()
            lv.frequency_table(decoded, names, scale="ordinal")
            done = _clocks()
            for name, a, b, c in zip(("wall", "cpu"), start, read, done, strict=True):
                ratio = (c - a) / (b - a)
                print(f"{rows},{items},{name},{b - a:.3f},{c - b:.3f},{ratio:.2f}")


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
