"""Does a recorded decision of the assembly stand? Quorum, majority, representatives, deadlines."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.rulebook import Rule, RuleSet, packaged
from livelihoods.cooperatives.votes.rights import LAW, VotingRights
from livelihoods.cooperatives.votes.word import word
from livelihoods.errors import DataError

if TYPE_CHECKING:
    from livelihoods.tables import Table

MeetingKind = Literal["ordinary", "extraordinary", "representative"]
Verdict = Literal["kept", "broken", "unknown"]
# Art. 30: two thirds of all voting rights. Art. 29: powers of the assembly, no other body's.
SPECIAL = ("charter", "merger", "split", "dissolution", "union")
ASSEMBLY_ONLY = (*SPECIAL, "election", "disposal", "investment", "annual_report", "surplus_plan",
                 "loss_plan", "reserve")  # fmt: skip
SHOWN_BEFORE = ("annual_report", "surplus_plan")


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as the register has it; None where nothing is recorded.

    Attributes
    ----------
    kind
        ``"ordinary"``, ``"extraordinary"`` or ``"representative"``.
    day
        When it was held.
    members
        Members of the cooperative on that day.
    entitled, present
        Who could come (the representatives, in a representative assembly) and who came.
    asked_on
        When an extraordinary assembly was asked for.
    asked_by
        Part of the members who asked.
    minutes, minutes_signed, votes_disclosed
        Whether there are minutes, signed ones; whether additional votes were told beforehand.
    accounts_shown_on
        Since when report, surplus plan and accounts lay open.
    """

    kind: MeetingKind
    day: date
    members: int
    entitled: int | None = None
    present: int | None = None
    asked_on: date | None = None
    asked_by: Fraction | None = None
    minutes: bool | None = None
    minutes_signed: bool | None = None
    votes_disclosed: bool | None = None
    accounts_shown_on: date | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A decision as recorded; None where nothing is.

    Attributes
    ----------
    resolution, matter
        Identifier, and what it is about (a code of the register).
    body
        Who decided: ``"assembly"``, ``"board"``, ``"supervisors"`` or ``"officer"``.
    votes_for, votes_against, abstained
        Votes cast.
    counted_over
        Voting rights that the record counts the majority over.
    passed
        Whether it is recorded as passed.
    """

    resolution: str
    matter: str
    body: str = "assembly"
    votes_for: Fraction | None = None
    votes_against: Fraction | None = None
    abstained: Fraction | None = None
    counted_over: Fraction | None = None
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule held against one meeting or decision.

    Attributes
    ----------
    subject
        "" for the meeting, else the resolution.
    rule
        Id of the rule.
    article
        Where it says so.
    measured, bound
        What was found and what is asked, exact; None where it is no number or not recorded.
    operator
        Between the two.
    verdict
        ``"kept"``, ``"broken"`` or ``"unknown"`` (not recorded).
    binding
        Whether a breach undoes the decision: not where the rule was not read in the primary text,
        or only says what is general.
    text
        What is asked, in words.
    counted
        The two numbers behind a share, such as ``"66/100"``.
    """

    subject: str
    rule: str
    article: str
    measured: Fraction | None
    operator: str
    bound: Fraction | None
    verdict: Verdict
    binding: bool
    text: str
    counted: str = ""


@dataclass(frozen=True, slots=True)
class AssemblyCheck:
    """A meeting and its decisions against the law.

    Attributes
    ----------
    name
        Identifier of the meeting.
    meeting
        As recorded.
    findings
        In the order: meeting, then each decision.
    """

    name: str
    meeting: Meeting
    findings: tuple[Finding, ...]

    @property
    def stands(self) -> bool | None:
        """False if a binding rule is broken, None if something is not recorded, else True."""
        verdicts = [one.verdict for one in self.findings if one.binding]
        if "broken" in verdicts:
            return False
        return None if "unknown" in verdicts else True

    def tidy(self) -> pl.DataFrame:
        """One row a finding."""
        rows = [
            {
                "assembly": self.name,
                "resolution": one.subject,
                "rule": one.rule,
                "article": one.article,
                "measured": None if one.measured is None else float(one.measured),
                "operator": one.operator,
                "bound": None if one.bound is None else float(one.bound),
                "verdict": one.verdict,
                "binding": one.binding,
            }
            for one in self.findings
        ]
        floats = {"measured": pl.Float64, "bound": pl.Float64}
        return pl.DataFrame(rows, schema_overrides=floats)

    def summary(self) -> Table:
        """Rules, what was found, verdicts."""
        from livelihoods.cooperatives.votes.tables import assembly_table

        return assembly_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {"stands": self.stands, "findings": self.tidy().to_dicts()}

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def check_assembly(
    meeting: Meeting,
    resolutions: Sequence[Resolution] = (),
    rights: VotingRights | None = None,
    *,
    name: str = "",
    law: RuleSet | None = None,
) -> AssemblyCheck:
    """Hold a meeting and its decisions against the law.

    Majorities are counted over all voting rights, whoever was present (art. 30). In an assembly
    of representatives each has one vote, and the quorum of the law is asked of them as well; what
    the charter says of them goes before.

    Parameters
    ----------
    meeting, resolutions
        As recorded.
    rights
        All voting rights on that day; None takes what each record counted over.
    name
        Identifier of the meeting.
    law
        Rule set; None takes that of ``rights``, or the PRC law of 2017.

    Raises
    ------
    DataError
        Impossible records: more present than entitled, more votes than voting rights, negative
        numbers.
    """
    rules = law or (rights.law if rights is not None else packaged()[LAW])
    _refuse_impossible(meeting, resolutions, rights)
    findings = _of_meeting(meeting, resolutions, rights, rules)
    for one in resolutions:
        findings += _of_resolution(meeting, one, rights, rules)
    return AssemblyCheck(name, meeting, tuple(findings))


