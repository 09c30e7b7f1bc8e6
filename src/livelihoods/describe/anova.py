"""Several groups compared: one-way analysis of variance, with unequal variances and clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.describe.contrasts import cells, equal_means
from livelihoods.describe.setting import Setting, grouping, setting, silent_rows
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.groups import FTest, brown_forsythe, one_way, welch_anova

if TYPE_CHECKING:
    from livelihoods.tables import Table
    from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class OneWay:
    """One variable across groups.

    Attributes
    ----------
    variable, label
        Column and wording.
    sizes, means, deviations
        By group, shape ``(G,)``; weighted when weights are declared.
    f
        Fisher's F test of equal means (unweighted).
    eta2
        Share of variance between groups.
    welch
        Welch's test without equal variances; None if a group has no spread.
    clustered
        Wald F test with clustered (or, weighted, HC1) errors; None if neither is declared.
    variances
        Brown and Forsythe's test of equal variances.
    """

    variable: str
    label: str
    sizes: Ints
    means: Floats
    deviations: Floats
    f: FTest
    eta2: float
    welch: FTest | None
    clustered: FTest | None
    variances: FTest


@dataclass(frozen=True, slots=True)
class Anova:
    """Variables compared across groups.

    Attributes
    ----------
    by, by_label, groups
        Grouping column, its wording and that of its groups.
    variables
        One a variable.
    weight, cluster
        Columns, or "".
    notes
        What must be said.
    """

    by: str
    by_label: str
    groups: tuple[str, ...]
    variables: tuple[OneWay, ...]
    weight: str
    cluster: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a variable and test: statistic, degrees of freedom, p; η² beside Fisher's F."""
        return pl.DataFrame([row for found in self.variables for row in _tests(found)])

    def means(self) -> pl.DataFrame:
        """One row a variable and group: rows, mean, standard deviation."""
        return pl.DataFrame(
            [
                {
                    "variable": found.variable,
                    "group": label,
                    "n": int(found.sizes[g]),
                    "mean": float(found.means[g]),
                    "sd": float(found.deviations[g]),
                }
                for found in self.variables
                for g, label in enumerate(self.groups)
            ]
        )

    def glance(self) -> pl.DataFrame:
        """One row: grouping, groups, variables."""
        row = {"by": self.by, "groups": len(self.groups), "variables": len(self.variables)}
        return pl.DataFrame([{**row, "weight": self.weight, "cluster": self.cluster}])

    def summary(self) -> Table:
        """Means by group, F, η², Welch's F, p values."""
        from livelihoods.describe.group_tables import anova_table

        return anova_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "by": self.by,
            "tests": self.tidy().to_dicts(),
            "means": self.means().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def anova(
    data: Any,
    variables: str | Sequence[str],
    by: str,
    *,
    weights: str | bool | None = None,
    cluster: str | bool | None = None,
) -> Anova:
    """Compare the means of variables across the groups of a column.

    Parameters
    ----------
    data
        A survey or frame.
    variables
        Numeric columns.
    by
        Column of groups (at most 50).
    weights, cluster
        Column, None for what the survey declares, False for none. With either, a Wald F test with
        HC1 or clustered errors stands beside Fisher's and Welch's, which know neither.

    Returns
    -------
    Anova

    Raises
    ------
    SpecError
        If ``by`` does not make groups, or fewer than two of them have two rows.
    DataError
        If a variable is not numeric.
    """
    names = [variables] if isinstance(variables, str) else list(variables)
    where = setting(data, [*names, by], weights, cluster)
    groups = grouping(where, by)
    notes = silent_rows(where, groups)
    found = tuple(_one(where, name, groups.codes, groups.count, by, notes) for name in names)
    if where.weight or where.cluster:
        notes.append(Note("describe.side_tests", "info", {"by": by}))
    return Anova(
        by,
        where.label(by),
        groups.labels,
        found,
        where.weight or "",
        where.cluster or "",
        tuple(notes),
    )


def _one(where: Setting, name: str, codes: Ints, count: int, by: str, notes: list[Note]) -> OneWay:
    found = cells(where.numbers(name), codes, count, where.weights(), where.clusters())
    parts = [part for part in found.split() if part.size]
    if len(parts) < 2 or sum(part.size for part in parts) <= len(parts):
        raise SpecError("describe.tiny_group", variable=name, by=by, n=0)
    f, eta2 = one_way(parts)
    full = len(parts) == count
    robust = equal_means(found) if full and found.method != "welch" else None
    if found.method != "welch" and robust is None:
        notes.append(Note("describe.no_wald", "caution", {"variable": name}, Where((name,))))
    welch = welch_anova(parts)
    if welch is None:
        notes.append(Note("describe.no_welch", "caution", {"variable": name}, Where((name,))))
    variances = brown_forsythe(parts)
    if welch is not None and variances.p_value < 0.05:
        values = {"variable": name, "p": variances.p_value}
        notes.append(Note("describe.unequal_variances", "caution", values, Where((name,))))
    return OneWay(
        name,
        where.label(name),
        found.sizes(),
        found.means(),
        found.deviations(),
        f,
        eta2,
        welch,
        robust,
        variances,
    )


def _tests(found: OneWay) -> list[dict[str, Any]]:
    tests = {
        "fisher": found.f,
        "welch": found.welch,
        "wald": found.clustered,
        "brown_forsythe": found.variances,
    }
    return [
        {
            "term": found.variable,
            "label": found.label,
            "test": name,
            "statistic": test.statistic,
            "df1": test.df1,
            "df2": test.df2,
            "p_value": test.p_value,
            "eta2": found.eta2 if name == "fisher" else None,
        }
        for name, test in tests.items()
        if test is not None
    ]
