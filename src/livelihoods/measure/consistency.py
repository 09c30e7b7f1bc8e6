"""``reliability``: do the items of a scale measure one thing, and how well?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.engine import Executor
from livelihoods.errors import SpecError
from livelihoods.measure.items import Items, read_items
from livelihoods.notes import Note, Where
from livelihoods.numerics import reliability as formulas
from livelihoods.numerics.factor import components
from livelihoods.survey.door import as_survey
from livelihoods.typing import TIDY_COLUMNS, Floats

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class Reliability:
    """Internal consistency of ``p`` items on ``n`` complete rows.

    Attributes
    ----------
    nobs
        Complete rows.
    alpha
        Cronbach's α of the items as keyed, in their own units.
    alpha_low, alpha_high
        Feldt's interval at ``conf_level``.
    alpha_raw
        α of the answers as they stand, before any item is reversed.
    alpha_standardised
        α of the keyed correlations.
    omega
        Unidimensional ω of one maximum-likelihood factor; NaN with fewer than three items.
    omega_hierarchical, omega_total
        With three group factors (Schmid–Leiman); NaN where that does not exist.
    mean_correlation
        Mean of the keyed correlations between different items.
    item_rest
        One row an item: ``item, key, mean, std, item_rest, alpha_without, loading``; mean and std
        of the answers as they stand, the others as keyed.
    inter_item
        Keyed correlations: ``item`` and a column an item.
    conf_level
        Of the interval.
    labels
        Wording of the items.
    notes
        Findings.
    """

    nobs: int
    alpha: float
    alpha_low: float
    alpha_high: float
    alpha_raw: float
    alpha_standardised: float
    omega: float
    omega_hierarchical: float
    omega_total: float
    mean_correlation: float
    item_rest: pl.DataFrame
    inter_item: pl.DataFrame
    conf_level: float
    labels: Mapping[str, str]
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a coefficient: α with its interval, the others without."""
        values = {
            "alpha": self.alpha,
            "alpha_raw": self.alpha_raw,
            "alpha_standardised": self.alpha_standardised,
            "omega": self.omega,
            "omega_hierarchical": self.omega_hierarchical,
            "omega_total": self.omega_total,
        }
        rows = [
            dict.fromkeys(TIDY_COLUMNS) | {"term": name, "estimate": _or_none(value)}
            for name, value in values.items()
        ]
        rows[0] |= {"conf_low": _or_none(self.alpha_low), "conf_high": _or_none(self.alpha_high)}
        schema = dict.fromkeys(TIDY_COLUMNS, pl.Float64) | {"term": pl.String}
        return pl.DataFrame(rows, schema=schema)

    def glance(self) -> pl.DataFrame:
        """One row: rows, items, coefficients."""
        values = {name: [value] for name, value in self.tidy().select("term", "estimate").rows()}
        return pl.DataFrame({"nobs": [self.nobs], "items": [self.item_rest.height], **values})

    def summary(self) -> Table:
        """Items with item-rest correlations, and the coefficients at the foot."""
        from livelihoods.measure.consistency_tables import reliability_table

        return reliability_table(self)

    def correlations(self) -> Table:
        """Correlations between the items, as keyed."""
        from livelihoods.measure.consistency_tables import correlations_table

        return correlations_table(self)

    def plot(self) -> Figure:
        """Correlations between the items as a heat map."""
        from livelihoods.measure.consistency_tables import correlations_figure

        return correlations_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            **self.glance().row(0, named=True),
            "alpha_interval": [_or_none(self.alpha_low), _or_none(self.alpha_high)],
            "conf_level": self.conf_level,
            "mean_correlation": self.mean_correlation,
            "item_rest": self.item_rest.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def reliability(
    data: Survey | Any,
    items: Sequence[str],
    keys: Sequence[str] | Mapping[str, int] | None = None,
    *,
    conf_level: float = 0.95,
    executor: Executor | None = None,
) -> Reliability:
    """Measure the internal consistency of items.

    α = p/(p − 1) · (1 − Σs²/s_T²) (Cronbach 1951), ω = (Σλ)²/((Σλ)² + Σψ) from one factor (named
    the unidimensional ω: it says nothing of whether there is one factor), hierarchical ω by
    Schmid and Leiman (1957). Rows with all items answered.

    Parameters
    ----------
    data
        A Survey or any frame.
    items
        Columns; two at least.
    keys
        Items asked the other way round: their names, or ``{item: -1}``. Reversing x means
        ``max + min − x``; no coefficient depends on where it is reversed about.
    conf_level
        Of α's interval.
    executor
        Where to compute; no digit depends on it.

    Raises
    ------
    SpecError
        If fewer than two items are named, one twice, or a key is no item or not 1 or −1.
    DataError
        If an item is absent, not numeric, constant or wholly missing, or there are not more
        complete rows than items.
    """
    if not 0.5 < conf_level < 1:
        raise SpecError("measure.conf_level", conf_level=conf_level)
    survey = as_survey(data)
    answers = read_items(survey, items, executor)
    signs = _signs(keys, answers.names)
    covariance = answers.covariance * np.outer(signs, signs)
    R = answers.correlation * np.outer(signs, signs)
    value = formulas.alpha(covariance)
    p = len(answers.names)
    low, high = formulas.alpha_interval(value, answers.nobs, p, conf_level)
    invertible = p >= 3 and np.linalg.eigvalsh(R)[0] > 1e-10
    one = formulas.one_factor(R) if invertible else None
    upper = formulas.hierarchical(R) if invertible else None
    return Reliability(
        nobs=answers.nobs,
        alpha=value,
        alpha_low=low,
        alpha_high=high,
        alpha_raw=formulas.alpha(answers.covariance),
        alpha_standardised=formulas.alpha(R),
        omega=math.nan if one is None else one.omega,
        omega_hierarchical=math.nan if upper is None else upper.omega_hierarchical,
        omega_total=math.nan if upper is None else upper.omega_total,
        mean_correlation=float((R.sum() - p) / (p * (p - 1))),
        item_rest=_item_frame(answers, signs, covariance, one),
        inter_item=pl.DataFrame(
            {"item": list(answers.names)} | {n: R[:, j] for j, n in enumerate(answers.names)}
        ),
        conf_level=conf_level,
        labels={name: survey.codebook.label(name) for name in answers.names},
        notes=(*answers.notes, *_notes(answers, R, value, one, upper)),
    )


