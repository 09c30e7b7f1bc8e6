"""Bias and coverage of matching on data whose truth is known; published as they are.

    python benchmarks/matching_coverage.py [replications, default 100] > coverage.csv

``observed``: selection on three observed covariates, effects that differ between people, village
effects in the outcome; the truth is the population's ATT. ``jiangsu``: ``jiangsu_like`` with seeds
1, 2, …: there the takers also differ in what nobody measured, so matching must be off. Takers off
support are set aside, as by default; the truth is that of all takers.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from livelihoods.engine import ThreadExecutor
from livelihoods.estimate.matching.abadie_imbens import ScoreModel, abadie_imbens
from livelihoods.estimate.matching.bootstrap import Plan, bootstrap
from livelihoods.estimate.matching.core import match_sample
from livelihoods.estimate.matching.lechner import lechner
from livelihoods.estimate.matching.model import Sample
from livelihoods.estimate.matching.spec import (
    KernelSpec,
    LocalLinearSpec,
    MethodSpec,
    NearestSpec,
)
from livelihoods.numerics.glm import fit_logit
from livelihoods.numerics.warm import warm_start

DRAWS = 99
CRITICAL = 1.959963984540054
METHODS: dict[str, MethodSpec] = {
    "nearest": NearestSpec(),
    "nearest 4": NearestSpec(neighbors=4),
    "kernel": KernelSpec(),
    "local linear": LocalLinearSpec(),
}
Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]


def observed(seed: int, n: int = 1000, villages: int = 50) -> Data:
    """Covariates, treatment, outcome, village, and everybody's own effect averaged over takers."""
    rng = np.random.default_rng([seed, 77])
    village = rng.integers(0, villages, n)
    X = rng.normal(size=(n, 3))
    score = 1.0 / (1.0 + np.exp(-(0.5 * X[:, 0] + 0.4 * X[:, 1] - 0.3 * X[:, 2] - 0.6)))
    treated = rng.random(n) < score
    effect = 1.0 + 0.5 * X[:, 0]
    y = X @ (1.0, 0.5, 0.5) + 0.3 * X[:, 0] ** 2 + effect * treated
    y += 0.3 * rng.normal(size=villages)[village] + rng.normal(size=n)
    return X, treated, y, village, float(effect[treated].mean())


def jiangsu(seed: int) -> Data:
    """The synthetic Jiangsu survey: an equally weighted index of its 17 indicators."""
    from livelihoods.datasets.jiangsu import jiangsu_like, jiangsu_truth

    frame, truth = jiangsu_like(seed).frame, jiangsu_truth(seed)
    names = ("training", "channels", "sources", "schooling", "reading", "income", "savings",
             "debt_ratio", "labour", "health", "house", "durables", "optimism", "helpers", "trust",
             "autonomy", "insurance")  # fmt: skip
    weights = {name: (-1.0 if name == "debt_ratio" else 1.0) / len(names) for name in names}
    bounds = {name: (float(frame[name].min()), float(frame[name].max())) for name in names}
    index = sum(
        weights[name]
        * (frame[name].to_numpy() - bounds[name][0])
        / np.subtract(*bounds[name][::-1])
        for name in names
    )
    controls = ("household_size", "dependency", "gender", "age", "risk_appetite", "future",
                "shock", "pension", "village_size", "village_income", "distance")  # fmt: skip
    X = frame.select(controls).to_numpy().astype(float)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    village = np.unique(frame["village"].to_numpy(), return_inverse=True)[1]
    effect = truth.effect(weights, bounds, "ATT")
    return X, truth.treated > 0, np.asarray(index), village, effect


def one(data: Data, seed: int) -> Iterator[tuple[str, str, float, float]]:
    """Yield method, standard error, effect, value of the standard error."""
    X, treated, y, village, _ = data
    n = treated.shape[0]
    full = np.asfortranarray(np.column_stack([X, np.ones(n)]))
    d = treated.astype(np.float64)
    fit = fit_logit(full, d)
    zeros = np.zeros(n, dtype=np.int64)
    sample = Sample(treated, y[None, :], fit.fitted, X, np.ones(n), zeros)
    model = ScoreModel(full, fit.fitted * (1.0 - fit.fitted), fit.covariance)
    start = warm_start("logit", full, d, fit.coef)
    for name, method in METHODS.items():
        found = match_sample(sample, method, "ATT", "minmax")
        effect = float(found.estimates[0])
        yield name, "Lechner", effect, float(lechner(sample, found)[0])
        if isinstance(method, NearestSpec):
            for label, used in (("Abadie-Imbens 2006", None), ("Abadie-Imbens 2016", model)):
                error, _ = abadie_imbens(sample, method, "ATT", found, model=used)
                yield name, label, effect, float(error[0])
        for label, codes in (("bootstrap, rows", np.arange(n)), ("bootstrap, villages", village)):
            if isinstance(method, NearestSpec) and (
                label != "bootstrap, rows" or name != "nearest"
            ):
                continue
            plan = Plan(sample, codes, int(codes.max()) + 1, start, method, "ATT", "minmax")
            draws = bootstrap(plan, DRAWS, seed=seed, executor=ThreadExecutor(1))
            yield name, label, effect, float(draws.std_errors[0])


def main() -> None:
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    out = csv.writer(sys.stdout)
    out.writerow(("data", "method", "standard_error", "replications", "truth", "bias",
                  "sd_of_estimates", "mean_se", "coverage_95"))  # fmt: skip
    for label, make in (("observed", observed), ("jiangsu", jiangsu)):
        rows: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for seed in range(1, replications + 1):
            data = make(seed)
            for name, kind, effect, error in one(data, seed):
                rows[name, kind].append((effect, error, data[4]))
        population = float(np.mean([value[2] for value in next(iter(rows.values()))]))
        for (name, kind), found in rows.items():
            effect, error, truth = np.array(found).T
            target = np.full_like(truth, population) if label == "observed" else truth
            covered = np.abs(effect - target) <= CRITICAL * error
            out.writerow(
                (label, name, kind, replications, f"{population:.4f}",
                 f"{(effect - target).mean():.4f}", f"{(effect - target).std(ddof=1):.4f}",
                 f"{error.mean():.4f}", f"{covered.mean():.3f}")
            )  # fmt: skip
        sys.stdout.flush()


if __name__ == "__main__":
    main()
