"""How long matching takes, as ratios within one run.

    python benchmarks/matching.py [largest n, default 1e6] > matching.csv

Score given. ``floor`` is one stable sort of the scores plus one running sum, on the same data in
the same process. ``brute`` is the dense O(n²) kernel mean in NumPy. Peers are timed if installed.
Times are process time of one thread, median of three.
"""

from __future__ import annotations

import csv
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from livelihoods.estimate.matching.bootstrap import Plan, one_draw
from livelihoods.estimate.matching.core import match_sample
from livelihoods.estimate.matching.lechner import lechner
from livelihoods.estimate.matching.model import Sample
from livelihoods.estimate.matching.spec import (
    KernelSpec,
    LocalLinearSpec,
    MethodSpec,
    NearestSpec,
    RadiusSpec,
)
from livelihoods.numerics.glm import fit_logit
from livelihoods.numerics.warm import warm_start

DENSE_LIMIT = 10_000
METHODS: dict[str, MethodSpec] = {
    "kernel": KernelSpec(),
    "kernel gaussian": KernelSpec(kernel="gaussian"),
    "kernel tricube": KernelSpec(kernel="tricube"),
    "local linear": LocalLinearSpec(),
    "local linear biweight": LocalLinearSpec(kernel="biweight"),
    "radius": RadiusSpec(caliper=0.05),
    "nearest, caliper": NearestSpec(caliper=0.05),
    "nearest 4, caliper": NearestSpec(neighbors=4, caliper=0.05),
    "nearest, no replacement": NearestSpec(replace=False, caliper=0.05),
}


def drawn(n: int, covariates: int, seed: int = 1) -> tuple[Sample, np.ndarray]:
    """A third treated; scores from a logit."""
    rng = np.random.default_rng(seed)
    X = np.asfortranarray(np.column_stack([rng.normal(size=(n, covariates)), np.ones(n)]))
    index = 0.4 * X[:, :4].sum(axis=1) - 0.8
    score = 1.0 / (1.0 + np.exp(-index))
    treated = rng.random(n) < score
    y = X[:, :4].sum(axis=1) + treated + rng.normal(size=n)
    zeros = np.zeros(n, dtype=np.int64)
    return Sample(treated, y[None, :], score, X[:, :0], np.ones(n), zeros), X


def seconds(task: Callable[[], Any], times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = time.process_time()
        task()
        found.append(time.process_time() - start)
    return statistics.median(found)


def floor(sample: Sample) -> None:
    order = np.argsort(sample.score, kind="stable")
    np.cumsum(sample.outcomes[0, order])


def dense(sample: Sample) -> float:
    t = sample.treated
    z = (sample.score[~t][None, :] - sample.score[t][:, None]) / 0.06
    k = np.maximum(1.0 - z * z, 0.0)
    return float((sample.outcomes[0, t] - k @ sample.outcomes[0, ~t] / k.sum(axis=1)).mean())


def with_errors(sample: Sample, method: MethodSpec) -> None:
    lechner(sample, match_sample(sample, method, "ATT", "none"))


def growth(n: int, write: Callable[..., None]) -> None:
    sample, _ = drawn(n, 4)
    base = seconds(lambda: floor(sample))
    write(n, "floor: sort and running sum", base, 1.0)
    if n <= DENSE_LIMIT:
        took = seconds(lambda: dense(sample), 1)
        write(n, "brute: dense kernel", took, took / base)
    for name, method in METHODS.items():
        took = seconds(lambda m=method: match_sample(sample, m, "ATT", "none", weigh=False))
        write(n, name, took, took / base)
    for name in ("kernel", "local linear"):
        took = seconds(lambda m=METHODS[name]: with_errors(sample, m))
        write(n, f"{name}, weights and Lechner", took, took / base)
    peers(n, sample, base, write)


def peers(n: int, sample: Sample, base: float, write: Callable[..., None]) -> None:
    """Time other programs on the same rows, where somebody has installed them."""
    if importlib.util.find_spec("statspai") and n <= DENSE_LIMIT:
        import pandas as pd
        import statspai

        frame = pd.DataFrame(
            {"d": sample.treated.astype(int), "y": sample.outcomes[0], "p": sample.score,
             "x": np.log(sample.score / (1 - sample.score))}
        )  # fmt: skip
        for method in ("kernel", "neighbor"):
            took = seconds(
                lambda m=method: statspai.psmatch2(frame, "d", ["x"], outcome="y", method=m), 1
            )
            write(n, f"StatsPAI {method}, with its logit", took, took / base)


def draws(n: int, write: Callable[..., None]) -> None:
    """One bootstrap draw: cluster counts, logit, kernel effect (9 columns, 10 rows a cluster)."""
    sample, X = drawn(n, 8)
    y = sample.treated.astype(np.float64)
    fit = fit_logit(X, y)
    start = warm_start("logit", X, y, fit.coef)
    plan = Plan(sample, np.arange(n) // 10, -(-n // 10), start, KernelSpec(), "ATT", "minmax")
    base = seconds(lambda: floor(sample))
    one = seconds(lambda: [one_draw(np.random.default_rng(r), plan) for r in range(20)]) / 20
    write(n, "one bootstrap draw", one, one / base)
    write(n, "1,000 draws on two cores (computed)", 500.0 * one, 500.0 * one / base)


def main() -> None:
    largest = float(sys.argv[1]) if len(sys.argv) > 1 else 1e6
    out = csv.writer(sys.stdout)
    out.writerow(("n", "what", "seconds", "times_floor"))

    def write(n: int, what: str, took: float, ratio: float) -> None:
        out.writerow((n, what, f"{took:.4g}", f"{ratio:.3g}"))
        sys.stdout.flush()

    for power in range(3, 8):
        if 10**power <= largest:
            growth(10**power, write)
    for n in (10_000, 100_000):
        if n <= largest:
            draws(n, write)
    if largest >= 1e6:
        sample, X = drawn(1_000_000, 15)
        y = sample.treated.astype(np.float64)
        took = seconds(lambda: fit_logit(X, y), 1)
        write(1_000_000, "logit, 15 covariates", took, took / seconds(lambda: floor(sample)))


if __name__ == "__main__":
    main()
