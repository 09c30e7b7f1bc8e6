"""Meetings, filings and what the outside world said in the synthetic county."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from livelihoods.cooperatives.county.people import People, days
from livelihoods.cooperatives.county.plan import AS_OF, YEARS, Plan, numbered

Frames = dict[str, pl.DataFrame]
MEETING_DAY = (3, 20)


def exits(plan: Plan, people: People) -> pl.DataFrame:
    """Return the members who left at the end of the last year: one common member in a hundred."""
    rng = plan.rng("exits")
    small = plan.size[people.coop] < 25
    leaving = ~people.core & ~small & (people.place > 4) & (rng.random(len(people.coop)) < 0.01)
    member = np.flatnonzero(leaving)
    n = len(member)
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop[member]),
            "member": people.ids.gather(member),
            "notice_on": [date(YEARS[-1], 8, 31)] * n,
            "left_on": [date(YEARS[-1], 12, 31)] * n,
            "how": ["withdrawal"] * n,
            "paid_out_cents": np.full(n, 10_000),
            "paid_out_on": [date(AS_OF.year, 3, 1)] * n,
        }
    )


def meetings(plan: Plan, people: People) -> Frames:
    """Return the yearly assemblies with attendance and resolutions, and the planted breaches."""
    rng = plan.rng("meetings")
    held = [
        (i, year)
        for year in YEARS
        for i in range(plan.n)
        if not (year == YEARS[-1] and i in plan.planted["assembly-yearly"])
        and not plan.marks("shell-no-evidence", "shell-no-business")[i]
        and not (year > YEARS[0] and i in plan.planted["shell-stopped"])
    ]
    coop = np.array([i for i, _ in held])
    year = np.array([y for _, y in held])
    last = year == YEARS[-1]
    n = len(held)
    short = plan.marks("quorum")[coop] & last
    empty = plan.marks("shell-no-participation")[coop]
    rate = np.where(short, 0.4, rng.uniform(0.82, 0.98, n))
    present = np.ceil(rate * plan.size[coop]).astype(np.int64)
    present[empty] = np.ceil(plan.size[coop[empty]] * 0.7).astype(np.int64)
    names = numbered("AS", np.arange(1, n + 1), 6)
    day = pl.Series([date(y, *MEETING_DAY) for y in year.tolist()])
    shown = np.where(plan.marks("disclosure-days")[coop] & last, 3, 20)
    table = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop),
            "assembly": names,
            "kind": ["ordinary"] * n,
            "day": day,
            "called_on": day.dt.offset_by("-20d"),
            "entitled": plan.size[coop],
            "present": present,
            "minutes": ~(plan.marks("no-minutes")[coop] & last),
            "minutes_signed": ~(plan.marks("unsigned-minutes", "no-minutes")[coop] & last),
            "votes_disclosed": [True] * n,
            "accounts_shown_on": [
                d - timedelta(days=int(s)) for d, s in zip(day, shown, strict=True)
            ],
        }
    )
    late = _late_meeting(plan)
    resolved = _resolutions(plan, coop, last, names, day, present)
    come = _attendance(plan, people, coop, present, names, rng)
    return {
        "assemblies": pl.concat([table, late], how="diagonal"),
        "attendance": come,
        "resolutions": resolved,
    }


def _late_meeting(plan: Plan) -> pl.DataFrame:
    """Return extraordinary assemblies asked for and called far too late."""
    rows = plan.has("extraordinary-days")
    n = len(rows)
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(rows),
            "assembly": numbered("AX", np.arange(1, n + 1), 6),
            "kind": ["extraordinary"] * n,
            "day": [date(YEARS[-1], 9, 30)] * n,
            "called_on": [date(YEARS[-1], 9, 15)] * n,
            "asked_on": [date(YEARS[-1], 7, 1)] * n,
            "asked_by": np.ceil(plan.size[rows] * 0.4).astype(np.int64),
            "entitled": plan.size[rows],
            "present": plan.size[rows],
            "minutes": [True] * n,
            "minutes_signed": [True] * n,
            "votes_disclosed": [True] * n,
        }
    )


def _resolutions(
    plan: Plan,
    coop: np.ndarray[tuple[int], np.dtype[np.int64]],
    last: np.ndarray[tuple[int], np.dtype[np.bool_]],
    names: pl.Series,
    day: pl.Series,
    present: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pl.DataFrame:
    """Return the surplus plan of each assembly, and charters changed without two thirds."""
    n = len(coop)
    total = plan.size[coop] + plan.extra_votes()[coop]
    cast = present + plan.extra_votes()[coop]
    for_it = np.ceil(cast * 0.95).astype(np.int64)
    surplus = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop),
            "resolution": names + "-1",
            "assembly": names,
            "body": ["assembly"] * n,
            "day": day,
            "matter": ["surplus_plan"] * n,
            "votes_for": for_it,
            "votes_against": cast - for_it,
            "abstained": np.zeros(n, dtype=np.int64),
            "total_votes": total,
            "passed": 2 * for_it > total,
            "minutes": ~(plan.marks("no-minutes")[coop] & last),
        }
    )
    bad = np.flatnonzero(plan.marks("special-majority")[coop] & last)
    k = len(bad)
    charter = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop[bad]),
            "resolution": names.gather(bad) + "-2",
            "assembly": names.gather(bad),
            "body": ["assembly"] * k,
            "day": day.gather(bad),
            "matter": ["charter"] * k,
            "votes_for": total[bad] * 11 // 20,
            "votes_against": total[bad] // 4,
            "abstained": np.zeros(k, dtype=np.int64),
            "total_votes": total[bad],
            "passed": [True] * k,
            "minutes": [True] * k,
        }
    )
    return pl.concat([surplus, charter])


def _attendance(
    plan: Plan,
    people: People,
    coop: np.ndarray[tuple[int], np.dtype[np.int64]],
    present: np.ndarray[tuple[int], np.dtype[np.int64]],
    names: pl.Series,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return who came: the core first, common members by chance; at shells the core alone."""
    starts = np.cumsum(plan.size) - plan.size
    meeting: list[int] = []
    member: list[int] = []
    empty = plan.marks("shell-no-participation")
    for number, (i, count) in enumerate(zip(coop.tolist(), present.tolist(), strict=True)):
        size = int(plan.size[i])
        order = np.argsort(rng.random(size) - people.core[starts[i] : starts[i] + size])
        come = order[order < 3] if empty[i] else order[:count]
        meeting += [number] * len(come)
        member += (starts[i] + np.sort(come)).tolist()
    who = np.array(member)
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop[who]),
            "assembly": names.gather(meeting),
            "member": people.ids.gather(who),
            "how": ["present"] * len(who),
        }
    )


