"""Composite indices: ``build_index`` and what it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import polars as pl

from livelihoods.engine import Columns, Executor, MappedSource, Source, map_blocks, use_executor
from livelihoods.errors import DataError
from livelihoods.measure import frames
from livelihoods.measure.compare import compare, concentration_notes, ranking_notes
from livelihoods.measure.index_notes import clipped_notes, option_notes
from livelihoods.measure.orient import (
    Scaling,
    keep_base,
    orient_block,
    outside,
    project,
)
from livelihoods.measure.prepare import Prepared, bounds_of, prepare
from livelihoods.measure.spec import IndexSpec
from livelihoods.measure.system import (
    Weighing,
    are_stretched,
    equal_weights,
    given_weights,
    statistics,
    system_weights,
)
from livelihoods.measure.weights import effective_number
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey
from livelihoods.survey.parquet_folder import ParquetFolder
from livelihoods.typing import TIDY_COLUMNS, Floats

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.measure.folder_index import FolderIndex
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class Index:
    """A composite index on ``n`` rows of data.

    Attributes
    ----------
    spec
        What was asked for.
    weights
        One row an indicator (and wave, with ``weights_by="by"``): ``dimension, sub_dimension,
        indicator, direction, weight, dimension_weight, share_in_dimension``. Weights sum to 1.
    scores
        Shape ``(n,)``, between 0 and 1; null where a row is incomplete.
    contributions
        One column a dimension, Σ_{j in d} w_j z_ij; they sum to ``scores``.
    dimension_scores
        One column a dimension, contribution / Σ_{j in d} w_j: 0–1 within the dimension.
    sub_contributions
        One column a sub-dimension, named ``dimension.sub``; none without that level.
    entropy
        ``indicator, entropy, divergence`` (and wave), whatever the weights.
    bounds
        ``indicator, low, high`` (and wave), whatever their origin.
    diagnostics
        One row (a wave): ``rows, effective_number, largest_weight, largest_indicator,
        spearman_equal, quintile_changed, bottom_quintile_changed``.
    labels
        Wording of indicators from the codebook, and of dimensions where somebody gave one.
    notes
        Findings, oldest first.
    """

    spec: IndexSpec
    weights: pl.DataFrame
    scores: pl.Series
    contributions: pl.DataFrame
    dimension_scores: pl.DataFrame
    sub_contributions: pl.DataFrame
    entropy: pl.DataFrame
    bounds: pl.DataFrame
    diagnostics: pl.DataFrame
    labels: Mapping[str, str]
    notes: tuple[Note, ...]

    @property
    def nobs(self) -> int:
        """Rows with a score."""
        return int(self.scores.len() - self.scores.null_count())

    def attach(self, survey: Survey | Any, name: str) -> Survey:
        """Return the survey with the index as columns, and what they are made from.

        Adds ``name`` (score), ``name.dim`` (contribution of each dimension: they sum to the
        score), ``name.dim.score`` (the dimension on its own 0–1 scale) and, with three levels,
        ``name.dim.sub`` (contribution of each sub-dimension). Each column's lineage is the union
        of the source questions of its indicators.

        Raises
        ------
        DataError
            If the survey has another number of rows than the data the index was built on.
        """
        whole = as_survey(survey)
        if whole.frame.height != self.scores.len():
            raise DataError(
                "measure.attach_height",
                name=name,
                built=self.scores.len(),
                given=whole.frame.height,
            )
        columns = frames.attached(self, name)
        sources = frames.attached_sources(self, whole, name)
        return whole.with_columns(columns, sources)

    def tidy(self) -> pl.DataFrame:
        """One row a weight, with the columns of every result; standard errors are null.

        Bootstrap intervals of weights are in ``index_diagnostics``.
        """
        empty = {name: pl.lit(None, dtype=pl.Float64) for name in TIDY_COLUMNS[2:]}
        return self.weights.rename({"indicator": "term", "weight": "estimate"}).with_columns(
            **empty
        )

    def glance(self) -> pl.DataFrame:
        """One row: rows used, numbers of indicators and dimensions, scheme, mean and spread."""
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "indicators": [len(self.spec.indicators())],
                "dimensions": [len(self.spec.dimensions)],
                "weights": [self.spec.scheme()],
                "levels": [self.spec.levels],
                "shift": [self.spec.shift],
                "mean": [frames.mean(self.scores)],
                "std": [frames.spread(self.scores)],
            }
        ).with_columns(
            self.diagnostics.select(
                pl.col("effective_number", "spearman_equal", "quintile_changed").first()
            )
        )

    def summary(self) -> Table:
        """The index system as a table: dimensions, indicators, directions, entropy, weights."""
        from livelihoods.measure.index_table import system_table

        return system_table(self)

    def plot(self) -> Figure:
        """Weights of the indicators as bars, coloured by dimension."""
        from livelihoods.measure.index_table import weights_figure

        return weights_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "spec": self.spec.model_dump(mode="json"),
            "nobs": self.nobs,
            "weights": self.weights.to_dicts(),
            "entropy": self.entropy.to_dicts(),
            "bounds": self.bounds.to_dicts(),
            "diagnostics": self.diagnostics.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


@overload
def build_index(
    data: ParquetFolder, spec: IndexSpec, executor: Executor | str | None = None
) -> FolderIndex: ...


@overload
def build_index(
    data: Survey | Any, spec: IndexSpec, executor: Executor | str | None = None
) -> Index: ...


def build_index(
    data: Survey | ParquetFolder | Any, spec: IndexSpec, executor: Executor | str | None = None
) -> Index | FolderIndex:
    """Build a composite index.

    Orientation: z = (x − low)/(high − low) for ``"+"``, (high − x)/(high − low) for ``"-"``,
    1 − |x − t|/max|x − t| for a target. Entropy weights: p = (z + c)/Σ(z + c),
    e = −(1/ln n) Σ p ln p, w = (1 − e)/Σ(1 − e); the shift c enters p only. Score: Σ w z. CRITIC
    (Diakoulaki et al. 1995): w ∝ s_j Σ_k (1 − r_jk).

    Parameters
    ----------
    data
        A Survey or any frame; or what ``lv.open_parquet`` returned, for a register larger than
        memory.
    spec
        What the index is made of.
    executor
        Where to compute: an executor, or a text that names one (``"threads:4"``,
        ``"dask-local:2"``, ``"dask://host:port"``). No digit depends on it.

    Returns
    -------
    Index
        Scores have the height of the data, null where a row is incomplete. For a register a
        ``FolderIndex``: the same weights and bounds, mean scores, and a way to write all scores.

    Raises
    ------
    DataError
        If an indicator is absent, not numeric, wholly missing, infinite or constant, a sampling
        weight is not positive, or no row is complete.
    EstimationError
        If ``weights="pca"`` and indicators load against each other.
    """
    with use_executor(executor) as running:
        if isinstance(data, ParquetFolder):
            from livelihoods.measure.folder_build import index_of_folder

            return index_of_folder(data, spec, running)
        return _index_of_survey(as_survey(data), spec, running)


def _index_of_survey(survey: Survey, spec: IndexSpec, executor: Executor | None) -> Index:
    prepared = prepare(survey, spec)
    low, high = bounds_of(prepared, spec, executor)
    scaling = Scaling(spec.indicators(), low, high, closed=isinstance(spec.bounds, str))
    z = MappedSource(prepared.source, partial(orient_block, scaling))
    groups = prepared.waves if spec.weights_by == "by" else ("",)
    how = Weighing(spec.scheme(), spec.shift, groups, spec.survey_weight is not None)
    base: Source = MappedSource(z, keep_base) if spec.weights_from is not None else z
    names = [indicator.name for indicator in spec.indicators()]
    known = are_stretched(spec, low.shape[0], how)
    leaves = statistics(base, names, how, executor, stretched=known)
    if isinstance(spec.weights, dict):
        weights = np.tile(given_weights(spec), (len(groups), 1))
    else:
        weights = system_weights(base, spec, how, leaves, executor)
    sums = _sums(z, spec, weights, executor)
    spread = frames.spread_out(sums, prepared.used)
    facts = Facts(prepared, scaling, how.groups, leaves.entropy, weights)
    notes = prepared.notes
    if isinstance(spec.bounds, dict):
        clipped = map_blocks(partial(outside, scaling), prepared.source, executor)
        notes = (*notes, *clipped_notes(scaling, np.sum(clipped, axis=0)))
    return _assemble(survey, spec, facts, spread, notes)


def _sums(z: Source, spec: IndexSpec, weights: Floats, executor: Executor | None) -> Floats:
    """Return contributions of dimensions, of sub-dimensions, and the equal-weights score.

    Shape ``(rows used, D + S + 1)``.
    """
    indicators = spec.indicators()
    names = [indicator.name for indicator in indicators]
    parts = [frames.dimension_members(spec), frames.sub_members(spec)]
    members = np.array([row for part in parts for row in part.values()], dtype=np.float64)
    nodes = weights[:, :, None] * members.T[None, :, :]
    equal = np.tile(equal_weights(spec)[None, :, None], (weights.shape[0], 1, 1))
    blocks = map_blocks(
        partial(_block_sums, names, np.concatenate([nodes, equal], axis=2)), z, executor
    )
    return np.concatenate(blocks, axis=0)


def _block_sums(names: Sequence[str], nodes: Floats, columns: Columns) -> Floats:
    labels = [str(place) for place in range(nodes.shape[2])]
    sums = project(names, nodes, labels, columns)
    return np.column_stack([sums[label] for label in labels])


@dataclass(frozen=True, slots=True)
class Facts:
    """What was computed, before it becomes frames.

    Attributes
    ----------
    prepared, scaling
        Rows used and bounds.
    groups
        Waves with weights of their own, one empty label when pooled.
    entropy, weights
        Shape ``(G, p)``.
    """

    prepared: Prepared
    scaling: Scaling
    groups: tuple[str, ...]
    entropy: Floats
    weights: Floats


def _assemble(
    survey: Survey, spec: IndexSpec, facts: Facts, sums: Floats, notes: tuple[Note, ...]
) -> Index:
    dimensions, subs = list(spec.dimensions), list(frames.sub_members(spec))
    contributions = sums[:, : len(dimensions)]
    inside = contributions / _dimension_totals(spec, facts)
    scores = contributions.sum(axis=1)
    rows, further = _diagnose(spec, facts, scores, sums[:, -1])
    bound_waves = facts.prepared.waves if facts.scaling.low.shape[0] > 1 else ("",)
    return Index(
        spec=spec,
        weights=frames.weights_frame(spec, facts.weights, facts.groups),
        scores=frames.column(scores, "score"),
        contributions=frames.frame(contributions, dimensions),
        dimension_scores=frames.frame(inside, dimensions),
        sub_contributions=frames.frame(sums[:, len(dimensions) : -1], subs),
        entropy=frames.values_frame(
            spec, {"entropy": facts.entropy, "divergence": 1.0 - facts.entropy}, facts.groups
        ),
        bounds=frames.values_frame(
            spec, {"low": facts.scaling.low, "high": facts.scaling.high}, bound_waves
        ),
        diagnostics=rows,
        labels={i.name: survey.codebook.label(i.name) for i in spec.indicators()},
        notes=(*notes, *_options(spec, facts), *further),
    )


def _dimension_totals(spec: IndexSpec, facts: Facts) -> Floats:
    """Return Σ of each dimension's weights, shape ``(1 or n, D)``."""
    members = np.array(list(frames.dimension_members(spec).values()))
    totals = np.array([[row[inside].sum() for inside in members] for row in facts.weights])
    if len(facts.groups) == 1:
        return totals
    codes = facts.prepared.codes
    return np.asarray(totals[np.maximum(codes, 0)])


