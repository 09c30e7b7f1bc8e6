"""Targeting from the register: households on a day, their cooperatives, claims and benefits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register.schema import choices, heading
from livelihoods.cooperatives.targeting.allocation import allocate_support
from livelihoods.cooperatives.targeting.carried import match_support
from livelihoods.cooperatives.targeting.monitor_cases import monitoring_cases
from livelihoods.cooperatives.targeting.monitor_types import monitored_households
from livelihoods.cooperatives.targeting.returns import return_to_poverty
from livelihoods.cooperatives.targeting.through import two_level_targeting
from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Codebook, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from livelihoods.cooperatives.register import Register
    from livelihoods.cooperatives.targeting.allocation_result import SupportPlan
    from livelihoods.cooperatives.targeting.carried import SupportMatch
    from livelihoods.cooperatives.targeting.monitor_cases import MonitoringCases
    from livelihoods.cooperatives.targeting.monitor_rules import MonitoringRules
    from livelihoods.cooperatives.targeting.monitor_types import MonitoredHouseholds
    from livelihoods.cooperatives.targeting.returns import ReturnToPoverty
    from livelihoods.cooperatives.targeting.through import TwoLevelTargeting

CHARACTERISTICS = "income ~ persons + land_mu + schooling + C(sex)"
Benefit = Literal["distributed", "grants"]
Claim = Literal["deliveries", "equal"]

_HOUSEHOLDS = """
WITH ranked AS (
  SELECT household, day, village, persons, income_cents, rigid_spending_cents, former_poor,
    unstable, shock, row_number() OVER (PARTITION BY household ORDER BY day DESC, entry DESC) AS n
  FROM households WHERE day <= $1)
SELECT a.*, b.day AS day_before, b.persons AS persons_before, b.income_cents AS income_before_cents
FROM ranked a LEFT JOIN ranked b ON b.household = a.household AND b.n = 2
WHERE a.n = 1 ORDER BY a.household
"""
_MEMBERS = """
SELECT m.household, m.cooperative, m.member, m.sex, m.schooling, m.land_mu, m.birth_year,
  count(*) OVER (PARTITION BY m.household) AS memberships
FROM members m
WHERE m.household IS NOT NULL AND m.joined_on <= $1 AND NOT EXISTS (
  SELECT 1 FROM exits e
  WHERE e.cooperative = m.cooperative AND e.member = m.member AND e.left_on <= $1
    AND e.left_on >= m.joined_on)
QUALIFY row_number() OVER (PARTITION BY m.household ORDER BY m.joined_on, m.cooperative, m.member)
  = 1
ORDER BY m.household
"""
_DELIVERIES = """
SELECT cooperative, member, sum(value_cents)::BIGINT AS cents FROM patronage
WHERE trade = 'member' AND member IS NOT NULL AND year(day) = $1
GROUP BY cooperative, member ORDER BY cooperative, member
"""
# A year the program closed stands in distributions; else what the cooperative declared counts.
_DISTRIBUTED = """
SELECT cooperative, member, sum(patronage_cents + residual_cents)::BIGINT AS cents FROM (
  SELECT cooperative, member, patronage_cents, residual_cents FROM distributions WHERE year = $1
  UNION ALL
  SELECT d.cooperative, d.member, d.patronage_cents, d.residual_cents
  FROM declared_distributions d WHERE d.year = $1 AND NOT EXISTS (
    SELECT 1 FROM closings c WHERE c.cooperative = d.cooperative AND c.year = d.year))
GROUP BY cooperative, member ORDER BY cooperative, member
"""
_QUOTAS = """
SELECT cooperative, member, sum(amount_cents)::BIGINT AS cents FROM member_quotas
WHERE year(day) = $1 GROUP BY cooperative, member ORDER BY cooperative, member
"""
_STEPS = """
SELECT household, step, min(day) AS day FROM households
WHERE step IS NOT NULL AND day <= $1 GROUP BY household, step ORDER BY household, step
"""
_BENEFITS = {"distributed": _DISTRIBUTED, "grants": _QUOTAS}
_LAST_YEAR = {
    "distributed": """
SELECT max(year) FROM (SELECT year FROM distributions UNION ALL
  SELECT year FROM declared_distributions) WHERE year <= $1