def filings(plan: Plan) -> pl.DataFrame:
    """Return the yearly reports filed by the end of June, but those planted as missing."""
    rows = [
        (name, "annual_report", year, date(year + 1, 6, 30), date(year + 1, 5, 20))
        for i, name in enumerate(plan.ids())
        for year in YEARS[:-1]
        if i not in plan.planted["annual-report"] and i not in plan.planted["shell-no-evidence"]
    ]
    names = ["cooperative", "filing", "year", "due_on", "filed_on"]
    return pl.DataFrame(rows, schema=names, orient="row")


def outside(plan: Plan) -> Frames:
    """Return leads from the public and what inspections found."""
    leads = plan.has("shell-complaint")
    n = len(leads)
    complaints = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(leads),
            "complaint": numbered("X", np.arange(1, n + 1), 5),
            "day": [date(YEARS[-1], 10, 8)] * n,
            "matter": ["grant_fraud"] * n,
            "text": ["the cold store was never built"] * n,
        }
    )
    seen = np.flatnonzero(np.arange(plan.n) % 10 == 0)
    seen = np.array([i for i in seen if not plan.marks(*_UNSEEN)[i]])
    k = len(seen)
    inspections = pl.DataFrame(
        {
            "cooperative": plan.ids().gather(seen),
            "inspection": numbered("N", np.arange(1, k + 1), 5),
            "day": days(date(YEARS[-1], 6, 1), np.arange(k)),
            "inspector": ["O1"] * k,
            "finding": ["in_order"] * k,
        }
    )
    return {"complaints": complaints, "inspections": inspections}


_UNSEEN = ("shell-no-business", "shell-no-evidence", "shell-stopped", "shell-complaint")


def activities(plan: Plan) -> pl.DataFrame:
    """Return evidence of revitalisation: some indicators for some cooperatives, gaps left open."""
    rng = plan.rng("activities")
    indicators = ("training_sessions", "persons_trained", "green_area_mu", "village_events")
    rows = [
        (name, indicator, date(YEARS[-1], 12, 1), float(rng.integers(1, 60)), "cooperative report")
        for i, name in enumerate(plan.ids())
        for indicator in indicators
        if rng.random() < 0.5 and not plan.marks(*_UNSEEN)[i]
    ]
    names = ["cooperative", "indicator", "day", "quantity", "source"]
    return pl.DataFrame(rows, schema=names, orient="row")


def review(plan: Plan) -> Frames:
    """Return a round of two blind reviewers over a sample, with one conflict of interest."""
    rng = plan.rng("review")
    ids = plan.ids()
    chosen = np.flatnonzero(rng.random(plan.n) < 0.2)
    criteria = ("operation", "governance", "benefit", "honesty")
    rows = []
    for i in chosen:
        true = rng.normal(70, 12, len(criteria))
        for reviewer in ("W1", "W2"):
            for criterion, level in zip(criteria, true, strict=True):
                score = float(np.clip(np.round(level + rng.normal(0, 4)), 0, 100))
                rows.append(("county-2025", "2025", ids[int(i)], reviewer, criterion, AS_OF, score))
    names = ["scheme", "round", "cooperative", "reviewer", "criterion", "day", "score"]
    return {
        "reviewers": pl.DataFrame(
            {"reviewer": ["W1", "W2", "W3"], "employer": ["university", "office", "firm"]}
        ),
        "conflicts": pl.DataFrame(
            {"reviewer": ["W3"], "cooperative": [ids[int(chosen[0])]], "reason": ["kin of chair"]}
        ),
        "review_scores": pl.DataFrame(rows, schema=names, orient="row"),
    }
