"""What every description needs: the survey, its declared weights and clusters, numbers, labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey, code_text

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey, Variable
    from livelihoods.typing import Bools, Floats, Ints

MAX_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Setting:
    """A survey with the weights and clusters that count.

    Attributes
    ----------
    survey
        The data.
    weight, cluster
        Columns, or None.
    """

    survey: Survey
    weight: str | None = None
    cluster: str | None = None

    @property
    def height(self) -> int:
        """Rows of the data."""
        return self.survey.frame.height

    def label(self, name: str) -> str:
        """Return the wording of a column in the current language."""
        return self.survey.codebook.label(name)

    def entry(self, name: str) -> Variable | None:
        """Return what the codebook says of a column."""
        return self.survey.codebook.variables.get(name)

    def numbers(self, name: str) -> Floats:
        """Return a numeric or true/false column as floats, NaN where missing.

        Raises
        ------
        DataError
            If the column holds neither.
        """
        series = self.survey.frame.get_column(name)
        if not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
            raise DataError("describe.not_numeric", variable=name, dtype=str(series.dtype))
        values = series.cast(pl.Float64).to_numpy(writable=True)
        values[~np.isfinite(values)] = np.nan
        return values

    def weights(self) -> Floats | None:
        """Return the weights, 0 where a row does not count, or None."""
        if self.weight is None:
            return None
        values = self.numbers(self.weight)
        if np.any(values < 0):
            rows = [int(row) for row in self.survey.rows[np.flatnonzero(values < 0)]]
            raise DataError("describe.negative_weights", variable=self.weight, rows=rows)
        return np.nan_to_num(values, nan=0.0)

    def clusters(self) -> Ints | None:
        """Return cluster codes 0 … G−1, −1 where unknown, or None."""
        if self.cluster is None:
            return None
        return codes_of(self.survey.frame.get_column(self.cluster))[0]


def setting(
    data: Any,
    names: Sequence[str] = (),
    weights: str | bool | None = None,
    cluster: str | bool | None = None,
) -> Setting:
    """Take data in, with the declared weights and clusters unless others are named or refused.

    Parameters
    ----------
    data
        A survey or frame; of a lazy frame only the columns needed are read.
    names
        Columns that will be used.
    weights, cluster
        Column, None for what the survey declares, False for none.

    Raises
    ------
    SpecError
        If a column does not exist.
    """
    extra = [name for name in (weights, cluster) if isinstance(name, str)]
    if isinstance(data, pl.LazyFrame):
        wanted = list(dict.fromkeys([*names, *extra]))
        present = data.collect_schema().names()
        data = data.select([name for name in wanted if name in present])
    survey = as_survey(data)
    check_columns(survey, [*names, *extra])
    design = survey.design
    weight = weights if isinstance(weights, str) else design.weight if weights is None else None
    group = cluster if isinstance(cluster, str) else design.cluster if cluster is None else None
    return Setting(survey, weight, group)


def check_columns(survey: Survey, names: Sequence[str]) -> None:
    """Demand that columns exist; the error names the absent ones and those there."""
    columns = survey.frame.columns
    absent = [name for name in names if name not in columns]
    if absent:
        raise SpecError("describe.unknown_columns", columns=absent, known=columns)


def codes_of(series: pl.Series) -> tuple[Ints, list[Any]]:
    """Return codes 0 … G−1 in the order of the sorted values, −1 where missing, and the values."""
    series = series.fill_nan(None) if series.dtype.is_float() else series
    values = series.drop_nulls().unique().sort()
    places = pl.int_range(len(values), eager=True)
    codes = series.replace_strict(values, places, default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy(), values.to_list()


@dataclass(frozen=True, slots=True)
class Grouping:
    """Rows by group.

    Attributes
    ----------
    name
        The grouping column.
    codes
        Group of each row, −1 where unknown, shape ``(n,)``.
    values, labels
        The groups: values sorted, and their wording.
    """

    name: str
    codes: Ints
    values: tuple[Any, ...]
    labels: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.values)


def grouping(where: Setting, by: str) -> Grouping:
    """Return the groups of a column.

    Raises
    ------
    SpecError
        If the column has fewer than two or more than 50 values.
    """
    check_columns(where.survey, [by])
    codes, values = codes_of(where.survey.frame.get_column(by))
    if not 2 <= len(values) <= MAX_GROUPS:
        raise SpecError("describe.bad_groups", variable=by, groups=len(values), most=MAX_GROUPS)
    entry = where.entry(by)
    named = list(next(iter(entry.values.values()), {})) if entry is not None else []
    texts = [code_text(value) for value in values]
    if named and set(texts) <= set(named):  # the codebook's order of answers
        order = sorted(range(len(values)), key=lambda place: named.index(texts[place]))
        place_of = np.empty(len(values) + 1, dtype=np.int64)
        place_of[order] = np.arange(len(values))
        place_of[-1] = -1
        codes, values = place_of[codes], [values[place] for place in order]
    return Grouping(by, codes, tuple(values), value_labels(entry, values))


def silent_rows(where: Setting, groups: Grouping | None = None) -> list[Note]:
    """Return notes on rows that do not count for want of a weight, a cluster or a group."""
    found: list[Note] = []
    rows = where.survey.rows

    def listed(mask: Bools) -> tuple[int, ...]:
        return tuple(int(row) for row in rows[mask])

    weights, clusters = where.weights(), where.clusters()
    if weights is not None and np.any(weights == 0):
        lost = listed(weights == 0)
        values = {"n": len(lost), "variable": where.weight}
        found.append(Note("describe.no_weight", "caution", values, Where((), lost)))
    if clusters is not None and np.any(clusters < 0):
        lost = listed(clusters < 0)
        values = {"n": len(lost), "variable": where.cluster}
        found.append(Note("describe.no_cluster", "caution", values, Where((), lost)))
    if groups is not None and np.any(groups.codes < 0):
        lost = listed(groups.codes < 0)
        values = {"n": len(lost), "variable": groups.name}
        found.append(Note("describe.no_group", "caution", values, Where((), lost)))
    return found


def value_labels(entry: Variable | None, values: Sequence[Any]) -> tuple[str, ...]:
    """Return the wording of answer codes in the current language; a code without one is itself."""
    named = entry.values if entry is not None else {}
    wording = named.get(words.language()) or next(iter(named.values()), {})
    return tuple(wording.get(code_text(value), code_text(value)) for value in values)


def used_rows(columns: Sequence[Floats], weights: Floats | None) -> Bools:
    """Return which rows have every value and a weight that counts."""
    mask = np.ones(columns[0].size, dtype=np.bool_)
    for column in columns:
        mask &= ~np.isnan(column)
    return mask if weights is None else mask & (weights > 0)
