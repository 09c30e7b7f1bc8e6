"""Many hypotheses at once: adjusted p-values, q-values, Romano–Wolf, and what could be detected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.engine.executor import use_executor
from livelihoods.errors import SpecError
from livelihoods.estimate.coefficients import check_level, shown
from livelihoods.estimate.family import draw_family, make_family
from livelihoods.estimate.outcome_index import IndexKind, index_of_outcomes
from livelihoods.figures.adjusted import adjusted_plot
from livelihoods.notes import Note, gather
from livelihoods.numerics import multiplicity as adjust
from livelihoods.numerics import special
from livelihoods.numerics.unit_bootstrap import refit_all
from livelihoods.tables import BLANK, Column, Row, Table, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.engine.executor import Executor
    from livelihoods.estimate.ols import OlsResult
    from livelihoods.figures import Figure

_ADJUSTED = ("p_bonferroni", "p_holm", "p_romano_wolf", "q_bh", "q_sharpened")


@dataclass(frozen=True, slots=True)
class Multiplicity:
    """A family of hypotheses with adjusted p-values.

    Attributes
    ----------
    frame
        One row a hypothesis, in the order given; see ``tidy``.
    alpha, power
        Level of the tests and power of the detectable effect.
    draws, lost
        Bootstrap draws asked for, and draws that did not identify an effect.
    cluster
        What was drawn: a cluster variable, or "" for rows.
    index, index_weights
        The regression of the index of all outcomes, and the weight of each; None and empty without.
    notes
        Findings, those of the regressions first.
    """

    frame: pl.DataFrame
    alpha: float
    power: float
    draws: int
    lost: int
    cluster: str
    index: OlsResult | None
    index_weights: Mapping[str, float]
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a hypothesis.

        ``hypothesis outcome term estimate std_error statistic p_value conf_low conf_high``, then
        ``p_bonferroni p_holm q_bh q_sharpened``, ``p_romano_wolf`` and ``mde`` (null where there
        are no draws or no estimates).
        """
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: how many hypotheses, and how many are rejected by each method."""
        counts = {
            f"rejected_{name}": [int((self.frame[name].drop_nulls() <= self.alpha).sum())]
            for name in ("p_value", *self._methods())
        }
        size = {"hypotheses": [self.frame.height], "alpha": [self.alpha], "power": [self.power]}
        return pl.DataFrame(size | {"draws": [self.draws], "lost": [self.lost]} | counts)

    def summary(self) -> Table:
        """Return the family as a table, the index of outcomes at its foot."""
        return _table(self)

    def plot(self) -> Figure:
        """Return p-values before and after, one line a hypothesis."""
        picked = ("p_value", "p_holm", "p_romano_wolf", "q_sharpened")
        series = {
            _say(name): self.frame[name].to_list()
            for name in picked
            if self.frame[name].null_count() == 0
        }
        alt = _say("alt", n=self.frame.height, rejected=_count(self.frame["p_holm"], self.alpha))
        return adjusted_plot(
            [_wording(row) for row in self.frame.iter_rows(named=True)],
            series,
            threshold=self.alpha,
            axis=_say("axis"),
            alt=alt,
            title=_say("title"),
            language=words.language(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "multiplicity",
            "hypotheses": self.frame.to_dicts(),
            "glance": self.glance().row(0, named=True),
            "cluster": self.cluster,
            "index": None if self.index is None else self.index.to_dict(),
            "index_weights": dict(self.index_weights),
            "notes": [note.to_dict() for note in self.notes],
        }

    def _methods(self) -> list[str]:
        return [name for name in _ADJUSTED if self.frame[name].null_count() == 0]

    def __repr__(self) -> str:
        return self.summary().to_text()


def multiplicity(
    tests: Any,
    term: str | Sequence[str] | None = None,
    *,
    draws: int = 0,
    seed: int | None = None,
    family: str = "multiplicity",
    index: IndexKind | None = None,
    reverse: Sequence[str] = (),
    alpha: float = 0.05,
    power: float = 0.80,
    executor: Executor | str | None = None,
) -> Multiplicity:
    """Allow for having tested many hypotheses.

    Parameters
    ----------
    tests
        Regressions (a sequence, or label -> result), or p-values (a sequence, or label -> p).
        Name the family before looking at it: what was tested and left out counts too.
    term
        The coefficient of interest, or several; needed with regressions.
    draws
        Bootstrap draws for Romano and Wolf's step-down p-values, 0 for none: units are the
        clusters of the regressions, else rows, the same units for all hypotheses; t values are
        studentised in every draw. Least squares only, all from one data set.
    seed
        Needed with ``draws``.
    family
        Name of the family; two families of one study draw different numbers.
    index
        Also test one index of all outcomes: ``"inverse_covariance"`` (Anderson 2008) or ``"mean"``
        (Kling, Liebman and Katz 2007).
    reverse
        Outcomes where less is better; they change sign in the index.
    executor
        Where the draws are made: an executor, or ``"threads:4"``, ``"dask-local:2"``,
        ``"dask://host:port"``. No digit depends on it.
    alpha, power
        Level, and power of the minimum detectable effect (t₁₋α/₂ + t_power) · se (Bloom 1995).

    Raises
    ------
    SpecError
        If there is no hypothesis, a p-value is none, a term is absent, or draws are asked for
        without seed or of what is no least squares with one way of clusters.
    EstimationError
        If more than a tenth of the draws does not identify an effect.
    """
    check_level(1 - alpha)
    check_level(power)
    named = _named(tests)
    pairs: list[tuple[Any, str]] = []
    plain = all(isinstance(value, int | float | np.number) for _, value in named)
    if plain:
        if draws or index:
            raise SpecError("estimate.multiple_only_p")
        frame = _of_numbers(named)
    else:
        frame, pairs = _of_results(named, term)
    bad = [
        str(label)
        for label, p in zip(frame["hypothesis"], frame["p_value"], strict=True)
        if p is None or not 0.0 <= p <= 1.0
    ]
    if bad:
        raise SpecError("estimate.multiple_p", names=bad)
    with use_executor(executor) as running:
        columns, lost, cluster = _adjusted(frame, pairs, draws, seed, family, running)
    frame = frame.with_columns(**columns, mde=_detectable(pairs, alpha, power, frame.height))
    results = list({id(result): result for result, _ in pairs}.values())
    found: OlsResult | None = None
    weights: dict[str, float] = {}
    if index is not None:
        found, weights = index_of_outcomes(results, pairs[0][1], index, reverse, _say("index"))
    notes = gather(*(r.notes for r in results), found.notes if found else (), _notes(frame, alpha))
    if lost:
        notes += (Note("estimate.multiple_lost", "caution", {"lost": lost, "draws": draws}),)
    return Multiplicity(frame, alpha, power, draws, lost, cluster, found, weights, notes)


def _named(tests: Any) -> list[tuple[str, Any]]:
    if isinstance(tests, Mapping):
        named = [(str(key), value) for key, value in tests.items()]
    elif hasattr(tests, "tidy"):
        named = [("", tests)]
    else:
        named = [("", value) for value in tests]
    if not named:
        raise SpecError("estimate.multiple_nothing")
    return named


def _of_numbers(named: Sequence[tuple[str, Any]]) -> pl.DataFrame:
    labels = [label or f"H{place}" for place, (label, _) in enumerate(named, start=1)]
    none = pl.lit(None, pl.Float64)
    return pl.DataFrame(
        {"hypothesis": labels, "outcome": labels, "term": [""] * len(labels)}
    ).select(
        pl.all(),
        none.alias("estimate"),
        none.alias("std_error"),
        none.alias("statistic"),
        pl.Series("p_value", [float(value) for _, value in named], dtype=pl.Float64),
        none.alias("conf_low"),
        none.alias("conf_high"),
    )


def _of_results(
    named: Sequence[tuple[str, Any]], term: str | Sequence[str] | None
) -> tuple[pl.DataFrame, list[tuple[Any, str]]]:
    terms = [term] if isinstance(term, str) else list(term or ())
    if not terms:
        raise SpecError("estimate.multiple_term")
    rows: list[dict[str, Any]] = []
    pairs: list[tuple[Any, str]] = []
    for label, result in named:
        if not hasattr(result, "tidy"):
            raise SpecError("estimate.multiple_p", names=[label or repr(result)])
        known = {row["term"]: row for row in result.tidy().iter_rows(named=True)}
        here = [one for one in terms if one in known]
        if not here:
            raise SpecError("estimate.no_such_term", term=terms[0], known=list(known))
        for one in here:
            name = label or result.outcome
            said = name if len(terms) == 1 else f"{name}: {one}"
            row = {key: known[one][key] for key in _ESTIMATE}
            rows.append({"hypothesis": said, "outcome": result.outcome, "term": one} | row)
            pairs.append((result, one))
    schema = dict.fromkeys(("hypothesis", "outcome", "term"), pl.String)
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(_ESTIMATE, pl.Float64)), pairs


_ESTIMATE = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


def _adjusted(
    frame: pl.DataFrame,
    pairs: Sequence[tuple[Any, str]],
    draws: int,
    seed: int | None,
    name: str,
    executor: Executor | None,
) -> tuple[dict[str, pl.Series], int, str]:
    p = frame["p_value"].to_numpy()
    columns: dict[str, Any] = {
        "p_bonferroni": adjust.bonferroni(p),
        "p_holm": adjust.holm(p),
        "q_bh": adjust.benjamini_hochberg(p),
        "q_sharpened": adjust.sharpened_q(p),
        "p_romano_wolf": [None] * p.size,
    }
    lost, cluster = 0, ""
    if draws:
        if seed is None:
            raise SpecError("estimate.seed_needed", method="multiplicity")
        family = make_family(pairs)
        back = np.argsort(family.order)
        centre, spread = (one[back] for one in refit_all(family.blocks, np.ones(family.units)))
        coefs, errors, lost = draw_family(family, draws, seed, name, executor)
        columns["p_romano_wolf"] = adjust.romano_wolf(centre / spread, (coefs - centre) / errors)
        cluster = family.cluster
    return (
        {key: pl.Series(key, value, dtype=pl.Float64) for key, value in columns.items()},
        lost,
        cluster,
    )


def _detectable(
    pairs: Sequence[tuple[Any, str]], alpha: float, power: float, count: int
) -> pl.Series:
    """Return (t₁₋α/₂ + t_power) · se of each estimate, in the outcome's units."""
    values: list[float | None] = [None] * count
    for place, (result, term) in enumerate(pairs):
        glance = result.glance()
        df = float(glance["df_t"][0]) if "df_t" in glance.columns else float("inf")
        row = result.tidy().filter(pl.col("term") == term)
        reach = special.t_critical(1 - alpha, df) + special.t_critical(abs(2 * power - 1), df) * (
            1 if power >= 0.5 else -1
        )
        values[place] = reach * float(row["std_error"][0])
    return pl.Series("mde", values, dtype=pl.Float64)


