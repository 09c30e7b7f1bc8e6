"""How a system is shown: one row of facts, one table."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.mixed_process.labels import ANCILLARY
from livelihoods.estimate.test_result import AnyTest, TestResult
from livelihoods.numerics.covariance import wald
from livelihoods.tables import interval, number, text
from livelihoods.tables.model import BLANK, Row

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.result import CmpResult
    from livelihoods.tables import Table


def _label(key: str, **values: object) -> str:
    return words.text(f"estimate.cmp.{key}", **values)


def _slopes_test(result: CmpResult) -> tuple[float | None, int]:
    """Wald χ² that all slopes are zero."""
    constants = ("(Intercept)",)
    places = [
        i
        for i, (equation, term) in enumerate(result.names)
        if equation != ANCILLARY and term not in constants and not term.startswith("cut_")
    ]
    block = result.fit.covariance[np.ix_(places, places)]
    if not places or not np.isfinite(block).all():
        return None, len(places)
    return wald(result.fit.phi[places], block), len(places)


def glance_of(result: CmpResult) -> pl.DataFrame:
    """Return one row: size, likelihood, tests, and how the search ended."""
    fit = result.fit
    statistic, df = _slopes_test(result)
    endogeneity, independence = result.endogeneity(), result.independence()
    search = fit.search
    from livelihoods.numerics import special

    return pl.DataFrame(
        {
            "nobs": [result.nobs],
            "equations": [fit.layout.equations],
            "loglik": [fit.loglik],
            "loglik_alone": [fit.loglik_alone],
            "wald": [statistic],
            "wald_df": [df],
            "wald_p_value": [None if statistic is None else special.chi2_tail(statistic, df)],
            "endogeneity_chi2": [_statistic(endogeneity)],
            "endogeneity_p": [_p_value(endogeneity)],
            "independence_lr": [_statistic(independence)],
            "independence_p": [_p_value(independence)],
            "aic": [2.0 * fit.free - 2.0 * fit.loglik],
            "bic": [fit.free * math.log(max(fit.total, 1.0)) - 2.0 * fit.loglik],
            "converged": [fit.converged],
            "iterations": [search.iterations],
            "scaled_gradient": [search.scaled_gradient],
            "condition": [search.condition],
            "vcov": [result.vcov_label],
            "clusters": [fit.clusters],
        },
        schema_overrides={
            "loglik_alone": pl.Float64,
            "wald": pl.Float64,
            "wald_p_value": pl.Float64,
            "endogeneity_chi2": pl.Float64,
            "endogeneity_p": pl.Float64,
            "independence_lr": pl.Float64,
            "independence_p": pl.Float64,
            "clusters": pl.Int64,
        },
    ).fill_nan(None)


def _statistic(test: AnyTest) -> float | None:
    return test.statistic if isinstance(test, TestResult) else None


def _p_value(test: AnyTest) -> float | None:
    return test.p_value if isinstance(test, TestResult) else None


def summary_of(result: CmpResult) -> Table:
    """Return the coefficients by equation, σ and ρ, tests, and whether the search arrived."""
    row = result.glance().row(0, named=True)
    statistics = [
        (co.label("nobs"), row["nobs"]),
        *((_label("rows_of", equation=name), n) for name, n in _sizes(result)),
        (_label("loglik"), row["loglik"]),
        (_label("endogeneity_line"), row["endogeneity_chi2"]),
        (_label("p_of"), row["endogeneity_p"]),
        (_label("independence_line"), row["independence_lr"]),
        (_label("p_of"), row["independence_p"]),
        (_label("condition"), row["condition"]),
    ]
    if row["clusters"] is not None:
        statistics.append((co.label("clusters"), row["clusters"]))
    title = _label("title", outcome=result.outcome, equations=list(result.built.names))
    if not result.converged:
        title = _label("title_not_converged", title=title)
    table = co.coefficient_table(
        "cmp",
        title,
        result.tidy(),
        [(name, value) for name, value in statistics if value is not None],
        result.notes,
        conf_level=result.conf_level,
        normal=True,
        legend=(co.label("errors_are", vcov=result.vcov.words()), *_legend(result)),
    )
    return replace(table, rows=_with_errors(result, table.rows))


def _sizes(result: CmpResult) -> list[tuple[str, int]]:
    sizes = [(e.name, int((e.code != 0).sum())) for e in result.built.system.equations]
    return sizes if len({n for _, n in sizes}) > 1 else []


def _legend(result: CmpResult) -> list[str]:
    numbered = [f"{j}: {name}" for j, name in enumerate(result.built.names, start=1)]
    said = [_label("numbers", equations=numbered)] if len(numbered) > 1 else []
    return [*said, *(_label("restricted", text=one) for one in result.constraints)]


def _with_errors(result: CmpResult, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Put σ and ρ with their intervals before the statistics."""
    extra: list[Row] = []
    for entry in [*result.sigma.iter_rows(named=True), *result.rho.iter_rows(named=True)]:
        low, high = entry["conf_low"], entry["conf_high"]
        extra.append(
            Row(
                (
                    text(entry["term"]),
                    number(entry["estimate"]),
                    number(entry["std_error"]),
                    BLANK,
                    BLANK,
                    BLANK if low is None or high is None else interval(low, high),
                ),
                rule_above=not extra,
                indent=1,
            )
        )
    first = next((i for i, row in enumerate(rows) if row.kind == "statistic"), len(rows))
    return (*rows[:first], *extra, *rows[first:])
