"""Waves of a survey: appended one under the other, linked by unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where, gather
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Codebook, Survey, Variable


def append_waves(waves: Mapping[Any, Any], *, wave: str = "wave") -> Survey:
    """Stack waves of a survey.

    Parameters
    ----------
    waves
        Wave (a year, a round) -> Survey or frame, in order of time.
    wave
        Name of the column that tells the waves apart.

    Returns
    -------
    Survey
        Rows of the first wave, then of the second; row numbers count through all of them. Columns
        that a wave has not are null there, and a note says so.

    Raises
    ------
    DataError
        If a column is a number in one wave and text in another, or is already called ``wave``.
    """
    if not waves:
        raise SpecError("survey.no_waves")
    parts = {key: as_survey(data) for key, data in waves.items()}
    for part in parts.values():
        if wave in part.frame.columns:
            raise DataError("survey.wave_taken", wave=wave)
    names = list(dict.fromkeys(name for part in parts.values() for name in part.frame.columns))
    kinds = {name: _common_type(name, parts) for name in names}
    frames = [
        part.frame.select(
            (pl.col(name) if name in part.frame.columns else pl.lit(None))
            .cast(kinds[name])
            .alias(name)
            for name in names
        ).with_columns(pl.lit(key).alias(wave))
        for key, part in parts.items()
    ]
    starts = np.cumsum([0, *(frame.height for frame in frames)])
    missing = pl.concat(
        [_moved(part, int(start)) for part, start in zip(parts.values(), starts, strict=False)]
    )
    entries, notes = _entries(parts, names)
    entries[wave] = Variable(wave, {"en": "Wave", "zh": "调查轮次"}, role="wave", scale="ordinal")
    notes += _gaps(parts, names)
    first = next(iter(parts.values()))
    lineage = {k: v for part in reversed(parts.values()) for k, v in part.lineage.items()}
    return Survey(
        pl.concat(frames, how="vertical_relaxed"),
        Codebook(entries),
        missing=missing,
        design=replace(first.design, wave=wave),
        notes=(*_own_notes(parts), *notes),
        lineage=lineage,
    )


def _common_type(name: str, parts: Mapping[Any, Survey]) -> pl.DataType:
    kinds = {
        key: part.frame[name].dtype
        for key, part in parts.items()
        if name in part.frame.columns and part.frame[name].null_count() < part.frame.height
    }
    different = list(dict.fromkeys(kinds.values()))
    if not different:
        return pl.String()
    if len(different) == 1:
        return different[0]
    if all(kind.is_integer() for kind in different):
        return pl.Int64()
    if all(kind.is_numeric() or kind == pl.Boolean for kind in different):
        return pl.Float64()
    shown = [f"{key}: {_word(kind)}" for key, kind in kinds.items()]
    raise DataError("survey.wave_types", variable=name, types=shown)


def _word(kind: pl.DataType) -> str:
    key = "number" if kind.is_numeric() else "text" if kind == pl.String else "other"
    return words.text(f"survey.type_{key}")


def _moved(part: Survey, start: int) -> pl.DataFrame:
    """Return the missing codes under the row numbers of the stacked data; lost rows fall out."""
    place = pl.DataFrame(
        {"row": pl.Series(part.rows), "new": np.arange(start, start + part.frame.height)}
    )
    return part.missing.join(place, on="row", maintain_order="left").select(
        pl.col("new").alias("row"), "variable", "code", "label"
    )


def _entries(
    parts: Mapping[Any, Survey], names: list[str]
) -> tuple[dict[str, Variable], list[Note]]:
    """Return one entry a column, the first wave's; a code that changed its label is noted."""
    entries: dict[str, Variable] = {}
    notes: list[Note] = []
    for name in names:
        for key, part in parts.items():
            entry = part.codebook.variables.get(name)
            if entry is None:
                continue
            if name not in entries:
                entries[name] = entry
                continue
            changed = _changed(entries[name], entry)
            if changed:
                values = {"variable": name, "wave": str(key), "codes": changed}
                notes.append(Note("survey.labels_changed", "warning", values, Where((name,))))
            entries[name] = replace(
                entries[name], missing={**entry.missing, **entries[name].missing}
            )
    return entries, notes


def _changed(first: Variable, later: Variable) -> list[str]:
    changed = []
    for language, labels in later.values.items():
        before = first.values.get(language, {})
        changed += [
            f"{code}: {before[code]} → {label}"
            for code, label in labels.items()
            if code in before and before[code].strip().lower() != label.strip().lower()
        ]
    return changed


def _gaps(parts: Mapping[Any, Survey], names: list[str]) -> list[Note]:
    notes = []
    for key, part in parts.items():
        absent = [name for name in names if name not in part.frame.columns]
        if absent:
            values = {"wave": str(key), "columns": absent, "n": len(absent)}
            notes.append(Note("survey.wave_lacks", "caution", values, Where(tuple(absent))))
    return notes


def _own_notes(parts: Mapping[Any, Survey]) -> list[Note]:
    """Return the notes of the waves without row numbers, which counted within a wave."""
    return list(
        gather(
            Note(note.code, note.severity, note.values, Where(note.where.variables))
            for part in parts.values()
            for note in part.notes
        )
    )


def link_waves(
    data: Any, unit: str, wave: str | None = None, *, keep: Literal["all", "balanced"] = "all"
) -> Survey:
    """Make a panel of appended waves: each unit once a wave, sorted by unit and wave.

    Parameters
    ----------
    data
        A Survey or frame in long form.
    unit
        Column that names the household or farm across waves.
    wave
        Column of the wave; the declared one when not given.
    keep
        ``"balanced"`` keeps units found in every wave; the sample flow says how many rows left.

    Returns
    -------
    Survey
        With ``design.household`` and ``design.wave`` set.

    Raises
    ------
    DataError
        If a unit stands twice in a wave.
    """
    survey = as_survey(data)
    period = wave or survey.design.wave
    if period is None:
        raise SpecError("survey.no_wave_column")
    for name in (unit, period):
        if name not in survey.frame.columns:
            raise DataError("survey.no_key", key=name, columns=survey.frame.columns)
    known = survey.frame[unit].is_not_null()
    repeated = survey.frame.select(unit, period).is_duplicated() & known
    if repeated.any():
        rows = survey.rows[repeated.to_numpy()].tolist()
        raise DataError("survey.unit_twice", unit=unit, wave=period, rows=rows, n=len(rows))
    if not known.all():
        survey = survey.keep(known, words.text("survey.unit_missing"), unit)
    if keep == "balanced":
        waves = survey.frame[period].n_unique()
        whole = survey.frame.select(pl.col(period).n_unique().over(unit) == waves).to_series()
        survey = survey.keep(whole, words.text("survey.balanced"), unit)
    order = survey.frame.select(pl.arg_sort_by(unit, period, maintain_order=True)).to_series()
    design = replace(survey.design, household=unit, wave=period)
    return replace(
        survey, frame=survey.frame[order], rows=survey.rows[order.to_numpy()], design=design
    )
