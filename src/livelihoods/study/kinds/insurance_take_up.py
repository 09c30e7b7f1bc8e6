"""Who insures, and at what price? Effects by role, the peer one named for what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from livelihoods.cooperatives.finance import TakeUp, insurance_take_up
from livelihoods.estimate.coefficients import use_labels
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import Covariance, chosen_vcov, labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livelihoods.figures import Figure
    from livelihoods.study.context import Context
    from livelihoods.tables import Table

_POINTS = 25  # of a curve


class Spec(AnalysisSpec):
    """Keys of ``kind = "insurance_take_up"``.

    A treatment that is not named under ``assigned`` stands among the controls: that it was given
    at random is for the author to say.

    Attributes
    ----------
    price, trust, literacy, past_payout, peers, assigned
        Columns by role; see ``lv.cooperatives.insurance_take_up``.
    peer_instrument
        Column that moves the peers alone.
    model
        ``"logit"`` or ``"probit"``.
    curve
        Variable over which predicted take-up is drawn; the price if there is one.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["insurance_take_up"] = "insurance_take_up"
    price: Name | None = None
    trust: tuple[Name, ...] = ()
    literacy: tuple[Name, ...] = ()
    past_payout: tuple[Name, ...] = ()
    peers: Name | None = None
    peer_instrument: Name | None = None
    assigned: tuple[Name, ...] = ()
    model: Literal["logit", "probit"] = "logit"
    curve: Name | None = None
    vcov: Covariance | None = None

    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Return the regressors beyond treatment and controls."""
        named = [self.price, *self.trust, *self.literacy, *self.past_payout, self.peers]
        regressors = tuple(name for name in (*named, *self.assigned) if name)
        instrument = (self.peer_instrument,) if self.peer_instrument else ()
        return {"control": regressors, "instrument": instrument}


def run(spec: Spec, context: Context) -> Outcome:
    """Model every outcome; effects by role, then the curve."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "outcomes")
    own = (*spec.assigned, spec.peers, spec.price, *spec.trust, *spec.literacy, *spec.past_payout)
    more = (roles.treatment,) if roles.treatment and roles.treatment not in own else ()
    tables: list[Table] = []
    figures: list[Figure] = []
    results: dict[str, TakeUp] = {}
    for place, outcome in enumerate(roles.outcomes, start=1):
        found = insurance_take_up(
            context.survey,
            outcome,
            price=spec.price,
            trust=spec.trust,
            literacy=spec.literacy,
            past_payout=spec.past_payout,
            peers=spec.peers,
            peer_instrument=spec.peer_instrument,
            assigned=spec.assigned,
            controls=(*more, *roles.controls),
            kind=spec.model,
            vcov=chosen_vcov(spec.vcov, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        results[outcome] = found
        tables.append(placed(found.summary(), place))
        figures.append(placed(found.plot(), place))
        over = spec.curve or spec.price
        if over is not None:
            known = context.survey.frame[over].drop_nulls().to_numpy().astype(float)
            values = np.linspace(known.min(), known.max(), _POINTS)
            figures.append(placed(found.curve_figure(values, over=over), place))
    return Outcome(tables=tuple(tables), figures=tuple(figures), results=results)
