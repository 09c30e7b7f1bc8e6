"""The frames an Index is made of, and its columns in a survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.measure.spec import IndexSpec, Indicator
from livelihoods.typing import Bools, Floats

if TYPE_CHECKING:
    from livelihoods.measure.index import Index
    from livelihoods.survey.model import Survey


def dimension_members(spec: IndexSpec) -> dict[str, Bools]:
    """Return which indicators each dimension has, in the order of the spec."""
    indicators = spec.indicators()
    return {
        dimension: np.array([i.dimension == dimension for i in indicators])
        for dimension in spec.dimensions
    }


def sub_members(spec: IndexSpec) -> dict[str, Bools]:
    """Return which indicators each sub-dimension has, named ``dimension.sub``."""
    indicators = spec.indicators()
    labels = [f"{i.dimension}.{i.sub_dimension}" if i.sub_dimension else "" for i in indicators]
    return {
        label: np.array([other == label for other in labels])
        for label in dict.fromkeys(labels)
        if label
    }


def spread_out(sums: Floats, used: Bools) -> Floats:
    """Return sums at the height of the data, NaN where a row was not used."""
    whole = np.full((used.size, sums.shape[1]), np.nan)
    whole[used] = sums
    return whole


def column(values: Floats, name: str = "") -> pl.Series:
    """Return a Polars column with null for NaN."""
    return pl.Series(name, values).fill_nan(None)


def frame(values: Floats, names: list[str]) -> pl.DataFrame:
    """Return a frame with null for NaN, one column a name."""
    return pl.DataFrame([column(values[:, j], name) for j, name in enumerate(names)])


def weights_frame(spec: IndexSpec, weights: Floats, waves: tuple[str, ...]) -> pl.DataFrame:
    """Return one row an indicator (and wave)."""
    indicators = spec.indicators()
    members = dimension_members(spec)
    rows = []
    for group, wave in enumerate(waves):
        inside = {name: float(weights[group][rows].sum()) for name, rows in members.items()}
        for j, indicator in enumerate(indicators):
            weight, total = float(weights[group, j]), inside[indicator.dimension]
            rows.append(
                {
                    "by": wave,
                    "dimension": indicator.dimension,
                    "sub_dimension": indicator.sub_dimension,
                    "indicator": indicator.name,
                    "direction": direction_text(indicator),
                    "weight": weight,
                    "dimension_weight": total,
                    "share_in_dimension": weight / total,
                }
            )
    return named_by(pl.DataFrame(rows), spec, waves)


def values_frame(
    spec: IndexSpec, values: dict[str, Floats], waves: tuple[str, ...]
) -> pl.DataFrame:
    """Return ``indicator`` and further columns from arrays of shape ``(G, p)``."""
    names = [indicator.name for indicator in spec.indicators()]
    columns: dict[str, list[str] | Floats] = {
        "by": [wave for wave in waves for _ in names],
        "indicator": names * len(waves),
    }
    columns.update({name: array.ravel() for name, array in values.items()})
    return named_by(pl.DataFrame(columns), spec, waves)


def named_by(found: pl.DataFrame, spec: IndexSpec, waves: tuple[str, ...]) -> pl.DataFrame:
    """Return the frame with its ``by`` column named as in the data, or without it when pooled."""
    if waves == ("",) or spec.by is None:
        return found.drop("by")
    return found if spec.by in found.columns else found.rename({"by": spec.by})


def direction_text(indicator: Indicator) -> str:
    """Return ``+``, ``-`` or ``→ 5``."""
    return indicator.direction if indicator.target is None else f"→ {indicator.target:g}"


def attached(index: Index, name: str) -> dict[str, pl.Series]:
    """Return the columns that ``Index.attach`` adds."""
    columns = {name: index.scores}
    for dimension in index.contributions.columns:
        columns[f"{name}.{dimension}"] = index.contributions[dimension]
        columns[f"{name}.{dimension}.score"] = index.dimension_scores[dimension]
    for sub in index.sub_contributions.columns:
        columns[f"{name}.{sub}"] = index.sub_contributions[sub]
    return columns


def attached_sources(index: Index, survey: Survey, name: str) -> dict[str, tuple[str, ...]]:
    """Return the source questions of each attached column: those of its indicators."""
    indicators = index.spec.indicators()
    parts = {name: np.ones(len(indicators), dtype=np.bool_)}
    for dimension, members in dimension_members(index.spec).items():
        parts[f"{name}.{dimension}"] = members
        parts[f"{name}.{dimension}.score"] = members
    for sub, members in sub_members(index.spec).items():
        parts[f"{name}.{sub}"] = members
    names = np.array([indicator.name for indicator in indicators])
    return {label: _sources(survey, names[members].tolist()) for label, members in parts.items()}


def _sources(survey: Survey, names: list[str]) -> tuple[str, ...]:
    return tuple(sorted({source for name in names for source in survey.sources(name)}))


def mean(scores: pl.Series) -> float:
    """Return the mean of the scores that exist."""
    return float(np.mean(scores.drop_nulls().to_numpy()))


def spread(scores: pl.Series) -> float:
    """Return the standard deviation (n − 1) of the scores that exist; NaN for one."""
    values = scores.drop_nulls().to_numpy()
    return float(np.std(values, ddof=1)) if values.size > 1 else float("nan")
