"""Two mediators jointly present: does one strengthen the other, or take its place?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.test_result import AnyTest, Inapplicable, f_test
from livelihoods.estimate.vcov import linear_covariance
from livelihoods.numerics.covariance import wald
from livelihoods.numerics.linear import independent_columns, lstsq_columns
from livelihoods.tables import BLANK, Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.estimate.vcov import VcovSpec
    from livelihoods.typing import Floats

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MediatorPairs:
    """Products of mediators in the outcome equation.

    Attributes
    ----------
    pairs
        What was asked.
    outcome
        Name of the response.
    frame
        One row a pair and part: ``"product"`` (what one unit more of both adds beyond their sum),
        ``"first_low" "first_high"`` (association of the first where the second is low or high) and
        ``"second_low" "second_high"``; ``first, second`` and the common columns. Units are
        standard deviations of the mediators, or 0 to 1 for a mediator of two values.
    test
        No pair interacts; None for one pair.
    vcov
        Covariance.
    """

    pairs: tuple[Pair, ...]
    outcome: str
    frame: pl.DataFrame
    test: AnyTest | None
    vcov: VcovSpec

    def tidy(self) -> pl.DataFrame:
        """Return the estimates."""
        return self.frame

    def verdict(self, pair: Pair) -> str:
        """Return ``"complements"``, ``"substitutes"`` or ``"undecided"`` at the given level."""
        chosen = self.frame.filter(
            pl.col("part") == "product", pl.col("first") == pair[0], pl.col("second") == pair[1]
        )
        row = chosen.row(0, named=True)
        if row["conf_low"] is None or row["conf_low"] <= 0.0 <= row["conf_high"]:
            return "undecided"
        return "complements" if row["estimate"] > 0 else "substitutes"

    def summary(self) -> Table:
        """Return a section a pair, with the verdict."""
        rows: list[Row] = []
        for pair in self.pairs:
            a, b = (co.shown(name) for name in pair)
            head = text(say(self.verdict(pair), first=a, second=b))
            rows.append(Row((head, *[BLANK] * 4), "section", bool(rows)))
            part = self.frame.filter(pl.col("first") == pair[0], pl.col("second") == pair[1])
            rows += [_row(entry, a, b) for entry in part.iter_rows(named=True)]
        if isinstance(self.test, Inapplicable):
            line = text(f"{self.test.label}: {self.test.reason}")
            rows.append(Row((line, *[BLANK] * 4), "statistic", True))
        elif self.test is not None:
            cells = (number(self.test.statistic, 2), BLANK, p_value(self.test.p_value), BLANK)
            rows.append(Row((text(self.test.label), *cells), "statistic", True))
        return Table(
            "mediator-pairs",
            say("title", outcome=co.shown(self.outcome)),
            (
                Column("term", co.label("term"), "left"),
                Column("estimate", co.label("estimate")),
                Column("std_error", co.label("std_error")),
                Column("p_value", co.label("p_value")),
                Column("interval", words.text("estimate.mechanisms.interval"), "center"),
            ),
            tuple(rows),
            legend=(
                co.label("stars"),
                co.label("errors_are", vcov=self.vcov.words()),
                say("legend"),
            ),
            language=words.language(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "pairs": [list(pair) for pair in self.pairs],
            "verdicts": [self.verdict(pair) for pair in self.pairs],
            "estimates": self.frame.to_dicts(),
            "test": None if self.test is None else self.test.to_dict(),
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def checked_pairs(
    interactions: Sequence[Sequence[str]], names: tuple[str, ...]
) -> tuple[Pair, ...]:
    """Return the pairs asked for.

    Raises
    ------
    SpecError
        If one is not two different mediators, or stands twice.
    """
    pairs = tuple(tuple(pair) for pair in interactions)
    wrong = [
        list(pair)
        for pair in pairs
        if len(pair) != 2 or len(set(pair)) != 2 or any(n not in names for n in pair)
    ]
    sets = [frozenset(pair) for pair in pairs]
    twice = [list(pair) for pair in pairs if sets.count(frozenset(pair)) > 1]
    if wrong or twice:
        raise SpecError("estimate.mediator_pair", given=(wrong or twice)[0], known=list(names))
    return tuple((pair[0], pair[1]) for pair in pairs)


def mediator_pairs(
    pairs: tuple[Pair, ...],
    design: Design,
    X: Floats,
    M: Floats,
    names: tuple[str, ...],
    spec: VcovSpec,
    conf_level: float,
) -> MediatorPairs:
    """Regress the outcome on treatment, controls, all mediators and the products of the pairs.

    Mediators enter as z = (m − mean)/sd, those of two values as 0 and 1 (low = 0, high = 1; else
    low and high are one deviation below and above the mean).

    Raises
    ------
    EstimationError
        If a product is determined by the other columns.
    """
    units = [_unit(M[:, j], design.weights) for j in range(M.shape[1])]
    Z = np.column_stack([unit[0] for unit in units])
    place = {name: j for j, name in enumerate(names)}
    products = np.column_stack([Z[:, place[a]] * Z[:, place[b]] for a, b in pairs])
    columns = np.asfortranarray(np.hstack([X, Z, products]))
    _, dropped = independent_columns(columns, design.weights)
    k, m = X.shape[1], M.shape[1]
    gone = [list(pairs[j - k - m]) for j in dropped if j >= k + m]
    if gone or design.nobs <= columns.shape[1]:
        raise EstimationError(
            "estimate.mediator_pair_collinear", pair=(gone or [list(pairs[0])])[0]
        )
    fit = lstsq_columns(columns, design.y, design.weights, check=False)
    found = linear_covariance(design, columns, fit.residuals, fit.bread, spec)
    turns, labels = [], []
    for number_, (a, b) in enumerate(pairs):
        product = k + m + number_
        for part, base, other in (
            ("product", None, None),
            ("first_low", a, units[place[b]][1]),
            ("first_high", a, units[place[b]][2]),
            ("second_low", b, units[place[a]][1]),
            ("second_high", b, units[place[a]][2]),
        ):
            turn = np.zeros(columns.shape[1])
            turn[product] = 1.0 if other is None else other
            if base is not None:
                turn[k + place[base]] = 1.0
            turns.append(turn)
            labels.append((part, a, b))
    T = np.array(turns)
    coefficients = co.Coefficients(
        tuple(f"{a}:{b}" for _, a, b in labels),
        T @ fit.coef,
        T @ found.matrix @ T.T,
        found.df,
        conf_level,
    )
    frame = coefficients.tidy().select(
        pl.Series("part", [label[0] for label in labels]),
        pl.Series("first", [label[1] for label in labels]),
        pl.Series("second", [label[2] for label in labels]),
        pl.all(),
    )
    return MediatorPairs(pairs, design.outcome, frame, _test(fit.coef, found.matrix, found.df,
                         k + m, len(pairs)), spec)  # fmt: skip


def _unit(column: Floats, w: Floats | None) -> tuple[Floats, float, float]:
    """Return a mediator in its unit, and what low and high are."""
    if np.unique(column).size == 2:
        scaled = (column - column.min()) / np.ptp(column)
        return np.asarray(scaled), 0.0, 1.0
    mean = float(np.average(column, weights=w))
    spread = float(np.sqrt(np.average((column - mean) ** 2, weights=w)))
    return np.asarray((column - mean) / spread), -1.0, 1.0


def _test(coef: Floats, matrix: Floats, df: float, first: int, count: int) -> AnyTest | None:
    if count < 2:
        return None
    chosen = np.arange(first, first + count)
    statistic = wald(coef[chosen], matrix[np.ix_(chosen, chosen)])
    if statistic is None:
        return Inapplicable("no_interaction", "singular_covariance", {"k": count})
    return f_test("no_interaction", statistic / count, float(count), df)


def _row(entry: dict[str, Any], first: str, second: str) -> Row:
    name = say(entry["part"], first=first, second=second)
    low, high = entry["conf_low"], entry["conf_high"]
    cells = (
        text(name),
        number(entry["estimate"], stars=co.stars(entry["p_value"])),
        number(entry["std_error"], wrap="parentheses"),
        p_value(entry["p_value"]),
        BLANK if low is None or high is None else interval(low, high),
    )
    return Row(cells, indent=1)


def say(key: str, **values: object) -> str:
    """Return one of the words of mediator pairs."""
    return words.text(f"estimate.mediator_pairs.{key}", **values)
