"""A proxy means test as tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods import words
from livelihoods.cooperatives.targeting.cutoffs import Errors
from livelihoods.cooperatives.targeting.word import word
from livelihoods.errors import SpecError
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.figures.stacked import stacked_bars
from livelihoods.tables import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    interval,
    number,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.proxy_result import ProxyMeansTest
    from livelihoods.figures import Figure

_SHOWN = (0.1, 0.2, 0.3, 0.4, 0.5)
_MEASURES = ("exclusion", "leakage", "cgh")


def errors_table(found: ProxyMeansTest) -> Table:
    """Return one line a cutoff: who is selected, who is left out, who gets in, CGH."""
    level = f"{100 * found.conf_level:g}"
    columns = [
        Column("rule", word("pmt_rule"), "left"),
        Column("cutoff", word("pmt_cutoff")),
        Column("coverage", word("pmt_coverage")),
    ]
    spanners = []
    for place, name in enumerate(_MEASURES):
        columns += [Column(name, word("share_sign") if name != "cgh" else word("pmt_index"))]
        columns += [Column(f"{name}_interval", word("interval", level=level))]
        spanners.append(Spanner(word(f"pmt_{name}"), 3 + 2 * place, 5 + 2 * place))
    accuracy = found.found
    rows = [
        _row(found, word("pmt_at_line"), "at_line", 0, found.line_used),
        _row(found, word("pmt_at_quota"), "at_quota", 0, accuracy.quota_cutoff),
    ]
    for share in _SHOWN:
        near = np.flatnonzero(np.isclose(found.coverage, share))
        if near.size:
            at = int(near[0])
            label = word("pmt_at_share", share=100 * share)
            row = _row(found, label, "curve", at, float(accuracy.cutoff[at]))
            rows.append(Row(row.cells, rule_above=len(rows) == 2))
    rows += _statistics(found, len(columns))
    return Table(
        "proxy-means-test",
        word("pmt_title"),
        tuple(columns),
        tuple(rows),
        tuple(spanners),
        found.notes,
        legend=_legend(found),
        reading=_reading(found),
        decimals=2,
        language=words.language(),
    )


def _row(found: ProxyMeansTest, label: str, rule: str, at: int, cutoff: float) -> Row:
    errors: Errors = getattr(found.found, rule)
    cells = [text(label), number(cutoff, 1), percent(float(errors.coverage[at]), 1)]
    for name in _MEASURES:
        value = float(getattr(errors, name)[at])
        times = 1.0 if name == "cgh" else 100.0
        cells.append(number(times * value, 2 if name == "cgh" else 1))
        cells.append(_ends(found, rule, name, at, times))
    return Row(tuple(cells))


def _ends(found: ProxyMeansTest, rule: str, name: str, at: int, times: float) -> Cell:
    if found.low is None or found.high is None:
        return BLANK
    low = float(getattr(getattr(found.low, rule), name)[at])
    high = float(getattr(getattr(found.high, rule), name)[at])
    if not (np.isfinite(low) and np.isfinite(high)):
        return BLANK
    return interval(times * low, times * high, 2 if name == "cgh" else 1)


def _statistics(found: ProxyMeansTest, width: int) -> list[Row]:
    glance = found.glance().to_dicts()[0]
    clusters = glance["clusters"]
    pairs = [
        ("n", integer(glance["nobs"])),
        (word("pmt_clusters"), integer(clusters) if clusters else BLANK),
        (word("pmt_poor"), percent(glance["poor_share"], 1)),
        (word("pmt_r2"), number(glance["r2"], 3)),
        (word("pmt_r2_held_out"), number(glance["r2_held_out"], 3)),
        (word("pmt_rmse"), number(glance["rmse_held_out"], 3)),
        (word("pmt_auc"), number(glance["auc"], 3)),
    ]
    return [
        Row((text(label), cell, *[BLANK] * (width - 2)), "statistic", rule_above=place == 0)
        for place, (label, cell) in enumerate(pairs)
    ]


def _legend(found: ProxyMeansTest) -> tuple[str, ...]:
    lines = [word("pmt_legend_errors", folds=found.folds)]
    lines.append(word("pmt_legend_cgh", q=100 * found.found.poorest))
    if found.replicates:
        lines.append(word("pmt_legend_interval", draws=found.replicates))
    if isinstance(found.line, Mapping):
        lines.append(word("pmt_legend_line", share=100 * found.line["poorest"]))
    return tuple(lines)


def _reading(found: ProxyMeansTest) -> str:
    quota, own = found.found.at_quota, found.in_sample.at_quota
    return word(
        "pmt_reading",
        exclusion=100 * float(quota.exclusion[0]),
        within=100 * float(own.exclusion[0]),
        cgh=float(quota.cgh[0]),
        lottery=100 * (1 - found.found.poor_share),
    )


def score_table(found: ProxyMeansTest) -> Table:
    """Return the weights of the test as points of 100 ln c.

    Raises
    ------
    SpecError
        If the outcome was in money: fit it as a logarithm to see coefficients.
    """
    if found.regression is None:
        raise SpecError("targeting.no_coefficients")
    rows = [
        Row((text(row["term"]), number(100 * row["estimate"], 0), number(row["estimate"], 3),
             number(row["std_error"], 3)))
        for row in found.coefficients().iter_rows(named=True)
    ]  # fmt: skip
    columns = (
        Column("term", word("pmt_characteristic"), "left"),
        Column("points", word("pmt_points")),
        Column("estimate", word("pmt_estimate")),
        Column("std_error", word("pmt_std_error")),
    )
    legend = (word("pmt_legend_points", vcov=found.regression.vcov_label),)
    return Table("proxy-weights", word("pmt_weights_title"), columns, tuple(rows), legend=legend,
                 language=words.language())  # fmt: skip


def _errors_figure(found: ProxyMeansTest) -> Figure:
    frame = found.curve()
    names = {"exclusion": word("pmt_exclusion"), "leakage": word("pmt_leakage")}
    ends: dict[str, Any] = {}
    if found.low is not None:
        ends = {
            end: {label: frame[f"{key}_{end}"].to_numpy() for key, label in names.items()}
            for end in ("low", "high")
        }
    return sensitivity_curve(
        found.coverage,
        {label: frame[key].to_numpy() for key, label in names.items()},
        **ends,
        id="targeting-errors",
        title=word("pmt_errors_title"),
        x_axis=word("pmt_coverage_axis"),
        y_axis=word("pmt_error_axis"),
        zero=None,
        marked={word("pmt_poor_mark"): found.found.poor_share},
    )


def _cgh_figure(found: ProxyMeansTest) -> Figure:
    frame = found.curve()
    ends: dict[str, Any] = {}
    if found.low is not None:
        ends = {end: frame[f"cgh_{end}"].to_numpy() for end in ("low", "high")}
    return sensitivity_curve(
        found.coverage,
        frame["cgh"].to_numpy(),
        **ends,
        id="targeting-cgh",
        title=word("pmt_cgh_title", q=100 * found.found.poorest),
        x_axis=word("pmt_coverage_axis"),
        y_axis=word("pmt_cgh"),
        zero=1.0,
        marked={word("pmt_poor_mark"): found.found.poor_share},
    )


def _incidence_figure(found: ProxyMeansTest) -> Figure:
    share, _ = found.incidence
    fifths = [word(f"fifth_{place}") for place in range(1, share.size + 1)]
    people = dict.fromkeys(fifths, 1.0 / share.size)
    benefits = dict(zip(fifths, share.tolist(), strict=True))
    return stacked_bars(
        {word("pmt_people"): people, word("pmt_benefits"): benefits},
        id="targeting-incidence",
        title=word("pmt_incidence_title"),
        categories=fifths,
        x_axis=word("pmt_incidence_axis"),
    )


FIGURES: Mapping[str, Callable[[ProxyMeansTest], Figure]] = {
    "errors": _errors_figure,
    "cgh": _cgh_figure,
    "incidence": _incidence_figure,
}
