"""A proxy means test as a value: coefficients, the curve of its errors, tables, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting.cutoffs import NAMES, Errors

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.sample import Line, Sample
    from livelihoods.estimate.ols import OlsResult
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table
    from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors of one set of predictions.

    Attributes
    ----------
    log_line, poor_share, poorest
        ln z, share of persons below it, and the part q of the CGH index.
    at_line
        Errors when those predicted below the line are selected.
    at_quota
        Errors when as many are selected as are poor: exclusion then equals leakage.
    curve, cutoff
        Errors at the shares selected of the grid, and the predicted consumption at each.
    quota_cutoff
        Predicted consumption up to which people are selected in ``at_quota``.
    rmse, r2, auc
        Root mean squared error of ln c, share of its variance explained, and the chance that a
        poor person is ranked below one who is not.
    """

    log_line: float
    poor_share: float
    poorest: float
    at_line: Errors
    at_quota: Errors
    curve: Errors
    cutoff: Floats
    quota_cutoff: float
    rmse: float
    r2: float
    auc: float

    @property
    def place_of_exclusion(self) -> int:
        """Place of ``at_line.exclusion`` in :meth:`flat`."""
        return 4

    def flat(self) -> Floats:
        """Return every number in one array, in the order of the attributes."""
        parts = []
        for item in fields(self):
            value = getattr(self, item.name)
            part = value.stacked().ravel() if isinstance(value, Errors) else np.atleast_1d(value)
            parts.append(part)
        return np.concatenate(parts)

    def filled(self, flat: Floats) -> Accuracy:
        """Return an Accuracy of the same shape with the numbers of ``flat``."""
        at = 0
        values: dict[str, Any] = {}
        for item in fields(self):
            mine = getattr(self, item.name)
            if isinstance(mine, Errors):
                size = mine.coverage.size
                rows = flat[at : at + 5 * size].reshape(5, size)
                values[item.name], at = Errors(*rows), at + 5 * size
            else:
                size = np.atleast_1d(mine).size
                part = flat[at : at + size]
                values[item.name] = part if isinstance(mine, np.ndarray) else float(part[0])
                at += size
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class ProxyMeansTest:
    """A proxy means test and its errors on clusters that the fit has not seen.

    Attributes
    ----------
    formula, sample, line
        What was asked, and the rows used.
    regression
        Least squares on all rows, for reading the coefficients; None if the outcome was in money.
    found, in_sample
        Errors on held-out clusters, and on the rows the test was fitted to.
    low, high
        Ends of the bootstrap intervals of ``found``; None without draws.
    coverage
        Shares selected of the curve.
    predicted, fold
        Held-out prediction of ln c and the fold of each row used, shape ``(n,)``.
    incidence
        Of the fifths of true consumption: share of the benefits, share selected, at the quota.
    folds, conf_level, replicates, notes
        How it was computed, and what must be said.
    """

    formula: str
    sample: Sample
    regression: OlsResult | None
    line: Line
    found: Accuracy
    in_sample: Accuracy
    low: Accuracy | None
    high: Accuracy | None
    coverage: Floats
    predicted: Floats
    fold: Ints
    incidence: tuple[Floats, Floats]
    folds: int
    conf_level: float
    replicates: int
    notes: tuple[Note, ...]

    @property
    def line_used(self) -> float:
        """The poverty line in money."""
        return float(np.exp(self.found.log_line))

    def tidy(self) -> pl.DataFrame:
        """Return the errors with their intervals, one row a rule and measure."""
        rows = []
        for rule in ("at_line", "at_quota"):
            for name in NAMES:
                rows.append({"rule": rule, **self._estimate(rule, name)})
        return pl.DataFrame(rows)

    def _estimate(self, rule: str, name: str) -> dict[str, Any]:
        def pick(found: Accuracy | None) -> float | None:
            return None if found is None else float(getattr(getattr(found, rule), name)[0])

        row = {"term": name, "estimate": pick(self.found)}
        return row | {"conf_low": pick(self.low), "conf_high": pick(self.high)}

    def coefficients(self) -> pl.DataFrame:
        """Return the weights of the test: one row a characteristic."""
        return pl.DataFrame() if self.regression is None else self.regression.tidy()

    def curve(self) -> pl.DataFrame:
        """Return the errors at each share selected, with the ends of their intervals."""
        columns: dict[str, Any] = {"coverage": self.coverage, "cutoff": self.found.cutoff}
        for name in NAMES[1:]:
            columns[name] = getattr(self.found.curve, name)
            if self.low is not None and self.high is not None:
                columns[f"{name}_low"] = getattr(self.low.curve, name)
                columns[f"{name}_high"] = getattr(self.high.curve, name)
        return pl.DataFrame(columns)

    def scores(self) -> pl.DataFrame:
        """Return each row used: fold, ln c, its held-out prediction, poor, selected at the line."""
        z = self.found.log_line
        return pl.DataFrame(
            {
                "row": self.sample.design.rows,
                "fold": self.fold,
                "log_consumption": self.sample.log_consumption,
                "predicted": self.predicted,
                "poor": self.sample.log_consumption < z,
                "selected": self.predicted < z,
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: size, line, fit within and outside the sample."""
        return pl.DataFrame(
            {
                "nobs": [self.sample.design.nobs],
                "persons": [float(self.sample.people.sum())],
                "clusters": [int(self.sample.groups.max()) + 1 if self.sample.cluster else None],
                "folds": [self.folds],
                "line": [self.line_used],
                "poor_share": [self.found.poor_share],
                "r2": [self.in_sample.r2],
                "r2_held_out": [self.found.r2],
                "rmse_held_out": [self.found.rmse],
                "auc": [self.found.auc],
            }
        )

    def summary(self) -> Table:
        """Return the errors at chosen cutoffs as a table."""
        from livelihoods.cooperatives.targeting.proxy_show import errors_table

        return errors_table(self)

    def coefficient_table(self) -> Table:
        """Return the weights of the test, as points of 100 ln c, for a form on paper."""
        from livelihoods.cooperatives.targeting.proxy_show import score_table

        return score_table(self)

    def plot(self, what: Literal["errors", "cgh", "incidence"] = "errors") -> Figure:
        """Draw the errors, the CGH index over the share selected, or who gets the benefit."""
        from livelihoods.cooperatives.targeting import proxy_show

        return proxy_show.FIGURES[what](self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        share, reached = self.incidence
        line: Any = dict(self.line) if isinstance(self.line, Mapping) else self.line
        return {
            "formula": self.formula,
            "line": line,
            "glance": self.glance().to_dicts()[0],
            "errors": self.tidy().to_dicts(),
            "curve": self.curve().to_dicts(),
            "incidence": {"benefits": share.tolist(), "selected": reached.tolist()},
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())
