"""``common_method``: is a regressor measured with the outcome's own words, by the same pen?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.engine import Executor
from livelihoods.errors import SpecError
from livelihoods.measure.items import Items, read_items, refuse_singular
from livelihoods.measure.wording import likeness
from livelihoods.notes import Note, Where
from livelihoods.numerics.factor import components
from livelihoods.numerics.fit_indices import FactorFit, factor_fit
from livelihoods.survey.door import as_survey
from livelihoods.typing import TIDY_COLUMNS, Floats

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table

_HARMAN = 0.5


@dataclass(frozen=True, slots=True)
class CommonMethod:
    """Whether two sets of items measure one thing because one questionnaire asked both.

    Attributes
    ----------
    nobs
        Rows with all items answered.
    pairs
        Alike questions: ``regressor_item, outcome_item, likeness, shared, same_source``, most
        alike first.
    harman
        Share of all items' variance on the first unrotated component (Harman's single factor).
    eigenvalues
        Of all items together, ``(p,)``.
    fits
        One row a number of factors (1, 2): ``factors, chi2, df, p_value, rmsea, cfi, srmr``.
    correlation, correlation_low, correlation_high
        Of the two mean scores (items standardised), with Fisher's interval.
    correlation_without
        The same without the regressor's items that are in ``pairs``; null if none is left.
    kept
        The regressor's items that stay.
    conf_level
        Of the intervals.
    labels
        Wording of the items.
    notes
        Findings.
    """

    nobs: int
    pairs: pl.DataFrame
    harman: float
    eigenvalues: Floats
    fits: pl.DataFrame
    correlation: tuple[float, float, float]
    correlation_without: tuple[float, float, float] | None
    kept: tuple[str, ...]
    conf_level: float
    labels: Mapping[str, str]
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Two rows: the correlation with all items and without those worded alike."""
        rows = [_row("all_items", self.correlation)]
        if self.correlation_without is not None:
            rows.append(_row("without_alike", self.correlation_without))
        schema = dict.fromkeys(TIDY_COLUMNS, pl.Float64) | {"term": pl.String}
        return pl.DataFrame(rows, schema=schema)

    def glance(self) -> pl.DataFrame:
        """One row: rows, alike questions, Harman's share, fit of one factor."""
        one = self.fits.row(0, named=True) if self.fits.height else {}
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "pairs": [self.pairs.height],
                "harman": [self.harman],
                "one_factor_rmsea": [one.get("rmsea")],
                "one_factor_cfi": [one.get("cfi")],
            }
        )

    def summary(self) -> Table:
        """Alike questions, then the shares, fits and correlations."""
        from livelihoods.measure.common_method_tables import common_method_table

        return common_method_table(self)

    def plot(self) -> Figure:
        """Eigenvalues of all items together."""
        from livelihoods.measure.common_method_tables import eigenvalue_figure

        return eigenvalue_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            **self.glance().row(0, named=True),
            "alike": self.pairs.to_dicts(),
            "fits": self.fits.to_dicts(),
            "correlation": list(self.correlation),
            "correlation_without": self.correlation_without and list(self.correlation_without),
            "kept": list(self.kept),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def common_method(
    data: Survey | Any,
    regressor: Sequence[str],
    outcome: Sequence[str],
    *,
    likeness_from: float = 0.25,
    conf_level: float = 0.95,
    executor: Executor | None = None,
) -> CommonMethod:
    """Check a regressor and an outcome that come from one questionnaire.

    Three looks: questions of the regressor worded like questions of the outcome (shared words of
    the codebook's labels, or one source question), the share of all items' variance on one
    component (Harman), and the fit of a single common factor beside two. Then the association of
    the two mean scores with and without the questions worded alike. None of the three proves or
    clears common-method bias; a high share or a good single factor is a reason to distrust.

    Parameters
    ----------
    data
        A Survey (its codebook has the wording) or any frame.
    regressor, outcome
        Their items; no item in both.
    likeness_from
        Pairs at least this alike are listed, between 0 and 1.
    conf_level
        Of Fisher's intervals.
    executor
        Where to compute.

    Raises
    ------
    SpecError
        If an item is in both sets, or an option is out of range.
    DataError
        As ``factor_scores``.
    """
    if not 0 < likeness_from <= 1:
        raise SpecError("measure.likeness", likeness=likeness_from)
    if not 0.5 < conf_level < 1:
        raise SpecError("measure.conf_level", conf_level=conf_level)
    both = [item for item in regressor if item in outcome]
    if both or not regressor or not outcome:
        raise SpecError("measure.items_in_both", items=both)
    survey = as_survey(data)
    answers = read_items(survey, (*regressor, *outcome), executor, fewest=2)
    R = answers.correlation
    refuse_singular(answers.names, R)
    values, _ = components(R)
    pairs = _pairs(survey, regressor, outcome, likeness_from)
    alike = set(pairs["regressor_item"].to_list())
    kept = tuple(item for item in regressor if item not in alike)
    fits = [fit for k in (1, 2) if (fit := factor_fit(R, answers.nobs, k)) is not None]
    correlation = _association(answers, regressor, outcome, conf_level)
    without = _association(answers, kept, outcome, conf_level) if kept and alike else None
    return CommonMethod(
        nobs=answers.nobs,
        pairs=pairs,
        harman=float(values[0] / values.size),
        eigenvalues=values,
        fits=_fit_frame(fits),
        correlation=correlation,
        correlation_without=without,
        kept=kept,
        conf_level=conf_level,
        labels={name: survey.codebook.label(name) for name in answers.names},
        notes=(*answers.notes, *_notes(pairs, float(values[0] / values.size), fits, kept)),
    )


