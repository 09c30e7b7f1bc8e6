"""Does inequality among members go with attendance and delivery?

What the field does (Baland and Platteau 1999 on collective action; Iliopoulos and Valentinov 2018
on heterogeneity in cooperatives): a member's participation on the Gini of her cooperative and on
her own place in it, ``y_ic = a + b·G_c + c·(x_ic/x̄_c) + controls``, errors clustered by
cooperative; with G² where a turning point is asked for. An association, not an effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.inequality.word import word
from livelihoods.describe.setting import check_columns, codes_of, setting
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics.inequality import gini, sorted_masses
from livelihoods.survey.model import Survey
from livelihoods.tables.regression import regression_table

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table
    from livelihoods.typing import Bools, Floats, Ints

_FEWEST_MEMBERS = 5


@dataclass(frozen=True, slots=True)
class HeterogeneityLink:
    """Participation on inequality and own place.

    Attributes
    ----------
    outcome, attribute
        Columns.
    fit
        The regression, clustered by cooperative; terms ``gini``, ``gini_squared`` if asked, and
        ``relative`` (own amount over the mean of the cooperative).
    ginis
        One row a cooperative: ``cooperative``, ``members``, ``gini``, ``outcome`` (mean).
    left_out
        Cooperatives with fewer than five members known, or where nobody holds anything.
    notes
        What must be said, with those of the regression.
    """

    outcome: str
    attribute: str
    fit: OlsResult
    ginis: pl.DataFrame
    left_out: int
    notes: tuple[Note, ...]

    @property
    def turning_point(self) -> float:
        """The Gini at which a squared term turns, −b/(2·b₂); NaN without one."""
        terms = dict(self.fit.tidy().select("term", "estimate").rows())
        if not terms.get("gini_squared"):
            return float("nan")
        return float(-terms["gini"] / (2.0 * terms["gini_squared"]))

    def tidy(self) -> pl.DataFrame:
        """One row a coefficient."""
        return self.fit.tidy()

    def glance(self) -> pl.DataFrame:
        """One row: rows, cooperatives, fit."""
        return self.fit.glance().with_columns(
            pl.lit(self.ginis.height).alias("cooperatives"),
            pl.lit(self.turning_point).alias("turning_point"),
        )

    def summary(self) -> Table:
        """The regression as a table."""
        from dataclasses import replace

        labels = {name: word(name) for name in ("gini", "gini_squared", "relative")}
        table = regression_table([self.fit], labels=labels)
        title = word("link_title", outcome=self.outcome, attribute=self.attribute)
        return replace(table, title=title, notes=self.notes)

    def plot(self) -> Figure:
        """Coefficients with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        labels = {name: word(name) for name in ("gini", "gini_squared", "relative")}
        title = word("link_title", outcome=self.outcome, attribute=self.attribute)
        return coefficient_plot([self.fit], id="heterogeneity-link", title=title, labels=labels)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {
            "coefficients": self.tidy().to_dicts(),
            "cooperatives": self.ginis.height,
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def heterogeneity_link(
    data: Any,
    outcome: str,
    attribute: str,
    cooperative: str = "cooperative",
    controls: Sequence[str] = (),
    *,
    squared: bool = False,
    conf_level: float = 0.95,
) -> HeterogeneityLink:
    """Regress participation on the inequality of a cooperative and a member's own place in it.

    Parameters
    ----------
    data
        A survey or frame of members; ``members_of_year`` gives one.
    outcome
        Attendance, deliveries: a numeric column.
    attribute
        What is held unequally: a numeric column, not negative.
    cooperative
        Column that names the cooperative; errors are clustered by it.
    controls
        Terms of the formula language.
    squared
        Add the square of the Gini.
    conf_level
        Level of the intervals.

    Raises
    ------
    SpecError
        A column that does not exist; outcome and attribute are one.
    DataError
        Negative amounts; fewer than three cooperatives with five known members.
    """
    if outcome == attribute:
        raise SpecError("heterogeneity.same_column", column=outcome)
    where = setting(data, [outcome, attribute, cooperative], False, False)
    check_columns(where.survey, [outcome, attribute, cooperative])
    x, y = where.numbers(attribute), where.numbers(outcome)
    if np.any(x < 0):
        below = np.flatnonzero(x < 0)
        rows = [int(row) for row in where.survey.rows[below]]
        raise DataError("describe.negative_amounts", variable=attribute, n=below.size, rows=rows)
    codes, names = codes_of(where.survey.frame.get_column(cooperative))
    level, relative, ginis = _places(x, y, codes, [str(name) for name in names])
    if ginis.height < 3:
        raise DataError("heterogeneity.few_cooperatives", n=ginis.height, least=_FEWEST_MEMBERS)
    terms = ["gini", *(["gini_squared"] if squared else []), "relative", *controls]
    added = where.survey.frame.with_columns(
        pl.Series("gini", level),
        pl.Series("gini_squared", level**2),
        pl.Series("relative", relative),
    )
    survey = Survey(added.fill_nan(None), where.survey.codebook, notes=where.survey.notes)
    formula = f"`{outcome}` ~ {' + '.join(terms)}"
    fit = ols(formula, survey, vcov={"cluster": cooperative}, conf_level=conf_level)
    left_out = len(names) - ginis.height
    notes = [Note("heterogeneity.association", "caution", {})]
    if left_out:
        values = {"n": left_out, "least": _FEWEST_MEMBERS}
        notes.append(Note("heterogeneity.left_out", "info", values, Where((cooperative,))))
    return HeterogeneityLink(
        where.label(outcome),
        where.label(attribute),
        fit,
        ginis,
        left_out,
        gather(notes, fit.notes),
    )


def _places(
    x: Floats, y: Floats, codes: Ints, names: Sequence[str]
) -> tuple[Floats, Floats, pl.DataFrame]:
    """Return the Gini of each row's cooperative and the row's amount over its mean."""
    level, relative = np.full(x.size, np.nan), np.full(x.size, np.nan)
    rows = []
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
    for place, name in enumerate(names):
        members = order[bounds[place] : bounds[place + 1]]
        known: Bools = np.isfinite(x[members])
        held = x[members[known]]
        if held.size < _FEWEST_MEMBERS or not np.any(held > 0):
            continue
        found = gini(sorted_masses(held))
        level[members] = found
        relative[members] = x[members] / held.mean()
        outcome = y[members][np.isfinite(y[members])]
        mean = float(outcome.mean()) if outcome.size else None
        rows.append({"cooperative": name, "members": held.size, "gini": found, "outcome": mean})
    schema = {"cooperative": pl.String, "members": pl.Int64, "gini": pl.Float64,
              "outcome": pl.Float64}  # fmt: skip
    return level, relative, pl.DataFrame(rows, schema=schema)
