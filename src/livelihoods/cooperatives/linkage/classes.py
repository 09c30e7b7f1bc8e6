"""Means of amounts by class of member, with intervals, and core against common members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from livelihoods.numerics.groups import welch
from livelihoods.numerics.special import t_critical
from livelihoods.typing import Floats

_MEASURES = (
    "mean",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "q25",
    "median",
    "q75",
    "below_zero",
)


def by_class(frame: pl.DataFrame, parts: Sequence[str], conf_level: float = 0.95) -> pl.DataFrame:
    """Return one row a part and class: number known and unknown, mean, interval, quartiles.

    Amounts are in yuan. ``group`` is a class, ``"all"``, or ``"core - common"`` for the difference
    of the means with Welch's error. ``below_zero`` is the share of members who lose.
    """
    rows = []
    groups = sorted(frame["class"].unique().to_list(), reverse=True)
    for part in parts:
        column = f"{part}_cents"
        values: dict[str, Floats] = {}
        for group in (*groups, "all"):
            own = frame if group == "all" else frame.filter(pl.col("class") == group)
            known = own[column].drop_nulls().to_numpy().astype(np.float64) / 100
            values[group] = known
            rows.append(_row(part, group, known, own.height - known.size, conf_level))
        if "core" in values and "common" in values:
            rows.append(_difference(part, values["common"], values["core"], conf_level))
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(
    part: str, group: str, values: Floats, unknown: int, conf_level: float
) -> dict[str, object]:
    n = values.size
    row: dict[str, object] = {"part": part, "group": group, "n": n, "unknown": unknown}
    row |= dict.fromkeys(_MEASURES)
    if n == 0:
        return row
    mean = float(values.mean())
    q25, median, q75 = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    below = float((values < 0).mean())
    row |= {"mean": mean, "q25": q25, "median": median, "q75": q75, "below_zero": below}
    if n > 1:
        error = float(values.std(ddof=1) / np.sqrt(n))
        half = t_critical(conf_level, float(n - 1)) * error
        row |= {"std_error": error, "conf_low": mean - half, "conf_high": mean + half}
    return row


def _difference(part: str, common: Floats, core: Floats, conf_level: float) -> dict[str, object]:
    n = common.size + core.size
    row: dict[str, object] = {"part": part, "group": "core - common", "n": n, "unknown": 0}
    row |= dict.fromkeys(_MEASURES)
    if min(common.size, core.size) < 2:
        return row
    found = welch(common, core)
    row["mean"] = found.estimate
    if found.std_error > 0:
        half = t_critical(conf_level, found.df) * found.std_error
        row |= {
            "std_error": found.std_error,
            "conf_low": found.estimate - half,
            "conf_high": found.estimate + half,
            "p_value": found.p_value,
        }
    return row
