"""Several treatments as a value: means, effects, contrasts, overlap, tables, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.test_result import AnyTest, Inapplicable
from livelihoods.estimate.treatments import tables
from livelihoods.estimate.treatments.categories import say

if TYPE_CHECKING:
    from livelihoods.estimate.vcov import VcovSpec
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table
    from livelihoods.typing import Floats, Result


@dataclass(frozen=True, slots=True)
class TreatmentsResult:
    """Effects of several treatments in one population.

    Attributes
    ----------
    formula, outcome, treatment, method, estimand, focal
        What was asked; ``treatment`` are the columns.
    wording
        Category -> its name for people, the reference first.
    means
        Means of the potential outcomes with their joint covariance.
    effects
        Each category less the reference.
    differences
        One row a pair of categories: ``group, against, estimate, std_error, statistic, p_value,
        p_holm``.
    test
        All means are equal.
    together
        Both − first − second + neither of each pair of 0/1 columns with all four cells: positive
        for complements; None if there is none.
    overlap
        One row a category: ``nobs``, smallest, 1st percentile and median of its probability over
        all rows, share of rows below 0.01, effective rows of its weights, largest row's share.
    separate
        Binary least-squares fits of each category against the reference: the common columns and
        ``nobs``.
    correlation
        Of the separate estimates, which share the reference's rows, shape ``(f, f)``.
    nobs, vcov, conf_level, notes
        As for every estimate.
    """

    formula: str
    outcome: str
    treatment: tuple[str, ...]
    method: str
    estimand: str
    focal: str | None
    wording: Mapping[str, str]
    means: co.Coefficients
    effects: co.Coefficients
    differences: pl.DataFrame
    test: AnyTest
    together: co.Coefficients | None
    overlap: pl.DataFrame
    separate: pl.DataFrame
    correlation: Floats
    nobs: int
    vcov: VcovSpec
    conf_level: float
    notes: tuple[Note, ...]

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.vcov.label

    @property
    def reference(self) -> str:
        """Category compared with."""
        return next(iter(self.wording))

    def tidy(self) -> pl.DataFrame:
        """Return means, effects, complementarity and the separate fits.

        ``part`` is ``"mean"``, ``"effect"``, ``"together"`` or ``"separate"``.
        """
        parts = [("mean", self.means.tidy()), ("effect", self.effects.tidy())]
        if self.together is not None:
            parts.append(("together", self.together.tidy()))
        parts.append(("separate", self.separate.drop("nobs")))
        return pl.concat(
            [frame.select(pl.lit(part).alias("part"), pl.all()) for part, frame in parts]
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: size, categories, the test that all means are equal."""
        found = None if isinstance(self.test, Inapplicable) else self.test
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "categories": [len(self.wording)],
                "method": [self.method],
                "estimand": [self.estimand],
                "f_equal": [found.statistic if found else None],
                "p_equal": [found.p_value if found else None],
                "vcov": [self.vcov_label],
            },
            schema_overrides={"f_equal": pl.Float64, "p_equal": pl.Float64},
        )

    def summary(self) -> Table:
        """Return a row a category: mean, effect, and the separate fit beside it."""
        return tables.effects_table(self)

    def difference_table(self) -> Table:
        """Return every pair of categories with Holm's p."""
        return tables.difference_table(self)

    def overlap_table(self) -> Table:
        """Return what the probabilities and weights of each category look like."""
        return tables.overlap_table(self)

    def plot(self) -> Figure:
        """Return the effects, joint and separate, with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        drawn = {
            say(f"method_{self.method}"): cast("Result", self.effects),
            say("separate"): cast("Result", co.Drawn(self.separate)),
        }
        return coefficient_plot(
            drawn,
            id="treatments",
            title=self.title(),
            labels=dict(self.wording),
            axis=words.text("estimate.heterogeneity.axis", outcome=co.shown(self.outcome)),
        )

    def title(self) -> str:
        """Caption of table and figure."""
        return say("title", outcome=co.shown(self.outcome), reference=self.wording[self.reference])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": f"treatments:{self.method}",
            "formula": self.formula,
            "outcome": self.outcome,
            "treatment": list(self.treatment),
            "estimand": self.estimand,
            "focal": self.focal,
            "vcov": self.vcov_label,
            "estimates": co.record_values(self.tidy()),
            "differences": self.differences.to_dicts(),
            "overlap": self.overlap.to_dicts(),
            "separate_correlation": self.correlation.tolist(),
            "test": self.test.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()
