"""Summary statistics, for all rows and by wave or treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.describe.contrasts import Method, cells, mean_difference
from livelihoods.describe.setting import Grouping, Setting, grouping, setting, silent_rows
from livelihoods.engine.executor import use_executor
from livelihoods.engine.fold import fold, through
from livelihoods.engine.states import moments
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.parquet_folder import ParquetFolder

if TYPE_CHECKING:
    from livelihoods.engine.blocks import Columns
    from livelihoods.engine.executor import Executor
    from livelihoods.numerics.groups import Contrast
    from livelihoods.tables import Table
    from livelihoods.typing import Bools, Floats

QUANTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Described:
    """One variable in one group (or in all rows).

    Attributes
    ----------
    variable, label, group
        Column, wording, and the group's wording ("" for all rows).
    nobs, missing
        Rows with and without a value.
    mean, sd, skewness
        Weighted when weights are declared; None for a nominal variable.
    low, quartile1, median, quartile3, high
        Extremes and quartiles (type 7), never weighted; None for a nominal variable.
    """

    variable: str
    label: str
    group: str
    nobs: int
    missing: int
    mean: float | None = None
    sd: float | None = None
    skewness: float | None = None
    low: float | None = None
    quartile1: float | None = None
    median: float | None = None
    quartile3: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class SummaryStatistics:
    """Variables described.

    Attributes
    ----------
    described
        One a variable and group, all rows first.
    by, by_label, groups
        Grouping column ("" for none), its wording and its groups.
    differences
        Variable -> second minus first mean of two groups, with the error ``method`` names; empty
        otherwise.
    method
        ``"welch"``, ``"robust"`` (weights) or ``"clustered"``.
    weight, cluster
        Columns, or "".
    notes
        What must be said.
    """

    described: tuple[Described, ...]
    by: str
    by_label: str
    groups: tuple[str, ...]
    differences: Mapping[str, Contrast]
    method: Method
    weight: str
    cluster: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a variable and group."""
        names = Described.__slots__
        rows = [{name: getattr(found, name) for name in names} for found in self.described]
        return pl.DataFrame(rows, schema=_SCHEMA)

    def glance(self) -> pl.DataFrame:
        """One row: variables, groups, weights."""
        count = len({found.variable for found in self.described})
        row = {"variables": count, "by": self.by, "groups": len(self.groups)}
        return pl.DataFrame([{**row, "weight": self.weight}])

    def summary(self) -> Table:
        """Mean, standard deviation, extremes; by group means with the difference of two."""
        from livelihoods.describe.summary_table import summary_table

        return summary_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "statistics": self.tidy().to_dicts(),
            "by": self.by,
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


_SCHEMA: dict[str, Any] = {
    "variable": pl.String,
    "label": pl.String,
    "group": pl.String,
    "nobs": pl.Int64,
    "missing": pl.Int64,
    **dict.fromkeys(("mean", "sd", "skewness", "low"), pl.Float64),
    **dict.fromkeys(("quartile1", "median", "quartile3", "high"), pl.Float64),
}


def summary_statistics(
    data: Any,
    variables: Sequence[str] | None = None,
    by: str | None = None,
    *,
    weights: str | bool | None = None,
    cluster: str | bool | None = None,
    executor: Executor | str | None = None,
) -> SummaryStatistics:
    """Describe numeric variables, for all rows and by group.

    Parameters
    ----------
    data
        A survey or frame; or what ``lv.open_parquet`` returned.
    variables
        Numeric columns; default: all numeric columns that are no identifiers, weights or groups.
    by
        Column of groups: a wave, a treatment. With two groups the difference of means is tested:
        Welch's t, HC1 with weights, clustered with a declared cluster.
    weights, cluster
        Column, None for what the survey declares, False for none.
    executor
        Where blocks are summed: an executor, or ``"threads:4"``, ``"dask-local:2"``,
        ``"dask://host:port"``. No digit depends on it.

    Returns
    -------
    SummaryStatistics
        A variable declared nominal gets counts but no mean, with a note.

    Raises
    ------
    SpecError
        If a column does not exist, or there is nothing to describe.
    DataError
        If a variable is not numeric.
    """
    with use_executor(executor) as running:
        if isinstance(data, ParquetFolder):
            from livelihoods.describe.folder_summary import summary_of_folder

            if isinstance(cluster, str):
                raise SpecError("describe.folder_cluster", cluster=cluster)
            weight = weights if isinstance(weights, str) else None
            return summary_of_folder(data, variables, by, weight, running)
        return _summary_of_survey(data, variables, by, weights, cluster, running)


