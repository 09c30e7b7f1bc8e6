"""Two groups compared: t, Welch, Mann-Whitney, effect size, equality of variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.describe.contrasts import Cells, Method, cells, mean_difference
from livelihoods.describe.setting import Grouping, Setting, grouping, setting, silent_rows
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.groups import (
    Contrast,
    FTest,
    MannWhitney,
    brown_forsythe,
    cohens_d,
    mann_whitney,
    student,
)
from livelihoods.numerics.special import t_critical

if TYPE_CHECKING:
    from livelihoods.tables import Table

Split = Literal["mean", "median"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One variable in two groups.

    Attributes
    ----------
    variable, label
        Column and wording.
    sizes, means, deviations
        Of the first and the second group.
    method
        Where the main test takes its error from: ``"welch"``, ``"robust"`` (weights) or
        ``"clustered"``.
    main, student
        Second minus first mean with the main error, and Student's t (unweighted, unclustered).
    ranks
        Mann and Whitney's test.
    d
        Cohen's d with the pooled standard deviation.
    variances
        Brown and Forsythe's test of equal variances.
    """

    variable: str
    label: str
    sizes: tuple[int, int]
    means: tuple[float, float]
    deviations: tuple[float, float]
    method: Method
    main: Contrast
    student: Contrast
    ranks: MannWhitney
    d: float
    variances: FTest


