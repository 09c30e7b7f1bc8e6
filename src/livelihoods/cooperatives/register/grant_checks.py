"""Does a subsidy balance? Received within what was promised, spent within what was received."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.register.reasons import Reasons
from livelihoods.cooperatives.register.register_checks import STAGED
from livelihoods.cooperatives.register.store import Register

# Money moves in this order; a file may list its lines in any.
_STEPS = ("paid", "received", "spent", "returned")


def check_movements(register: Register, reasons: Reasons) -> None:
    """Refuse the staged movements that no longer fit into their grant.

    For each grant, with the sums of what is posted: paid ≤ promised; received ≤ promised, and
    ≤ paid where payments are recorded; spent + returned ≤ received. Lines are taken by step, day
    and line, so the order of the file is immaterial; the line that would go beyond is refused.
    """
    new = register.frame(
        'SELECT s.line, s.cooperative, s."grant", s.step, s.amount_cents, g.promised_cents '
        f'FROM {STAGED} AS s JOIN grants AS g USING (cooperative, "grant") '
        "WHERE s.step IS NOT NULL AND s.amount_cents IS NOT NULL ORDER BY s.day, s.line"
    )
    if not new.height:
        return
    sums = _posted(register)
    for step in _STEPS:
        for row in new.filter(pl.col("step") == step).iter_rows(named=True):
            held = sums[(row["cooperative"], row["grant"])]
            code, room = _room(step, row["promised_cents"], held)
            if row["amount_cents"] > room:
                reasons.add(code, "amount_cents", pl.Series([row["line"]]), cents_text(room))
            else:
                held[step] += row["amount_cents"]


def check_promises(register: Register, reasons: Reasons) -> None:
    """Refuse a staged grant that promises less than was paid or received already."""
    sums = _posted(register)
    promised = register.frame(
        f'SELECT line, cooperative, "grant", promised_cents FROM {STAGED} '
        "WHERE promised_cents IS NOT NULL ORDER BY line"
    )
    for line, cooperative, grant, amount in promised.rows():
        held = sums.get((cooperative, grant), {})
        most = max(held.get("paid", 0), held.get("received", 0))
        if amount < most:
            shown = cents_text(most)
            reasons.add("promise_exceeded", "promised_cents", pl.Series([line]), shown)


def _room(step: str, promised: int, held: dict[str, int]) -> tuple[str, int]:
    """Return the reason there would be, and how much still fits."""
    if step == "paid":
        return "paid_over_promised", promised - held["paid"]
    if step == "received":
        if held["paid"]:
            return "received_over_paid", held["paid"] - held["received"]
        return "received_over_promised", promised - held["received"]
    return f"{step}_over_received", held["received"] - held["spent"] - held["returned"]


def _posted(register: Register) -> defaultdict[tuple[str, str], dict[str, int]]:
    sums: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(_STEPS, 0)
    )
    posted = register.frame(
        'SELECT cooperative, "grant", step, CAST(sum(amount_cents) AS BIGINT) AS cents '
        f'FROM grant_movements SEMI JOIN {STAGED} USING (cooperative, "grant") GROUP BY ALL'
    )
    for cooperative, grant, step, cents in posted.rows():
        sums[(cooperative, grant)][step] = cents
    return sums