def _notes(frame: pl.DataFrame, alpha: float) -> tuple[Note, ...]:
    if frame.height == 1:
        return (Note("estimate.multiple_one", "info"),)
    best = "p_romano_wolf" if frame["p_romano_wolf"].null_count() == 0 else "p_holm"
    raw, after = _count(frame["p_value"], alpha), _count(frame[best], alpha)
    values = {"n": frame.height, "raw": raw, "after": after, "alpha": f"{alpha:g}"}
    expected = f"{frame.height * alpha:.2g}"
    return (Note("estimate.multiple_reading", "info", values | {"expected": expected}),)


def _count(values: pl.Series, alpha: float) -> int:
    return int((values <= alpha).sum())


def _say(key: str, **values: Any) -> str:
    return words.text(f"estimate.multiple.{key}", **values)


def _wording(row: Mapping[str, Any]) -> str:
    """Print outcomes and terms by their wording; a label that the caller gave stays as it is."""
    ending = f": {row['term']}"
    name = row["hypothesis"].removesuffix(ending)
    said = shown(name) if name == row["outcome"] else name
    return f"{said}: {shown(row['term'])}" if name != row["hypothesis"] else said


def _table(result: Multiplicity) -> Table:
    frame, methods = result.frame, result._methods()
    estimated = frame["estimate"].null_count() == 0
    columns = [Column("hypothesis", _say("hypothesis"), "left")]
    if estimated:
        columns += [Column(key, _say(key)) for key in ("estimate", "std_error")]
    columns += [Column(key, _say(key)) for key in ("p_value", *methods)]
    columns += [Column("mde", _say("mde"))] if estimated else []
    rows = []
    for entry in frame.iter_rows(named=True):
        cells = [text(_wording(entry))]
        if estimated:
            cells += [number(entry["estimate"]), number(entry["std_error"], wrap="parentheses")]
        cells += [p_value(entry[key]) for key in ("p_value", *methods)]
        rows.append(Row((*cells, *([number(entry["mde"])] if estimated else []))))
    if result.index is not None:
        term = frame["term"][0]
        entry = result.index.tidy().filter(pl.col("term") == term).row(0, named=True)
        cells = [text(_say("index")), number(entry["estimate"])]
        cells += [number(entry["std_error"], wrap="parentheses"), p_value(entry["p_value"])]
        blanks = [BLANK] * (len(columns) - len(cells))
        rows.append(Row((*cells, *blanks), "statistic", rule_above=True))
    return Table(
        "multiplicity",
        _say("title"),
        tuple(columns),
        tuple(rows),
        notes=result.notes,
        legend=tuple(_legend(result, estimated)),
        language=words.language(),
    )


def _legend(result: Multiplicity, estimated: bool) -> list[str]:
    said = [_say("legend")]
    if result.draws:
        unit = _say("unit_cluster", cluster=shown(result.cluster)) if result.cluster else ""
        said.append(_say("legend_draws", draws=result.draws, unit=unit or _say("unit_row")))
    if estimated:
        level, power = f"{100 * result.alpha:g}", f"{100 * result.power:g}"
        said.append(_say("legend_mde", level=level, power=power))
    if result.index is not None:
        said.append(_say("legend_index"))
    return said
