"""By what way does the treatment work? Effects on mediators, compared, split and questioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.build import build_design
from livelihoods.design.language import parse_formula
from livelihoods.errors import EstimationError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.mechanism_estimates import (
    GROUPED,
    accounting,
    compared,
    ordered,
    readings,
    tidy_part,
)
from livelihoods.estimate.mechanism_groups import GroupedMechanisms, mechanisms_by_group
from livelihoods.estimate.mechanism_pairs import MediatorPairs, checked_pairs, mediator_pairs
from livelihoods.estimate.mechanism_parts import (
    arrays,
    ask,
    check_roles,
    effect_on,
    grouped,
    options,
    plain,
)
from livelihoods.estimate.mediation import Errors, Mediation, mediate
from livelihoods.estimate.test_result import AnyTest, Inapplicable
from livelihoods.estimate.vcov import Vcov, VcovSpec, cluster_codes, cluster_notes
from livelihoods.notes import Note, gather
from livelihoods.numerics import gelbach
from livelihoods.survey.door import as_survey
from livelihoods.tables import BLANK, Cell, Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey

PARTS = (
    "mediator", "standardised", "group_mean", "effect", "accounting", "accounting_group",
    "mediation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """How a treatment moves mediators and what they account for.

    Attributes
    ----------
    formula, treatment, outcome, mediators, groups
        What was asked.
    nobs, vcov
        Size of the one sample of all parts, and the covariance.
    frame
        Every estimate, in the common vocabulary; see :meth:`tidy`.
    group_test
        Wald test that all groups of mediators have equal mean effects in standard deviations;
        None without groups.
    mediations
        One mediator at a time, with the curve over ρ.
    notes
        Findings.
    by_group
        The mechanisms by group; None unless asked for.
    pairs
        Interactions of mediators; None unless asked for.
    """

    formula: str
    treatment: str
    outcome: str
    mediators: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    nobs: int
    vcov: VcovSpec
    frame: pl.DataFrame
    group_test: AnyTest | None
    mediations: tuple[Mediation, ...]
    notes: tuple[Note, ...]
    by_group: GroupedMechanisms | None = None
    pairs: MediatorPairs | None = None

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.vcov.label

    def tidy(self) -> pl.DataFrame:
        """Return all estimates.

        ``part`` is ``"mediator"`` (effect of the treatment on each mediator, by the model in
        ``model``; average marginal effects outside least squares), ``"standardised"`` (in the
        mediator's standard deviations, least squares), ``"group_mean"``, ``"effect"`` (short,
        long, difference), ``"accounting"`` and ``"accounting_group"`` (Gelbach's parts; ``share``
        of the short coefficient) or ``"mediation"`` (``acme``, ``ade``, ``total`` of the mediator
        in the column of that name).
        """
        return self.frame

    def sensitivity(self) -> pl.DataFrame:
        """Return the ACME of each mediator over ρ, with its interval."""
        return pl.concat(
            [
                each.curve.select(pl.lit(each.mediator).alias("mediator"), pl.all())
                for each in self.mediations
            ]
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: size, the coefficients compared, the test of the groups."""
        effect = {r["term"]: r["estimate"] for r in self._part("effect").iter_rows(named=True)}
        found = self.group_test if not isinstance(self.group_test, Inapplicable) else None
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                **{name: [value] for name, value in effect.items()},
                "group_statistic": [found.statistic if found else None],
                "group_p_value": [found.p_value if found else None],
                "vcov": [self.vcov_label],
            },
            schema_overrides={"group_statistic": pl.Float64, "group_p_value": pl.Float64},
        )

    def summary(self) -> Table:
        """Return everything as one table."""
        rows: list[Row] = []
        for part in PARTS:
            frame = self._part(part)
            if frame.height:
                blanks = (BLANK,) * 6
                rows.append(Row((text(ask(f"part_{part}")), *blanks), "section", bool(rows)))
                rows += [_row(entry) for entry in frame.iter_rows(named=True)]
        columns = (
            Column("term", co.label("term"), "left"),
            Column("model", ask("model"), "left"),
            Column("estimate", co.label("estimate")),
            Column("std_error", co.label("std_error")),
            Column("p_value", co.label("p_value")),
            Column("interval", ask("interval"), "center"),
            Column("share", ask("share")),
        )
        legend = [co.label("stars"), co.label("errors_are", vcov=self.vcov.words())]
        legend += [ask("accounting_reading"), *self._said()]
        title = ask("title", treatment=co.shown(self.treatment), outcome=co.shown(self.outcome))
        return Table(
            "mechanisms",
            title,
            columns,
            tuple(rows),
            notes=self.notes,
            legend=tuple(legend),
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return the effects on the mediators in standard deviations."""
        from livelihoods.figures.coefficient import coefficient_plot

        return coefficient_plot(
            {"": replace(self, frame=self._part("standardised"))},
            id="mechanisms",
            title=ask("plot_title", treatment=co.shown(self.treatment)),
            labels={name: co.shown(name) for name in self.mediators},
            axis=ask("in_sd"),
        )

    def plot_sensitivity(self) -> Figure:
        """Return the ACME of each mediator over the correlation of the errors."""
        from livelihoods.figures.sensitivity import sensitivity_curve

        curves = {co.shown(each.mediator): each.curve["acme"] for each in self.mediations}
        return sensitivity_curve(
            self.mediations[0].curve["rho"],
            curves,
            id="mediation-sensitivity",
            title=ask("rho_title", treatment=co.shown(self.treatment)),
            x_axis="ρ",
            y_axis="ACME",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "mechanisms",
            "formula": self.formula,
            "outcome": self.outcome,
            "treatment": self.treatment,
            "groups": {name: list(members) for name, members in self.groups.items()},
            "vcov": self.vcov_label,
            "estimates": co.record_values(self.frame),
            "group_test": None if self.group_test is None else self.group_test.to_dict(),
            "rho": {
                each.mediator: {"zero": each.rho_zero, "interval_includes_zero": each.rho_open}
                for each in self.mediations
            },
            "by_group": None if self.by_group is None else self.by_group.to_dict(),
            "pairs": None if self.pairs is None else self.pairs.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def _part(self, part: str) -> pl.DataFrame:
        return self.frame.filter(pl.col("part") == part)

    def _said(self) -> list[str]:
        """The test of the groups and the critical ρ, in words."""
        said = []
        if isinstance(self.group_test, Inapplicable):
            said.append(f"{self.group_test.label}: {self.group_test.reason}")
        elif self.group_test is not None:
            found = self.group_test
            shown = {"f": found.statistic, "df1": found.df[0], "df2": found.df[1]}
            said.append(ask("group_line", null=found.null, p=found.p_value, **shown))
        for each in self.mediations:
            said.append(ask("rho_line", mediator=co.shown(each.mediator), rho=each.rho_zero))
        return said

    def __repr__(self) -> str:
        return self.summary().to_text()


def mechanisms(
    formula: str,
    data: Any,
    treatment: str,
    mediators: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    by: str | None = None,
    interactions: Sequence[Sequence[str]] = (),
    estimator: str = "ols",
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Mechanisms:
    """Ask by what way a treatment works.

    Four answers on one sample (rows without a missing value anywhere):

    1. the effect on each mediator by the model of its scale: two-part for amounts with many
       zeros, Poisson for counts, logit for yes/no, least squares for the rest;
    2. the same in standard deviations of the mediator, least squares, with the joint covariance
       of all equations (stacked scores), so that *groups of mediators are compared by a Wald test*
       of equal mean effects, not by their stars;
    3. how the treatment's coefficient falls when all mediators enter, split by Gelbach's (2016)
       identity β_short − β_long = Σ δγ: an accounting split, not a causal one;
    4. ACME and ADE of Imai, Keele and Yamamoto (2010), linear, one mediator at a time, with the
       correlation ρ of the two equations' errors that would undo them.

    Parameters
    ----------
    formula
        ``"outcome ~ treatment + controls"``, without the mediators.
    data
        A Survey (its codebook knows scales), or any frame.
    treatment
        One column of the formula.
    mediators
        Numeric columns, or group -> columns such as ``{"exogenous": ["credit", "services"],
        "endogenous": ["awareness", "governance"]}``. Within a group, code all so that more means
        the same direction: their mean is taken.
    by
        Column whose levels are groups (education, social capital, endowment): effects on and
        through the mediators in each, with tests that groups do not differ (``.by_group``).
    interactions
        Pairs of mediators, ``[("services", "awareness")]``: complements or substitutes in the
        outcome equation (``.pairs``).
    estimator
        ``"ols"``.
    vcov
        ``"HC0"``, ``"HC1"``, ``{"cluster": a}`` or ``{"cluster": (a, b)}``; others have no joint
        form.
    weights
        Column of analytic weights.
    conf_level
        Level of the intervals.

    Returns
    -------
    Mechanisms
        One tidy frame and one table.

    Raises
    ------
    SpecError
        If a mediator is the outcome, the treatment or a control, stands in two groups, is no
        numeric column, or an option makes no sense.
    EstimationError
        If the treatment does not vary, a mediator is determined by the regressors, or a mediator
        reproduces the outcome.
    """
    spec = options(estimator, vcov, conf_level)
    groups, names = grouped(mediators)
    pairs = checked_pairs(interactions, names)
    survey = as_survey(data)
    read = parse_formula(formula)
    check_roles(read.response, read.variables, treatment, names)
    right = formula.split("~", 1)[-1].strip()
    added = " + ".join(plain(name) for name in names)
    design = build_design(f"{formula} + {added}", survey, weights=weights, cluster=spec.clusters)
    X, M, column = arrays(design, treatment, names)
    codes = cluster_codes(design, spec)
    df = float(min((int(c.max()) for c in codes), default=design.nobs - len(design.names)))
    errors = Errors(codes, spec.kind != "HC0", df, conf_level)
    split = gelbach.fit_gelbach(X, M, design.y, column, design.weights)
    if float(np.abs(split.u).max()) < 1e-10 * max(float(np.ptp(design.y)), 1e-300):
        raise EstimationError("estimate.mediator_is_outcome", outcome=design.outcome, names=names)
    sample = survey.keep(pl.Series(np.isin(survey.rows, design.rows)), "estimation")
    by_scale, said = _by_scale(names, right, sample, treatment, spec, weights, conf_level)
    by_deviation, test = compared(split, M, X.shape[1], groups, names, design.weights, errors)
    through = tuple(
        mediate(name, X, M[:, j], design.y, column, design.weights, errors)
        for j, name in enumerate(names)
    )
    frames = [by_scale, by_deviation, accounting(split, groups, names, len(design.names), errors)]
    frames += [tidy_part("mediation", each.effects, mediator=each.mediator) for each in through]
    frame = ordered(pl.concat(frames, how="diagonal"), groups)
    notes = gather(
        design.notes, cluster_notes(design, spec), said, readings(names, split.V, treatment)
    )
    by_group = None if by is None else mechanisms_by_group(
        by, sample, X, M, design.y, column, design.weights, names, treatment, design.outcome,
        spec.kind, errors,
    )  # fmt: skip
    joint = mediator_pairs(pairs, design, X, M, names, spec, conf_level) if pairs else None
    return Mechanisms(
        formula, treatment, design.outcome, names, groups, design.nobs, spec, frame, test, through,
        notes, by_group, joint,
    )  # fmt: skip


def _by_scale(
    names: tuple[str, ...],
    right: str,
    sample: Survey,
    treatment: str,
    spec: VcovSpec,
    weights: str | None,
    conf_level: float,
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Effect on each mediator by the model of its scale."""
    frames: list[pl.DataFrame] = []
    notes: list[Note] = []
    vcov: Vcov = {"cluster": spec.clusters} if spec.clusters else spec.kind
    for name in names:
        found = effect_on(name, right, sample, treatment, vcov, weights, conf_level)
        frames.append(
            found.row.with_columns(
                term=pl.lit(name), part=pl.lit("mediator"), model=pl.lit(found.kind)
            )
        )
        notes += found.notes
    return pl.concat(frames), tuple(notes)


def _row(entry: Mapping[str, Any]) -> Row:
    shown = entry["term"]
    if entry["part"] in ("effect", "mediation"):
        shown = ask(f"term_{shown}")
    elif entry["part"] in GROUPED:
        shown = ask("group", name=shown)
    else:
        shown = co.shown(shown)
    if entry["mediator"] is not None:
        shown = f"{co.shown(entry['mediator'])}: {shown}"
    model = "" if entry["model"] is None else ask(f"kind_{entry['model']}")
    low, high = entry["conf_low"], entry["conf_high"]
    cells: tuple[Cell, ...] = (
        text(shown),
        text(model),
        number(entry["estimate"], stars=co.stars(entry["p_value"])),
        number(entry["std_error"], wrap="parentheses"),
        p_value(entry["p_value"]),
        BLANK if low is None or high is None else interval(low, high),
        number(entry["share"]),
    )
    return Row(cells, indent=1)
