"""``index_diagnostics``: what the weights of an index hang on, and who would rank elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.engine import Executor, use_executor
from livelihoods.errors import DataError, SpecError
from livelihoods.measure import sensitivity
from livelihoods.measure.arrays import Plan, oriented_matrix, plan_of, score
from livelihoods.measure.index import Index, build_index
from livelihoods.measure.prepare import group_codes, prepare, require_columns
from livelihoods.measure.sensitivity import Bootstrap, Influence, Version
from livelihoods.measure.spec import IndexSpec
from livelihoods.notes import Note, Where, gather
from livelihoods.survey.door import as_survey
from livelihoods.typing import TIDY_COLUMNS, Floats, Ints

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table

_FOLLOWS = 0.5
_ROW_MOVES = 0.01
_REVERSAL_MOVES = 0.05


@dataclass(frozen=True, slots=True)
class IndexDiagnostics:
    """How stable the weights of an index are.

    Attributes
    ----------
    nobs
        Complete rows.
    indicators
        One row an indicator: ``indicator, dimension, weight, std_error, conf_low, conf_high``
        (bootstrap), ``skewness, mean_z`` (of the oriented values), ``reversed`` (its weight when
        every indicator is turned round), ``duplicated`` (what it and a copy weigh together),
        ``row_change, row`` (largest change of its weight by leaving out one row, and the original
        number of that row), ``spearman_without, bottom_without`` (the index without it).
    versions
        One row a version of the index, the headline first: ``version, kind`` (``"headline"``,
        ``"reversed"``, ``"shift"``, ``"scheme"``), ``effective_number, spearman,
        quintile_changed, bottom_changed, top_changed`` against the headline.
    version_weights
        ``indicator`` and a column a version.
    replicates, conf_level
        Of the bootstrap.
    labels
        Wording of the indicators.
    notes
        Findings.
    """

    nobs: int
    indicators: pl.DataFrame
    versions: pl.DataFrame
    version_weights: pl.DataFrame
    replicates: int
    conf_level: float
    labels: Mapping[str, str]
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a weight, with its bootstrap standard error and percentile interval."""
        return self.indicators.select(
            term="indicator",
            estimate="weight",
            std_error="std_error",
            statistic=pl.lit(None, dtype=pl.Float64),
            p_value=pl.lit(None, dtype=pl.Float64),
            conf_low="conf_low",
            conf_high="conf_high",
            dimension="dimension",
        ).select(*TIDY_COLUMNS, "dimension")

    def glance(self) -> pl.DataFrame:
        """One row: rows, replicates, effective number, largest effects."""
        frame = self.indicators
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "replicates": [self.replicates],
                "effective_number": [self.versions["effective_number"][0]],
                "weight_skewness": [_correlation(frame, "skewness")],
                "weight_rarity": [_correlation(frame, "mean_z", -1.0)],
                "largest_row_change": [_largest(frame["row_change"])],
            }
        )

    def summary(self) -> Table:
        """Everything in one table: weights, intervals, what-ifs, other shifts, other weights."""
        from livelihoods.measure.diagnostics_tables import diagnostics_table

        return diagnostics_table(self)

    def plot(self) -> Figure:
        """Weights with their intervals, beside the weights of the other schemes."""
        from livelihoods.measure.diagnostics_tables import diagnostics_figure

        return diagnostics_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            **self.glance().row(0, named=True),
            "conf_level": self.conf_level,
            "indicators": self.indicators.to_dicts(),
            "versions": self.versions.to_dicts(),
            "version_weights": self.version_weights.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def index_diagnostics(
    data: Survey | Any,
    spec: IndexSpec,
    *,
    cluster: str | None = None,
    replicates: int = 1_000,
    shifts: Sequence[float] = (0.0, 1e-2, 1.0),
    conf_level: float = 0.95,
    seed: int = 0,
    identity: str = "index diagnostics",
    executor: Executor | str | None = None,
) -> IndexDiagnostics:
    """Examine the weights of an index.

    Bootstrap: rows (or clusters) are drawn with replacement; bounds that are not declared and
    weights are estimated anew in each draw; intervals are percentiles. The other entries alter
    one thing at a time: turn all indicators, copy one, leave one out, leave one row out, change
    the shift, change the scheme.

    Parameters
    ----------
    data, spec
        As for ``build_index``. Weights by wave are examined in their pooled form.
    cluster
        Column whose groups are drawn whole (villages).
    replicates
        Bootstrap draws; at least 20, or 0 for none.
    shifts
        Other shifts to try when weights are by entropy.
    conf_level, seed, identity
        Of the bootstrap; ``identity`` is the analysis's name in the seed.
    executor
        Where to draw: an executor, or ``"threads:4"``, ``"dask-local:2"``, ``"dask://host:port"``;
        no digit depends on it.

    Raises
    ------
    DataError, SpecError, EstimationError
        As ``build_index``; also if a row has no cluster, there is one cluster only, or an option
        is out of range.
    """
    _check(replicates, shifts, conf_level)
    survey = as_survey(data)
    pooled = spec.model_copy(update={"weights_by": "pooled"})
    with use_executor(executor) as running:
        index = build_index(survey, pooled, running)
        prepared = prepare(survey, pooled)
        clusters = None if cluster is None else _clusters(survey, cluster, prepared.used)
        plan = plan_of(prepared, pooled)
        draws = None
        if plan.scheme not in ("equal", "given") and replicates:
            draws = sensitivity.bootstrap_weights(
                plan, clusters, replicates, seed, identity, running
            )
    z = oriented_matrix(plan)
    weights = index.weights["weight"].to_numpy()
    assert z is not None
    headline = score(z, weights)
    estimated = plan.scheme not in ("equal", "given")
    influence = sensitivity.dropped_rows(plan, weights) if estimated else None
    versions = _versions(plan, z, headline, weights, shifts)
    copies = sensitivity.duplicated(plan) if estimated else None
    frame = _indicator_frame(index, plan, z, headline, draws, influence, copies, conf_level)
    rows = survey.rows[prepared.used]
    if influence is not None:
        frame = frame.with_columns(row=pl.Series(rows[influence.row]))
    turned = next((v.weights for v in versions if v.name == "reversed"), None)
    frame = frame.with_columns(reversed=_series(turned, plan))
    notes = gather(
        index.notes,
        _notes(spec, frame, draws, influence, prepared.used.sum()),
        _version_notes(frame),
    )
    return IndexDiagnostics(
        nobs=plan.rows,
        indicators=frame,
        versions=_version_frame(versions),
        version_weights=_version_weights(frame, versions, plan),
        replicates=0 if draws is None else replicates,
        conf_level=conf_level,
        labels=index.labels,
        notes=notes,
    )


