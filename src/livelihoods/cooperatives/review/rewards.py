"""Rewards by grade under a budget: to the cent, to cooperatives and to named people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from livelihoods import words
from livelihoods.cooperatives.cents import cents_text, share_out
from livelihoods.cooperatives.register import Register, choices
from livelihoods.cooperatives.review.scheme import Scheme
from livelihoods.errors import DataError
from livelihoods.tables.model import Column, Row, Table, text


@dataclass(frozen=True, slots=True)
class Given:
    """One reward: who gets what; ``person`` is "" for the cooperative itself, cents."""

    cooperative: str
    person: str
    office: str
    kind: str
    amount: int


def allocate_rewards(
    scheme: Scheme,
    grades: Mapping[str, str],
    officers: Mapping[tuple[str, str], str],
    budget: int,
    *,
    on_excess: Literal["refuse", "scale"] = "refuse",
) -> tuple[Given, ...]:
    """Give each cooperative what its grade brings.

    Parameters
    ----------
    scheme
        Grades and their rewards, yuan.
    grades
        Cooperative -> grade, in the order of the list.
    officers
        ``(cooperative, office)`` -> person; a reward to an office that nobody holds is an error.
    budget
        Cents.
    on_excess
        Where rewards cost more than the budget: ``"refuse"``, or ``"scale"`` all amounts by the
        same factor, divided to the cent by largest remainder so that the budget is met exactly.

    Raises
    ------
    DataError
        If the budget is negative, too small and ``on_excess="refuse"``, a grade is unknown, or an
        office to be rewarded is vacant.
    """
    if budget < 0:
        raise DataError("cooperatives.negative_budget", budget=cents_text(budget))
    by_grade = {grade.id: grade.rewards for grade in scheme.grade}
    strange = sorted(set(grades.values()) - set(by_grade))
    if strange:
        raise DataError("cooperatives.unknown_grades", grades=strange)
    given: list[Given] = []
    vacant: list[str] = []
    for cooperative, grade in grades.items():
        for reward in by_grade[grade]:
            person = ""
            if reward.to != "cooperative":
                person = officers.get((cooperative, reward.to), "")
                if not person:
                    vacant.append(f"{cooperative} {reward.to}")
            given.append(Given(cooperative, person, reward.to, reward.kind, reward.amount * 100))
    if vacant:
        raise DataError("cooperatives.vacant_office", offices=vacant)
    return _within(given, budget, on_excess)


def _within(
    given: Sequence[Given], budget: int, on_excess: Literal["refuse", "scale"]
) -> tuple[Given, ...]:
    cost = sum(one.amount for one in given)
    if cost <= budget:
        return tuple(given)
    if on_excess == "refuse":
        raise DataError(
            "cooperatives.budget_exceeded", cost=cents_text(cost), budget=cents_text(budget)
        )
    # Numbered with leading zeros: the remainder's ties go to the earlier reward of the list.
    names = [f"{place:09d}" for place in range(len(given))]
    claims = {
        name: Fraction(one.amount) for name, one in zip(names, given, strict=True) if one.amount
    }
    paid = share_out(budget, claims)
    return tuple(
        Given(one.cooperative, one.person, one.office, one.kind, paid.get(name, 0))
        for name, one in zip(names, given, strict=True)
    )


def rewards_table(given: Sequence[Given]) -> Table:
    """Return who gets what, in yuan, with the sum."""
    rows = [
        Row(
            (
                text(one.cooperative),
                text(one.person or words.text("cooperatives.review_itself")),
                text(choices("award")[one.kind]),
                text(cents_text(one.amount) if one.amount else ""),
            )
        )
        for one in given
    ]
    total = cents_text(sum(one.amount for one in given))
    sum_row = Row(
        (text(words.text("cooperatives.review_change_total")), text(""), text(""), text(total)),
        "total",
    )
    heads = ("cooperative", "receiver", "reward", "amount")
    return Table(
        "cooperative-rewards",
        words.text("cooperatives.review_rewards_title"),
        tuple(
            Column(h, words.text(f"cooperatives.review_{h}"), "right" if h == "amount" else "left")
            for h in heads
        ),
        (*rows, sum_row),
        language=words.language(),
    )


def officers_on(register: Register, day: date) -> dict[tuple[str, str], str]:
    """Return who holds which office on a day: ``(cooperative, office)`` -> person."""
    frame = register.frame(
        "SELECT cooperative, role, person FROM officers WHERE from_on <= $day "
        "AND (until_on IS NULL OR until_on > $day) ORDER BY cooperative, role, from_on",
        {"day": day},
    )
    return {(c, role): person for c, role, person in frame.iter_rows()}
