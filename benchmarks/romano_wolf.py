"""Romano-Wolf by cluster bootstrap, 8 outcomes, 2,000 draws, beside refits with statsmodels: CSV.

    PYTHONPATH=src python benchmarks/romano_wolf.py [rows, default 1527] [draws, default 2000]

statsmodels refits a few draws only; its time is scaled to all of them. The last column is the
largest relative difference between the two statistics of the full sample.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import statsmodels.api as sm

import livelihoods as lv

OUTCOMES = ("training", "channels", "sources", "reading", "health", "durables", "trust", "helpers")
TREATMENT = "technology"
CONTROLS = ("household_size", "dependency", "gender", "age", "risk_appetite", "future", "shock",
            "pension", "village_size", "distance")  # fmt: skip
PEER_DRAWS = 5


def main(rows: int = 1527, draws: int = 2000) -> None:
    frame = lv.datasets.jiangsu_like(rows=rows).frame
    right = " + ".join((TREATMENT, *CONTROLS))
    cluster = {"cluster": "village"}
    fitted = [lv.ols(f"{outcome} ~ {right}", frame, cluster) for outcome in OUTCOMES]
    lv.multiplicity(fitted, TREATMENT, draws=20, seed=1)  # imports
    start = time.perf_counter()
    found = lv.multiplicity(fitted, TREATMENT, draws=draws, seed=1)
    ours = time.perf_counter() - start
    village = frame["village"].to_numpy()
    X = sm.add_constant(frame.select(TREATMENT, *CONTROLS).to_numpy().astype(float))
    Y = frame.select(OUTCOMES).to_numpy().astype(float)
    places = [np.flatnonzero(village == code) for code in np.unique(village)]
    rng = np.random.default_rng(1)
    start = time.perf_counter()
    for _ in range(PEER_DRAWS):
        chosen = rng.integers(0, len(places), len(places))
        take = np.concatenate([places[c] for c in chosen])
        groups = np.repeat(np.arange(len(places)), [places[c].size for c in chosen])
        for j in range(Y.shape[1]):
            options = {"groups": groups}
            _ = sm.OLS(Y[take, j], X[take]).fit(cov_type="cluster", cov_kwds=options).tvalues
    theirs = (time.perf_counter() - start) / PEER_DRAWS * draws
    peers = [
        sm.OLS(Y[:, j], X).fit(cov_type="cluster", cov_kwds={"groups": village}).tvalues[1]
        for j in range(Y.shape[1])
    ]
    gap = np.abs(found.tidy()["statistic"].to_numpy() / np.array(peers) - 1).max()
    print("rows,outcomes,draws,livelihoods_s,statsmodels_s_scaled,ratio,difference")
    print(f"{rows},{len(OUTCOMES)},{draws},{ours:.2f},{theirs:.1f},{ours / theirs:.4f},{gap:.1e}")


if __name__ == "__main__":
    main(*(int(part) for part in sys.argv[1:]))
