"""Factor scores, bootstrapped index weights, and the index of a register: seconds as CSV.

A peer runs beside each task on the same arrays in the same process:

* factor scores: scikit-learn's PCA of the correlations, whose rotation, tests and parallel
  analysis we do besides;
* bootstrap: the same formulas on resampled rows in plain NumPy, one draw after the other;
* register: the entropy weights by Polars expressions on the same frame.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

import livelihoods as lv
from livelihoods import engine


def main(rows: int = 2_000_000) -> None:
    print("task,rows,columns,seconds,peer_seconds,ratio,target_seconds")
    for task in (_factors, _bootstrap, lambda: _register(rows)):
        name, n, p, ours, peer, target = task()
        print(f"{name},{n},{p},{ours:.4f},{peer:.4f},{ours / peer:.2f},{target}")


Line = tuple[str, int, int, float, float, str]


def _factors(n: int = 2_436, p: int = 25) -> Line:
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 5)) @ rng.normal(size=(5, p)) + rng.normal(size=(n, p))
    items = [f"q{j}" for j in range(p)]
    frame = pl.DataFrame(x, schema=items)

    def peer() -> None:
        z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
        PCA(n_components=5).fit_transform(z)

    ours = _best(lambda: lv.factor_scores(frame, items))
    return "factor_scores", n, p, ours, _best(peer), "0.2"


def _bootstrap(n: int = 1_527, p: int = 12, draws: int = 1_000) -> Line:
    from livelihoods.measure.arrays import plan_of
    from livelihoods.measure.prepare import prepare
    from livelihoods.measure.sensitivity import bootstrap_weights
    from livelihoods.survey.door import as_survey

    rng = np.random.default_rng(2)
    x = rng.lognormal(size=(n, p))
    names = [f"x{j}" for j in range(p)]
    spec = lv.IndexSpec(dimensions={"d": dict.fromkeys(names, "+")})
    plan = plan_of(prepare(as_survey(pl.DataFrame(x, schema=names)), spec), spec)

    def ours() -> None:
        bootstrap_weights(plan, None, draws, 0, "benchmark", None)

    def peer() -> None:
        draw = np.random.default_rng(0)
        for _ in range(draws):
            part = x[draw.integers(0, n, n)]
            z = (part - part.min(0)) / (part.max(0) - part.min(0)) + 1e-4
            share = z / z.sum(0)
            divergence = 1 + (share * np.log(share)).sum(0) / np.log(n)
            divergence / divergence.sum()

    return "bootstrap_weights_1000", n, p, _best(ours, 2), _best(peer, 2), "2"


def _register(n: int, p: int = 11) -> Line:
    rng = np.random.default_rng(3)
    names = [f"x{j}" for j in range(p)]
    frame = pl.DataFrame({name: rng.lognormal(size=n) for name in names})
    spec = lv.IndexSpec(dimensions={"d": dict.fromkeys(names, "+")})

    def ours() -> None:
        with engine.ThreadExecutor() as threads:
            lv.build_index(frame, spec, threads)

    def peer() -> None:
        columns = [pl.col(name) for name in names]
        z = [(c - c.min()) / (c.max() - c.min()) + 1e-4 for c in columns]
        shares = frame.select(one / one.sum() for one in z)
        entropy = shares.select(-(c * c.log()).sum() / np.log(n) for c in columns)
        divergence = 1 - entropy.to_numpy()[0]
        weights = divergence / divergence.sum()
        frame.select(sum((one - 1e-4) * w for one, w in zip(z, weights, strict=True)))

    return "build_index", n, p, _best(ours, 2), _best(peer, 2), ""


def _best(task: Callable[[], object], times: int = 3) -> float:
    """Return the least of several runs after a first one that loads what it needs."""
    task()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:]))
