"""Contracts, thresholds and fees as tables and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods import words
from livelihoods.cooperatives.incentives.word import word
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.tables.model import BLANK, Cell, Column, Row, Table, integer, number, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.incentives.delivery import Outcome
    from livelihoods.cooperatives.incentives.fees import FeeSchedule
    from livelihoods.cooperatives.incentives.frontier import Frontier
    from livelihoods.cooperatives.incentives.thresholds import Thresholds
    from livelihoods.figures import Figure

_ATTRIBUTES = ("income", "land", "volume", "capital", "persons", "age")


def frontier_table(found: Frontier) -> Table:
    """Return today's contract, the best ones at the floor, and the best for each side."""
    keys = ("theta", "bonus", "claim", "effort", "chair", "income", "delivered")
    columns = [Column("contract", word("contract"), "left")]
    columns += [Column(key, word(key)) for key in keys]
    rows = [_contract_row(name, one) for name, one in _standing_out(found)]
    check = found.check
    legend = [
        word("legend_floor", floor=100 * found.floor, article=found.article),
        word("legend_symbols"),
        word(
            "legend_efficient",
            n=int(found.efficient.sum()),
            accepted=int(found.accepted.sum()),
            all=len(found.lawful),
        ),
        word(
            "legend_grid" if check.agrees else "legend_grid_apart",
            effort=check.effort,
            grid=check.effort_on_grid,
            bonus=check.bonus,
            searched=check.bonus_on_grid,
        ),
    ]
    return Table(
        "contract-frontier",
        word("frontier_title"),
        tuple(columns),
        tuple(rows),
        notes=found.notes,
        legend=tuple(legend),
        language=words.language(),
    )


def _standing_out(found: Frontier) -> list[tuple[str, Outcome]]:
    """Return the contracts worth a line, each once."""
    rows: list[tuple[str, Outcome]] = []
    if found.now is not None:
        rows.append((word("today"), found.now))
    rows.append((word("at_floor"), next(o for o in found.path if o.theta >= found.floor - 1e-12)))
    places = np.flatnonzero(found.accepted)
    if places.size == 0:
        return rows
    lawful = [found.lawful[place] for place in places]
    best = {
        "best_chair": max(lawful, key=lambda o: o.chair.certainty_equivalent),
        "best_income": max(lawful, key=lambda o: (o.mean_income, o.delivered)),
        "best_delivery": max(lawful, key=lambda o: (o.delivered, o.mean_income)),
        "best_value": max(lawful, key=lambda o: (o.chair.value, o.delivered, o.mean_income)),
    }
    return rows + [(word(name), one) for name, one in best.items()]


def _contract_row(name: str, one: Outcome) -> Row:
    cells: list[Cell] = [text(name), percent(one.theta, 1), percent(one.chair.bonus, 1)]
    cells += [percent(one.chair.claim, 1), number(one.chair.effort, 2)]
    cells += [number(one.chair.certainty_equivalent, 0), number(one.mean_income, 0)]
    return Row((*cells, percent(one.delivered, 1)))


def basis_table(found: Frontier) -> Table:
    """Return each parameter with its value and whether it is measured or assumed."""
    columns = (
        Column("symbol", word("symbol"), "left"),
        Column("meaning", word("meaning"), "left"),
        Column("value", word("value")),
        Column("source", word("source"), "left"),
    )
    rows = tuple(
        Row(
            (
                text(a.symbol),
                text(word(f"symbol_{_plain(a.symbol)}")),
                text(f"{a.value:.4g}"),
                text(word(f"source_{a.source}")),
            )
        )
        for a in found.assumptions
    )
    return Table(
        "model-basis",
        word("basis_title"),
        columns,
        rows,
        legend=(word("legend_basis"),),
        language=words.language(),
    )


def _plain(symbol: str) -> str:
    return {"ρ": "rho", "σ": "sigma", "κ": "kappa", "δ": "delta", "y₀": "base"}.get(symbol, symbol)


def frontier_figure(found: Frontier) -> Figure:
    """Return effort, income and delivery over θ, each 100 at the legal floor."""
    theta = np.array([one.theta for one in found.path])
    floor = int(np.flatnonzero(theta >= found.floor - 1e-12)[0])
    curves = {}
    values = {
        "effort": [one.chair.effort for one in found.path],
        "income": [one.mean_income for one in found.path],
        "delivered": [one.delivered for one in found.path],
    }
    for name, series in values.items():
        base = series[floor]
        if base > 0:
            curves[word(f"curve_{name}")] = 100 * np.array(series) / base
    told = "; ".join(
        f"{name}: {line[0]:.0f} → 100 → {line[-1]:.0f}" for name, line in curves.items()
    )
    return sensitivity_curve(
        100 * theta,
        curves,
        id="contract-frontier",
        title=word("frontier_figure"),
        x_axis=word("theta_axis"),
        y_axis=word("index_axis"),
        zero=None,
        marked={word("floor_mark"): 100 * found.floor},
        alt=word("frontier_alt", floor=100 * found.floor, listed=told),
    )


