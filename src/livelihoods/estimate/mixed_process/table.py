"""Systems side by side: the outcome equations, the participation equations, the errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.estimate.mixed_process.build import observed_edges
from livelihoods.estimate.mixed_process.labels import ANCILLARY
from livelihoods.tables.regression import regression_table

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.result import CmpResult
    from livelihoods.notes import Note
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class SystemColumn:
    """A two-equation system as one column of a table: equations named by what they do.

    Attributes
    ----------
    result
        The system.
    outcome, vcov_label, notes, conf_level, statistic_name
        As every regression has them; ``outcome`` is that of the outcome equation.
    """

    result: CmpResult
    outcome: str
    vcov_label: str
    notes: tuple[Note, ...]
    conf_level: float
    statistic_name: str = "z"

    def tidy(self) -> pl.DataFrame:
        """Return the coefficients with equations by role; ``lnsigma`` and ``atanhrho`` last."""
        main, choice = roles_of(self.result)
        names = self.result.built.names
        said = {
            names[main]: words.text("estimate.cmp.outcome_equation"),
            names[choice]: words.text("estimate.cmp.treatment_equation"),
            ANCILLARY: words.text("estimate.cmp.error_terms"),
        }
        found = self.result.tidy()
        order = [names[main], names[choice], ANCILLARY]
        parts = [found.filter(pl.col("equation") == name) for name in order]
        plain = pl.col("term").str.replace(r"^(lnsigma|atanhrho)_\d+$", "${1}")
        return pl.concat(parts).with_columns(
            pl.col("equation").replace_strict(said, default=pl.col("equation")),
            pl.when(pl.col("equation") == ANCILLARY).then(plain).otherwise("term").alias("term"),
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: size, likelihood, tests."""
        return self.result.glance()

    def summary(self) -> Table:
        """Return the system as a table for a person."""
        return self.result.summary()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return self.result.to_dict()


def roles_of(result: CmpResult) -> tuple[int, int]:
    """Return which equation holds the outcome and which the variable on its right."""
    edges = observed_edges(result.built.equations)
    names = list(result.built.names)
    edges += [
        (a, names.index(b)) for a, one in enumerate(result.built.equations) for b in one.latent
    ]
    if edges:
        return edges[0]
    return 0, 1 if len(names) > 1 else 0


def system_column(result: CmpResult) -> SystemColumn:
    """Return a system of two equations as one column."""
    main, _ = roles_of(result)
    return SystemColumn(
        result,
        result.built.equations[main].response,
        result.vcov_label,
        result.notes,
        result.conf_level,
    )


def cmp_table(results: Sequence[CmpResult], preset: str = "journal", **options: Any) -> Table:
    """Return systems of outcome and participation side by side, one column an outcome.

    Parameters
    ----------
    results
        Systems of two equations: an outcome, and a variable on its right.
    preset, **options
        As for ``lv.regression_table``.
    """
    columns = [system_column(result) for result in results]
    options.setdefault("id", "cmp-table")
    return regression_table(columns, preset, **options)
