"""What each method recovers of a known effect, over many synthetic surveys.

Draws ``jiangsu_like`` surveys, each with its own index and weights, and sets every estimate and
interval beside the truth of that survey. CSV to stdout, or to a path:

    PYTHONPATH=src python benchmarks/recovery.py [draws] [path]
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import livelihoods as lv
from livelihoods.design.derive import derive
from livelihoods.study.truths import Known

DRAWS = 200
MODES = ("internal", "chain", "multifunction", "technology")
HOUSEHOLD = "household_size + dependency + gender + age + risk_appetite + future + shock + pension"
CONTROLS = f"{HOUSEHOLD} + log(village_size) + log(village_income) + log(distance) + C(year)"
VILLAGE = {"cluster": "village"}
Row = tuple[str, str, float, float, float, float, float]


def surveyed(seed: int) -> tuple[Any, Known]:
    """One survey with its index, and what is true of it."""
    survey = derive(
        lv.datasets.jiangsu_like(seed),
        {
            "rii": f"any_of({', '.join(MODES)})",
            "peers": "peer_share(of=rii, within=[village, year])",
        },
    )
    system = lv.index_system("jiangsu_resilience")
    index = lv.build_index(survey, lv.IndexSpec(dimensions=system.dimensions, weights="entropy"))
    truth = lv.datasets.truth_of(survey)
    assert truth is not None
    return index.attach(survey, "resilience"), Known(truth, survey, {"resilience": index})


def estimates(survey: Any) -> Iterator[tuple[str, str, str, Callable[[], dict[str, Any]]]]:
    """Yield method, column, whose effect (treated or all), and how to get the tidy row."""
    formula = f"resilience ~ rii + {CONTROLS}"
    score = f"rii ~ {CONTROLS}"

    def term(result: Any) -> dict[str, Any]:
        return dict(result.tidy().filter(term="rii").row(0, named=True))

    def matched(**options: Any) -> Callable[[], dict[str, Any]]:
        return lambda: term(lv.match(score, survey, "resilience", **options))

    yield "ols", "resilience", "treated", lambda: term(lv.ols(formula, survey, VILLAGE))
    yield "nearest", "resilience", "treated", matched(method="nearest", caliper=0.05)
    yield "kernel", "resilience", "treated", matched(method="kernel")
    yield "ipw", "resilience", "treated", matched(method="ipw", se=VILLAGE)
    yield "entropy", "resilience", "treated", matched(method="entropy", se=VILLAGE)
    yield "aipw", "resilience", "treated", matched(method="aipw", se=VILLAGE)
    instrumented = f"resilience ~ {CONTROLS} | rii ~ peers"
    yield "iv", "resilience", "treated", lambda: term(lv.iv(instrumented, survey, vcov=VILLAGE))
    for mediator in ("services", "awareness", "governance"):
        plain = f"{mediator} ~ rii + {CONTROLS}"
        yield "ols", mediator, "treated", lambda plain=plain: term(lv.ols(plain, survey, VILLAGE))
    yield "twopart", "credit", "all", lambda: amount(survey)
    yield "cmp", "resilience", "treated", lambda: system(survey)


def system(survey: Any) -> dict[str, Any]:
    found = lv.cmp(
        lv.linear(f"resilience ~ rii + {CONTROLS}"),
        lv.probit(f"rii ~ peers + {CONTROLS}"),
        data=survey,
        vcov=VILLAGE,
    )
    row = found.tidy().filter(equation="resilience", term="rii")
    return dict(row.row(0, named=True))


def amount(survey: Any) -> dict[str, Any]:
    found = lv.fit(f"credit ~ rii + {CONTROLS}", survey, kind="twopart", vcov=VILLAGE)
    return dict(found.effects().filter(term="rii").row(0, named=True))


def one_draw(seed: int) -> list[Row]:
    survey, known = surveyed(seed)
    rows: list[Row] = []
    for method, column, whom, ask in estimates(survey):
        change = known.change(column)
        assert change is not None
        weights = known.treated if whom == "treated" else np.ones_like(change)
        true = float(np.average(change, weights=weights))
        found = ask()
        ends = (found["std_error"], found["conf_low"], found["conf_high"])
        rows.append((method, column, true, found["estimate"], *ends))
    by_mode = lv.heterogeneity(
        f"resilience ~ rii + {CONTROLS}", survey, "rii", MODES, categories="alone", vcov=VILLAGE
    )
    change = known.change("resilience")
    assert change is not None
    marks = survey.frame.select(MODES).to_numpy()
    alone = marks.sum(axis=1) == 1
    true_by = {m: float(change[alone & (marks[:, j] == 1)].mean()) for j, m in enumerate(MODES)}
    for row in by_mode.differences.iter_rows(named=True):
        if row["group"] == "chain" and row["against"] == "multifunction":
            reach = 2.0 * row["std_error"]
            true = true_by["chain"] - true_by["multifunction"]
            low, high = row["estimate"] - reach, row["estimate"] + reach
            ends = (row["std_error"], low, high)
            rows.append(("modes apart: chain - multifunction", "resilience", true,
                         row["estimate"], *ends))  # fmt: skip
    return rows


def main(draws: int, path: str | None) -> None:
    started = time.process_time()
    rows = [row for seed in range(1, draws + 1) for row in one_draw(seed)]
    frame = pl.DataFrame(
        rows,
        schema=["method", "outcome", "truth", "estimate", "error", "low", "high"],
        orient="row",
    )
    summary = frame.group_by("method", "outcome", maintain_order=True).agg(
        pl.len().alias("draws"),
        pl.col("truth").mean().alias("mean_truth"),
        pl.col("estimate").mean().alias("mean_estimate"),
        (pl.col("estimate") - pl.col("truth")).mean().alias("bias"),
        (pl.col("estimate") - pl.col("truth")).std().alias("sd_of_error"),
        pl.col("error").mean().alias("mean_reported_error"),
        ((pl.col("low") <= pl.col("truth")) & (pl.col("truth") <= pl.col("high")))
        .mean()
        .alias("coverage"),
    )
    out = Path(path).open("w", newline="", encoding="utf-8") if path else sys.stdout  # noqa: SIM115
    writer = csv.writer(out)
    writer.writerow(summary.columns)
    for row in summary.iter_rows():
        writer.writerow([f"{v:.6g}" if isinstance(v, float) else v for v in row])
    if path:
        out.close()
    print(f"{draws} draws, {time.process_time() - started:.0f} s of one core", file=sys.stderr)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS, sys.argv[2] if len(sys.argv) > 2 else None
    )
