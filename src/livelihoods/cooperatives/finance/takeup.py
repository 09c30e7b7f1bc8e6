"""Who insures, and at what price: a take-up model whose coefficients are named for what they are.

Roles of the regressors: price, trust, literacy, past payout, peers, pushes that were assigned at
random, and controls. The model is ``lv.fit`` (logit or probit); what is printed are average
marginal effects. A peer coefficient is marked: the share of friends who insure moves with what they
share with the farmer (same agent, same flood, same taste), and with the farmer's own decision
(Manski's reflection problem), so it is an association unless an instrument moves the friends alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.finance.wording import say, within
from livelihoods.design.build import build_design
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.iv import IvResult, iv
from livelihoods.estimate.margins import predictive_margins
from livelihoods.estimate.models import FitResult, fit
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics.special import t_critical
from livelihoods.survey.door import as_survey
from livelihoods.tables import Column, Row, Table, integer, interval, number, text

if TYPE_CHECKING:
    from livelihoods.estimate.vcov import Vcov
    from livelihoods.figures import Figure
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


def insurance_take_up(
    data: Any,
    outcome: str,
    *,
    price: str | None = None,
    trust: Sequence[str] = (),
    literacy: Sequence[str] = (),
    past_payout: Sequence[str] = (),
    peers: str | None = None,
    peer_instrument: str | None = None,
    assigned: Sequence[str] = (),
    controls: Sequence[str] = (),
    kind: Literal["logit", "probit"] = "logit",
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> TakeUp:
    """Model who buys insurance.

    Parameters
    ----------
    data
        A Survey or any frame.
    outcome
        0/1: insured or not.
    price, trust, literacy, past_payout, peers, assigned, controls
        Columns or formula terms by role. ``assigned`` are pushes given at random (information
        session, default option).
    peer_instrument
        Column that moves the peers' take-up but not the farmer's own, such as a default option
        that was given at random to *their* session. Adds the linear model with peers
        instrumented; it does not enter the model above.
    kind
        ``"logit"`` or ``"probit"``.
    vcov, weights, conf_level
        As for :func:`livelihoods.fit`.

    Raises
    ------
    SpecError
        No regressor; one in two roles; an instrument without peers.
    DataError
        An outcome that is not 0/1.
    """
    roles = _roles(
        price=[price] if price else [],
        trust=trust,
        literacy=literacy,
        past_payout=past_payout,
        peers=[peers] if peers else [],
        assigned=assigned,
        controls=controls,
    )
    if peer_instrument and not peers:
        raise SpecError("cooperatives.finance.instrument_without_peers", name=peer_instrument)
    survey = as_survey(data)
    right = " + ".join(roles)
    model_formula = f"{outcome} ~ {right}"
    _check_binary(survey, model_formula, weights)
    model = fit(model_formula, survey, kind, vcov, weights, conf_level)
    instrumented = None
    if peers and peer_instrument:
        others = " + ".join(name for name in roles if name != peers) or "1"
        formula = f"{outcome} ~ {others} | {peers} ~ {peer_instrument}"
        instrumented = iv(formula, survey, vcov=vcov, weights=weights, conf_level=conf_level)
    own = _notes(survey, roles, peers, instrumented)
    extra = instrumented.notes if instrumented is not None else ()
    return TakeUp(model, survey, roles, instrumented, gather(model.notes, extra, own))


def _roles(**given: Sequence[str]) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for role in ROLES:
        for name in given[role]:
            if name in found:
                raise SpecError(
                    "cooperatives.finance.two_roles",
                    name=name,
                    roles=[say(f"role_{found[name]}"), say(f"role_{role}")],
                )
            found[name] = role
    if not found:
        raise SpecError("cooperatives.finance.no_regressor")
    return found


def _check_binary(survey: Survey, formula: str, weights: str | None) -> None:
    design = build_design(formula, survey, weights=weights)
    odd = sorted({float(y) for y in np.unique(design.y) if y not in (0.0, 1.0)})
    if odd:
        raise DataError(
            "cooperatives.finance.not_binary",
            name=design.outcome,
            values=[f"{value:g}" for value in odd],
        )


def _notes(
    survey: Survey, roles: dict[str, Role], peers: str | None, instrumented: IvResult | None
) -> tuple[Note, ...]:
    notes = []
    if peers:
        code = "peer_instrumented" if instrumented is not None else "peer_reflection"
        severity: Literal["caution", "warning"] = (
            "caution" if instrumented is not None else "warning"
        )
        where = Where((peers,))
        notes.append(Note(f"cooperatives.finance.{code}", severity, {"variable": peers}, where))
    missing = [role for role in ("price", "trust", "past_payout") if role not in roles.values()]
    if missing:
        values = {"roles": [say(f"role_{role}") for role in missing]}
        notes.append(Note("cooperatives.finance.not_measured", "info", values))
    price = next((name for name, role in roles.items() if role == "price"), None)
    if price is not None and survey.frame[price].drop_nulls().n_unique() < 3:
        notes.append(
            Note("cooperatives.finance.two_prices", "caution", {"variable": price}, Where((price,)))
        )
    return tuple(notes)


def assumed_price_curve(
    take_up: float,
    prices: Sequence[float] | Floats,
    *,
    reference: float,
    effect: float,
) -> pl.DataFrame:
    """Return a logit take-up curve from a price effect that is *assumed*, not estimated.

    Parameters
    ----------
    take_up
        Take-up at the reference price, strictly between 0 and 1.
    prices
        Where to evaluate.
    reference
        The price at which ``take_up`` was seen, positive.
    effect
        Assumed change of take-up (in points of probability) for one per cent more price, at the
        reference; normally negative. With logit index η = logit(take_up) + b ln(price/reference)
        the slope is ``b · take_up(1 − take_up)/100``.

    Raises
    ------
    SpecError
        A take-up or price outside its bounds.
    """
    from scipy.special import expit, logit

    within("take_up", take_up, 1e-9, 1.0 - 1e-9)
    within("reference", reference, 0.0, 1e300, open_low=True)
    at = np.asarray(prices, np.float64)
    for value in at.tolist():
        within("price", value, 0.0, 1e300, open_low=True)
    b = 100.0 * effect / (take_up * (1.0 - take_up))
    curve = expit(logit(take_up) + b * np.log(at / reference))
    return pl.DataFrame({"value": at, "take_up": curve, "standing": ["assumed"] * at.size})


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
