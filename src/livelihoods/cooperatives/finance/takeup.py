"""Who insures, and at what price: a take-up model whose coefficients are named for what they are.

Roles of the regressors: price, trust, literacy, past payout, peers, pushes that were assigned at
random, and controls. The model is ``lv.fit`` (logit or probit); what is printed are average
marginal effects. A peer coefficient is marked: the share of friends who insure moves with what they
share with the farmer (same agent, same flood, same taste), and with the farmer's own decision
(Manski's reflection problem), so it is an association unless an instrument moves the friends alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.cooperatives.finance.takeup_result import ROLES, Role, TakeUp
from livelihoods.cooperatives.finance.wording import say, within
from livelihoods.design.build import build_design
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate.iv import IvResult, iv
from livelihoods.estimate.models import fit
from livelihoods.notes import Note, Where, gather
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.estimate.vcov import Vcov
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats


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
