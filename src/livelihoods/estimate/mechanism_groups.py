"""Mechanisms by group: for whom does the treatment move a mediator, and what comes through it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import EstimationError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.differences import differences
from livelihoods.estimate.effect_groups import by_level
from livelihoods.estimate.group_effects import GroupFit, fit_joint
from livelihoods.estimate.test_result import AnyTest, Inapplicable, f_test
from livelihoods.notes import Note
from livelihoods.numerics import gelbach
from livelihoods.numerics.covariance import wald
from livelihoods.numerics.linear import independent_columns
from livelihoods.numerics.multiplicity import holm
from livelihoods.tables import BLANK, Column, Row, Table, integer, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.estimate.effect_groups import Group
    from livelihoods.estimate.mediation import Errors
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats, Ints, Result

PARTS = ("moves", "through")


@dataclass(frozen=True, slots=True)
class GroupedMechanisms:
    """Effects on mediators, and through them, in each group.

    Attributes
    ----------
    by, treatment, outcome, mediators
        What was asked.
    wording
        Group -> its name for people.
    frame
        One row a part, mediator and group: ``part`` (``"moves"``: effect on the mediator in its
        standard deviations over all rows; ``"through"``: Gelbach's δγ, in units of the outcome),
        ``term, group, nobs`` and the common columns.
    tests
        One row a part and mediator, and one over all mediators (``term`` null): ``statistic, df1,
        df2, p_value, p_holm`` (over the mediators of a part).
    notes
        Groups left out, and why.
    """

    by: str
    treatment: str
    outcome: str
    mediators: tuple[str, ...]
    wording: Mapping[str, str]
    frame: pl.DataFrame
    tests: pl.DataFrame
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return the effects."""
        return self.frame

    def summary(self) -> Table:
        """Return a section a mediator: effects by group and the test that they are equal."""
        cells = {(r["part"], r["term"], r["group"]): r for r in self.frame.iter_rows(named=True)}
        tests = {(r["part"], r["term"]): r for r in self.tests.iter_rows(named=True)}
        rows: list[Row] = []
        for name in self.mediators:
            head = (text(co.shown(name)), *[BLANK] * 5)
            rows.append(Row(head, "section", bool(rows)))
            for group, wording in self.wording.items():
                found = [cells[part, name, group] for part in PARTS]
                pairs = [
                    cell
                    for r in found
                    for cell in (
                        number(r["estimate"], stars=co.stars(r["p_value"])),
                        number(r["std_error"], wrap="parentheses"),
                    )
                ]
                rows.append(Row((text(wording), *pairs, integer(found[0]["nobs"])), indent=1))
            rows.append(_test_row(say("equal"), [tests.get((part, name)) for part in PARTS]))
        every = [tests.get((part, None)) for part in PARTS]
        rows.append(_test_row(say("equal_all"), every))
        return Table(
            "mechanisms-by-group",
            say("title", treatment=co.shown(self.treatment), by=co.shown(self.by)),
            (
                Column("group", words.text("estimate.heterogeneity.group"), "left"),
                Column("moves", say("moves")),
                Column("moves_error", co.label("std_error")),
                Column("through", say("through", outcome=co.shown(self.outcome))),
                Column("through_error", co.label("std_error")),
                Column("nobs", co.label("nobs")),
            ),
            tuple(rows),
            notes=self.notes,
            legend=(co.label("stars"), say("legend")),
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return the effects on the mediators, one mark a group."""
        from livelihoods.figures.coefficient import coefficient_plot

        drawn = {
            wording: cast(
                "Result",
                co.Drawn(self.frame.filter(pl.col("part") == "moves", pl.col("group") == group)),
            )
            for group, wording in self.wording.items()
        }
        return coefficient_plot(
            drawn,
            id="mechanisms-by-group",
            title=say("title", treatment=co.shown(self.treatment), by=co.shown(self.by)),
            labels={name: co.shown(name) for name in self.mediators},
            axis=words.text("estimate.mechanisms.in_sd"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "by": self.by,
            "effects": self.frame.to_dicts(),
            "tests": self.tests.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def mechanisms_by_group(
    by: str,
    sample: Survey,
    X: Floats,
    M: Floats,
    y: Floats,
    column: int,
    w: Floats | None,
    names: tuple[str, ...],
    treatment: str,
    outcome: str,
    kind: str,
    errors: Errors,
) -> GroupedMechanisms:
    """Estimate δ and δγ in every level of ``by`` and test that groups do not differ.

    Each group has its own regressions. The joint covariance of all groups' and mediators' effects
    is that of the stacked scores, so clusters that reach over groups count once.

    Parameters
    ----------
    sample
        The rows of X, M and y, in their order.
    column
        The treatment's column in X.
    kind
        ``"HC0"``, ``"HC1"`` or ``"cluster"``.

    Raises
    ------
    EstimationError
        If no group has an effect.
    """
    found = by_level(sample, by, np.arange(y.size, dtype=np.int64))
    share = np.full(y.size, 1.0 / y.size) if w is None else w / w.sum()
    M = M / np.sqrt(share @ (M - share @ M) ** 2)
    kept: list[Group] = []
    fits: list[GroupFit] = []
    notes = found.notes
    for group in found.groups:
        fitted, said = _fit(group, X, M, y, column, w, treatment, errors.codes, names)
        notes += said
        if fitted:
            kept.append(group)
            fits += fitted
    if not kept:
        reasons = [note.sentence() for note in notes]
        raise EstimationError(
            "estimate.heterogeneity_nothing", by=[by], treatment=treatment, reasons=reasons
        )
    matrix, df = fit_joint(fits, y.size, kind, errors.codes)
    frame = _frame(kept, fits, names, np.sqrt(np.diag(matrix)), df, errors.conf_level)
    tests = _tests([g.name for g in kept], fits, names, matrix, df)
    wording = {group.name: group.wording for group in kept}
    return GroupedMechanisms(by, treatment, outcome, names, wording, frame, tests, notes)


def _fit(
    group: Group,
    X: Floats,
    M: Floats,
    y: Floats,
    column: int,
    w: Floats | None,
    treatment: str,
    codes: Sequence[Ints],
    names: tuple[str, ...],
) -> tuple[list[GroupFit], tuple[Note, ...]]:
    """Return a group's δ of all mediators, then its δγ; or why there are none."""
    rows, m = group.rows, M.shape[1]
    values = {"group": group.wording, "n": int(rows.size), "treatment": treatment}
    if rows.size < 2 or np.ptp(X[rows, column]) == 0:
        code = "group_of_one" if rows.size == 1 else "no_variation"
        return [], (Note(f"estimate.heterogeneity_{code}", "warning", values),)
    if any(np.unique(code[rows]).size < 2 for code in codes):
        return [], (Note("estimate.mechanisms_one_cluster", "warning", values),)
    order = np.append(np.setdiff1d(np.arange(X.shape[1]), [column]), column)
    part = np.asfortranarray(np.hstack([X[np.ix_(rows, order)], M[rows]]))
    weights = None if w is None else w[rows]
    inside, dropped = independent_columns(part, weights)
    k = int((inside < order.size).sum())
    if rows.size <= k + m:
        return [], (Note("estimate.heterogeneity_too_few", "warning", {**values, "k": k + m}),)
    if order.size - 1 in dropped:
        return [], (Note("estimate.heterogeneity_collinear", "warning", values),)
    if inside.size < k + m:
        flat = [names[j - order.size] for j in dropped if j >= order.size]
        return [], (Note("estimate.mechanisms_flat", "warning", {**values, "names": flat}),)
    used = np.asfortranarray(part[:, inside[:k]])
    split = gelbach.fit_gelbach(used, M[rows], y[rows], k - 1, weights)
    first = [GroupFit(float(split.first[j]), split.rows_first[:, j], rows, k, ()) for j in range(m)]
    through = [
        GroupFit(float(split.parts[j]), split.rows_parts[:, j], rows, k + m, ()) for j in range(m)
    ]
    return [*first, *through], ()


def _frame(
    groups: Sequence[Group],
    fits: Sequence[GroupFit],
    names: tuple[str, ...],
    errors: Floats,
    df: Floats,
    level: float,
) -> pl.DataFrame:
    frames = []
    for place, fit in enumerate(fits):
        group, rest = divmod(place, 2 * len(names))
        part, mediator = divmod(rest, len(names))
        one = co.Coefficients(
            (names[mediator],),
            np.array([fit.estimate]),
            np.array([[errors[place] ** 2]]),
            float(df[place]),
            level,
        )
        frames.append(
            one.tidy().select(
                pl.lit(PARTS[part]).alias("part"),
                "term",
                pl.lit(groups[group].name).alias("group"),
                pl.lit(int(fit.places.size), pl.Int64).alias("nobs"),
                pl.exclude("term"),
            )
        )
    return pl.concat(frames).sort("part", maintain_order=True)


def _tests(
    groups: Sequence[str],
    fits: Sequence[GroupFit],
    names: tuple[str, ...],
    matrix: Floats,
    df: Floats,
) -> pl.DataFrame:
    values, width = np.array([fit.estimate for fit in fits]), 2 * len(names)
    rows: list[tuple[Any, ...]] = []
    for number_, part in enumerate(PARTS):
        alone = []
        for j, name in enumerate(names):
            at = np.arange(len(groups)) * width + number_ * len(names) + j
            found = differences(groups, values[at], matrix[np.ix_(at, at)], df[at])[1]
            alone.append((part, name, *_numbers(found)))
        tails = holm([1.0 if row[5] is None else row[5] for row in alone])
        rows += [
            (*row, float(tail) if row[5] is not None else None)
            for row, tail in zip(alone, tails, strict=True)
        ]
        at = np.concatenate(
            [np.arange(len(names)) + g * width + number_ * len(names) for g in range(len(groups))]
        )
        together = _together(len(groups), len(names), values[at], matrix[np.ix_(at, at)], df[at])
        rows.append((part, None, *_numbers(together), None))
    schema = {"part": pl.String, "term": pl.String} | dict.fromkeys(
        ("statistic", "df1", "df2", "p_value", "p_holm"), pl.Float64
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _together(g: int, m: int, values: Floats, matrix: Floats, df: Floats) -> AnyTest:
    """Test that all mediators' effects are the same in all groups."""
    if g < 2:
        return Inapplicable("equal_effects", "one_group")
    contrast = np.kron(np.column_stack([np.ones(g - 1), -np.eye(g - 1)]), np.eye(m))
    k = contrast.shape[0]
    statistic = wald(contrast @ values, contrast @ matrix @ contrast.T)
    if statistic is None:
        return Inapplicable("equal_effects", "singular_covariance", {"k": k})
    return f_test("equal_effects", statistic / k, float(k), float(df.min()))


def _numbers(test: AnyTest) -> tuple[float | None, ...]:
    if isinstance(test, Inapplicable):
        return (None,) * 4
    return (test.statistic, *test.df, test.p_value)


def _test_row(label: str, found: Sequence[Mapping[str, Any] | None]) -> Row:
    cells = []
    for one in found:
        cells += [number(one["statistic"], 2), p_value(one["p_value"])] if one else [BLANK] * 2
    return Row((text(label), *cells, BLANK), "statistic")


def say(key: str, **values: object) -> str:
    """Return one of the words of mechanisms by group."""
    return words.text(f"estimate.mechanisms_by_group.{key}", **values)
