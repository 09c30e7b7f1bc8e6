"""Does the effect rise or fall with a third variable? Interaction and marginal effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.language.formulas import parse_formula
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.estimate.vcov import Vcov
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics import special
from livelihoods.survey.door import as_survey
from livelihoods.tables import BLANK, Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats

_FEW_VALUES = 7
_GRID = 21


@dataclass(frozen=True, slots=True)
class ModerationResult:
    """An interaction and the effect it implies at values of the moderator.

    Attributes
    ----------
    treatment, moderator, interaction
        Terms of the regression.
    regression
        The least-squares fit with the interaction.
    frame
        One row a value of the moderator: ``value, estimate, std_error, statistic, p_value,
        conf_low, conf_high``.
    notes
        Findings, those of the regression first.
    """

    treatment: str
    moderator: str
    interaction: str
    regression: OlsResult
    frame: pl.DataFrame
    notes: tuple[Note, ...]

    @property
    def outcome(self) -> str:
        """Name of the response."""
        return self.regression.outcome

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.regression.nobs

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.regression.vcov_label

    def tidy(self) -> pl.DataFrame:
        """Return the marginal effects."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: the interaction with its error and p-value."""
        row = self._row(self.interaction)
        keys = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
        found = {"interaction": [self.interaction]} | {key: [row[key]] for key in keys}
        return pl.DataFrame({**found, "nobs": [self.nobs], "vcov": [self.vcov_label]})

    def summary(self) -> Table:
        """Return treatment, moderator and interaction, then the effects at chosen values."""
        rows = [
            _line(co.shown(term), self._row(term))
            for term in (self.treatment, self.moderator, self.interaction)
        ]
        height = self.frame.height
        places = range(height) if height <= _FEW_VALUES else range(0, height, 5)
        head = text(say("effect_at", treatment=co.shown(self.treatment)))
        rows.append(Row((head, *([BLANK] * 4)), "section", True))
        for place in places:
            row = self.frame.row(place, named=True)
            rows.append(_line(f"{co.shown(self.moderator)} = {row['value']:.4g}", row, 1))
        level = f"{100 * self.regression.conf_level:g}"
        columns = (
            Column("term", co.label("term"), "left"),
            Column("estimate", co.label("estimate")),
            Column("std_error", co.label("std_error")),
            Column("p_value", co.label("p_value")),
            Column("interval", co.label("interval", level=level), "center"),
        )
        legend = (co.label("stars"), co.label("errors_are", vcov=self.regression.vcov.words()))
        spoken = words.language()
        return Table(
            "moderation",
            self._title(),
            columns,
            tuple(rows),
            notes=self.notes,
            legend=legend,
            language=spoken,
        )

    def plot(self) -> Figure:
        """Return the marginal effect over the moderator with its band."""
        from livelihoods.figures.curve import curve_plot

        values = {name: self.frame[name].to_numpy() for name in self.frame.columns}
        return curve_plot(
            values["value"],
            values["estimate"],
            values["conf_low"],
            values["conf_high"],
            id="moderation",
            title=self._title(),
            x_axis=co.shown(self.moderator),
            y_axis=say("effect_at", treatment=co.shown(self.treatment)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "moderation",
            "treatment": self.treatment,
            "moderator": self.moderator,
            "interaction": self.glance().row(0, named=True),
            "effects": self.frame.to_dicts(),
            "regression": self.regression.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()

    def _row(self, term: str) -> dict[str, Any]:
        return self.regression.tidy().row(by_predicate=pl.col("term") == term, named=True)

    def _title(self) -> str:
        shown = co.shown
        return say("title", treatment=shown(self.treatment), moderator=shown(self.moderator),
                   outcome=shown(self.outcome))  # fmt: skip


def moderation(
    formula: str,
    data: Any,
    treatment: str,
    moderator: str,
    *,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
    values: Sequence[float] | None = None,
) -> ModerationResult:
    """Let the effect depend linearly on a moderator.

    y = b₁D + b₂M + b₃DM + controls; the effect of D at M = m is b₁ + b₃m with variance
    V₁₁ + 2mV₁₃ + m²V₃₃ (delta method, exact here).

    Parameters
    ----------
    formula
        ``"learning ~ rii + age + C(year)"``; moderator and interaction are added if absent.
    data
        A Survey, or any frame.
    treatment, moderator
        Numeric columns. For a moderator of categories use ``lv.heterogeneity``.
    vcov, weights, conf_level
        As in ``lv.ols``.
    values
        Where the effect is wanted; None takes every value of a moderator of at most seven, else
        21 values from its 5th to its 95th percentile.

    Raises
    ------
    SpecError
        If the treatment is not a term, or treatment, moderator and outcome are not three columns.
    EstimationError
        If the interaction cannot be told from the other columns.
    """
    read = parse_formula(formula)
    if len({treatment, moderator, read.response}) < 3:
        raise SpecError("estimate.moderation_same", treatment=treatment, moderator=moderator)
    terms = [term.label for term in read.rhs]
    if treatment not in terms:
        raise SpecError("estimate.no_such_term", term=treatment, known=terms)
    survey = as_survey(data)
    if moderator in survey.frame.columns and not _numeric(survey.frame[moderator]):
        raise SpecError("estimate.moderation_numeric", moderator=moderator)
    inter = next((t for t in terms if t in _pair(treatment, moderator)), f"{treatment}:{moderator}")
    added = [term for term in (moderator, inter) if term not in terms]
    result = ols(" + ".join([formula, *added]), survey, vcov, weights, conf_level)
    gone = [t for t in (treatment, moderator, inter) if t not in result.design.names]
    if gone:
        raise EstimationError("estimate.moderation_collinear", terms=gone, moderator=moderator)
    seen = result.design.X[:, result.design.names.index(moderator)]
    dose = result.design.X[:, result.design.names.index(treatment)]
    grid = _grid(seen, values)
    frame = _effects(result, treatment, inter, grid)
    notes = gather(result.notes, _notes(treatment, moderator, dose, seen, grid))
    return ModerationResult(treatment, moderator, inter, result, frame, notes)


def fit_marginal(coef: Floats, covariance: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return b₁ + b₃m and its standard error at each m.

    Parameters
    ----------
    coef, covariance
        Treatment and interaction: shapes ``(2,)`` and ``(2, 2)``.
    at
        Values of the moderator, shape ``(m,)``.
    """
    variance = covariance[0, 0] + 2 * at * covariance[0, 1] + at**2 * covariance[1, 1]
    return coef[0] + coef[1] * at, np.sqrt(np.maximum(variance, 0.0))


def _effects(result: OlsResult, treatment: str, inter: str, grid: Floats) -> pl.DataFrame:
    names = result.design.names
    chosen = [names.index(treatment), names.index(inter)]
    matrix = result.covariance.matrix[np.ix_(chosen, chosen)]
    effect, error = fit_marginal(result.fit.coef[chosen], matrix, grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = effect / error
    df = result.covariance.df
    reach = special.t_critical(result.conf_level, df) * error
    return pl.DataFrame(
        {
            "value": grid,
            "estimate": effect,
            "std_error": error,
            "statistic": ratio,
            "p_value": special.t_two_sided(ratio, df),
            "conf_low": effect - reach,
            "conf_high": effect + reach,
        }
    ).fill_nan(None)


def _grid(seen: Floats, values: Sequence[float] | None) -> Floats:
    if values is not None:
        grid = np.unique(np.asarray(list(values), dtype=np.float64))
        if grid.size == 0 or not np.isfinite(grid).all():
            raise SpecError("estimate.moderation_values")
        return grid
    levels = np.unique(seen)
    if levels.size <= _FEW_VALUES:
        return levels
    low, high = np.quantile(seen, (0.05, 0.95))
    return np.linspace(low, high, _GRID) if high > low else levels[[0, -1]]


def _notes(
    treatment: str, moderator: str, dose: Floats, seen: Floats, grid: Floats
) -> tuple[Note, ...]:
    where = Where((treatment, moderator))
    notes: tuple[Note, ...] = ()
    low, high = float(seen.min()), float(seen.max())
    if not low <= 0.0 <= high:
        values = {"treatment": treatment, "moderator": moderator, "low": low, "high": high}
        notes += (Note("estimate.moderation_zero", "caution", values, where),)
    outside = [float(m) for m in grid if not low <= m <= high]
    if outside:
        values = {"moderator": moderator, "values": [f"{m:g}" for m in outside],
                  "low": low, "high": high}  # fmt: skip
        notes += (Note("estimate.moderation_outside", "warning", values, where),)
    arms = np.unique(dose)
    if arms.size == 2:
        ends = [seen[dose == arm] for arm in arms]
        least = max(float(end.min()) for end in ends)
        most = min(float(end.max()) for end in ends)
        beyond = int(((grid < least) | (grid > most)).sum())
        if beyond:
            values = {"moderator": moderator, "low": least, "high": most, "n": beyond}
            notes += (Note("estimate.moderation_support", "warning", values, where),)
    if np.unique(seen).size > 2:
        notes += (Note("estimate.moderation_linear", "info", {"moderator": moderator}, where),)
    return notes


def _line(name: str, row: dict[str, Any], indent: int = 0) -> Row:
    low, high = row["conf_low"], row["conf_high"]
    cells = (
        text(name),
        number(row["estimate"], stars=co.stars(row["p_value"])),
        number(row["std_error"]),
        p_value(row["p_value"]),
        BLANK if low is None or high is None else interval(low, high),
    )
    return Row(cells, indent=indent)


def _pair(first: str, second: str) -> tuple[str, str]:
    return f"{first}:{second}", f"{second}:{first}"


def _numeric(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or column.dtype == pl.Boolean


def say(key: str, **values: object) -> str:
    """Return one of the words of moderation."""
    return words.text(f"estimate.moderation.{key}", **values)