def _signs(keys: Sequence[str] | Mapping[str, int] | None, names: Sequence[str]) -> Floats:
    given = dict(keys) if isinstance(keys, Mapping) else dict.fromkeys(keys or (), -1)
    strange = [item for item in given if item not in names]
    wrong = [item for item, key in given.items() if key not in (1, -1)]
    if strange or wrong:
        raise SpecError("measure.keys", keys=[*strange, *wrong], items=list(names))
    return np.array([float(given.get(name, 1)) for name in names])


def _item_frame(
    answers: Items, signs: Floats, covariance: Floats, one: formulas.Unidimensional | None
) -> pl.DataFrame:
    p = len(answers.names)
    without = formulas.alpha_without(covariance)
    return pl.DataFrame(
        {
            "item": list(answers.names),
            "key": signs.astype(np.int64),
            "mean": answers.moments.mean[0],
            "std": np.sqrt(np.diag(covariance)),
            "item_rest": formulas.item_rest(covariance),
            "alpha_without": without,
            "loading": np.full(p, np.nan) if one is None else one.loadings,
        }
    ).with_columns(pl.col("alpha_without", "loading").fill_nan(None))


def _notes(
    answers: Items,
    R: Floats,
    value: float,
    one: formulas.Unidimensional | None,
    upper: formulas.Hierarchical | None,
) -> list[Note]:
    notes: list[Note] = []
    first = components(R)[1][:, 0]
    against = [n for n, weight in zip(answers.names, first, strict=True) if weight < -0.05]
    if against:
        where = Where(tuple(against))
        notes.append(Note("measure.item_against", "warning", {"items": against}, where))
    if value < 0:
        notes.append(Note("measure.alpha_negative", "serious", {"alpha": round(value, 3)}))
    if len(answers.names) == 2:
        notes.append(Note("measure.alpha_of_two", "caution", {}))
    if one is None:
        notes.append(Note("measure.omega_absent", "info", {}))
    elif not one.converged:
        notes.append(Note("measure.omega_not_converged", "warning", {}))
    if one is not None and upper is None:
        notes.append(Note("measure.hierarchical_absent", "info", {}))
    return notes


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
