"""An effect carried to another population, as a value: frames, tables, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import polars as pl

from livelihoods import words
from livelihoods.errors import SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.transport.fit import METHODS
from livelihoods.tables import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    number,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.estimate.transport.weigh import Membership
    from livelihoods.estimate.vcov import VcovSpec
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.typing import Floats, Result

POPULATIONS = ("study", "target", "difference")


@dataclass(frozen=True, slots=True)
class Transport:
    """An effect in the study and in the target.

    Attributes
    ----------
    formula, outcome, treatment
        What was asked.
    frame
        One row a method (``weighted``, ``effect_model``, ``doubly_robust``) and population
        (``study``, ``target``, ``difference``), in the common vocabulary.
    balance
        One row a column compared: ``term, study, target, difference, difference_weighted`` (in
        standard deviations).
    overlap
        ``study_rows, target_rows, effective, effective_share, largest_share, outside_share,
        generalizability``; the last two are None where only means are known.
    weights
        Of the study's rows, shape ``(n,)``.
    membership
        Probability of being in the study, for both; None where only means are known.
    vcov, conf_level, notes
        As for every regression.
    """

    formula: str
    outcome: str
    treatment: str
    frame: pl.DataFrame
    balance: pl.DataFrame
    overlap: Mapping[str, Any]
    weights: Floats
    membership: Membership | None
    vcov: VcovSpec
    conf_level: float
    notes: tuple[Note, ...]

    @property
    def nobs(self) -> int:
        """Rows of the study."""
        return int(self.overlap["study_rows"])

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.vcov.label

    def tidy(self) -> pl.DataFrame:
        """Return one row a method and population."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: how far the study can speak for the target."""
        kinds = {"target_rows": pl.Int64, "outside_share": pl.Float64,
                 "generalizability": pl.Float64}  # fmt: skip
        found = {key: [value] for key, value in self.overlap.items()}
        return pl.DataFrame({**found, "vcov": [self.vcov_label]}, schema_overrides=kinds)

    def summary(self) -> Table:
        """Return effects in both populations and their difference, then the overlap."""
        found = {(r["method"], r["population"]): r for r in self.frame.iter_rows(named=True)}
        rows = [
            Row(
                (
                    text(_say(f"method_{method}")),
                    *(cell for place in POPULATIONS for cell in _cells(found[method, place])),
                )
            )
            for method in METHODS
        ]
        rows += [
            Row((text(_say(name)), value, *([BLANK] * 5)), "statistic", place == 0)
            for place, (name, value) in enumerate(self._overlap_cells())
        ]
        columns = [Column("method", _say("method"), "left")]
        spans = []
        for place, name in enumerate(POPULATIONS):
            columns += [
                Column(f"{name}_estimate", _say("effect")),
                Column(f"{name}_std_error", co.label("std_error")),
            ]
            spans.append(Spanner(_say(name), 1 + 2 * place, 3 + 2 * place))
        title = _say("title", treatment=co.shown(self.treatment), outcome=co.shown(self.outcome))
        kind = "rows" if self.membership is not None else "means"
        return Table(
            "transport",
            title,
            tuple(columns),
            tuple(rows),
            tuple(spans),
            notes=self.notes,
            legend=(
                co.label("stars"), co.label("errors_are", vcov=self.vcov.words()),
                _say(f"legend_{kind}"),
            ),
            language=words.language(),
        )  # fmt: skip

    def balance_table(self) -> Table:
        """Return the columns compared: means, standardised differences before and after."""
        rows = tuple(
            Row(
                (
                    text(co.shown(row["term"])),
                    number(row["study"]),
                    number(row["target"]),
                    number(row["difference"]),
                    number(row["difference_weighted"]),
                )
            )
            for row in self.balance.iter_rows(named=True)
        )
        columns = (
            Column("term", _say("term"), "left"),
            Column("study", _say("mean_study")),
            Column("target", _say("mean_target")),
            Column("difference", _say("before")),
            Column("difference_weighted", _say("after")),
        )
        return Table(
            "transport-balance", _say("balance_title"), columns, rows,
            legend=(_say("balance_legend"),), language=words.language(),
        )  # fmt: skip

    def plot(self, kind: Literal["love", "overlap", "effects"] = "love") -> Figure:
        """Draw differences before and after weighting, both scores, or the effects.

        Raises
        ------
        SpecError
            If the kind is unknown, or ``"overlap"`` is asked where only means are known.
        """
        if kind == "effects":
            return self._effects()
        if kind == "love":
            from livelihoods.figures.love import love_plot

            return love_plot(
                {
                    co.shown(row["term"]): (row["difference"], row["difference_weighted"])
                    for row in self.balance.iter_rows(named=True)
                },
                id="transport-love",
                title=_say("balance_title"),
                stages=[_say("unweighted"), _say("weighted")],
            )
        if kind == "overlap" and self.membership is not None:
            from livelihoods.figures.overlap import overlap_plot

            return overlap_plot(
                self.membership.study,
                self.membership.target,
                id="transport-overlap",
                title=_say("overlap_title"),
                labels=(_say("study"), _say("target")),
                axis=_say("member"),
            )
        known = ["love", "effects", *(["overlap"] if self.membership is not None else [])]
        raise SpecError("estimate.transport_plot", given=kind, known=known)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "transport",
            "formula": self.formula,
            "outcome": self.outcome,
            "treatment": self.treatment,
            "vcov": self.vcov_label,
            "effects": self.frame.to_dicts(),
            "balance": self.balance.to_dicts(),
            "overlap": dict(self.overlap),
            "notes": [note.to_dict() for note in self.notes],
        }

    def _effects(self) -> Figure:
        from livelihoods.figures.coefficient import coefficient_plot

        drawn = {_say(place): _Part(self, place) for place in ("study", "target")}
        return coefficient_plot(
            cast("Mapping[str, Result]", drawn),
            id="transport",
            title=_say("title", treatment=co.shown(self.treatment), outcome=co.shown(self.outcome)),
            labels={method: _say(f"method_{method}") for method in METHODS},
            axis=words.text("estimate.heterogeneity.axis", outcome=co.shown(self.outcome)),
        )

    def _overlap_cells(self) -> list[tuple[str, Cell]]:
        found = self.overlap
        cells = [("rows_study", integer(found["study_rows"]))]
        if found["target_rows"] is not None:
            cells.append(("rows_target", integer(found["target_rows"])))
        cells.append(("effective", number(found["effective"], 1)))
        if found["outside_share"] is not None:
            cells.append(("outside", percent(found["outside_share"], 1)))
            cells.append(("generalizability", number(found["generalizability"], 2)))
        return cells

    def __repr__(self) -> str:
        return self.summary().to_text()


@dataclass(frozen=True, slots=True)
class _Part:
    """The effects in one population, with methods as terms: all that a figure asks of a result."""

    result: Transport
    population: str

    def tidy(self) -> pl.DataFrame:
        part = self.result.frame.filter(pl.col("population") == self.population)
        return part.with_columns(term="method")


def _cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        number(row["estimate"], stars=co.stars(row["p_value"])),
        number(row["std_error"], wrap="parentheses"),
    )


def _say(key: str, **values: Any) -> str:
    return words.text(f"estimate.transport.{key}", **values)
