"""Enumerators: does it matter who asked? Effects, interview length, confounding with areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError
from livelihoods.notes import Note, Where
from livelihoods.survey.checks.place import rows_note
from livelihoods.survey.door import as_survey
from livelihoods.survey.icc import Icc, fit_icc
from livelihoods.survey.model import Survey
from livelihoods.tables import Column, Row, Table, integer, number, p_value, percent, text
from livelihoods.typing import Ints

_NOTABLE_ICC = 0.05  # usual enumerator effects lie between 0 and 0.02
_LEVEL = 0.01
_FAST = 1 / 3  # of the median length: such interviews were hardly read out
_QUICK_PERSON = 0.6
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class EnumeratorItem:
    """One question: intra-class correlation by enumerator, over all and inside areas."""

    variable: str
    overall: Icc
    within_area: Icc | None


@dataclass(frozen=True, slots=True)
class Enumerators:
    """Enumerator effects.

    Attributes
    ----------
    items
        Questions, the strongest effect first.
    people
        One row an enumerator: interviews, areas, share of missing answers, median minutes.
    single_area
        Share of enumerators who worked in one area only; None without areas.
    notes
        What must be said.
    labels
        Wording of each variable.
    """

    items: tuple[EnumeratorItem, ...]
    people: pl.DataFrame
    single_area: float | None
    notes: tuple[Note, ...]
    labels: dict[str, str]

    def tidy(self) -> pl.DataFrame:
        """One row a question: ``term, icc, f, p_value, design_effect, icc_within_area``."""
        rows = [
            {
                "term": item.variable,
                "nobs": item.overall.nobs,
                "icc": item.overall.icc,
                "f": item.overall.f,
                "p_value": item.overall.p_value,
                "design_effect": item.overall.design_effect,
                "icc_within_area": item.within_area.icc if item.within_area else None,
                "p_within_area": item.within_area.p_value if item.within_area else None,
            }
            for item in self.items
        ]
        return pl.DataFrame(rows)

    def summary(self) -> Table:
        """Return the effects by question as a table."""
        rows = tuple(
            Row(
                (
                    text(self.labels.get(item.variable, item.variable)),
                    integer(item.overall.nobs),
                    number(item.overall.icc),
                    number(item.overall.f, 2),
                    p_value(item.overall.p_value),
                    number(item.overall.design_effect, 2),
                    number(item.within_area.icc if item.within_area else None),
                    p_value(item.within_area.p_value if item.within_area else None),
                )
            )
            for item in self.items
        )
        keys = "variable nobs icc f p_value design_effect icc_within p_within"
        return _table("enumerators", keys, rows, self.notes)

    def by_person(self) -> Table:
        """Return one line an enumerator."""
        rows = tuple(
            Row((text(str(who)), integer(n), integer(areas), percent(missing), number(minutes, 1)))
            for who, n, areas, missing, minutes in self.people.iter_rows()
        )
        return _table("enumerator-people", "person interviews areas missing minutes", rows, ())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "items": self.tidy().to_dicts(),
            "people": self.people.to_dicts(),
            "single_area": self.single_area,
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def _table(id: str, keys: str, rows: tuple[Row, ...], notes: tuple[Note, ...]) -> Table:
    columns = tuple(
        Column(key, words.text(f"survey.enumerator_{key}"), "left" if place == 0 else "decimal")
        for place, key in enumerate(keys.split())
    )
    title = words.text(f"survey.{id.replace('-', '_')}_title")
    return Table(id, title, columns, rows, notes=notes, language=words.language())


def enumerator_effects(
    data: Any,
    enumerator: str,
    items: Sequence[str] | None = None,
    *,
    area: str | None = None,
    minutes: str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Enumerators:
    """Ask whether answers depend on who asked.

    Parameters
    ----------
    data
        A Survey or frame, one row an interview.
    enumerator
        Column that names the enumerator.
    items
        Numeric questions; all numeric columns when not given.
    area
        Village or district; effects are then also computed inside areas, where that is possible.
    minutes
        Length of the interview; or ``start`` and ``end``, columns of times.

    Raises
    ------
    DataError
        If a column is absent or an item is not numeric.
    """
    survey = as_survey(data)
    organising = [name for name in (enumerator, area, minutes, start, end) if name]
    for name in [*organising, *(items or [])]:
        if name not in survey.frame.columns:
            raise DataError("survey.no_key", key=name, columns=survey.frame.columns)
    asked = survey.frame[enumerator].is_not_null()
    who = _codes(survey.frame[enumerator])
    where = _codes(survey.frame[area]) if area else None
    chosen = _items(survey, items, organising)
    found = [_item(survey, name, who, where, asked.to_numpy()) for name in chosen]
    effects = sorted(
        (item for item in found if item is not None), key=lambda item: -item.overall.icc
    )
    length = _length(survey, minutes, start, end)
    people = _people(survey, enumerator, area, chosen, length)
    single = None
    if area:
        single = float(people.filter(pl.col("areas") == 1).height / max(people.height, 1))
    notes = (
        *_effect_notes(effects),
        *_area_notes(survey, enumerator, area, single),
        *_length_notes(survey, enumerator, people, length),
    )
    labels = {name: survey.codebook.label(name) for name in chosen}
    return Enumerators(tuple(effects), people, single, notes, labels)


def _codes(series: pl.Series) -> Ints:
    """Return codes 0 … G−1 in sorted order; missing is −1."""
    codes = series.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    return np.asarray(codes, dtype=np.int64)


def _items(survey: Survey, items: Sequence[str] | None, organising: list[str]) -> list[str]:
    if items is None:
        entries = survey.codebook.variables
        return [
            series.name
            for series in survey.frame.get_columns()
            if series.dtype.is_numeric()
            and series.name not in organising
            and not (entries.get(series.name) and entries[series.name].scale == "identifier")
        ]
    for name in items:
        kind = survey.frame[name].dtype
        if not kind.is_numeric() and kind != pl.Boolean:
            raise DataError("survey.not_numeric", variable=name)
    return list(items)


def _item(
    survey: Survey, name: str, who: Ints, where: Ints | None, asked: Any
) -> EnumeratorItem | None:
    values = survey.frame[name].cast(pl.Float64).to_numpy()
    known = asked & ~np.isnan(values)
    if known.sum() < _FEWEST:
        return None
    overall = fit_icc(values[known], who[known])
    if overall is None:
        return None
    within = None
    if where is not None:
        placed = known & (where >= 0)
        within = fit_icc(values[placed], who[placed], where[placed]) if placed.any() else None
    return EnumeratorItem(name, overall, within)


def _length(
    survey: Survey, minutes: str | None, start: str | None, end: str | None
) -> pl.Series | None:
    if minutes:
        return survey.frame[minutes].cast(pl.Float64)
    if start and end:
        first, last = survey.frame[start], survey.frame[end]
        for series in (first, last):
            if series.dtype.base_type() != pl.Datetime:
                raise DataError("survey.not_a_time", variable=series.name)
        return (last - first).dt.total_seconds().cast(pl.Float64) / 60
    return None


def _people(
    survey: Survey,
    enumerator: str,
    area: str | None,
    items: Sequence[str],
    length: pl.Series | None,
) -> pl.DataFrame:
    empty = pl.Series("minutes", [None], dtype=pl.Float64).new_from_index(0, survey.frame.height)
    missing = (
        survey.frame.select(pl.mean_horizontal(pl.col(list(items)).is_null().cast(pl.Float64)))
        .to_series()
        .alias("missing")
        if items
        else empty.alias("missing")
    )
    table = pl.DataFrame(
        [
            survey.frame[enumerator].alias("enumerator"),
            (survey.frame[area] if area else empty).alias("area"),
            missing,
            (empty if length is None else length).alias("minutes"),
        ]
    ).filter(pl.col("enumerator").is_not_null())
    return (
        table.group_by("enumerator")
        .agg(
            pl.len().cast(pl.Int64).alias("interviews"),
            pl.col("area").drop_nulls().n_unique().cast(pl.Int64).alias("areas"),
            pl.col("missing").mean(),
            pl.col("minutes").median(),
        )
        .sort("enumerator")
    )


def _effect_notes(effects: Sequence[EnumeratorItem]) -> list[Note]:
    strong = [
        item.variable
        for item in effects
        if item.overall.icc >= _NOTABLE_ICC and item.overall.p_value < _LEVEL
    ]
    if not strong:
        return []
    worst = effects[0]
    values = {
        "variables": strong,
        "n": len(strong),
        "k": len(effects),
        "worst": worst.variable,
        "icc": worst.overall.icc,
        "effect": worst.overall.design_effect,
    }
    return [Note("survey.enumerator_effect", "caution", values, Where(tuple(strong)))]


def _area_notes(
    survey: Survey, enumerator: str, area: str | None, single: float | None
) -> list[Note]:
    if area is None or single is None:
        return []
    place = Where((enumerator, area))
    together = survey.frame.select(enumerator, area).drop_nulls()
    shared = together.group_by(area).agg(pl.col(enumerator).n_unique().alias("n"))
    alone = float((shared["n"] == 1).sum() / max(shared.height, 1))
    values = {"enumerator": enumerator, "area": area, "single": single, "alone": alone}
    if alone == 1:
        return [Note("survey.enumerator_is_area", "serious", values, place)]
    if alone >= 0.5:
        return [Note("survey.enumerator_mostly_area", "caution", values, place)]
    return []


def _length_notes(
    survey: Survey, enumerator: str, people: pl.DataFrame, length: pl.Series | None
) -> list[Note]:
    if length is None or not length.drop_nulls().len():
        return []
    median = float(length.median() or 0.0)  # type: ignore[arg-type]
    notes = []
    negative = length < 0
    if negative.any():
        notes.append(rows_note(survey, "survey.negative_length", "warning", negative, []))
    fast = (length < _FAST * median) & (length >= 0)
    if fast.any():
        notes.append(rows_note(survey, "survey.fast_interviews", "warning", fast, [],
                               median=median, limit=_FAST * median))  # fmt: skip
    quick = people.filter(
        (pl.col("minutes") < _QUICK_PERSON * median) & (pl.col("interviews") >= _FEWEST)
    )
    if quick.height:
        names = [str(name) for name in quick["enumerator"].to_list()]
        values = {"people": names, "n": quick.height, "median": median}
        notes.append(Note("survey.fast_enumerators", "warning", values, Where((enumerator,))))
    return notes