def _summary_of_survey(
    data: Any,
    variables: Sequence[str] | None,
    by: str | None,
    weights: str | bool | None,
    cluster: str | bool | None,
    executor: Executor | None,
) -> SummaryStatistics:
    names = [] if variables is None else list(variables)
    needed = [*names, by] if by is not None and names else names
    where = setting(data, needed, weights, cluster)
    if variables is None:
        names = _numeric(where, by)
    if not names:
        raise SpecError("describe.no_items")
    groups = None if by is None else grouping(where, by)
    w = where.weights()
    nominal = [name for name in names if _is_nominal(where, name)]
    described: list[Described] = []
    for name in names:
        values = where.numbers(name)
        everybody = np.ones(values.size, dtype=np.bool_)
        parts: list[tuple[str, Bools]] = [("", everybody)]
        if groups is not None:
            parts += [(label, groups.codes == g) for g, label in enumerate(groups.labels)]
        for label, rows in parts:
            described.append(
                _describe(where, name, label, values, rows, w, name in nominal, executor)
            )
    notes = [
        Note("describe.nominal_no_mean", "info", {"variable": name}, Where((name,)))
        for name in nominal
    ]
    notes += silent_rows(where, groups)
    differences = _differences(where, [n for n in names if n not in nominal], groups)
    return SummaryStatistics(
        tuple(described),
        by or "",
        where.label(by) if by else "",
        () if groups is None else groups.labels,
        differences,
        "clustered" if where.cluster else "robust" if where.weight else "welch",
        where.weight or "",
        where.cluster or "",
        tuple(notes),
    )


def _numeric(where: Setting, by: str | None) -> list[str]:
    design = where.survey.design
    apart = {by, where.weight, where.cluster, design.household, design.village, design.wave}
    names = []
    for series in where.survey.frame.get_columns():
        entry = where.entry(series.name)
        identifies = entry is not None and (entry.scale == "identifier" or entry.role == "id")
        numeric = series.dtype.is_numeric() or series.dtype == pl.Boolean
        if numeric and not identifies and series.name not in apart:
            names.append(series.name)
    return names


def _is_nominal(where: Setting, name: str) -> bool:
    entry = where.entry(name)
    return entry is not None and entry.scale == "nominal"


def _differences(where: Setting, names: list[str], groups: Grouping | None) -> dict[str, Contrast]:
    if groups is None or groups.count != 2:
        return {}
    w, clusters = where.weights(), where.clusters()
    found = {}
    for name in names:
        part = cells(where.numbers(name), groups.codes, 2, w, clusters)
        if part.sizes().min() >= 2:
            found[name] = mean_difference(part)
    return found


def _describe(
    where: Setting,
    name: str,
    group: str,
    values: Floats,
    rows: Bools,
    weights: Floats | None,
    nominal: bool,
    executor: Executor | None,
) -> Described:
    known = rows & ~np.isnan(values)
    if weights is not None:
        known &= weights > 0
    x = values[known]
    missing = int(np.count_nonzero(rows & np.isnan(values)))
    label = where.label(name)
    if not x.size or nominal:
        return Described(name, label, group, x.size, missing)
    # Rows leave inside their block, as they do where data are too many for memory.
    columns: Columns = {"x": values, "known": known}
    if weights is not None:
        columns = {**columns, "w": weights}
    state = through(_kept, moments(["x"], weight=None if weights is None else "w"))
    found = fold(state, columns, executor)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = float(np.sqrt(found.variance()[0, 0])) if x.size > 1 else None
        skewness = float(found.skewness()[0, 0])
    quartile1, median, quartile3 = (float(q) for q in np.quantile(x, QUANTILES))
    return Described(
        name,
        label,
        group,
        x.size,
        missing,
        float(found.mean[0, 0]),
        sd,
        skewness if np.isfinite(skewness) else None,
        float(x.min()),
        quartile1,
        median,
        quartile3,
        float(x.max()),
    )


def _kept(columns: Columns) -> Columns:
    known = columns["known"]
    return {name: values[known] for name, values in columns.items() if name != "known"}
