"""Known truth comes back: on the synthetic Jiangsu survey and over repeated samples."""

from __future__ import annotations

import os

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from estimate.mixed_process.samples import village
from livelihoods.datasets.jiangsu import jiangsu_like, jiangsu_truth

INDICATORS = (
    "training", "channels", "sources", "schooling", "reading", "income", "savings", "debt_ratio",
    "labour", "health", "house", "durables", "optimism", "helpers", "trust", "autonomy",
    "insurance",
)  # fmt: skip
CONTROLS = "household_size + age + risk_appetite + future + shock + pension + year"


def _index(
    frame: pl.DataFrame,
) -> tuple[pl.Series, tuple[dict[str, float], dict[str, tuple[float, float]]]]:
    sign = {name: -1.0 if name == "debt_ratio" else 1.0 for name in INDICATORS}
    weights = {name: sign[name] / len(INDICATORS) for name in INDICATORS}
    bounds = {name: (float(frame[name].min()), float(frame[name].max())) for name in INDICATORS}  # type: ignore[arg-type]
    total = sum(
        weights[name] * (frame[name] - bounds[name][0]) / (bounds[name][1] - bounds[name][0])
        for name in INDICATORS
    )
    return pl.Series("index", total), (weights, bounds)


def test_least_squares_is_biased_and_the_mixed_process_is_not() -> None:
    """Mean over 24 seeds against the survey's own truth (``JiangsuTruth.effect``)."""
    plain, system, truth = [], [], []
    for seed in range(24):
        survey, known = jiangsu_like(seed), jiangsu_truth(seed)
        index, (weights, bounds) = _index(survey.frame)
        frame = survey.frame.with_columns(
            index, rii=pl.Series(known.treated), year=(pl.col("year") == 2022).cast(pl.Int64)
        )
        frame = lv.peer_share(frame, of="rii", within=("village", "year"), name="peers").frame
        result = lv.cmp(
            lv.linear(f"index ~ rii + {CONTROLS}"),
            lv.probit(f"rii ~ peers + {CONTROLS}"),
            data=frame,
        )
        assert result.converged
        system.append(result.effects("rii")["estimate"][1])
        fit = lv.ols(f"index ~ rii + {CONTROLS}", frame).tidy()
        plain.append(fit.filter(pl.col("term") == "rii")["estimate"][0])
        truth.append(known.effect(weights, bounds))
    gap = np.mean(system) - np.mean(truth)
    assert np.mean(plain) < 0.7 * np.mean(truth)  # negative selection hides a third and more
    # The errors of the index are only nearly normal: three Monte Carlo errors and 5 % of the truth.
    assert abs(gap) < 3 * np.std(system) / np.sqrt(24) + 0.05 * np.mean(truth)
    assert abs(gap) < 0.35 * abs(np.mean(plain) - np.mean(truth))


def test_intervals_cover() -> None:
    """60 samples of the model itself (LIVELIHOODS_SLOW=1: 500): intervals for effect and ρ."""
    hits = np.zeros(2)
    runs = 500 if os.environ.get("LIVELIHOODS_SLOW") else 60
    for seed in range(runs):
        data = village(400, seed=1000 + seed, rho=0.5, effect=0.7)
        result = lv.cmp(lv.linear("y ~ d + x"), lv.probit("d ~ x + z"), data=data)
        row = result.tidy().filter(pl.col("equation") == "y", pl.col("term") == "d")
        rho = result.rho
        hits[0] += row["conf_low"][0] < 0.7 < row["conf_high"][0]
        hits[1] += rho["conf_low"][0] < 0.5 < rho["conf_high"][0]
    # Binomial(runs, .95): three standard deviations, and a small-sample error of .02.
    spread = np.sqrt(0.95 * 0.05 / runs)
    assert (np.abs(hits / runs - 0.95) < 3 * spread + 0.02).all()


@pytest.mark.parametrize("kind", ["linear", "probit", "oprobit"])
def test_switching_recovers_the_effect_on_the_treated(kind: str) -> None:
    rng = np.random.default_rng(21)
    n = 6000
    x, z = rng.normal(size=(2, n))
    root = np.linalg.cholesky(np.array([[1, 0.5, 0.3], [0.5, 1, 0.2], [0.3, 0.2, 1]]))
    u, e1, e0 = root @ rng.normal(size=(3, n))
    d = (0.1 + 0.5 * x + 0.9 * z + u > 0).astype(int)
    y1, y0 = 0.9 + 0.5 * x + e1, 0.2 + 0.8 * x + e0
    cut = {"linear": None, "probit": 0.5, "oprobit": 0.9}[kind]
    y = np.where(d == 1, y1, y0)
    seen = y if cut is None else (y > cut) * 1 + ((y > 0.1) if kind == "oprobit" else 0)
    frame = pl.DataFrame({"x": x, "z": z, "d": d, "y": seen})
    result = lv.switching("y ~ x", "d ~ x + z", frame, kind=kind)
    found = {row["term"]: row for row in result.effects().to_dicts()}
    one, zero = (y1, y0) if cut is None else (y1 > cut, y0 > cut)
    for name, group in (("ATT", d == 1), ("ATU", d == 0)):
        truth = float(np.mean(one[group] * 1.0) - np.mean(zero[group] * 1.0))
        # Four standard errors: the truth itself is a sample mean of these rows.
        assert abs(found[name]["estimate"] - truth) < 4 * found[name]["std_error"]
    gap = found["ATT"]["estimate"] - found["ATU"]["estimate"]
    assert abs(found["transitional"]["estimate"] - gap) < 1e-12
    assert result.table().rows[0].cells[3].value == found["ATT"]["estimate"]


def test_switching_likelihood_is_that_of_its_formula() -> None:
    """Lokshin and Sajaia (2004), eq. 2: each side a Heckman likelihood with its own ρ and σ."""
    from scipy import stats

    data = village(500)
    result = lv.switching("y ~ x", "d ~ x + z", data)
    b = {(r["equation"], r["term"]): r["estimate"] for r in result.tidy().to_dicts()}
    zg = (b["d", "(Intercept)"] + b["d", "x"] * data["x"] + b["d", "z"] * data["z"]).to_numpy()
    total = 0.0
    for side, number, pair in ((1, 1, "13"), (0, 2, "23")):
        name = f"y:{side}"
        mine = data["d"].to_numpy() == side
        xb = (b[name, "(Intercept)"] + b[name, "x"] * data["x"]).to_numpy()
        s, r = np.exp(b["/", f"lnsigma_{number}"]), np.tanh(b["/", f"atanhrho_{pair}"])
        e = (data["y"].to_numpy() - xb) / s
        q = 1.0 if side else -1.0
        part = stats.norm.logpdf(e) - np.log(s)
        part = part + stats.norm.logcdf(q * (zg + r * e) / np.sqrt(1 - r * r))
        total += float(part[mine].sum())
    assert abs(total - result.system.loglik) < 1e-8  # the same sum
