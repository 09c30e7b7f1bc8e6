"""Who is likely to be poor: vulnerability from one cross-section, under its stated assumption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting.sample import (
    Line,
    Sample,
    Scale,
    check_line,
    log_line,
    place_rows,
    read_sample,
)
from livelihoods.cooperatives.targeting.vulnerability_fit import (
    Variance,
    VulnerabilityFit,
    chance_below,
    fit_vulnerability,
)
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.notes import Note, gather
from livelihoods.numerics.covariance import Covariance, clustered, heteroskedastic

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.numerics.linear import Lstsq
    from livelihoods.tables import Table
    from livelihoods.typing import Floats, Ints

CLASSES = ("chronic", "transient", "high_risk", "secure")


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """Chances of being poor.

    Attributes
    ----------
    formula, sample, variance
        What was asked, and the rows used.
    fit
        Both equations.
    line
        Poverty line in money.
    chance
        V of each row used, shape ``(n,)``; NaN where the fitted variance is not positive.
    threshold
        From which V somebody is called vulnerable.
    coefficients
        Equation (``"mean"``, ``"variance"``) -> coefficients with their covariance.
    notes
        What must be said.
    """

    formula: str
    sample: Sample
    variance: Variance
    fit: VulnerabilityFit
    line: float
    chance: Floats
    threshold: float
    coefficients: dict[str, co.Coefficients]
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a coefficient, with its equation."""
        frames = [
            found.tidy().select(pl.lit(name).alias("equation"), pl.all())
            for name, found in self.coefficients.items()
        ]
        return pl.concat(frames)

    def classes(self) -> pl.DataFrame:
        """Return one row a class: poor now or not, vulnerable or not, and its share of persons."""
        judged = ~np.isnan(self.chance)
        people = self.sample.people * judged
        poor = self.sample.log_consumption < np.log(self.line)
        high = np.where(judged, self.chance, 0.0) >= self.threshold
        masks = (poor & high, poor & ~high, ~poor & high, ~poor & ~high)
        rows = []
        for name, mask in zip(CLASSES, masks, strict=True):
            mine = people * mask
            share = float(mine.sum() / people.sum())
            mean = float(np.nansum(mine * self.chance) / mine.sum()) if mine.any() else None
            rows.append({"class": name, "share": share, "mean_chance": mean})
        return pl.DataFrame(rows)

    def scores(self) -> pl.DataFrame:
        """Return each row used: poor now, expected ln c, its standard deviation, V."""
        return pl.DataFrame(
            {
                "row": self.sample.design.rows,
                "poor": self.sample.log_consumption < np.log(self.line),
                "expected": self.fit.expected,
                "spread": self.fit.spread,
                "chance": self.chance,
            },
            nan_to_null=True,
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: size, poor now, mean chance, share vulnerable."""
        judged = ~np.isnan(self.chance)
        people = self.sample.people[judged]
        poor = (self.sample.log_consumption < np.log(self.line))[judged]
        chance = self.chance[judged]
        return pl.DataFrame(
            {
                "nobs": [self.sample.design.nobs],
                "judged": [int(judged.sum())],
                "line": [self.line],
                "poor_share": [float(people @ poor / people.sum())],
                "mean_chance": [float(people @ chance / people.sum())],
                "vulnerable_share": [float(people @ (chance >= self.threshold) / people.sum())],
                "threshold": [self.threshold],
                "variance": [self.variance],
            }
        )

    def summary(self) -> Table:
        """Return classes of poverty and vulnerability."""
        from livelihoods.cooperatives.targeting.vulnerability_show import classes_table

        return classes_table(self)

    def coefficient_table(self) -> Table:
        """Return both equations side by side."""
        from livelihoods.cooperatives.targeting.vulnerability_show import equations_table

        return equations_table(self)

    def plot(self) -> Figure:
        """Draw the chance of being poor over consumption today."""
        from livelihoods.cooperatives.targeting.vulnerability_show import chance_figure

        return chance_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "formula": self.formula,
            "glance": self.glance().to_dicts()[0],
            "classes": self.classes().to_dicts(),
            "coefficients": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def vulnerability(
    formula: str,
    data: Any,
    line: Line,
    *,
    scale: Scale = "ln",
    variance: Variance = "linear",
    threshold: float = 0.5,
    weights: str | None = None,
    persons: str | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Vulnerability:
    """Estimate each household's chance of being poor from one cross-section.

    The spread of consumption between like households today is taken for the spread of one
    household's consumption over time. That is an assumption, not a finding.

    Parameters
    ----------
    formula
        Consumption per head on characteristics that change slowly.
    data
        A survey or frame.
    line
        Poverty line in money per head, or ``{"poorest": 0.25}``.
    scale
        Whether the outcome is ``"ln"`` consumption or ``"money"``.
    variance
        ``"linear"`` (Chaudhuri, Jalan and Suryahadi 2002) or ``"log"`` (Harvey 1976).
    threshold
        V from which a household is called vulnerable.
    weights, persons, cluster
        Sampling weights; household sizes for shares of persons; clusters of the standard errors.
    conf_level
        Of the intervals.

    Raises
    ------
    SpecError
        A line, threshold, scale or variance that makes no sense.
    DataError
        Nobody or everybody is poor, or most fitted variances are not positive.
    """
    check_line(line)
    if not 0 < threshold < 1:
        raise SpecError("targeting.bad_share", name="threshold", value=threshold)
    if variance not in get_args(Variance):
        raise SpecError("targeting.unknown_variance", variance=variance)
    sample = read_sample(
        formula, data, scale=scale, weights=weights, persons=persons, cluster=cluster
    )
    z = log_line(line, sample.log_consumption, sample.people)
    fit = fit_vulnerability(sample.design.X, sample.log_consumption, sample.weights, variance)
    if fit.judged.mean() < 0.5 or fit.judged.sum() <= sample.design.X.shape[1] + 1:
        raise DataError("targeting.no_variance", n=int((~fit.judged).sum()), of=sample.design.nobs)
    notes = [note for note in sample.notes if note.code != "targeting.no_cluster"]
    notes.append(Note("targeting.one_cross_section", "caution"))
    if not fit.judged.all():
        rows = sample.design.rows[~fit.judged]
        values = {"n": int(rows.size), "of": sample.design.nobs}
        notes.append(Note("targeting.negative_variance", "warning", values, place_rows(rows)))
    return Vulnerability(
        formula=formula,
        sample=sample,
        variance=variance,
        fit=fit,
        line=float(np.exp(z)),
        chance=chance_below(fit.expected, fit.spread, z),
        threshold=threshold,
        coefficients=_coefficients(sample, fit, conf_level),
        notes=gather(notes),
    )


def _coefficients(
    sample: Sample, fit: VulnerabilityFit, conf_level: float
) -> dict[str, co.Coefficients]:
    parts = {
        "mean": (fit.mean, fit.mean_weights, fit.judged),
        "variance": (fit.variance, fit.variance_weights, fit.judged_first),
    }
    found = {}
    for name, (equation, weights, rows) in parts.items():
        X = np.asfortranarray(sample.design.X[rows])
        codes = np.unique(sample.groups[rows], return_inverse=True)[1] if sample.cluster else None
        covariance = _covariance(X, equation, weights, codes)
        found[name] = co.Coefficients(
            sample.design.names, equation.coef, covariance.matrix, covariance.df, conf_level
        )
    return found


def _covariance(X: Floats, fit: Lstsq, weights: Floats, codes: Ints | None) -> Covariance:
    if codes is None:
        return heteroskedastic(X, fit.residuals, fit.bread, weights, "HC1")
    return clustered(X, fit.residuals, fit.bread, weights, [codes.astype(np.int64)])
