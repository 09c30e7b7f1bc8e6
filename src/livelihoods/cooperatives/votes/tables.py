"""Rights, power, choices and checks as tables and a figure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.cooperatives.votes.word import word
from livelihoods.figures.stacked import stacked_bars
from livelihoods.tables.model import BLANK, Cell, Column, Row, Table, integer, number, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.votes.assembly import AssemblyCheck, Finding
    from livelihoods.cooperatives.votes.median import MedianChoice
    from livelihoods.cooperatives.votes.rights import VotingRights
    from livelihoods.cooperatives.votes.who_decides import Voter, VotingPower
    from livelihoods.figures import Figure

_NAMED = 30
_DRAWN = 4
_SHARES = ("quorum", "ordinary-majority", "special-majority", "additional-votes",
           "representatives-share", "extraordinary-request")  # fmt: skip


def rights_table(found: VotingRights) -> Table:
    """Return members with additional votes, the others together, and the legal share."""
    columns = [Column("member", word("member"), "left")]
    columns += [Column(key, word(key)) for key in ("heads", "basic", "additional", "share")]
    pairs = list(zip(found.members, found.additional, strict=True))
    special = sorted((p for p in pairs if p[1]), key=lambda p: (-p[1], p[0]))
    rows = [_rights_row(name, 1, extra, found) for name, extra in special[:_NAMED]]
    more = special[_NAMED:]
    if more:
        extra = sum((p[1] for p in more), Fraction(0))
        rows.append(_rights_row(word("others_additional"), len(more), extra, found))
    plain = len(pairs) - len(special)
    if plain:
        rows.append(_rights_row(word("others_basic"), plain, Fraction(0), found))
    extra = sum(found.additional, Fraction(0))
    last = _rights_row(word("all"), len(pairs), extra, found)
    rows.append(Row(last.cells, kind="total"))
    rule = found.law.get("additional-votes")
    legend = word(
        "legend_rights",
        allowed=float(found.allowed),
        article=rule.article,
        share=float(100 * rule.bound),
        n=len(pairs),
    )
    return Table(
        "voting-rights",
        word("rights_title"),
        tuple(columns),
        tuple(rows),
        notes=found.notes,
        legend=(legend,),
        language=words.language(),
    )


def _rights_row(name: str, heads: int, extra: Fraction, found: VotingRights) -> Row:
    cells = (text(name), integer(heads), integer(heads), _votes(extra))
    return Row((*cells, percent(float((heads + extra) / found.total), 2)))


def _votes(value: Fraction) -> Cell:
    return integer(int(value)) if value.denominator == 1 else number(float(value), 2)


def _kinds_of_voters(found: VotingPower) -> list[list[Voter]]:
    """Return voters by name from the most votes down; equal small ones stand together."""
    least = min((v.votes for v in found.voters if v.heads == 1), default=Fraction(0))
    apart = [v for v in found.voters if v.heads > 1 or v.votes > least]
    apart.sort(key=lambda v: (-v.votes, v.name))
    named, rest = apart[:_NAMED], apart[_NAMED:]
    plain = [v for v in found.voters if v.heads == 1 and v.votes == least]
    return [
        *([v] for v in named),
        *([group] if (group := rest) else []),
        *([plain] if plain else []),
    ]


def power_table(found: VotingPower) -> Table:
    """Return votes and power; members with equal votes on one line, each line per voter."""
    keys = ("votes", "share", "banzhaf", "shapley")
    columns = [Column("voter", word("voter"), "left"), Column("number", word("number"))]
    columns += [Column(key, word(key)) for key in keys]
    columns.append(Column("alone", word("alone"), "left"))
    rows = []
    for group in _kinds_of_voters(found):
        first = group[0]
        same = len({v.votes for v in group}) == 1
        name = first.name if len(group) == 1 else word("others_same" if same else "others_named")
        cells: list[Cell] = [text(name), integer(len(group))]
        cells.append(_votes(first.votes) if same else BLANK)
        total = sum((v.votes for v in group), Fraction(0))
        cells.append(percent(float(total / found.total), 2))
        cells.append(number(first.banzhaf, 4) if same else BLANK)
        cells.append(percent(sum(v.shapley for v in group), 2))
        rows.append(Row((*cells, text(_alone(first) if same else ""))))
    legend = [
        word(
            f"legend_{found.majority}",
            needed=float(found.needed),
            total=float(found.total),
            article=found.article,
        ),
        word(
            "legend_fewest",
            carry=found.fewest_to_carry,
            block=found.fewest_to_block,
            absent=found.absent,
        ),
        word("legend_power", effective=found.effective),
        word("legend_exact" if found.exact else "legend_integrated"),
    ]
    return Table(
        "voting-power",
        word("power_title"),
        tuple(columns),
        tuple(rows),
        notes=found.notes,
        legend=tuple(legend),
        language=words.language(),
    )


def _alone(voter: Voter) -> str:
    said = [word(key) for key in ("carries", "blocks", "empties") if getattr(voter, key)]
    return word("comma").join(said)


def power_figure(found: VotingPower) -> Figure:
    """Return heads, votes, Banzhaf and Shapley–Shubik as one bar each, the largest voters apart."""
    ranked = sorted(found.voters, key=lambda v: (-v.votes, -v.heads, v.name))
    least = ranked[-1].votes
    top = [v for v in ranked if v.votes > least][:_DRAWN]
    named = {v.name for v in top}
    middle = [v for v in ranked if v.name not in named and v.votes > least]
    last = [v for v in ranked if v.name not in named and v.votes == least]
    parts: list[tuple[str, list[Voter]]] = [(v.name, [v]) for v in top]
    parts += [(word("others_additional"), middle)] if middle else []
    parts += [(word("others_basic"), last)] if last else []
    bars = {
        word(f"bar_{key}"): {
            name: sum(float(getattr(v, key)) for v in group) for name, group in parts
        }
        for key in ("heads", "votes", "shapley", "banzhaf")
    }
    return stacked_bars(
        bars, id="voting-power", title=word("power_title"), ordered=False, decimals=0,
        x_axis=word("bar_axis"),
    )  # fmt: skip


def median_table(found: MedianChoice) -> Table:
    """Return what each owner chooses and what it costs the members."""
    columns = (
        Column("way", word("way"), "left"),
        Column("choice", word("choice")),
        Column("loss", word("loss")),
    )
    rows = [
        Row((text(word("way_mean")), number(found.mean), number(0.0))),
        Row((text(word("way_median")), number(found.median), number(found.loss_median))),
        Row((text(word("way_weighted")), number(found.weighted), number(found.loss_weighted))),
        Row((text(word("way_marginal")), number(found.marginal), number(found.loss_marginal))),
    ]
    legend = (word("legend_median", n=found.nobs), word(f"better_{found.better}"))
    return Table(
        "assembly-choice",
        word("median_title"),
        columns,
        tuple(rows),
        legend=legend,
        language=words.language(),
    )


def assembly_table(found: AssemblyCheck) -> Table:
    """Return one line a rule: what is asked, what was found, whether it is kept."""
    keys = ("article", "asked", "found", "bound", "verdict")
    columns = [Column("subject", word("subject"), "left")]
    columns += [Column(key, word(key), "left") for key in keys]
    rows = [
        Row(
            (
                text(one.subject or word("meeting")),
                text(one.article),
                text(one.text),
                text(_found(one)),
                text(_bound(one)),
                text(_verdict(one)),
            )
        )
        for one in found.findings
    ]
    state = {True: "stands", False: "falls", None: "open"}[found.stands]
    legend = (word(f"assembly_{state}"), word("legend_assembly"))
    return Table(
        "assembly-check",
        word("assembly_title", name=found.name or str(found.meeting.day), day=found.meeting.day),
        tuple(columns),
        tuple(rows),
        legend=legend,
        language=words.language(),
    )


def _verdict(one: Finding) -> str:
    said = word(f"verdict_{one.verdict}")
    return said if one.binding or one.verdict == "kept" else said + word("not_binding")


def _found(one: Finding) -> str:
    if one.measured is None:
        return "–"
    if one.counted:
        return f"{one.counted} ({float(one.measured):.1%})"
    if one.rule == "minutes-signed":
        return word("yes") if one.measured else word("no")
    return f"{float(one.measured):.1%}" if one.rule in _SHARES else f"{float(one.measured):g}"


def _bound(one: Finding) -> str:
    if one.bound is None or one.rule == "minutes-signed":
        return ""
    signs = {">=": "≥", "<=": "≤", "==": "="}
    shown = f"{one.bound.numerator}/{one.bound.denominator}"
    if one.bound.denominator in (1, 5, 10):
        shown = f"{float(one.bound):.0%}" if one.rule in _SHARES else f"{float(one.bound):g}"
    return f"{signs.get(one.operator, one.operator)} {shown}"
