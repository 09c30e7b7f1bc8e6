"""A take-up model as a value: effects by role, the curve over the price, table and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.finance.wording import say
from livelihoods.errors import SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.margins import predictive_margins
from livelihoods.numerics.special import t_critical
from livelihoods.tables import Column, Row, Table, integer, interval, number, text

if TYPE_CHECKING:
    from livelihoods.estimate.iv import IvResult
    from livelihoods.estimate.models import FitResult
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats

Role = Literal["price", "trust", "literacy", "past_payout", "peers", "assigned", "controls"]
_MOST_LEVELS = 6  # of a factor, printed one by one
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class TakeUp:
    """A take-up model.

    Attributes
    ----------
    model
        The fitted model.
    survey
        The data it was fitted on.
    roles
        Variable -> role.
    instrumented
        Linear model with the peers instrumented; None without an instrument.
    notes
        Findings, the standing of the peer coefficient among them.
    """

    model: FitResult
    survey: Survey
    roles: dict[str, Role]
    instrumented: IvResult | None
    notes: tuple[Note, ...]

    @property
    def outcome(self) -> str:
        """Name of the take-up column."""
        return self.model.outcome

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.model.nobs

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.model.vcov_label

    def tidy(self) -> pl.DataFrame:
        """Return one row an average marginal effect, with its role."""
        effects = self.model.effects()
        roles = [_role(term, self.roles) for term in effects["term"].to_list()]
        return effects.with_columns(role=pl.Series(roles, dtype=pl.String))

    def glance(self) -> pl.DataFrame:
        """Return one row: size, take-up, fit."""
        y = self.model.design.y
        return self.model.glance().with_columns(take_up=pl.lit(float(y.mean())))

    def curve(self, values: Sequence[float] | Floats, *, over: str | None = None) -> pl.DataFrame:
        """Return mean predicted take-up with one variable set to each value for everybody.

        Parameters
        ----------
        values
            Where to evaluate, shape ``(m,)``.
        over
            Which variable; the price if left out.

        Returns
        -------
        polars.DataFrame
            ``over, value, take_up, std_error, conf_low, conf_high, observed`` (whether the value
            lies within the data).

        Raises
        ------
        SpecError
            No price in the model; a variable that is not in it.
        """
        name = over or next((n for n, role in self.roles.items() if role == "price"), None)
        if name is None:
            raise SpecError("cooperatives.finance.no_price", known=list(self.roles))
        if name not in self.roles:
            raise SpecError(
                "cooperatives.finance.unknown_option",
                name="over",
                given=name,
                known=list(self.roles),
            )
        at = np.asarray(values, np.float64)
        m = self.model
        means, errors = predictive_margins(
            m.fit, m.design, self.survey, m.formula, m.covariance, name, at
        )
        reach = t_critical(m.conf_level, np.inf) * errors
        known = self.survey.frame[name].cast(pl.Float64).drop_nulls().to_numpy()
        return pl.DataFrame(
            {
                "over": [name] * at.size,
                "value": at,
                "take_up": means,
                "std_error": errors,
                "conf_low": np.maximum(means - reach, 0.0),
                "conf_high": np.minimum(means + reach, 1.0),
                "observed": (at >= known.min()) & (at <= known.max()),
            }
        )

    def curve_figure(self, values: Sequence[float] | Floats, *, over: str | None = None) -> Figure:
        """Return :meth:`curve` as a figure."""
        from livelihoods.figures.curve import curve_plot

        found = self.curve(values, over=over)
        name = found["over"][0]
        columns = ("value", "take_up", "conf_low", "conf_high")
        x, y, low, high = (found[column].to_numpy() for column in columns)
        return curve_plot(
            x, y, low, high,
            zero=None,
            id="take-up-curve",
            title=say("curve_title", over=co.shown(name)),
            x_axis=co.shown(name),
            y_axis=say("take_up"),
        )  # fmt: skip

    def summary(self) -> Table:
        """Return the average marginal effects by role, the instrumented effect below."""
        frame = self.tidy()
        rows: list[Row] = []
        for role in ROLES:
            part = frame.filter(pl.col("role") == role)
            if part.height:
                rows.append(Row((text(say(f"role_{role}")), *([text("")] * 3)), "section"))
                rows += self._lines(part)
        if self.instrumented is not None:
            rows.append(Row((text(say("role_instrumented")), *([text("")] * 3)), "section", True))
            peers = [n for n, role in self.roles.items() if role == "peers"]
            found = self.instrumented.tidy().filter(pl.col("term").is_in(peers))
            rows += [_row(row, 1) for row in found.iter_rows(named=True)]
        count = (text(co.label("nobs")), integer(self.nobs), text(""), text(""))
        rows.append(Row(count, "statistic", True))
        level = f"{100 * self.model.conf_level:g} %"
        columns = (
            Column("term", co.label("term"), "left"),
            Column("estimate", say("points")),
            Column("std_error", co.label("std_error")),
            Column("interval", say("interval", level=level)),
        )
        legend = (
            say("take_up_legend", kind=co.label(f"kind_{self.model.kind}")),
            co.label("stars"),
            co.label("errors_are", vcov=self.model.vcov.words()),
        )
        return Table(
            "insurance-take-up",
            say("take_up_title", outcome=co.shown(self.outcome)),
            columns,
            tuple(rows),
            notes=self.notes,
            legend=legend,
            language=words.language(),
        )

    def _lines(self, part: pl.DataFrame) -> list[Row]:
        """Return one line an effect; a factor of many levels is named, not spelt out."""
        factors: dict[str, int] = {}
        for term in part["term"].to_list():
            factor = _factor(term, self.roles)
            factors[factor] = factors.get(factor, 0) + 1
        rows = [
            _row(row, 1)
            for row in part.iter_rows(named=True)
            if factors[_factor(row["term"], self.roles)] <= _MOST_LEVELS
        ]
        for name, levels in factors.items():
            if levels > _MOST_LEVELS:
                label = say("levels", name=co.shown(_bare(name)), n=levels)
                rows.append(Row((text(label), *([text("")] * 3)), indent=1))
        return rows

    def plot(self) -> Figure:
        """Return the average marginal effects with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        return coefficient_plot(self, id="insurance-take-up", title=say("points"))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "insurance_take_up",
            "roles": dict(self.roles),
            "effects": co.record_values(self.tidy()),
            "model": self.model.to_dict(),
            "instrumented": None if self.instrumented is None else self.instrumented.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def _factor(term: str, roles: dict[str, Role]) -> str:
    """Return the formula term to which an effect belongs: a level belongs to its factor."""
    if term in roles:
        return term
    own = [name for name in roles if term.startswith((f"{name}[", f"C({name}", name))]
    return max(own, key=len) if own else term


def _role(term: str, roles: dict[str, Role]) -> Role:
    return roles.get(_factor(term, roles), "controls")


def _bare(name: str) -> str:
    return name.removeprefix("C(").removesuffix(")").partition(",")[0]


def _row(row: dict[str, Any], indent: int) -> Row:
    cells = (
        text(co.shown(row["term"])),
        number(row["estimate"], stars=co.stars(row["p_value"])),
        number(row["std_error"], wrap="parentheses"),
        interval(row["conf_low"], row["conf_high"]),
    )
    return Row(cells, indent=indent)
