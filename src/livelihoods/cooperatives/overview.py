"""A register in one report: what it counts, what the law finds, who is reached, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from livelihoods import words
from livelihoods.cooperatives.register import Register, heading
from livelihoods.cooperatives.supervision.judge import Asked
from livelihoods.cooperatives.supervision.run import last_day
from livelihoods.errors import LivelihoodsError
from livelihoods.report.document import Block, Document, Heading, Prose
from livelihoods.tables.model import Table

# A county's list of open findings belongs into its own file; the report shows the counts.
_RANKS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Scope:
    """What the report is about.

    Attributes
    ----------
    register
        An open register.
    as_of
        The day.
    monitoring
        Rules of monitored households: a packaged id or a local file.
    """

    register: Register
    as_of: date
    monitoring: str | Path

    @property
    def year(self) -> int:
        """Return the last year that was over by the end of the day."""
        return Asked(self.as_of).year


def county_report(
    register: Register,
    *,
    as_of: date | None = None,
    monitoring: str | Path = "cn-unverified",
) -> Document:
    """Put everything that can be said of a register into one document.

    Parameters
    ----------
    register
        An open register.
    as_of
        The day; default: the last one the register knows.
    monitoring
        Rules of monitored households, with their dated lines.

    Returns
    -------
    Document
        A section each: registry statistics, compliance, evidence of shells, subsidies, reviews,
        members' heterogeneity, monitored households and who is reached, the five revitalisations.
        A section that the register cannot fill says what is missing.

    Raises
    ------
    SpecError
        If the register is empty.
    """
    scope = Scope(register, as_of or last_day(register), monitoring)
    blocks: list[Block] = []
    for name, fill in _SECTIONS:
        blocks.append(Heading(1, _say(f"section_{name}"), f"section-{name}"))
        try:
            blocks += fill(scope)
        except LivelihoodsError as missing:
            # What is missing is part of the answer: it stands where the section would.
            blocks.append(Prose(_say("missing", reason=missing.message())))
    if register.synthetic:
        blocks = [replace(b, synthetic=True) if isinstance(b, Table) else b for b in blocks]
    counted = register.frame(
        "SELECT (SELECT count(*) FROM cooperatives) AS c, (SELECT count(*) FROM members) AS m, "
        "(SELECT count(*) FROM patronage) AS p"
    ).row(0)
    facts = zip(("cooperatives", "members", "deliveries"), counted, strict=True)
    return Document(
        _say("title", day=scope.as_of.isoformat()),
        words.language(),
        tuple(blocks),
        subtitle=_subtitle(register),
        facts=tuple((_say(name), f"{n:,}") for name, n in facts),
    )


def _registry(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.statistics.report import report_of_extract

    rows = scope.register.table("cooperatives")
    by = ("sector", "township")
    blocks = list(report_of_extract(rows, by=by, year=scope.year).document().blocks)
    called = {column: heading("cooperatives", column) for column in by}
    return [
        Heading(2, called.get(block.text, block.text)) if isinstance(block, Heading) else block
        for block in blocks
    ]


def _compliance(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.supervision import audit_register

    return [audit_register(scope.register, as_of=scope.as_of).summary()]


def _evidence(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.supervision import screen_register

    found = screen_register(scope.register, as_of=scope.as_of)
    return [Prose(words.text("cooperatives.supervision_screen_reading")), found.summary()]


def _subsidies(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.supervision import grant_trail

    trail = grant_trail(scope.register, scope.as_of)
    open_ones = trail.unsettled()
    counted = _say("subsidies", n=trail.frame.height, unsettled=open_ones.frame.height)
    return [Prose(counted), *([open_ones.summary()] if open_ones.frame.height else [])]


def _reviews(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.review import leading_lists, review_round, scheme

    rounds = scope.register.frame(
        "SELECT scheme, round, max(day) AS day FROM review_scores WHERE day <= ? "
        "GROUP BY ALL ORDER BY day DESC, scheme LIMIT 1",
        (scope.as_of,),
    )
    blocks: list[Block] = []
    for scheme_id, round_id, _ in rounds.iter_rows():
        found = review_round(scope.register, scheme(scheme_id), round_id)
        ranks = found.summary()
        blocks += [replace(ranks, rows=ranks.rows[:_RANKS_SHOWN]), found.agreement_table()]
    last = scope.register.value(
        "SELECT max(year) FROM declared_distributions WHERE year <= ?", (scope.year,)
    )
    paid = scope.year if last is None else int(last)
    lists = leading_lists(scope.register, paid, scope.year)
    return [*blocks, lists.returns_table(10), lists.effect_table(10)]


def _heterogeneity(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.inequality import members_inequality

    found = members_inequality(scope.register, scope.year)
    return [found.summary(), found.plot()]


def _reached(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.targeting import (
        monitored_from_register,
        monitoring_rules,
        two_level_from_register,
    )

    rules = monitoring_rules(scope.monitoring)
    monitored = monitored_from_register(scope.register, scope.as_of, rules)
    line = rules.line_on(scope.as_of).amount
    reached = two_level_from_register(scope.register, scope.as_of, line)
    return [monitored.summary(), reached.summary()]


def _revitalised(scope: Scope) -> list[Block]:
    from livelihoods.cooperatives.statistics.revival import revitalisation_from_register

    found = revitalisation_from_register(scope.register, scope.year)
    return [found.summary(), found.plot()]


# Name -> what fills the section, in reading order.
_SECTIONS: tuple[tuple[str, Callable[[Scope], list[Block]]], ...] = (
    ("registry", _registry),
    ("compliance", _compliance),
    ("evidence", _evidence),
    ("subsidies", _subsidies),
    ("reviews", _reviews),
    ("heterogeneity", _heterogeneity),
    ("reached", _reached),
    ("revitalised", _revitalised),
)


def _subtitle(register: Register) -> str:
    note = register.value("SELECT note FROM book.batches WHERE kind = 'demo' LIMIT 1")
    office = register.value("SELECT value FROM book.facts WHERE name = 'office'")
    return str(note or office or "")


def _say(key: str, **values: object) -> str:
    return words.text(f"cooperatives.overview_{key}", **values)
