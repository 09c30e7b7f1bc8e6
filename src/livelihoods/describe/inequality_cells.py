"""One variable in one group: its measures of inequality or diversity, with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from livelihoods.engine.fold import combine, fold
from livelihoods.engine.replicates import map_replicates
from livelihoods.engine.spread import distinct_masses, share_sums
from livelihoods.numerics import inequality as iq
from livelihoods.numerics import inequality_influence as inf
from livelihoods.numerics.inequality import GroupSums, Masses, TheilSplit
from livelihoods.numerics.special import t_critical

if TYPE_CHECKING:
    from livelihoods.engine.executor import Executor
    from livelihoods.typing import Floats, Ints

Interval = Literal["analytic", "bootstrap"]
AMOUNTS = ("gini", "theil", "variation", "wolfson", "effective_number")
GROUPED = ("theil_between", "theil_within", "share_between", "esteban_ray")
KINDS = ("blau", "simpson", "effective_kinds")


@dataclass(frozen=True, slots=True)
class Choices:
    """What was asked beside the data: exponent of Esteban and Ray, intervals, draws."""

    alpha: float
    conf_level: float
    interval: Interval
    replicates: int
    seed: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one cell: amounts (or codes of kinds), weights, groups, clusters.

    Attributes
    ----------
    x
        Amounts, not negative; or codes 0 … K−1 as floats, shape ``(n,)``.
    w
        Positive weights, shape ``(n,)``.
    codes, count
        Group of each row and the number of groups; None without groups.
    clusters
        Cluster codes, or None.
    """

    x: Floats
    w: Floats
    codes: Ints | None
    count: int
    clusters: Ints | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure with its error.

    Attributes
    ----------
    measure
        One of ``AMOUNTS``, ``GROUPED``, ``KINDS``.
    estimate, std_error, low, high
        NaN where it does not exist.
    lost
        Draws of the bootstrap that gave no value.
    """

    measure: str
    estimate: float
    std_error: float
    low: float
    high: float
    lost: int = 0


@dataclass(frozen=True, slots=True)
class AmountCell:
    """Amounts of one cell: estimates, the split by groups, and the Lorenz curve."""

    estimates: tuple[Estimate, ...]
    split: TheilSplit | None
    lorenz: Floats


LORENZ_POINTS = np.linspace(0.0, 1.0, 101)


def amount_cell(
    rows: Rows, choices: Choices, identity: str, executor: Executor | None
) -> AmountCell:
    """Measure the inequality of amounts, some of them positive."""
    columns: dict[str, Floats | Ints] = {"x": rows.x, "w": rows.w}
    if rows.codes is not None:
        columns["g"] = rows.codes
    grouping = None if rows.codes is None else "g"
    state = combine(share_sums("x", "w", grouping, rows.count), distinct_masses("x", "w"))
    sums, masses = fold(state, columns, executor)
    values = _measures(masses, sums, rows.codes is not None, choices.alpha)
    if choices.interval == "bootstrap":
        estimates = _drawn(values, rows, choices, identity, executor)
    else:
        estimates = _analytic(values, rows, masses, sums, choices)
    split = None if rows.codes is None else iq.theil_split(sums)
    curve = iq.lorenz(masses, LORENZ_POINTS)
    return AmountCell(tuple(_bounded(e) for e in estimates), split, curve)


def _measures(m: Masses, sums: GroupSums, grouped: bool, alpha: float) -> dict[str, float]:
    values = {
        "gini": iq.gini(m),
        "theil": iq.theil(m),
        "variation": iq.variation(m),
        "wolfson": iq.wolfson(m),
        "effective_number": iq.effective_number(m),
    }
    if grouped:
        split = iq.theil_split(sums)
        whole = split.between + split.within
        values["theil_between"], values["theil_within"] = split.between, split.within
        values["share_between"] = split.between / whole if whole > 0 else float("nan")
        values["esteban_ray"] = iq.esteban_ray(sums, alpha)
    return values


def _analytic(
    values: Mapping[str, float], rows: Rows, m: Masses, sums: GroupSums, choices: Choices
) -> list[Estimate]:
    x = rows.x
    parts: dict[str, Floats] = {
        "gini": inf.gini_influence(x, m),
        "theil": inf.theil_influence(x, m),
        "variation": inf.variation_influence(x, m),
        "wolfson": inf.wolfson_influence(x, m),
        "effective_number": inf.effective_influence(x, m),
    }
    if rows.codes is not None:
        between = inf.split_influence(x, rows.codes, sums)
        share, whole = values["share_between"], values["theil"]
        parts["theil_between"] = between
        parts["theil_within"] = parts["theil"] - between
        scaled = between - share * parts["theil"]
        parts["share_between"] = scaled / whole if whole > 0 else np.full(x.size, np.nan)
        parts["esteban_ray"] = inf.ray_influence(x, rows.codes, sums, choices.alpha)
    return [_plain(name, values[name], parts[name], rows, choices) for name in values]


def _plain(name: str, value: float, influence: Floats, rows: Rows, choices: Choices) -> Estimate:
    error, df = inf.standard_error(influence, rows.w, rows.clusters)
    reach = t_critical(choices.conf_level, df) * error if df > 0 else float("nan")
    return Estimate(name, value, error, value - reach, value + reach)


def _bounded(one: Estimate) -> Estimate:
    """Cut an interval where the measure ends: at 0, and for shares and the Gini at 1."""
    high = min(one.high, 1.0) if one.measure in ("gini", "share_between", *KINDS[:2]) else one.high
    floor = 1.0 if one.measure in ("effective_number", "effective_kinds") else 0.0
    return replace(one, low=max(one.low, floor), high=high)


def _drawn(
    values: Mapping[str, float],
    rows: Rows,
    choices: Choices,
    identity: str,
    executor: Executor | None,
) -> list[Estimate]:
    order = np.argsort(rows.x, kind="stable")
    codes = None if rows.codes is None else rows.codes[order]
    units, count = _units(rows.clusters, rows.x.size)
    shared = (rows.x[order], rows.w[order], codes, rows.count, units[order], count, choices.alpha)
    return _summarised(values, _draw, shared, choices, identity, executor)


def _units(clusters: Ints | None, size: int) -> tuple[Ints, int]:
    if clusters is None:
        return np.arange(size), size
    present, codes = np.unique(clusters, return_inverse=True)
    return codes, present.size


def _draw(
    generator: np.random.Generator,
    x: Floats,
    w: Floats,
    codes: Ints | None,
    count: int,
    units: Ints,
    unit_count: int,
    alpha: float,
) -> Floats:
    weight = w * _times(generator, unit_count)[units]
    m = Masses(x, weight)
    names = (*AMOUNTS, *GROUPED) if codes is not None else AMOUNTS
    if not iq.has_amount(x, weight):
        return np.full(len(names), np.nan)
    groups = np.zeros(x.size, np.int64) if codes is None else codes
    values = _measures(m, iq.group_sums(x, weight, groups, count), codes is not None, alpha)
    return np.array([values[name] for name in names])


def _times(generator: np.random.Generator, units: int) -> Floats:
    drawn = generator.integers(0, units, size=units)
    return np.bincount(drawn, minlength=units).astype(np.float64)


def _summarised(
    values: Mapping[str, float],
    task: Callable[..., Floats],
    shared: tuple[object, ...],
    choices: Choices,
    identity: str,
    executor: Executor | None,
) -> list[Estimate]:
    """Return percentile intervals and the spread of the draws."""
    drawn = np.array(
        map_replicates(
            task,
            choices.replicates,
            seed=choices.seed,
            identity=identity,
            shared=shared,
            executor=executor,
        )
    )
    tail = (1.0 - choices.conf_level) / 2.0
    found = []
    for place, (name, value) in enumerate(values.items()):
        kept = drawn[np.isfinite(drawn[:, place]), place]
        lost = drawn.shape[0] - kept.size
        if kept.size < 2 or not np.isfinite(value):
            nan = float("nan")
            found.append(Estimate(name, value, nan, nan, nan, lost))
            continue
        low, high = (float(q) for q in np.quantile(kept, [tail, 1.0 - tail]))
        found.append(Estimate(name, value, float(kept.std(ddof=1)), low, high, lost))
    return found


def kind_cell(
    rows: Rows,
    kinds: int,
    weighted: bool,
    choices: Choices,
    identity: str,
    executor: Executor | None,
) -> tuple[tuple[Estimate, ...], Floats]:
    """Measure the diversity of kinds; returns the estimates and the share of each kind.

    Simpson's measure counts pairs of holders and has no weighted form: NaN with weights.
    """
    codes = rows.x.astype(np.int64)
    shares = _kind_shares(codes, rows.w, kinds)
    counts = np.bincount(codes, minlength=kinds)
    plain = float("nan") if weighted else iq.simpson(counts)
    blau = iq.blau(shares)
    values = {"blau": blau, "simpson": plain, "effective_kinds": 1.0 / (1.0 - blau)}
    if choices.interval == "bootstrap":
        units, count = _units(rows.clusters, codes.size)
        shared = (codes, rows.w, kinds, weighted, units, count)
        found = _summarised(values, _draw_kinds, shared, choices, identity, executor)
        return tuple(_bounded(one) for one in found), shares
    influence = inf.blau_influence(codes, shares)
    factor = codes.size / (codes.size - 1.0) if codes.size > 1 else float("nan")
    parts = {
        "blau": influence,
        "simpson": influence * factor,
        "effective_kinds": influence / (1.0 - blau) ** 2,
    }
    found = [_plain(name, values[name], parts[name], rows, choices) for name in KINDS]
    return tuple(_bounded(one) for one in found), shares


def _kind_shares(codes: Ints, w: Floats, kinds: int) -> Floats:
    held = np.bincount(codes, w, kinds)
    return np.asarray(held / np.sum(held), dtype=np.float64)


def _draw_kinds(
    generator: np.random.Generator,
    codes: Ints,
    w: Floats,
    kinds: int,
    weighted: bool,
    units: Ints,
    unit_count: int,
) -> Floats:
    times = _times(generator, unit_count)[units]
    blau = iq.blau(_kind_shares(codes, w * times, kinds))
    counts = np.bincount(codes, times, kinds).astype(np.int64)
    plain = float("nan") if weighted else iq.simpson(counts)
    return np.array([blau, plain, 1.0 / (1.0 - blau)])
