"""``factor_scores``: principal components of survey items as SPSS reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.engine import Executor
from livelihoods.errors import DataError, SpecError
from livelihoods.measure.components import (
    Choices,
    ComponentFit,
    anchor_places,
    fit_components,
)
from livelihoods.measure.frames import column, frame
from livelihoods.measure.items import Items, polychoric_of, read_items, refuse_singular
from livelihoods.notes import Note, Where
from livelihoods.numerics.factor import Sphericity
from livelihoods.numerics.polychoric import Polychoric
from livelihoods.survey.door import as_survey
from livelihoods.typing import TIDY_COLUMNS, Floats

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table

Retain = Literal["kaiser", "parallel"] | int
ScoreMethod = Literal["regression", "bartlett", "anderson_rubin"]
_MAIN_LOADING = 0.3


@dataclass(frozen=True, slots=True)
class FactorScores:
    """Components of ``p`` items on ``n`` rows.

    Attributes
    ----------
    nobs
        Complete rows.
    kmo, kmo_items
        Kaiser–Meyer–Olkin: overall, and ``item, kmo``.
    bartlett
        Test of sphericity: ``chi2, df, p_value, log_p``.
    eigenvalues
        ``component, eigenvalue, share, cumulative, random_mean, random_95``: all p of them, beside
        those of random data (parallel analysis).
    explained
        ``component, sum_of_squares, share, cumulative, weight``: rotated shares of the total
        variance; ``weight`` is the share among the kept ones, used in the composite.
    loadings
        ``item, F1 …, communality``.
    coefficients
        ``item, F1 …``: scores are the standardised items times these.
    scores
        ``F1 …`` at the data's height, null where a row is incomplete; mean 0, and with
        regression scores of components standard deviation 1 and no correlation.
    composite
        Σ weight · score, at the data's height. Its variance is Σ weight², below 1.
    correlation
        Correlations of the items, shape ``(p, p)``.
    sweeps
        Passes the rotation took to converge.
    labels
        Wording of the items.
    notes
        Findings, oldest first.
    """

    nobs: int
    kmo: float
    kmo_items: pl.DataFrame
    bartlett: Sphericity
    eigenvalues: pl.DataFrame
    explained: pl.DataFrame
    loadings: pl.DataFrame
    coefficients: pl.DataFrame
    scores: pl.DataFrame
    composite: pl.Series
    correlation: Floats
    sweeps: int
    labels: Mapping[str, str]
    notes: tuple[Note, ...]

    @property
    def components(self) -> list[str]:
        """Names of the kept components: ``F1`` …"""
        return self.scores.columns

    def attach(self, survey: Survey | Any, name: str) -> Survey:
        """Return the survey with columns ``name`` (composite) and ``name.F1`` … (scores).

        Every column is made from all items, and its lineage says so.

        Raises
        ------
        DataError
            If the survey has another number of rows than the data analysed.
        """
        whole = as_survey(survey)
        height = self.composite.len()
        if whole.frame.height != height:
            given = whole.frame.height
            raise DataError("measure.attach_height", name=name, built=height, given=given)
        columns = {name: self.composite}
        columns.update({f"{name}.{each}": self.scores[each] for each in self.components})
        items = self.loadings["item"].to_list()
        sources = tuple(sorted({source for item in items for source in whole.sources(item)}))
        return whole.with_columns(columns, dict.fromkeys(columns, sources))

    def tidy(self) -> pl.DataFrame:
        """One row a loading: ``component, term, estimate``; no standard errors are claimed."""
        long = self.loadings.drop("communality").unpivot(
            index="item", variable_name="component", value_name="estimate"
        )
        empty = {each: pl.lit(None, dtype=pl.Float64) for each in TIDY_COLUMNS[2:]}
        return long.rename({"item": "term"}).with_columns(**empty)

    def glance(self) -> pl.DataFrame:
        """One row: rows, items, components, adequacy, sphericity, variance kept."""
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "items": [self.loadings.height],
                "components": [len(self.components)],
                "kmo": [self.kmo],
                "bartlett_chi2": [self.bartlett.chi2],
                "bartlett_df": [self.bartlett.df],
                "bartlett_p": [self.bartlett.p_value],
                "bartlett_log_p": [self.bartlett.log_p],
                "share": [float(self.explained["share"].sum())],
                "sweeps": [self.sweeps],
            }
        )

    def summary(self) -> Table:
        """Rotated loadings, communalities and adequacy, as papers print them."""
        from livelihoods.measure.factor_tables import loadings_table

        return loadings_table(self)

    def variance(self) -> Table:
        """Total variance explained: every eigenvalue beside that of random data."""
        from livelihoods.measure.factor_tables import variance_table

        return variance_table(self)

    def plot(self, which: Literal["scree", "loadings"] = "scree") -> Figure:
        """Eigenvalues beside random ones (``"scree"``), or loadings as a heat map."""
        from livelihoods.measure import factor_tables

        if which == "loadings":
            return factor_tables.loadings_figure(self)
        return factor_tables.scree_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            **self.glance().row(0, named=True),
            "kmo_items": self.kmo_items.to_dicts(),
            "eigenvalues": self.eigenvalues.to_dicts(),
            "explained": self.explained.to_dicts(),
            "loadings": self.loadings.to_dicts(),
            "coefficients": self.coefficients.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def factor_scores(
    data: Survey | Any,
    items: Sequence[str],
    retain: Retain = "kaiser",
    rotation: Literal["varimax"] | None = "varimax",
    anchor: str | Mapping[str | int, str] | None = None,
    *,
    scores: ScoreMethod = "regression",
    correlation: Literal["pearson", "polychoric"] = "pearson",
    seed: int = 0,
    replicates: int = 200,
    executor: Executor | None = None,
) -> FactorScores:
    """Principal components of items: adequacy, number, rotation, scores and a composite.

    Rows are used where all items are answered; standard deviations have divisor n − 1. Λ = V√λ of
    the correlations; varimax with Kaiser normalisation until no plane turns by more than 1e-12;
    components in falling order of rotated sums of squares SS, each with a positive sum of
    loadings; regression scores F = Z R⁻¹ Λ; composite Σ_j (SS_j/ΣSS) F_j.

    Parameters
    ----------
    data
        A Survey or any frame.
    items
        Columns; two at least.
    retain
        ``"kaiser"``: eigenvalues above 1 (often too many); ``"parallel"``: leading eigenvalues
        above the 95th percentile of those of random normal data (Horn 1965); or a number.
    rotation
        ``"varimax"`` or None.
    anchor
        Item that must load positively on the component on which it loads most, or
        ``{component: item}`` with components ``1`` or ``"F1"``. Flipping one component changes
        the composite, so fix the sign where the direction matters.
    scores
        ``"regression"``, ``"bartlett"`` or ``"anderson_rubin"``.
    correlation
        ``"pearson"``, or ``"polychoric"`` for short ordered scales: the correlations of the
        normals behind the answers (Olsson 1979). Scores still weigh the standardised answers, so
        their standard deviation is near 1, not 1.
    seed, replicates
        Of the parallel analysis.
    executor
        Where to compute; no digit depends on it.

    Raises
    ------
    SpecError
        If an option is not known, an item is named twice, or an anchor is no item.
    DataError
        If an item is absent, not numeric, constant, wholly missing, a combination of others, or
        there are not more complete rows than items.
    EstimationError
        If no component passes, or the score method needs uniquenesses that are zero.
    """
    _check_options(retain, rotation, scores, correlation, replicates)
    survey = as_survey(data)
    answers = read_items(survey, items, executor)
    R, behind = answers.correlation, _behind(answers, correlation)
    refuse_singular(answers.names, R)
    R = R if behind is None else behind.R
    anchors = anchor_places(anchor, answers.names)
    choices = Choices(retain, rotation, anchors, scores, seed, replicates)
    fit = fit_components(R, answers.nobs, choices)
    found = _result(survey, answers, R, fit, retain)
    return found if behind is None else _said_polychoric(found, behind)


def _behind(answers: Items, correlation: str) -> Polychoric | None:
    return polychoric_of(answers) if correlation == "polychoric" else None


def _said_polychoric(found: FactorScores, behind: Polychoric) -> FactorScores:
    notes = [note for note in found.notes if note.code != "measure.few_answers"]
    notes.append(Note("measure.polychoric", "info", {}))
    if behind.smallest <= 1e-8:
        smallest = {"smallest": round(behind.smallest, 4)}
        notes.append(Note("measure.polychoric_repaired", "caution", smallest))
    if not behind.converged:
        notes.append(Note("measure.polychoric_edge", "warning", {}))
    return replace(found, notes=tuple(notes))


def _check_options(
    retain: Any, rotation: Any, scores: Any, correlation: Any, replicates: int
) -> None:
    known = {
        "retain": (retain, ("kaiser", "parallel")),
        "rotation": (rotation, ("varimax", None)),
        "scores": (scores, ("regression", "bartlett", "anderson_rubin")),
        "correlation": (correlation, ("pearson", "polychoric")),
    }
    for option, (value, allowed) in known.items():
        number = option == "retain" and isinstance(value, int) and not isinstance(value, bool)
        if value not in allowed and not number:
            raise SpecError("measure.option", option=option, value=value, known=list(allowed))
    if replicates < 20:
        raise SpecError("measure.replicates", replicates=replicates, fewest=20)


def _result(
    survey: Survey, answers: Items, R: Floats, fit: ComponentFit, retain: Retain
) -> FactorScores:
    names = list(answers.names)
    labels = [f"F{j + 1}" for j in range(fit.sums.size)]
    scores = _scores(answers, fit.coefficients)
    composite = np.zeros(scores.shape[0])
    for j, weight in enumerate(fit.composite_weights):
        composite += weight * scores[:, j]
    return FactorScores(
        nobs=answers.nobs,
        kmo=fit.kmo,
        kmo_items=pl.DataFrame({"item": names, "kmo": fit.kmo_items}),
        bartlett=fit.bartlett,
        eigenvalues=_eigenvalues(fit),
        explained=_explained(fit, labels),
        loadings=_by_item(names, labels, fit.loadings).with_columns(
            communality=pl.Series(fit.communalities)
        ),
        coefficients=_by_item(names, labels, fit.coefficients),
        scores=frame(scores, labels),
        composite=column(composite, "composite"),
        correlation=R,
        sweeps=fit.sweeps,
        labels={name: survey.codebook.label(name) for name in names},
        notes=(*answers.notes, *_notes(names, answers.nobs, fit, retain)),
    )


def _scores(answers: Items, coefficients: Floats) -> Floats:
    """Return scores at the data's height, NaN where a row is incomplete; no BLAS, fixed order."""
    result = np.zeros((answers.used.size, coefficients.shape[1]))
    for j, z in enumerate(answers.standardised()):
        result += z[:, None] * coefficients[j][None, :]
    result[~answers.used] = np.nan
    return result


