"""How long it takes to read, check and describe a survey file.

    python benchmarks/survey_read.py [file] > survey_read.csv

Without a file, a synthetic one of 54,873 rows and 52 columns is written first, as parquet, csv,
dta and sav. ``floor`` is the bare reader of the package under it (Polars, pyreadstat) on the same
file in the same run; csv is read with Polars' own type inference. Wall time, best of three.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyreadstat

import livelihoods as lv

ROWS, ITEMS = 54_873, 26


def synthetic(rows: int = ROWS) -> pl.DataFrame:
    """Households with names, ages, money, shares and a block of ratings; a tenth is missing."""
    rng = np.random.default_rng(2026)
    gap = rng.random((rows, 52)) < 0.1
    columns: dict[str, Any] = {"hhid": [f"h{k:06d}" for k in range(rows)]}
    columns["country"] = rng.choice(["KE", "UG", "NA", "TZ"], rows)
    for k in range(12):
        columns[f"money{chr(97 + k)}"] = np.round(rng.lognormal(8, 1, rows), 2)
    for k in range(12):
        columns[f"count{chr(97 + k)}"] = rng.integers(0, 60, rows).astype(float)
    for k in range(ITEMS):
        columns[f"item_{k + 1}"] = rng.integers(1, 6, rows).astype(float)
    frame = pl.DataFrame(columns)
    masked = [
        pl.when(~pl.Series(gap[:, k])).then(pl.col(name)).alias(name)
        for k, name in enumerate(frame.columns)
        if k > 1
    ]
    return frame.with_columns(masked).with_columns(pl.col("^(count.|item_.*)$").cast(pl.Int64))


def best(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    shortest, result = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, result


FLOORS: dict[str, Callable[[str], Any]] = {
    ".parquet": pl.read_parquet,
    ".csv": lambda path: pl.read_csv(path, infer_schema_length=None),
    ".dta": lambda path: pyreadstat.read_dta(path, output_format="polars"),
    ".sav": lambda path: pyreadstat.read_sav(path, output_format="polars"),
}


def measure(path: Path) -> dict[str, Any]:
    floor, _ = best(lambda: FLOORS[path.suffix](str(path)))
    read, survey = best(lambda: lv.read_survey(path))
    check, _ = best(lambda: lv.data_check(survey))
    describe, _ = best(lambda: lv.summary_statistics(survey), 1)
    return {
        "file": path.suffix.removeprefix("."),
        "rows": survey.frame.height,
        "columns": survey.frame.width,
        "floor_s": round(floor, 3),
        "read_s": round(read, 3),
        "read_over_floor": round(read / floor, 2),
        "check_s": round(check, 3),
        "describe_s": round(describe, 3),
        "all_s": round(read + check + describe, 3),
    }


def main() -> None:
    out: csv.DictWriter[str] | None = None
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            paths = [Path(sys.argv[1])]
        else:
            frame = synthetic()
            paths = [Path(folder) / f"survey{suffix}" for suffix in FLOORS]
            frame.write_parquet(paths[0])
            frame.write_csv(paths[1])
            for path in paths[2:]:
                lv.write_survey(frame, path)
        for path in paths:
            row = measure(path)
            if out is None:
                out = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
                out.writeheader()
            out.writerow(row)


if __name__ == "__main__":
    main()
