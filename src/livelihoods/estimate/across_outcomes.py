"""Is the effect larger on one outcome than on another? Joint covariance, equality, ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.engine.replicates import replicate_generator
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate.coefficients import Coefficients, check_level, shown
from livelihoods.estimate.family import make_family
from livelihoods.estimate.sensitivity_result import SensitivityResult
from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.notes import Note, gather
from livelihoods.numerics import special
from livelihoods.numerics.covariance import wald
from livelihoods.numerics.unit_bootstrap import influences
from livelihoods.tables import Column, Row, Table, interval, number, percent, text

if TYPE_CHECKING:
    from livelihoods.estimate.ols import OlsResult
    from livelihoods.typing import Floats, Result

_SIMULATED = 20_000


def across_outcomes(
    results: Sequence[OlsResult],
    term: str,
    scale: str | Mapping[str, float] = "sd",
    *,
    seed: int,
    conf_level: float = 0.95,
    family: str = "across_outcomes",
) -> SensitivityResult:
    """Compare one coefficient across several outcomes.

    The regressions are stacked: the correlation of the coefficients comes from the sums of their
    scores within clusters (or rows), their standard errors are those of the regressions. Equality
    is tested by Wald's F. Rank intervals hold jointly with the level given (Mogstad, Romano, Shaikh
    and Wilhelm 2024): an outcome can rank no higher than the number of outcomes whose effect is
    larger by a simultaneous comparison of all pairs, with the largest of all |t| simulated from the
    joint t distribution.

    Parameters
    ----------
    results
        Least-squares regressions of different outcomes, from one data set, with one covariance.
    term
        The coefficient to compare.
    scale
        ``"sd"`` (per standard deviation of the outcome), ``"range"`` (per its observed range, the
        0–1 scale), ``"raw"``, or outcome -> factor: the weights of dimensions give contributions
        to an index.
    seed
        Seed of the simulated critical value.
    conf_level
        Joint level of the ranks, and of each interval.
    family
        Name of the comparison; it enters the random numbers.

    Returns
    -------
    SensitivityResult
        One row an outcome: ``estimate std_error conf_low conf_high rank rank_low rank_high
        first_share`` (the share of draws around the estimates in which it comes first). ``values``
        has ``wald_f df1 df2 p_value first first_certain``.

    Raises
    ------
    SpecError
        If there are fewer than two outcomes, the scale is unknown, or the regressions do not share
        one way of clusters.
    EstimationError
        If an outcome does not vary, or the joint covariance is singular.
    """
    check_level(conf_level)
    names = [result.outcome for result in results]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise SpecError("estimate.across_few", outcomes=names)
    for result in results:
        if term not in result.tidy()["term"]:
            known = result.tidy()["term"].to_list()
            raise SpecError("estimate.no_such_term", term=term, known=known)
    if any(np.ptp(result.design.y) == 0 for result in results):
        raise EstimationError("estimate.across_singular", outcomes=names)
    coef, V = _joint(results, term)
    factor = _factors(results, scale)
    coef, V = coef * factor, V * np.outer(factor, factor)
    df = min(float(result.covariance.df) for result in results)
    contrast = np.eye(len(names))[1:] - np.eye(len(names))[0]
    statistic = wald(contrast @ coef, contrast @ V @ contrast.T)
    if statistic is None:
        raise EstimationError("estimate.across_singular", outcomes=names)
    generator = replicate_generator(seed, family, 0)
    joint = Coefficients(tuple(names), coef, V, df, conf_level)
    ranks = _ranks(coef, V, df, conf_level, generator)
    frame = joint.tidy().with_columns(**ranks).rename({"term": "outcome"})
    count = len(names) - 1
    first = int(np.argmax(coef))
    values: dict[str, Any] = {
        "term": term,
        "wald_f": statistic / count,
        "df1": count,
        "df2": df,
        "p_value": special.f_tail(statistic / count, count, df),
        "first": names[first],
        "first_certain": bool(ranks["rank_high"][first] == 1),
    }
    said = _notes(values, conf_level)
    notes = gather(*(result.notes for result in results), said)
    title = words.text("estimate.across.title", term=shown(term))
    table = _table(title, frame, values, notes, conf_level)
    figure = coefficient_plot({"": cast("Result", joint)}, id="across-outcomes", title=title)
    return SensitivityResult("across_outcomes", "", values, frame, table, figure, notes)


def _joint(results: Sequence[OlsResult], term: str) -> tuple[Floats, Floats]:
    """Return the coefficients and their covariance: own errors, correlation of the scores."""
    family = make_family([(result, term) for result in results])
    back = np.argsort(family.order)
    scores = influences(family.blocks, family.units)[:, back]
    square = scores.T @ scores
    root = np.sqrt(np.diag(square))
    rows = [r.tidy().filter(pl.col("term") == term).row(0, named=True) for r in results]
    errors = np.array([row["std_error"] for row in rows], dtype=np.float64)
    V = square / np.outer(root, root) * np.outer(errors, errors)
    return np.array([row["estimate"] for row in rows], dtype=np.float64), np.asarray(V)


def _factors(results: Sequence[OlsResult], scale: str | Mapping[str, float]) -> Floats:
    if isinstance(scale, Mapping):
        absent = [r.outcome for r in results if r.outcome not in scale]
        if absent:
            raise SpecError("estimate.across_scale", given=absent)
        return np.array([float(scale[r.outcome]) for r in results])
    if scale == "sd":
        return np.array([1.0 / float(r.design.y.std(ddof=1)) for r in results])
    if scale == "range":
        return np.array([1.0 / float(np.ptp(r.design.y)) for r in results])
    if scale == "raw":
        return np.ones(len(results))
    raise SpecError("estimate.across_scale", given=[str(scale)])


def _ranks(
    coef: Floats, V: Floats, df: float, level: float, generator: np.random.Generator
) -> dict[str, pl.Series]:
    """Return ranks, their joint confidence intervals, and how often each comes first in draws."""
    m = coef.size
    values, vectors = np.linalg.eigh(V)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    noise = generator.standard_normal((_SIMULATED, m)) @ root.T
    noise /= np.sqrt(generator.chisquare(df, _SIMULATED) / df)[:, None]
    pairs = list(combinations(range(m), 2))
    a, b = np.array(pairs).T
    spread = np.sqrt(V[a, a] + V[b, b] - 2 * V[a, b])
    largest = np.abs((noise[:, a] - noise[:, b]) / spread).max(axis=1)
    cut = float(np.quantile(largest, level))
    above = np.zeros(m, dtype=np.int64)  # how many are surely larger
    below = np.zeros(m, dtype=np.int64)
    for j, k, t in zip(a, b, (coef[a] - coef[b]) / spread, strict=True):
        above[k if t > 0 else j] += int(abs(t) > cut)
        below[j if t > 0 else k] += int(abs(t) > cut)
    first = np.bincount(np.argmax(coef + noise, axis=1), minlength=m) / _SIMULATED
    place = np.array([1 + int((coef > one).sum()) for one in coef])
    ranks = {"rank": place, "rank_low": 1 + above, "rank_high": m - below, "first_share": first}
    return {key: pl.Series(key, value) for key, value in ranks.items()}


def _notes(values: Mapping[str, Any], level: float) -> tuple[Note, ...]:
    said = {"outcome": values["first"], "term": values["term"], "level": f"{100 * level:g}"}
    if values["first_certain"]:
        return (Note("estimate.across_first", "info", said),)
    return (Note("estimate.across_unsure", "caution", said),)


def _table(
    title: str,
    frame: pl.DataFrame,
    values: Mapping[str, Any],
    notes: tuple[Note, ...],
    level: float,
) -> Table:
    rows = tuple(
        Row(
            (
                text(shown(row["outcome"])),
                number(row["estimate"]),
                number(row["std_error"], wrap="parentheses"),
                interval(row["conf_low"], row["conf_high"]),
                text(f"{row['rank']} [{row['rank_low']}, {row['rank_high']}]"),
                percent(row["first_share"], 1),
            )
        )
        for row in frame.iter_rows(named=True)
    )
    columns = (
        Column("outcome", _say("outcome"), "left"),
        Column("estimate", _say("estimate")),
        Column("std_error", _say("std_error")),
        Column("interval", _say("interval", level=f"{100 * level:g}"), "center"),
        Column("rank", _say("rank"), "center"),
        Column("first", _say("first")),
    )
    wald_line = _say(
        "wald",
        f=f"{values['wald_f']:.2f}",
        df1=values["df1"],
        df2=f"{values['df2']:g}",
        p=f"{values['p_value']:.3f}" if values["p_value"] >= 0.001 else "<0.001",
    )
    return Table(
        "across-outcomes",
        title,
        columns,
        rows,
        notes=notes,
        legend=(wald_line, _say("legend", level=f"{100 * level:g}")),
        language=words.language(),
    )


def _say(key: str, **values: Any) -> str:
    return words.text(f"estimate.across.{key}", **values)
