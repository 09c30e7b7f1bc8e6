"""A result made of printed numbers: what a regression table may ask of any estimator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from livelihoods.notes import Note
from livelihoods.tables import Table


@dataclass(frozen=True)
class FakeResult:
    outcome: str
    coefficients: dict[str, tuple[float, float]]  # term -> estimate, t
    fit: dict[str, Any]
    vcov_label: str = "HC1"
    notes: tuple[Note, ...] = ()
    statistic_name: str = "t"
    equation: dict[str, str] = field(default_factory=dict)

    def tidy(self) -> pl.DataFrame:
        rows = []
        for term, (estimate, t) in self.coefficients.items():
            se = estimate / t
            tail = _two_sided(abs(t))
            row: dict[str, Any] = {
                "term": term.split("|")[-1],
                "estimate": estimate,
                "std_error": se,
                "statistic": t,
                "p_value": tail,
                "conf_low": estimate - 1.96 * se,
                "conf_high": estimate + 1.96 * se,
            }
            if "|" in term:
                row["equation"] = term.split("|")[0]
            rows.append(row)
        return pl.DataFrame(rows)

    def glance(self) -> pl.DataFrame:
        return pl.DataFrame([self.fit])

    def summary(self) -> Table:
        raise AssertionError("a regression table never asks for it")

    def to_dict(self) -> dict[str, Any]:
        return {}


def _two_sided(t: float) -> float:
    from scipy.special import ndtr

    return float(2 * ndtr(-t))