def _check(replicates: int, shifts: Sequence[float], conf_level: float) -> None:
    if replicates != 0 and replicates < 20:
        raise SpecError("measure.replicates", replicates=replicates, fewest=20)
    if not 0.5 < conf_level < 1:
        raise SpecError("measure.conf_level", conf_level=conf_level)
    if any(not (0 <= shift < np.inf) for shift in shifts):
        raise SpecError("measure.shifts", shifts=[float(shift) for shift in shifts])


def _clusters(survey: Survey, name: str, used: np.ndarray) -> Ints:
    require_columns(survey, [name])
    codes, levels = group_codes(survey, name)
    missing = used & (codes < 0)
    if missing.any():
        rows = survey.rows[missing].tolist()
        raise DataError("measure.cluster_missing", variable=name, rows=rows[:1_000])
    if np.unique(codes[used]).size < 2:
        raise DataError("measure.one_cluster", variable=name, value=levels[codes[used][0]])
    return np.asarray(codes[used])


def _versions(
    plan: Plan, z: Floats, headline: Floats, weights: Floats, shifts: Sequence[float]
) -> list[Version]:
    found = [sensitivity.version("headline", weights, z, headline)]
    if plan.scheme not in ("equal", "given"):
        found.append(sensitivity.reversed_all(plan, z, headline))
    found += sensitivity.other_shifts(plan, z, headline, shifts)
    return [*found, *sensitivity.other_schemes(plan, z, headline)]


def _kind(name: str) -> str:
    if name in ("headline", "reversed"):
        return name
    return "shift" if name[0].isdigit() else "scheme"