def _diagnose(
    spec: IndexSpec, facts: Facts, scores: Floats, equal: Floats
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    names = [indicator.name for indicator in spec.indicators()]
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    for group, wave in enumerate(facts.groups):
        used = facts.prepared.used
        if len(facts.groups) > 1:
            used = used & (facts.prepared.codes == group)
        weights = facts.weights[group]
        effective, largest = float(effective_number(weights)), int(np.argmax(weights))
        found = compare(scores[used], equal[used])
        rows.append(
            {
                "by": wave,
                "rows": int(used.sum()),
                "effective_number": effective,
                "largest_weight": float(weights[largest]),
                "largest_indicator": names[largest],
                "spearman_equal": found.spearman,
                "quintile_changed": found.quintile_changed,
                "bottom_quintile_changed": found.bottom_changed,
            }
        )
        notes += concentration_notes(
            wave, effective, len(names), names[largest], float(weights[largest])
        )
        notes += ranking_notes(wave, found)
    return frames.named_by(pl.DataFrame(rows), spec, facts.groups), tuple(notes)


def _options(spec: IndexSpec, facts: Facts) -> tuple[Note, ...]:
    rows = int(facts.prepared.used.sum())
    apart = facts.scaling.low.shape[0] > 1
    return option_notes(spec, rows, by_weights=len(facts.groups) > 1, by_bounds=apart)
