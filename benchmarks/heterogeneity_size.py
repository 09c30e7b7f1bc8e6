"""How often tests of equal effects reject when all effects are equal: CSV.

    PYTHONPATH=src python benchmarks/heterogeneity_size.py [draws, default 400]

Three kinds of treatment with one effect, takers of each compared with the same controls, errors
shared within villages. ``joint`` is the program's test; ``independent`` takes two effects as
independent, as comparing their standard errors does. Nominal size 5 %.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
import polars as pl
from scipy.stats import norm

import livelihoods as lv

KINDS = ("a", "b", "c")


def drawn(seed: int, n: int = 900, villages: int = 60) -> pl.DataFrame:
    rng = np.random.default_rng([seed, 9])
    village = rng.integers(0, villages, n)
    x, z = rng.normal(size=(2, n))
    d = rng.random(n) < 1 / (1 + np.exp(-(0.6 * x - 0.4 * z)))
    kind = rng.integers(0, 3, n)
    y = x + z + d + 0.4 * rng.normal(size=villages)[village] + rng.normal(size=n)
    marks = {name: (d & (kind == j)).astype(float) for j, name in enumerate(KINDS)}
    return pl.DataFrame({"y": y, "d": d.astype(float), "x": x, "z": z, "village": village} | marks)


def main(draws: int = 400) -> None:
    rejected: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for seed in range(draws):
        data = drawn(seed)
        found = lv.heterogeneity(
            "y ~ d + x + z", data, "d", KINDS, estimator=("ols", "matching"),
            vcov={"cluster": "village"}, matching={"method": "kernel"},
        )  # fmt: skip
        assert found.matched is not None
        frame = found.frame.filter(estimator="ols")
        parts = {
            "ols": (found.glance()["p_equal"][0], found.differences, frame["std_error"]),
            "matching": (
                found.matched.glance()["p_equal"][0],
                found.matched.pairs,
                found.matched.frame["std_error"],
            ),
        }
        for name, (p, pairs, errors) in parts.items():
            rejected[name, "joint F"].append(p < 0.05)
            rejected[name, "joint pair"].append(pairs["p_value"][0] < 0.05)
            naive = pairs["estimate"][0] / np.sqrt(errors[0] ** 2 + errors[1] ** 2)
            rejected[name, "independent pair"].append(2 * norm.sf(abs(naive)) < 0.05)
    print("estimator,test,draws,rejected,standard_error")
    for (name, test), found in rejected.items():
        share = float(np.mean(found))
        print(f"{name},{test},{draws},{share:.4f},{np.sqrt(share * (1 - share) / draws):.4f}")


if __name__ == "__main__":
    main(*(int(part) for part in sys.argv[1:]))