def _version_frame(versions: list[Version]) -> pl.DataFrame:
    rows = []
    for each in versions:
        found = each.against
        weights = each.weights
        rows.append(
            {
                "version": each.name,
                "kind": _kind(each.name),
                "effective_number": None
                if weights is None or (weights < 0).any()
                else float(1.0 / (weights**2).sum()),
                "spearman": found.spearman if found else None,
                "quintile_changed": found.quintile_changed if found else None,
                "bottom_changed": found.bottom_changed if found else None,
                "top_changed": found.top_changed if found else None,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _version_weights(frame: pl.DataFrame, versions: list[Version], plan: Plan) -> pl.DataFrame:
    return frame.select("indicator").with_columns(
        **{each.name: _series(each.weights, plan) for each in versions}
    )


def _series(values: Floats | None, plan: Plan) -> pl.Series:
    """Return a column of p numbers, null where there are none."""
    whole = np.full(plan.signs.size, np.nan) if values is None else values
    return pl.Series(whole).fill_nan(None)


def _indicator_frame(
    index: Index,
    plan: Plan,
    z: Floats,
    headline: Floats,
    draws: Bootstrap | None,
    influence: Influence | None,
    copies: Floats | None,
    conf_level: float,
) -> pl.DataFrame:
    usable = draws is not None and draws.draws.shape[0] > 1
    tail = (1.0 - conf_level) / 2.0
    ends = np.quantile(draws.draws, [tail, 1 - tail], axis=0) if usable and draws else None
    dropped = sensitivity.dropped_indicators(plan, headline)
    return index.weights.select("indicator", "dimension", "weight").with_columns(
        std_error=_series(draws.draws.std(axis=0, ddof=1) if usable and draws else None, plan),
        conf_low=_series(None if ends is None else ends[0], plan),
        conf_high=_series(None if ends is None else ends[1], plan),
        skewness=_series(sensitivity.skewness(z), plan),
        mean_z=_series(z.mean(axis=0), plan),
        duplicated=_series(copies, plan),
        row_change=_series(None if influence is None else influence.change, plan),
        row=pl.lit(None, dtype=pl.Int64),
        spearman_without=pl.Series([c.spearman if c else None for c in dropped], dtype=pl.Float64),
        bottom_without=pl.Series(
            [c.bottom_changed if c else None for c in dropped], dtype=pl.Float64
        ),
    )


def _notes(
    spec: IndexSpec,
    frame: pl.DataFrame,
    draws: Bootstrap | None,
    influence: Influence | None,
    rows: int,
) -> list[Note]:
    notes: list[Note] = []
    if spec.weights_by == "by":
        notes.append(Note("measure.diagnostics_pooled", "info", {"by": spec.by}))
    if draws is not None and draws.failed:
        values = {"failed": draws.failed, "drawn": draws.failed + draws.draws.shape[0]}
        notes.append(Note("measure.draws_failed", "caution", values))
    if influence is not None and influence.tried < rows:
        notes.append(Note("measure.rows_tried", "info", {"tried": influence.tried, "n": rows}))
    for trait, sign, code in (
        ("skewness", 1.0, "measure.follows_skewness"),
        ("mean_z", -1.0, "measure.follows_rarity"),
    ):
        found = _correlation(frame, trait, sign)
        if influence is not None and found is not None and found >= _FOLLOWS:
            notes.append(Note(code, "caution", {"correlation": round(found, 2)}))
    return notes


def _version_notes(frame: pl.DataFrame) -> list[Note]:
    notes: list[Note] = []
    lines = frame.to_dicts()
    moved = max(lines, key=lambda line: abs(line["row_change"] or 0.0))
    if abs(moved["row_change"] or 0.0) >= _ROW_MOVES:
        values = {
            "variable": moved["indicator"],
            "row": int(moved["row"]) + 1,
            "before": round(moved["weight"], 4),
            "after": round(moved["weight"] + moved["row_change"], 4),
        }
        where = Where((moved["indicator"],), (int(moved["row"]),))
        notes.append(Note("measure.one_row_moves", "caution", values, where))
    turned = [line for line in lines if line["reversed"] is not None]
    if turned:
        most = max(turned, key=lambda line: abs(line["reversed"] - line["weight"]))
        if abs(most["reversed"] - most["weight"]) >= _REVERSAL_MOVES:
            values = {
                "variable": most["indicator"],
                "before": round(most["weight"], 3),
                "after": round(most["reversed"], 3),
            }
            notes.append(Note("measure.not_reversible", "caution", values))
    return notes


def _correlation(frame: pl.DataFrame, trait: str, sign: float = 1.0) -> float | None:
    if frame.height < 3 or frame[trait].null_count():
        return None
    found = sensitivity.follows(frame["weight"].to_numpy(), sign * frame[trait].to_numpy())
    return None if np.isnan(found) else found


def _largest(values: pl.Series) -> float | None:
    known = values.drop_nulls().to_numpy()
    return float(np.abs(known).max()) if known.size else None
