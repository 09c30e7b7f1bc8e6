"""Where a support budget does most: households, what they get, and whether it is fair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting import optimum as op
from livelihoods.cooperatives.targeting.allocation_result import SupportPlan
from livelihoods.cooperatives.targeting.fairness import fairness
from livelihoods.cooperatives.targeting.need import Need, read_need
from livelihoods.errors import DataError, RefusedError, SpecError
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.typing import Floats

_ALPHAS = (0, 1, 2)
_ENOUGH = 1 + 1e-9


def allocate_support(
    data: Any,
    budget: float,
    line: float,
    *,
    consumption: str | None = None,
    predicted: str | None = None,
    spread: str | float | None = None,
    persons: str | None = None,
    alpha: int = 2,
    grants: Sequence[float] = (),
    by: Sequence[str] = (),
) -> SupportPlan:
    r"""Divide a budget among households so that the least poverty is left.

    minimises Σ p ((z − c − t)₊/z)^α subject to Σ p t ≤ B: exact, or, where consumption is only
    known with error, the expectation of it.

    Parameters
    ----------
    data
        A survey, register extract or frame, one row a household.
    budget
        Money to be given, B.
    line
        Poverty line per head, z. Poor is c < z.
    consumption
        Column of consumption or income per head, where it is known.
    predicted, spread
        Instead: column of predicted ln consumption per head, and column or number with the
        standard deviation of its error (a proxy means test's held-out error).
    persons
        Column of household sizes; None counts each row as one person.
    alpha
        0 least poor people, 1 smallest total gap, 2 the poorest first.
    grants
        Sizes of indivisible grants to a household; none for any amount per head.
    by
        Columns by which fairness is reported: village, sex of the head.

    Returns
    -------
    SupportPlan

    Raises
    ------
    SpecError
        A budget, line, grant or α that makes no sense; consumption given twice or not at all.
    RefusedError
        α = 0 with uncertain consumption and any amounts: not convex, no optimum is promised.
    DataError
        Nobody is poor; the budget buys not one grant or lifts nobody.
    """
    _check(budget, line, alpha, grants)
    survey = as_survey(data)
    need = read_need(
        survey, line, consumption=consumption, predicted=predicted, spread=spread, persons=persons
    )
    if need.uncertain and alpha == 0 and not grants:
        raise RefusedError("targeting.headcount_uncertain")
    notes = list(need.notes)
    per_head, level = _solve(need, budget, alpha, tuple(sorted(grants)), notes)
    return SupportPlan(
        need=need,
        per_head=per_head,
        budget=float(budget),
        alpha=alpha,
        level=level,
        grants=tuple(sorted(grants)),
        comparison=_compare(need, per_head, budget, tuple(sorted(grants))),
        fairness={name: fairness(survey, need, per_head, name) for name in by},
        labels={name: survey.codebook.label(name) for name in by},
        notes=(*notes, *_said(need, per_head, budget, alpha, level)),
    )


def _check(budget: float, line: float, alpha: int, grants: Sequence[float]) -> None:
    if not (np.isfinite(budget) and budget > 0):
        raise SpecError("targeting.bad_budget", budget=budget)
    if not (np.isfinite(line) and line > 0):
        raise SpecError("targeting.bad_line", line=str(line))
    if alpha not in _ALPHAS:
        raise SpecError("targeting.bad_alpha", alpha=alpha)
    bad = [size for size in grants if not (np.isfinite(size) and size > 0)]
    if bad:
        raise SpecError("targeting.bad_grants", sizes=bad)
    if grants and budget < min(grants):
        raise DataError("targeting.budget_buys_nothing", budget=budget, least=min(grants))


def _solve(
    need: Need, budget: float, alpha: int, grants: tuple[float, ...], notes: list[Note]
) -> tuple[Floats, float | None]:
    """Return the transfer per head, and the level to which the poorest are raised, if one is."""
    if grants:
        worth, cost, owner, per_head = op.menu(lambda t: need.loss(t, alpha), need.persons, grants)
        found = op.choose(worth, cost, owner, budget)
        _proven(found, notes)
        given = np.zeros(need.persons.size)
        given[owner[found.picked]] = per_head[found.picked]
        return given, None
    if need.uncertain:
        return (
            op.fill_expected(need.mean, need.spread, need.line, need.persons, budget, alpha),
            None,
        )
    if alpha:
        return op.fill_lowest(need.consumption, need.line, need.persons, budget)
    return _lift(need, budget, notes), None


def _lift(need: Need, budget: float, notes: list[Note]) -> Floats:
    """Lift as many persons to the line as the budget pays for."""
    gap = np.maximum(0.0, need.line - need.consumption)
    poor = np.flatnonzero(gap > 0)
    cost = need.persons[poor] * gap[poor]
    if budget < cost.min():
        raise DataError("targeting.budget_lifts_nobody", budget=budget, least=float(cost.min()))
    found = op.choose(need.persons[poor], cost, poor, budget)
    _proven(found, notes)
    given = np.zeros(gap.size)
    given[poor[found.picked]] = gap[poor[found.picked]]
    return given


def _proven(found: op.Chosen, notes: list[Note]) -> None:
    if found.short > 0:
        notes.append(Note("targeting.not_proven", "serious", {"short": 100 * found.short}))


def _compare(
    need: Need, per_head: Floats, budget: float, grants: tuple[float, ...]
) -> pl.DataFrame:
    """Return poverty after this plan and after simple ones that cost as much."""
    plans = {"none": np.zeros(need.persons.size), "chosen": per_head}
    poor = need.central < need.line
    if poor.any():
        plans["equal_poor"] = np.where(poor, budget / need.persons[poor].sum(), 0.0)
        gap = np.maximum(0.0, need.line - need.central)
        plans["by_gap"] = gap * (budget / float(gap @ need.persons))
    plans["equal_all"] = np.full(need.persons.size, budget / need.persons.sum())
    if need.uncertain:
        plans["as_if_known"] = op.fill_lowest(need.central, need.line, need.persons, budget)[0]
    if grants:
        plans["poorest_first"] = _poorest_first(need, budget, grants[0])
    total = float(need.persons.sum())
    rows = [
        {
            "plan": name,
            "spent": float(given @ need.persons),
            "recipients": float(need.persons[given > 0].sum()),
            **{f"fgt{a}": float(need.loss(given, a).sum()) / total for a in _ALPHAS},
        }
        for name, given in plans.items()
    ]
    return pl.DataFrame(rows)


def _poorest_first(need: Need, budget: float, size: float) -> Floats:
    given = np.zeros(need.persons.size)
    first = np.argsort(need.central, kind="stable")[: int(budget * (1 + 1e-12) // size)]
    given[first] = size / need.persons[first]
    return given


def _said(
    need: Need, per_head: Floats, budget: float, alpha: int, level: float | None
) -> list[Note]:
    notes = []
    spent = float(per_head @ need.persons)
    if spent * _ENOUGH < budget:
        notes.append(Note("targeting.money_left", "info", {"left": budget - spent}))
    if level is not None and level < need.line:
        values = {"level": level, "line": need.line}
        notes.append(Note("targeting.nobody_crosses", "info", values))
    if alpha == 1 and level is not None:
        notes.append(Note("targeting.any_order", "info"))
    if alpha == 0 and spent > 0:
        poor = np.flatnonzero(need.central < need.line)
        order = poor[np.argsort(need.central[poor], kind="stable")]
        half = np.cumsum(need.persons[order]) <= need.persons[poor].sum() / 2
        lowest = order[half]
        share = float(per_head[lowest] @ need.persons[lowest]) / spent
        values = {"share": 100 * share}
        notes.append(Note("targeting.poorest_passed_over", "warning", values))
    return notes