def _pairs(
    survey: Survey, regressor: Sequence[str], outcome: Sequence[str], least: float
) -> pl.DataFrame:
    texts = [_texts(survey, items) for items in (regressor, outcome)]
    rows = []
    for i, first in enumerate(regressor):
        for j, second in enumerate(outcome):
            share, common = _most_alike(texts, i, j)
            source = sorted(set(survey.sources(first)) & set(survey.sources(second)))
            if share >= least or source:
                rows.append((first, second, share, common or source, bool(source)))
    rows.sort(key=lambda row: (not row[4], -row[2]))
    schema: dict[str, Any] = {
        "regressor_item": pl.String,
        "outcome_item": pl.String,
        "likeness": pl.Float64,
        "shared": pl.List(pl.String),
        "same_source": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


Grid = list[list[tuple[float, list[str]]]]


def _texts(survey: Survey, items: Sequence[str]) -> dict[str, list[str]]:
    """Return the items' wordings by language; a language some item lacks is left out."""
    given = [
        survey.codebook.variables[item].label if item in survey.codebook.variables else {}
        for item in items
    ]
    languages = sorted({language for label in given for language in label})
    return {language: [label.get(language, "") for label in given] for language in languages}


def _most_alike(texts: list[dict[str, list[str]]], i: int, j: int) -> tuple[float, list[str]]:
    """Return the greatest likeness over the languages both sides are worded in.

    The shared words are those of the language spoken, if there are any.
    """
    found = {
        language: likeness(first, texts[1][language])[i][j]
        for language, first in texts[0].items()
        if language in texts[1]
    }
    if not found:
        return 0.0, []
    share, common = max(found.values(), key=lambda pair: pair[0])
    return share, found.get(words.language(), (0.0, []))[1] or common


def _association(
    answers: Items, first: Sequence[str], second: Sequence[str], conf_level: float
) -> tuple[float, float, float]:
    """Return the correlation of two sums of standardised items and Fisher's interval.

    Correlation of sums from the item correlations: 1'R₁₂1/√(1'R₁₁1 · 1'R₂₂1).
    """
    from scipy.special import ndtri

    R = answers.correlation
    a = [answers.names.index(item) for item in first]
    b = [answers.names.index(item) for item in second]
    spread = R[np.ix_(a, a)].sum() * R[np.ix_(b, b)].sum()
    r = float(np.clip(R[np.ix_(a, b)].sum() / np.sqrt(spread), -1.0, 1.0))
    if answers.nobs <= 3 or abs(r) == 1.0:
        return r, r, r
    half = float(ndtri(0.5 + conf_level / 2.0)) / np.sqrt(answers.nobs - 3)
    middle = np.arctanh(r)
    return r, float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _fit_frame(fits: list[FactorFit]) -> pl.DataFrame:
    columns = {
        name: pl.Series([getattr(fit, name) for fit in fits], dtype=pl.Float64)
        for name in ("factors", "chi2", "df", "p_value", "rmsea", "cfi", "srmr")
    }
    return pl.DataFrame(columns).with_columns(pl.col("factors", "df").cast(pl.Int64))


def _notes(
    pairs: pl.DataFrame, harman: float, fits: list[FactorFit], kept: tuple[str, ...]
) -> list[Note]:
    notes: list[Note] = []
    alike = list(dict.fromkeys(pairs["regressor_item"].to_list()))
    if alike:
        where = Where(tuple(alike))
        notes.append(Note("measure.worded_alike", "warning", {"items": alike}, where))
        if not kept:
            notes.append(Note("measure.nothing_unlike", "serious", {}))
    if harman > _HARMAN:
        share = {"share": round(100 * harman, 1)}
        notes.append(Note("measure.harman_high", "warning", share))
    if fits and fits[0].rmsea < 0.08 and fits[0].cfi > 0.9:
        values = {"rmsea": round(fits[0].rmsea, 3), "cfi": round(fits[0].cfi, 3)}
        notes.append(Note("measure.one_factor_fits", "warning", values))
    notes.append(Note("measure.harman_weak", "info", {}))
    return notes


def _row(term: str, values: tuple[float, float, float]) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(TIDY_COLUMNS)
    low_high = {"conf_low": values[1], "conf_high": values[2]}
    return empty | {"term": term, "estimate": values[0]} | low_high