def _of_meeting(
    meeting: Meeting, resolutions: Sequence[Resolution], rights: VotingRights | None, rules: RuleSet
) -> list[Finding]:
    entitled = meeting.entitled if meeting.kind == "representative" else meeting.members
    findings = [_shared("", rules.get("quorum"), _whole(meeting.present), _whole(entitled))]
    if meeting.kind == "representative":
        findings.append(_measured("", rules.get("representatives-from"), _whole(meeting.members)))
        findings.append(_measured("", rules.get("representatives-least"), _whole(entitled)))
        rule = rules.get("representatives-share")
        findings.append(_shared("", rule, _whole(entitled), _whole(meeting.members)))
    if meeting.kind == "extraordinary":
        days = None if meeting.asked_on is None else (meeting.day - meeting.asked_on).days
        findings.append(_measured("", rules.get("extraordinary-days"), _whole(days)))
        if meeting.asked_by is not None:
            rule = rules.get("extraordinary-request")
            findings.append(_measured("", rule, meeting.asked_by))
    if any(one.matter in SHOWN_BEFORE for one in resolutions):
        shown = meeting.accounts_shown_on
        days = None if shown is None else (meeting.day - shown).days
        findings.append(_measured("", rules.get("disclosure-days"), _whole(days)))
    cap = rules.get("additional-votes")
    if rights is not None and any(rights.additional):
        extra = sum(rights.additional, Fraction(0))
        findings.append(_shared("", cap, extra, Fraction(len(rights.members))))
        findings.append(_flag("", "votes_disclosed", cap.article, meeting.votes_disclosed))
    signed = practice().get("minutes-signed")
    state = False if meeting.minutes is False else meeting.minutes_signed
    findings.append(_measured("", signed, None if state is None else Fraction(int(state))))
    return findings


def _of_resolution(
    meeting: Meeting, one: Resolution, rights: VotingRights | None, rules: RuleSet
) -> list[Finding]:
    findings = []
    if one.matter in ASSEMBLY_ONLY:
        findings.append(_flag(one.resolution, "body", "29", one.body == "assembly"))
    if one.body != "assembly":
        return findings
    rule = rules.get("special-majority" if one.matter in SPECIAL else "ordinary-majority")
    total = _all_votes(meeting, one, rights)
    majority = _shared(one.resolution, rule, one.votes_for, total)
    findings.append(majority)
    if total is not None and one.counted_over is not None and one.counted_over != total:
        right = one.counted_over > total
        # A majority counted over the wrong total stands if the right total gives it too.
        counted = _flag(one.resolution, "counted_over", rule.article, right)
        findings.append(replace(counted, binding=False))
    if one.passed is not None and majority.verdict != "unknown":
        right = one.passed == (majority.verdict == "kept")
        findings.append(_flag(one.resolution, "recorded", rule.article, right))
    return findings


def _all_votes(meeting: Meeting, one: Resolution, rights: VotingRights | None) -> Fraction | None:
    if meeting.kind == "representative":
        return _whole(meeting.entitled)
    return rights.total if rights is not None else one.counted_over


def _shared(subject: str, rule: Rule, part: Fraction | None, whole: Fraction | None) -> Finding:
    if part is None or not whole:
        return _measured(subject, rule, None)
    counted = f"{float(part):g}/{float(whole):g}"
    return replace(_measured(subject, rule, part / whole), counted=counted)


def _measured(subject: str, rule: Rule, value: Fraction | None) -> Finding:
    verdict: Verdict = "unknown" if value is None else "kept" if rule.holds(value) else "broken"
    text = rule.text.get(words.language(), rule.text["en"])
    return Finding(
        subject,
        rule.id,
        rule.article,
        value,
        rule.operator,
        rule.bound,
        verdict,
        rule.verified and rule.severity != "check",
        text,
    )


def _flag(subject: str, rule: str, article: str, state: bool | None) -> Finding:
    verdict: Verdict = "unknown" if state is None else "kept" if state else "broken"
    text = word(f"check_{rule}")
    return Finding(subject, rule, article, None, "", None, verdict, True, text)


@cache
def practice() -> RuleSet:
    """Return what is asked beside the law."""
    raw = (files(__package__) / "practice.toml").read_text("utf-8")
    return RuleSet.model_validate(tomllib.loads(raw))


def _whole(value: int | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _refuse_impossible(
    meeting: Meeting, resolutions: Sequence[Resolution], rights: VotingRights | None
) -> None:
    counts = [meeting.members, meeting.entitled or 0, meeting.present or 0]
    most = meeting.entitled if meeting.kind == "representative" else meeting.members
    if min(counts) < 0 or (most is not None and (meeting.present or 0) > most):
        raise DataError(
            "votes.impossible_presence", day=meeting.day, present=meeting.present, entitled=most
        )
    for one in resolutions:
        cast = [v for v in (one.votes_for, one.votes_against, one.abstained) if v is not None]
        total = _all_votes(meeting, one, rights)
        if any(v < 0 for v in cast) or (total is not None and sum(cast) > total):
            shown = None if total is None else f"{float(total):g}"
            raise DataError(
                "votes.impossible_votes",
                resolution=one.resolution,
                votes=f"{float(sum(cast)):g}",
                total=shown,
            )