""",
    "grants": "SELECT max(year(day)) FROM member_quotas WHERE year(day) <= $1",
}
_A_YEAR = (300, 430)  # days between two yearly cuts, a late or early visit allowed


def households_from_register(register: Register, on: date) -> pl.DataFrame:
    """Return the last known state of each household on a day, with its cooperative.

    Parameters
    ----------
    register
        An open register.
    on
        The day; later rows do not count.

    Returns
    -------
    polars.DataFrame
        ``household, day, village, persons, income, income_before, rigid_spending`` (yuan per
        head), ``former_poor, unstable, shock, cooperative, member, sex, schooling, land_mu,
        birth_year, memberships``. Null where
        the register does not know. A household in several cooperatives stands in the one it
        joined first.

    Raises
    ------
    DataError
        If no household is known by that day.
    """
    frame = register.frame(_HOUSEHOLDS, (on,))
    if not frame.height:
        raise DataError("targeting.no_households", day=on.isoformat())
    between = (pl.col("day") - pl.col("day_before")).dt.total_days()
    heads = pl.when(pl.col("persons") > 0).then(pl.col("persons"))
    before = pl.when((pl.col("persons_before") > 0) & between.is_between(*_A_YEAR)).then(
        pl.col("persons_before")
    )
    frame = frame.select(
        "household", "day", "village", "persons", "former_poor", "unstable",
        income=pl.col("income_cents") / 100 / heads,
        income_before=pl.col("income_before_cents") / 100 / before,
        rigid_spending=pl.col("rigid_spending_cents") / 100 / heads,
        shock=pl.when(pl.col("shock") != "none").then(pl.col("shock")),
    )  # fmt: skip
    people = register.frame(_MEMBERS, (on,))
    people = people.with_columns(pl.col("land_mu").cast(pl.Float64))
    return frame.join(people, on="household", how="left", maintain_order="left")


def monitored_from_register(
    register: Register, on: date, rules: MonitoringRules
) -> MonitoredHouseholds:
    """Find the households to be monitored on a day.

    Events that the register calls "other" are judged as the rules judge their own events.

    Parameters
    ----------
    register, on
        An open register and the day.
    rules
        From :func:`monitoring_rules`.
    """
    frame = households_from_register(register, on)
    known = rules.sudden.events
    others = sorted(set(frame["shock"].drop_nulls().to_list()) - set(known))
    wider = rules.sudden.model_copy(update={"events": (*known, *others)})
    found = monitored_households(
        frame, rules.model_copy(update={"sudden": wider}), on,
        income="income", ex_poor="former_poor", unstable="unstable", event="shock",
        rigid_spending="rigid_spending", income_before="income_before", persons="persons",
    )  # fmt: skip
    named = found.frame.with_columns(frame["household"])
    notes = found.notes
    if others:
        notes = (*notes, Note("targeting.other_events", "info", {"events": others}))
    return replace(found, frame=named, notes=notes)


def monitoring_cases_from_register(
    register: Register, today: date, rules: MonitoringRules
) -> MonitoringCases:
    """Follow the monitored households' steps and list what is late.

    Parameters
    ----------
    register, today
        An open register and the day on which it is looked.
    rules
        From :func:`monitoring_rules`.

    Raises
    ------
    DataError
        If the register has no step of any household by that day.
    """
    steps = register.frame(_STEPS, (today,))
    if not steps.height:
        raise DataError("targeting.no_cases", day=today.isoformat())
    wide = steps.pivot("step", index="household", values="day")
    names = ("identified", "village_review", "township_review", "aided", "eliminated", "rejected")
    absent = [name for name in names if name not in wide.columns]
    wide = wide.with_columns(pl.lit(None, dtype=pl.Date).alias(name) for name in absent)
    closed = pl.coalesce("eliminated", "rejected")
    outcome = (
        pl.when(pl.col("eliminated").is_not_null()).then(pl.lit("eliminated"))
        .when(pl.col("rejected").is_not_null()).then(pl.lit("rejected"))
    )  # fmt: skip
    frame = wide.with_columns(closed=closed, outcome=outcome).sort("household")
    return monitoring_cases(frame, rules, today, aid="aided")


def return_to_poverty_from_register(
    register: Register,
    first: date,
    second: date,
    line: float | Mapping[date, float],
    *,
    formula: str = CHARACTERISTICS,
    ex_poor: bool = False,
    cluster: str | None = "village",
    seed: int = 0,
) -> ReturnToPoverty:
    """Foretell who falls (back) into poverty between two days, and check it.

    Parameters
    ----------
    register
        An open register.
    first, second
        Two days; a household counts on the second only if it was seen again after the first.
    line
        Poverty line per head, yuan: one, or one for each day.
    formula
        ``"income ~ …"`` with columns of :func:`households_from_register` on the right.
    ex_poor
        Whether only the formerly poor are at risk.
    cluster
        Column whose groups are held out; None holds out households.
    seed
        Of the parts held out.
    """
    before, after = (households_from_register(register, day) for day in (first, second))
    again = after.filter(pl.col("day") > first)
    frame = pl.concat(
        [
            before.with_columns(wave=pl.lit(first), was_poor=pl.col("former_poor").cast(pl.Int64)),
            again.with_columns(wave=pl.lit(second), was_poor=pl.col("former_poor").cast(pl.Int64)),
        ]
    )
    return return_to_poverty(
        formula, frame, line, unit="household", wave="wave", scale="money", seed=seed,
        ex_poor="was_poor" if ex_poor else None, cluster=cluster,
    )  # fmt: skip


def two_level_from_register(
    register: Register,
    on: date,
    line: float,
    *,
    benefit: Benefit = "distributed",
    year: int | None = None,
) -> TwoLevelTargeting:
    """Follow a year's benefits through cooperatives to poor members.

    Parameters
    ----------
    register, on
        An open register; households and members on that day.
    line
        Poverty line per head, yuan.
    year
        Whose benefits; None takes the last year, not after the day, that has any.
    benefit
        ``"distributed"``: surplus distributed (as closed here, else as declared); ``"grants"``:
        property from grants quantified to members.

    Raises
    ------
    DataError
        If there are no benefits up to that day.
    """
    frame = households_from_register(register, on)
    chosen = register.value(_LAST_YEAR[benefit], (on.year,)) if year is None else year
    if chosen is None:
        raise DataError("targeting.no_benefits_known", day=on.isoformat())
    paid = register.frame(_BENEFITS[benefit], (int(chosen),))
    joined = _with_money(frame, paid, "benefit")
    found = two_level_targeting(
        joined, line,
        cooperative="cooperative", consumption="income", benefit="benefit", persons="persons",
    )  # fmt: skip
    notes = [Note("targeting.benefit_year", "info", {"year": int(chosen)}), *_several(frame)]
    lost = int(paid["cents"].sum()) / 100 - float(joined["benefit"].sum())
    if lost > 0.005:
        notes.append(Note("targeting.money_elsewhere", "warning", {"money": lost}))
    return replace(found, notes=(*found.notes, *notes))


def match_support_from_register(
    register: Register,
    on: date,
    budget: float,
    line: float,
    *,
    claim: Claim = "deliveries",
    alpha: int = 2,
) -> SupportMatch:
    """Divide support among cooperatives by the poor members it reaches.

    Parameters
    ----------
    register, on
        An open register; households and members on that day, deliveries of its year.
    budget, line, alpha
        As in :func:`match_support`, yuan.
    claim
        By what a cooperative divides the money: ``"deliveries"`` of the year, or ``"equal"``.
        Cooperatives without deliveries are left out and named.
    """
    frame = households_from_register(register, on)
    notes: list[Note] = [*_several(frame)]
    if claim == "deliveries":
        frame = _with_money(frame, register.frame(_DELIVERIES, (on.year,)), "claim")
        trading = frame.group_by("cooperative").agg(pl.col("claim").sum() > 0)
        idle = trading.filter(~pl.col("claim"))["cooperative"].drop_nulls().sort().to_list()
        if idle:
            values = {"n": len(idle), "cooperatives": idle, "year": on.year}
            notes.append(Note("targeting.no_trade", "warning", values))
        kept = pl.when(~pl.col("cooperative").is_in(idle)).then(pl.col("cooperative"))
        frame = frame.with_columns(cooperative=kept)
    found = match_support(
        frame, budget, line, cooperative="cooperative", consumption="income",
        claim="claim" if claim == "deliveries" else None, persons="persons", alpha=alpha,
    )  # fmt: skip
    return replace(found, notes=(*found.notes, *notes))


def allocate_support_from_register(
    register: Register,
    on: date,
    budget: float,
    line: float,
    *,
    alpha: int = 2,
    grants: Sequence[float] = (),
    by: Sequence[str] = ("sex", "village"),
) -> SupportPlan:
    """Divide support among the households of the register.

    Parameters
    ----------
    register, on
        An open register and the day.
    budget, line, alpha, grants
        As in :func:`allocate_support`, yuan.
    by
        Columns of :func:`households_from_register` by which fairness is reported.
    """
    frame = households_from_register(register, on)
    survey = replace(as_survey(frame), codebook=_codebook())
    return allocate_support(
        survey, budget, line, consumption="income", persons="persons", alpha=alpha, grants=grants,
        by=by,
    )  # fmt: skip


def _codebook() -> Codebook:
    """Return the wording of the columns by which fairness is asked."""
    said = {
        name: Variable(name, {each: heading("members", name, each) for each in words.LANGUAGES})
        for name in ("sex", "village", "cooperative", "schooling")
    }
    sexes: dict[str, dict[str, str]] = {each: choices("sex", each) for each in words.LANGUAGES}
    return Codebook(said | {"sex": replace(said["sex"], values=sexes)})


def _with_money(frame: pl.DataFrame, paid: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add a member's yuan of the year; a member without any row got nothing."""
    joined = frame.join(paid, on=["cooperative", "member"], how="left", maintain_order="left")
    return joined.with_columns((pl.col("cents").fill_null(0) / 100).alias(name)).drop("cents")


def _several(frame: pl.DataFrame) -> tuple[Note, ...]:
    count: Any = (frame["memberships"] > 1).sum()
    if not count:
        return ()
    return (Note("targeting.several_cooperatives", "info", {"n": int(count)}),)