@dataclass(frozen=True, slots=True)
class GroupDifferences:
    """Variables compared between two groups.

    Attributes
    ----------
    by, by_label
        The grouping column and its wording.
    groups
        Wording of the first and second group.
    differences
        One a variable.
    conf_level
        Of the intervals.
    weight, cluster
        Columns behind weights and clusters, or "".
    notes
        What must be said.
    """

    by: str
    by_label: str
    groups: tuple[str, str]
    differences: tuple[Difference, ...]
    conf_level: float
    weight: str
    cluster: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a variable and method; ``estimate`` is second minus first group."""
        rows = [row for found in self.differences for row in _tests(found, self.conf_level)]
        return pl.DataFrame(rows)

    def glance(self) -> pl.DataFrame:
        """One row: grouping, number of variables, weights, clusters."""
        row = {"by": self.by, "variables": len(self.differences)}
        return pl.DataFrame([{**row, "weight": self.weight, "cluster": self.cluster}])

    def summary(self) -> Table:
        """Means by group, difference with stars, tests beside."""
        from livelihoods.describe.group_tables import differences_table

        return differences_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "by": self.by,
            "groups": list(self.groups),
            "tests": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def group_differences(
    data: Any,
    variables: str | Sequence[str],
    by: str,
    *,
    split: Split | None = None,
    weights: str | bool | None = None,
    cluster: str | bool | None = None,
    conf_level: float = 0.95,
) -> GroupDifferences:
    """Compare variables between two groups.

    The main test is Welch's; with declared weights a weighted regression with HC1 errors, with a
    declared cluster one with clustered errors. Student's t, Mann and Whitney's test, Cohen's d and
    Brown and Forsythe's test of variances stand beside it and know neither weights nor clusters.

    Parameters
    ----------
    data
        A survey or frame.
    variables
        Numeric columns.
    by
        Column with two values; with ``split`` a numeric column cut in two.
    split
        ``"mean"`` or ``"median"``: rows above it are the second group. A note says what a
        dichotomised regressor cannot show.
    weights, cluster
        Column, None for what the survey declares, False for none.
    conf_level
        Of the intervals.

    Returns
    -------
    GroupDifferences

    Raises
    ------
    SpecError
        If ``by`` does not make two groups, or a group has fewer than two rows.
    DataError
        If a variable is not numeric.
    """
    names = [variables] if isinstance(variables, str) else list(variables)
    where = setting(data, [*names, by], weights, cluster)
    notes: list[Note] = []
    groups = _split(where, by, split, notes) if split is not None else grouping(where, by)
    if groups.count != 2:
        raise SpecError("describe.not_two_groups", variable=by, groups=groups.count)
    notes += silent_rows(where, groups)
    found = compare(where, names, groups)
    if where.weight or where.cluster:
        notes.append(Note("describe.side_tests", "info", {"by": by}))
    flat = [d.variable for d in found if np.isnan(d.main.p_value)]
    if flat:
        notes.append(Note("describe.no_spread", "caution", {"variables": flat}, Where(tuple(flat))))
    first, second = groups.labels
    weight, group = where.weight or "", where.cluster or ""
    return GroupDifferences(
        by, where.label(by), (first, second), found, conf_level, weight, group, tuple(notes)
    )


def compare(where: Setting, names: Sequence[str], groups: Grouping) -> tuple[Difference, ...]:
    """Return the differences of variables between two given groups."""
    w, g = where.weights(), where.clusters()
    return tuple(
        _difference(where, name, cells(where.numbers(name), groups.codes, 2, w, g), groups.name)
        for name in names
    )


def _split(where: Setting, by: str, split: Split, notes: list[Note]) -> Grouping:
    if split not in ("mean", "median"):
        raise SpecError("describe.unknown_split", split=split)
    values = where.numbers(by)
    known = ~np.isnan(values)
    if not known.any():
        raise SpecError("describe.not_two_groups", variable=by, groups=0)
    cut = float(np.mean(values[known]) if split == "mean" else np.median(values[known]))
    codes = np.where(known, (values > cut).astype(np.int64), -1)
    said = {"variable": by, "split": split, "cut": cut}
    if split == "mean":
        notes.append(Note("describe.mean_split", "warning", said, Where((by,))))
    else:
        notes.append(Note("describe.median_split", "warning", said, Where((by,))))
    return Grouping(by, codes, (0, 1), (f"{by} ≤ {cut:.4g}", f"{by} > {cut:.4g}"))


def _difference(where: Setting, name: str, found: Cells, by: str) -> Difference:
    a, b = found.split()
    if min(a.size, b.size) < 2:
        raise SpecError("describe.tiny_group", variable=name, by=by, n=min(a.size, b.size))
    means, deviations = found.means(), found.deviations()
    return Difference(
        name,
        where.label(name),
        (a.size, b.size),
        (float(means[0]), float(means[1])),
        (float(deviations[0]), float(deviations[1])),
        found.method,
        mean_difference(found),
        student(a, b),
        mann_whitney(a, b),
        cohens_d(a, b),
        brown_forsythe([a, b]),
    )


def _tests(found: Difference, conf_level: float) -> list[dict[str, Any]]:
    base = {
        "term": found.variable,
        "label": found.label,
        "n_1": found.sizes[0],
        "n_2": found.sizes[1],
        "mean_1": found.means[0],
        "mean_2": found.means[1],
        "sd_1": found.deviations[0],
        "sd_2": found.deviations[1],
    }
    nan = float("nan")
    rows = []
    for method, contrast in ((found.method, found.main), ("student", found.student)):
        reach = t_critical(conf_level, contrast.df) * contrast.std_error if contrast.df > 0 else nan
        rows.append(
            {
                **base,
                "method": method,
                "estimate": contrast.estimate,
                "std_error": contrast.std_error,
                "statistic": contrast.statistic,
                "df": contrast.df,
                "p_value": contrast.p_value,
                "conf_low": contrast.estimate - reach,
                "conf_high": contrast.estimate + reach,
            }
        )
    empty = {"std_error": nan, "df": nan, "conf_low": nan, "conf_high": nan}
    ranks, equal = found.ranks, found.variances
    rows += [
        {
            **base,
            "method": "mann_whitney",
            "estimate": ranks.share,
            "statistic": ranks.z,
            "p_value": ranks.p_value,
            **empty,
        },
        {
            **base,
            "method": "cohens_d",
            "estimate": found.d,
            "statistic": nan,
            "p_value": nan,
            **empty,
        },
        {
            **base,
            "method": "brown_forsythe",
            "estimate": nan,
            "statistic": equal.statistic,
            "p_value": equal.p_value,
            **empty,
            "df": equal.df2,
        },
    ]
    return rows