def threshold_table(found: Thresholds) -> Table:
    """Return one line a threshold; means of those out, and of those in, below each other."""
    names = list(found.levels[0].means)
    columns = [Column("threshold", word("threshold")), Column("who", word("who"), "left")]
    columns += [Column("n", word("farmers")), Column("share", word("share"))]
    columns += [Column(name, _label(name)) for name in names]
    columns += [Column(key, word(key)) for key in ("poorest", "volume_lost", "lost_each")]
    rows = []
    for one in found.levels:
        mark = word("in_force") if one.threshold == found.today else ""
        out: list[Cell] = [number(one.threshold, 1), text(word("out") + mark)]
        out += [integer(one.out), percent(one.share, 1)]
        out += [number(one.means[name][0], 1) for name in names]
        out += [percent(one.poorest, 1), percent(one.volume_lost, 1), number(one.lost_each, 0)]
        inside: list[Cell] = [BLANK, text(word("inside"))]
        inside += [integer(found.farmers - one.out), percent(1.0 - one.share, 1)]
        inside += [number(one.means[name][1], 1) for name in names]
        rows += [Row(tuple(out)), Row((*inside, BLANK, BLANK, BLANK))]
    return Table(
        "membership-thresholds",
        word("threshold_title", measure=found.measure),
        tuple(columns),
        tuple(rows),
        notes=found.notes,
        legend=(word("legend_threshold"),),
        language=words.language(),
    )


def _label(name: str) -> str:
    return word(f"mean_{name}") if name in _ATTRIBUTES else name


def threshold_figure(found: Thresholds) -> Figure:
    """Return the parts shut out over the threshold."""
    x = np.array([one.threshold for one in found.levels])
    series = {
        "all": [one.share for one in found.levels],
        "poorest": [one.poorest for one in found.levels],
        "volume": [one.volume_lost for one in found.levels],
    }
    curves = {
        word(f"line_{name}"): 100 * np.array(line)
        for name, line in series.items()
        if np.all(np.isfinite(line))
    }
    told = "; ".join(f"{name}: {line[0]:.0f} → {line[-1]:.0f} %" for name, line in curves.items())
    marked = {} if found.today is None else {word("today"): found.today}
    return sensitivity_curve(
        x,
        curves,
        id="membership-thresholds",
        title=word("threshold_title", measure=found.measure),
        x_axis=found.measure or word("threshold"),
        y_axis=word("shut_out_axis"),
        zero=None,
        marked=marked,
        alt=word("threshold_alt", listed=told),
    )


def fee_table(found: FeeSchedule) -> Table:
    """Return sizes by fee."""
    keys = ("fee", "largest", "critical", "fixed_points", "paid")
    columns = tuple(Column(key, word(key)) for key in keys)
    rows = tuple(
        Row(
            (
                number(p.fee, 2),
                integer(p.largest),
                integer(p.critical),
                text(_sizes(p.sizes)),
                number(p.income, 0),
            )
        )
        for p in found.points
    )
    legend = word("legend_fee", n=found.members, cost=found.fixed_cost, rate=100 * found.rate)
    return Table(
        "fees", word("fee_title"), columns, rows, legend=(legend,), language=words.language()
    )


def _sizes(sizes: tuple[int, ...]) -> str:
    shown = [str(n) for n in sizes]
    return ", ".join(shown) if len(shown) <= 6 else ", ".join([*shown[:3], "…", *shown[-2:]])


def fee_figure(found: FeeSchedule) -> Figure:
    """Return the largest size and the critical one over the fee."""
    x = np.array([p.fee for p in found.points])
    largest = np.array([float(p.largest) for p in found.points])
    critical = np.array([float(p.critical or 0) for p in found.points])
    told = f"{largest[0]:.0f} → {largest[-1]:.0f}"
    return sensitivity_curve(
        x,
        {word("largest"): largest, word("critical"): critical},
        id="fees",
        title=word("fee_title"),
        x_axis=word("fee"),
        y_axis=word("members_axis"),
        zero=None,
        alt=word("fee_alt", listed=told),
    )
