"""How long a register takes: decode, index, quantiles, frequencies, regression; CSV to stdout.

``PYTHONPATH=src python benchmarks/scale [rows] [folder]``: each line is the least of some runs once
warm; the peak is that of a fresh process. Every task stands beside decode of all columns (by Polars
alone or in blocks, whichever was quicker) in the same run, and Dask (two worker processes) beside
two threads. ``load`` tells how busy the machine was: with much more than two, only the columns of
processor seconds mean anything.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from make import INDICATORS, SPEC, write

import livelihoods as lv
from livelihoods import engine
from livelihoods.engine.parquet import Wanted

TARGETS = {
    "index by wave, a wave a row group": 2.5,
    "index by wave, waves mixed": 4.5,
    "exact p1 and p99 of two columns": 2.0,
    "frequencies of six answers": 1.5,
}
DECODES = ("decode by Polars", "decode in blocks")
REPEATS = 3


def decode(folder: str, where: Any) -> None:
    """Read every column of every file and touch it: what nobody can avoid."""
    files = lv.open_parquet(folder).files
    for path in files.paths:
        height = pl.scan_parquet(path).select(pl.len()).collect().item()
        for start in range(0, height, 1_000_000):
            frame = pl.scan_parquet(path).slice(start, 1_000_000).collect()
            frame.sum()


def decode_blocks(folder: str, where: Any) -> None:
    """The same through the engine: canonical blocks, each column summed."""
    data = lv.open_parquet(folder)
    source = data.source(*(Wanted(name, name, "whole", fill=0) for name in data.columns))
    engine.map_blocks(_touched, source, where)


def _touched(columns: engine.Columns) -> float:
    return float(sum(np.sum(values) for values in columns.values()))


def index(folder: str, where: Any) -> None:
    spec = lv.IndexSpec(dimensions=SPEC, by="wave", weights_by="by", bounds="by")
    lv.build_index(lv.open_parquet(folder), spec, where)


def quantiles(folder: str, where: Any) -> None:
    lv.winsorise(lv.open_parquet(folder), ["amount_0", "amount_4"], executor=where)


def frequencies(folder: str, where: Any) -> None:
    names = [name for name in INDICATORS if name.startswith("answer")]
    lv.frequency_table(lv.open_parquet(folder), names, executor=where)


def regression(folder: str, where: Any) -> None:
    right = " + ".join(name for name in INDICATORS if name != "amount_0")
    lv.ols(f"amount_0 ~ {right}", lv.open_parquet(folder), vcov="HC1", executor=where)


TASKS: dict[str, tuple[Callable[[str, Any], None], str]] = {
    "decode by Polars": (decode, "sorted"),
    "decode in blocks": (decode_blocks, "sorted"),
    "index by wave, a wave a row group": (index, "sorted"),
    "index by wave, waves mixed": (index, "mixed"),
    "exact p1 and p99 of two columns": (quantiles, "sorted"),
    "frequencies of six answers": (frequencies, "sorted"),
    "least squares, 10 regressors, HC1": (regression, "sorted"),
}


def main(rows: int = 50_000_000, folder: str | None = None) -> None:
    if rows < 10_000:
        raise SystemExit("at least 10,000 rows")
    place = Path(folder or tempfile.mkdtemp(prefix="livelihoods-scale-"))
    try:
        for name in ("sorted", "mixed"):
            write(place / name, rows, mixed=name == "mixed")
        measure(rows, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def measure(rows: int, place: Path) -> None:
    heads = "task,rows,executor,seconds,cpu_seconds,times_decode,times_decode_cpu"
    print(f"{heads},target,peak_gb,times_threads,load")
    base: dict[str, tuple[float, float]] = {}
    for where in ("threads:2", "dask-local:2"):
        with lv.executor_from(where) as executor:
            for task, (function, data) in TASKS.items():
                if task == "decode by Polars" and where != "threads:2":
                    continue
                wall, cpu = best(lambda f=function, d=data: f(str(place / d), executor), executor)  # type: ignore[misc]
                key = "" if where == "threads:2" else f"{wall / base[task][0]:.2f}"
                base.setdefault(task, (wall, cpu))
                floor = [base[name] for name in DECODES if name in base]
                first = min(one[0] for one in floor), min(one[1] for one in floor)
                peak = fresh_peak(task, place) if where == "threads:2" else None
                print(
                    f'"{task}",{rows},{where},{wall:.2f},{cpu:.2f},{wall / first[0]:.2f},'
                    f"{cpu / first[1]:.2f},{TARGETS.get(task, '')},"
                    f"{'' if peak is None else f'{peak:.2f}'},{key},{os.getloadavg()[0]:.1f}",
                    flush=True,
                )


def best(task: Callable[[], None], executor: Any) -> tuple[float, float]:
    """Return the least wall and processor seconds of some runs, workers included, once warm."""
    task()
    runs = []
    for _ in range(REPEATS):
        start, spent = time.perf_counter(), _spent(executor)
        task()
        runs.append((time.perf_counter() - start, _spent(executor) - spent))
    return min(run[0] for run in runs), min(run[1] for run in runs)


def _spent(executor: Any) -> float:
    workers = sum(executor._client.run(time.process_time).values()) if executor.remote else 0.0
    return time.process_time() + workers


def fresh_peak(task: str, place: Path) -> float:
    """Return the peak memory, in GB, of a fresh process that runs a task on two threads."""
    command = [sys.executable, str(Path(__file__).parent), "--peak", task, str(place)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _peak(task: str, place: str) -> None:
    function, data = TASKS[task]
    with lv.executor_from("threads:2") as executor:
        function(str(Path(place) / data), executor)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        _peak(*sys.argv[2:])
    else:
        main(*(int(part) if part.isdigit() else part for part in sys.argv[1:]))  # type: ignore[arg-type]