def _by_item(names: list[str], labels: list[str], values: Floats) -> pl.DataFrame:
    columns: dict[str, Any] = {"item": names}
    return pl.DataFrame(columns | {label: values[:, j] for j, label in enumerate(labels)})


def _eigenvalues(fit: ComponentFit) -> pl.DataFrame:
    share = fit.eigenvalues / fit.eigenvalues.size
    return pl.DataFrame(
        {
            "component": np.arange(1, fit.eigenvalues.size + 1),
            "eigenvalue": fit.eigenvalues,
            "share": share,
            "cumulative": np.cumsum(share),
            "random_mean": fit.random_mean,
            "random_95": fit.random_high,
        }
    )


def _explained(fit: ComponentFit, labels: list[str]) -> pl.DataFrame:
    share = fit.sums / fit.eigenvalues.size
    return pl.DataFrame(
        {
            "component": labels,
            "sum_of_squares": fit.sums,
            "share": share,
            "cumulative": np.cumsum(share),
            "weight": fit.composite_weights,
        }
    )


def _notes(names: list[str], n: int, fit: ComponentFit, retain: Retain) -> tuple[Note, ...]:
    return (*_adequacy_notes(names, n, fit), *_solution_notes(names, fit, retain))


def _adequacy_notes(names: list[str], n: int, fit: ComponentFit) -> list[Note]:
    notes: list[Note] = []
    kmo = {"kmo": round(fit.kmo, 3)}
    if fit.kmo < 0.5:
        notes.append(Note("measure.kmo_low", "serious", kmo))
    elif fit.kmo < 0.6:
        notes.append(Note("measure.kmo_mediocre", "caution", kmo))
    low = [name for name, value in zip(names, fit.kmo_items, strict=True) if value < 0.5]
    if low and len(names) > 2:
        notes.append(Note("measure.kmo_item_low", "caution", {"items": low}, Where(tuple(low))))
    if len(names) == 2:
        notes.append(Note("measure.two_items", "serious", {}))
    if fit.bartlett.p_value > 0.05:
        p = round(fit.bartlett.p_value, 3)
        notes.append(Note("measure.not_correlated", "serious", {"p": p}))
    if n < 5 * len(names):
        values = {"rows": n, "items": len(names)}
        notes.append(Note("measure.few_rows_per_item", "caution", values))
    return notes


def _solution_notes(names: list[str], fit: ComponentFit, retain: Retain) -> list[Note]:
    notes: list[Note] = []
    kept = int(fit.sums.size)
    if fit.parallel != kept and retain != "parallel":
        values = {"kept": kept, "parallel": fit.parallel}
        notes.append(Note("measure.parallel_differs", "caution", values))
    if not fit.converged:
        notes.append(Note("measure.rotation_not_converged", "warning", {"sweeps": fit.sweeps}))
    main = np.argmax(np.abs(fit.loadings), axis=1)
    strongest = fit.loadings[np.arange(len(names)), main]
    turned = [name for name, value in zip(names, strongest, strict=True) if value < -_MAIN_LOADING]
    if turned:
        where = Where(tuple(turned))
        notes.append(Note("measure.reverse_keyed", "warning", {"items": turned}, where))
    return notes
