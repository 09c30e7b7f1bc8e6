"""A round of review from the register: fair first, then totals, grades, agreement, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register import Register
from livelihoods.cooperatives.review.agreement import cohen_kappa, krippendorff_alpha
from livelihoods.cooperatives.review.ranking import Ranking, explain_change, rank_intervals
from livelihoods.cooperatives.review.scheme import Scheme
from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.tables.model import Column, Row, Table, integer, number, percent, text
from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class ReviewRound:
    """A round of review.

    Attributes
    ----------
    scheme, round
        Which scheme, which round.
    cooperatives
        In the order of the rank.
    points
        Mean points of 0-100 by criterion, shape (n, k), in the order of ``cooperatives``.
    ranking
        Totals and ranks with their intervals.
    grades
        Cooperative -> grade.
    agreement
        Name -> value: Cohen's kappa (linear weights) of each pair of reviewers on grades, and
        Krippendorff's alpha (interval) of each criterion and the total.
    changes
        Cooperative -> criterion -> points of the total won or lost since the round before.
    appeal_until
        Last day of the appeal window.
    notes
        What must be said.
    """

    scheme: Scheme
    round: str
    cooperatives: tuple[str, ...]
    points: Floats
    ranking: Ranking
    grades: Mapping[str, str]
    agreement: Mapping[str, float]
    changes: Mapping[str, Mapping[str, float]]
    appeal_until: date
    notes: tuple[Note, ...] = field(default=())

    def tidy(self) -> pl.DataFrame:
        """Return one row a cooperative: rank and interval, total, grade, points by criterion."""
        return pl.DataFrame(
            {
                "cooperative": self.cooperatives,
                "rank": self.ranking.rank,
                "rank_low": self.ranking.low,
                "rank_high": self.ranking.high,
                "total": self.ranking.total,
                "grade": [self.grades[name] for name in self.cooperatives],
                "first_share": self.ranking.first_share,
                **{c.id: self.points[:, j] for j, c in enumerate(self.scheme.criterion)},
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: cooperatives, grades counted, agreement on the total."""
        counts = {f"grade_{g.id}": [self._count(g.id)] for g in self.scheme.grade}
        alpha = self.agreement.get("alpha total", float("nan"))
        return pl.DataFrame({"cooperatives": [len(self.cooperatives)], "alpha": [alpha], **counts})

    def summary(self) -> Table:
        """Return ranks with their intervals, totals, grades."""
        say = _say
        rows = [
            Row(
                (
                    integer(row["rank"]),
                    text(f"{row['rank_low']}-{row['rank_high']}"),
                    text(row["cooperative"]),
                    number(row["total"], 1),
                    text(row["grade"]),
                    percent(row["first_share"], 0),
                )
            )
            for row in self.tidy().iter_rows(named=True)
        ]
        heads = ("rank", "rank_interval", "cooperative", "total", "grade", "first_share")
        left = ("cooperative", "grade", "rank_interval")
        return Table(
            "cooperative-review",
            say("title", name=_named(self.scheme.name), round=self.round),
            tuple(Column(h, say(h), "left" if h in left else "decimal") for h in heads),
            tuple(rows),
            notes=self.notes,
            legend=(
                say("interval_legend", tolerance=f"{self.scheme.tolerance:.0%}"),
                say("appeal_legend", day=self.appeal_until.isoformat()),
            ),
            language=words.language(),
        )

    def agreement_table(self) -> Table:
        """Return how well the reviewers agree."""
        rows = tuple(
            Row((text(_measure(name, self.scheme)), number(value, 3)))
            for name, value in self.agreement.items()
        )
        return Table(
            "cooperative-review-agreement",
            _say("agreement_title"),
            (Column("measure", _say("measure"), "left"), Column("value", _say("value"))),
            rows,
            legend=(_say("agreement_legend"),),
            language=words.language(),
        )

    def explain(self, cooperative: str) -> Table:
        """Return why a cooperative's total changed since the round before, criterion by criterion.

        Raises
        ------
        DataError
            If the cooperative was not reviewed in both rounds.
        """
        if cooperative not in self.changes:
            raise DataError(
                "cooperatives.no_earlier_round", cooperative=cooperative, round=self.round
            )
        parts = self.changes[cooperative]
        names = {c.id: _named(c.name) for c in self.scheme.criterion}
        rows = [Row((text(names[key]), number(value, 2))) for key, value in parts.items()]
        total = Row((text(_say("change_total")), number(sum(parts.values()), 2)), "total")
        return Table(
            f"cooperative-review-change-{cooperative.lower()}",
            _say("change_title", cooperative=cooperative),
            (Column("criterion", _say("criterion"), "left"), Column("change", _say("change"))),
            (*rows, total),
            language=words.language(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the round as plain data."""
        return {
            "scheme": self.scheme.id,
            "round": self.round,
            "ranking": self.tidy().to_dicts(),
            "agreement": dict(self.agreement),
            "changes": {name: dict(parts) for name, parts in self.changes.items()},
            "appeal_until": self.appeal_until.isoformat(),
        }

    def __repr__(self) -> str:
        return repr(self.summary())

    def _count(self, grade: str) -> int:
        return sum(given == grade for given in self.grades.values())


def review_round(register: Register, scheme: Scheme, round_id: str, seed: int = 0) -> ReviewRound:
    """Grade a round of review.

    Parameters
    ----------
    register
        An open register with ``review_scores``, ``reviewers``, ``conflicts``.
    scheme
        The grading scheme.
    round_id
        The round.
    seed
        Seed of the weights drawn for rank intervals.

    Raises
    ------
    DataError
        If the round has no scores; a reviewer scored despite a conflict of interest; a
        cooperative lacks reviewers or criteria; points exceed their criterion; a reviewer scored
        the same cooperative in too many rounds in a row.
    """
    scores = _scores(register, scheme, round_id)
    _check_fair(register, scheme, scores, round_id)
    names = sorted(set(scores["cooperative"]))
    points = _points(scores, names, scheme)
    weights = np.array([criterion.weight for criterion in scheme.criterion])
    ranking = rank_intervals(points, weights, scheme.tolerance, seed=seed)
    order = np.lexsort((np.arange(len(names)), ranking.rank))
    sorted_names = tuple(names[i] for i in order)
    ranked = Ranking(*(np.asarray(getattr(ranking, f))[order] for f in Ranking.__slots__))
    grades = {n: scheme.graded(float(t)) for n, t in zip(sorted_names, ranked.total, strict=True)}
    last = scores["day"].max()
    assert isinstance(last, date)
    return ReviewRound(
        scheme,
        round_id,
        sorted_names,
        points[order],
        ranked,
        grades,
        _agreement(scores, names, scheme),
        _changes(register, scheme, round_id, sorted_names, points[order]),
        last + timedelta(days=scheme.appeal_days),
        _notes(register, scheme, round_id, last),
    )


def _scores(register: Register, scheme: Scheme, round_id: str) -> pl.DataFrame:
    frame = register.frame(
        "SELECT cooperative, reviewer, criterion, day, CAST(score AS DOUBLE) AS score "
        "FROM review_scores WHERE scheme = ? AND round = ? "
        "ORDER BY cooperative, reviewer, criterion",
        (scheme.id, round_id),
    )
    if frame.is_empty():
        raise DataError("cooperatives.no_scores", scheme=scheme.id, round=round_id)
    known = {criterion.id: criterion.most for criterion in scheme.criterion}
    strange = sorted(set(frame["criterion"]) - set(known))
    if strange:
        raise DataError("cooperatives.unknown_criteria", scheme=scheme.id, criteria=strange)
    most = pl.col("criterion").replace_strict(known, return_dtype=pl.Float64)
    over = frame.filter((pl.col("score") > most) | (pl.col("score") < 0))
    if over.height:
        shown = [f"{r['cooperative']} {r['criterion']}" for r in over.iter_rows(named=True)]
        raise DataError("cooperatives.points_out_of_range", scores=shown)
    return frame.with_columns((100 * pl.col("score") / most).alias("points"))


def _check_fair(register: Register, scheme: Scheme, scores: pl.DataFrame, round_id: str) -> None:
    pairs = scores.select("cooperative", "reviewer").unique(maintain_order=True)
    conflicts = register.frame("SELECT DISTINCT cooperative, reviewer FROM conflicts")
    biased = pairs.join(conflicts, on=["cooperative", "reviewer"], how="semi")
    if biased.height:
        raise DataError("cooperatives.reviewer_in_conflict", pairs=_paired(biased))
    counted = pairs.group_by("cooperative", maintain_order=True).len()
    few = counted.filter(pl.col("len") < scheme.least_reviewers)["cooperative"].to_list()
    if few:
        raise DataError(
            "cooperatives.too_few_reviewers", cooperatives=few, least=scheme.least_reviewers
        )
    whole = scores.group_by("cooperative", "reviewer", maintain_order=True).len()
    holes = whole.filter(pl.col("len") < len(scheme.criterion))
    if holes.height:
        raise DataError("cooperatives.criteria_missing", pairs=_paired(holes))
    _check_rotation(register, scheme, pairs, round_id)


def _check_rotation(register: Register, scheme: Scheme, pairs: pl.DataFrame, round_id: str) -> None:
    """Refuse reviewers who scored the same cooperative in too many rounds in a row."""
    rounds = register.frame(
        "SELECT round, min(day) AS day FROM review_scores WHERE scheme = ? GROUP BY round "
        "ORDER BY day, round",
        (scheme.id,),
    )["round"].to_list()
    until = rounds[: rounds.index(round_id) + 1][-(scheme.most_rounds_together + 1) :]
    if len(until) <= scheme.most_rounds_together:
        return
    met = register.frame(
        "SELECT DISTINCT cooperative, reviewer, round FROM review_scores WHERE scheme = ?",
        (scheme.id,),
    ).filter(pl.col("round").is_in(until))
    often = met.group_by("cooperative", "reviewer").len().filter(pl.col("len") == len(until))
    tired = pairs.join(often, on=["cooperative", "reviewer"], how="semi")
    if tired.height:
        raise DataError(
            "cooperatives.reviewer_not_rotated",
            pairs=_paired(tired),
            most=scheme.most_rounds_together,
        )


def _points(scores: pl.DataFrame, names: Sequence[str], scheme: Scheme) -> Floats:
    """Return each criterion's mean over the reviewers, shape (n, k)."""
    table = np.full((len(names), len(scheme.criterion)), np.nan)
    row = {name: i for i, name in enumerate(names)}
    column = {criterion.id: j for j, criterion in enumerate(scheme.criterion)}
    gathered: dict[tuple[int, int], list[float]] = {}
    for name, criterion, points in scores.select("cooperative", "criterion", "points").iter_rows():
        gathered.setdefault((row[name], column[criterion]), []).append(points)
    for place, values in gathered.items():
        table[place] = float(np.mean(values))
    return table


def _agreement(scores: pl.DataFrame, names: Sequence[str], scheme: Scheme) -> dict[str, float]:
    reviewers = sorted(set(scores["reviewer"]))
    weights = {criterion.id: criterion.weight for criterion in scheme.criterion}
    cube = {c: np.full((len(reviewers), len(names)), np.nan) for c in weights}
    row = {name: i for i, name in enumerate(reviewers)}
    column = {name: j for j, name in enumerate(names)}
    for line in scores.iter_rows(named=True):
        place = (row[line["reviewer"]], column[line["cooperative"]])
        cube[line["criterion"]][place] = line["points"]
    total = np.sum([weights[c] * cube[c] for c in weights], axis=0)
    found: dict[str, float] = {}
    if len(reviewers) < 2:
        return found
    found["alpha total"] = krippendorff_alpha(total)
    for criterion, table in cube.items():
        found[f"alpha {criterion}"] = krippendorff_alpha(table)
    order = [grade.id for grade in scheme.grade]
    for a, b in combinations(range(len(reviewers)), 2):
        both = ~np.isnan(total[a]) & ~np.isnan(total[b])
        if both.any():
            first = [scheme.graded(float(t)) for t in total[a][both]]
            second = [scheme.graded(float(t)) for t in total[b][both]]
            name = f"kappa {reviewers[a]} {reviewers[b]}"
            found[name] = cohen_kappa(first, second, order, "linear")
    return found


def _changes(
    register: Register, scheme: Scheme, round_id: str, names: Sequence[str], points: Floats
) -> dict[str, dict[str, float]]:
    """Split each change of a total since the round before into its criteria."""
    before = register.frame(
        "SELECT round, min(day) AS day FROM review_scores WHERE scheme = ? GROUP BY round "
        "ORDER BY day, round",
        (scheme.id,),
    )["round"].to_list()
    place = before.index(round_id)
    if place == 0:
        return {}
    earlier = _scores(register, scheme, before[place - 1])
    old_names = sorted(set(earlier["cooperative"]))
    old = dict(zip(old_names, _points(earlier, old_names, scheme), strict=True))
    weights = np.array([criterion.weight for criterion in scheme.criterion])
    keys = [criterion.id for criterion in scheme.criterion]
    return {
        name: dict(zip(keys, explain_change(old[name], now, weights).tolist(), strict=True))
        for name, now in zip(names, points, strict=True)
        if name in old
    }


def _notes(register: Register, scheme: Scheme, round_id: str, last: date) -> tuple[Note, ...]:
    notes = []
    if not scheme.verified:
        notes.append(Note("cooperatives.scheme_unverified", "caution", {"scheme": scheme.id}))
    appeals = register.frame(
        "SELECT cooperative, day, decided_on FROM appeals WHERE scheme = ? AND round = ? "
        "ORDER BY cooperative",
        (scheme.id, round_id),
    )
    until = last + timedelta(days=scheme.appeal_days)
    late = appeals.filter(pl.col("day") > until)["cooperative"].to_list()
    waiting = appeals.filter(pl.col("decided_on").is_null() & (pl.col("day") <= until))
    if late:
        notes.append(Note("cooperatives.appeals_late", "caution", {"cooperatives": late}))
    if waiting.height:
        names = waiting["cooperative"].to_list()
        notes.append(Note("cooperatives.appeals_waiting", "serious", {"cooperatives": names}))
    return tuple(notes)


def _paired(frame: pl.DataFrame) -> list[str]:
    return [f"{c} / {r}" for c, r in frame.select("cooperative", "reviewer").iter_rows()]


def _measure(name: str, scheme: Scheme) -> str:
    kind, _, rest = name.partition(" ")
    if kind == "kappa":
        return _say("kappa", pair=rest.replace(" ", ", "))
    known = {criterion.id: _named(criterion.name) for criterion in scheme.criterion}
    return _say("alpha", what=known.get(rest, _say("total")))


def _named(name: Mapping[str, str]) -> str:
    return name.get(words.language()) or name["en"]


def _say(key: str, **values: Any) -> str:
    return words.text(f"cooperatives.review_{key}", **values)
