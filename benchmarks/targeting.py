"""Targeting and allocation at the size of a county: seconds, CSV to stdout.

The peer of a bootstrap draw of the proxy means test is refitting by rows with NumPy, in the same
run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from livelihoods.cooperatives.targeting import optimum as op
from livelihoods.cooperatives.targeting import split as sp
from livelihoods.cooperatives.targeting.cutoffs import at_coverage, lowest_part, rank
from livelihoods.cooperatives.targeting.held_out import group_sums, predict_held_out


def timed(work: Callable[[], object], times: int = 3) -> float:
    best = np.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def say(task: str, n: int, seconds: float, note: str = "") -> None:
    sys.stdout.write(f"{task},{n},{seconds:.4f},{note}\n")


def proxies(rng: np.random.Generator, n: int = 6000, groups: int = 194) -> None:
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 9))])
    y, codes = rng.normal(size=n), np.arange(n) % groups
    fold = np.arange(groups) % 10
    sums = group_sums(X, y, np.ones(n), codes)
    drawn = np.bincount(rng.integers(0, groups, groups), minlength=groups).astype(float)

    def by_rows() -> None:
        w = np.sqrt(drawn[codes])
        for number in range(10):
            keep = fold[codes] != number
            np.linalg.lstsq(X[keep] * w[keep, None], y[keep] * w[keep], rcond=None)

    fast, slow = timed(lambda: predict_held_out(sums, fold, drawn)), timed(by_rows)
    say("one bootstrap draw, ten folds", n, fast, f"by rows {slow / fast:.1f} times as long")


def curves(rng: np.random.Generator, n: int = 1_000_000) -> None:
    truth, score, w = rng.random(n), rng.random(n), np.ones(n)
    lowest = lowest_part(truth, w, 0, 0.2)
    grid = np.linspace(0.01, 0.99, 99)
    say("99 cutoffs", n, timed(lambda: at_coverage(rank(score, truth < 0.2, lowest, w), grid, 0.2)))


def allocations(rng: np.random.Generator) -> None:
    for n in (10_000, 100_000):
        c, p = np.exp(rng.normal(9, 0.5, n)), rng.integers(1, 7, n).astype(float)
        budget = 200.0 * n
        say("water filling", n, timed(lambda c=c, p=p, b=budget: op.fill_lowest(c, 6e3, p, b)))
        gap = np.maximum(6e3 - c, 0.0)
        codes = np.arange(n) % 300
        claim = rng.random(n)
        claim /= np.bincount(codes, weights=claim)[codes]
        say("support through 300 cooperatives", n, timed(
            lambda g=gap, p=p, a=claim, k=codes, b=budget: sp.spend(
                sp.ways(g, p, a, k, 6e3, 2), 300, b)))  # fmt: skip
        mean = np.log(c)
        error = np.full(n, 0.4)
        say("expected poverty, alpha 2", n, timed(
            lambda m=mean, e=error, p=p, b=budget: op.fill_expected(m, e, 6e3, p, b, 2),
        ))  # fmt: skip
    n = 10_000
    c, p = np.exp(rng.normal(9, 0.5, n)), rng.integers(1, 7, n).astype(float)
    poor = c < 6e3
    cost, worth = (p * (6e3 - c))[poor], p[poor]
    seconds = timed(lambda: op.knapsack(worth, cost, 2e6), 1)
    say("least poor persons (exact)", n, seconds, f"{int(poor.sum())} poor households")


def main() -> None:
    sys.stdout.write("task,n,seconds,note\n")
    rng = np.random.default_rng(7)
    proxies(rng)
    curves(rng)
    allocations(rng)


if __name__ == "__main__":
    main()
