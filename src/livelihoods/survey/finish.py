"""From what a file says to a Survey: codebooks merged, missing codes set apart, nothing lost."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from livelihoods.notes import Note, Where
from livelihoods.survey.model import MISSING_SCHEMA, Codebook, SampleDesign, Survey, Variable


@dataclass(frozen=True, slots=True)
class Raw:
    """What a reader found.

    Attributes
    ----------
    frame
        Answers as they stand in the file; missing codes still in place.
    variables
        What the file itself says of its columns.
    tagged
        Rows of the ``missing`` frame the reader already set apart (Stata's ``.a`` to ``.z``).
    notes
        What was chosen while reading.
    """

    frame: pl.DataFrame
    variables: Mapping[str, Variable] = field(default_factory=dict)
    tagged: tuple[pl.DataFrame, ...] = ()
    notes: tuple[Note, ...] = ()


def finish(raw: Raw, codebook: Codebook | None) -> Survey:
    """Return the Survey: the reader's codebook over the file's, missing codes set apart."""
    given = codebook.variables if codebook else {}
    merged = {name: _merged(name, raw.variables.get(name), given) for name in raw.frame.columns}
    absent = [name for name in given if name not in merged]
    notes = [*raw.notes, *(_absent(name, raw.frame.columns) for name in absent)]
    frame, parts = set_missing_apart(raw.frame, merged)
    missing = pl.concat([pl.DataFrame(schema=MISSING_SCHEMA), *raw.tagged, *parts])
    if missing.height:
        names = missing["variable"].unique(maintain_order=True).to_list()
        values = {"n": missing.height, "variables": names}
        notes.append(Note("survey.missing_apart", "info", values, Where(tuple(names))))
    design = design_from_roles(merged)
    return Survey(frame, Codebook(merged), missing=missing, design=design, notes=tuple(notes))


def design_from_roles(variables: Mapping[str, Variable]) -> SampleDesign:
    """Return the sample design that the codebook's roles declare; first column of a role wins."""
    by_role: dict[str, str] = {}
    for name, entry in variables.items():
        by_role.setdefault(entry.role, name)
    parts = ("weight", "strata", "cluster", "village", "household", "wave")
    return SampleDesign(**{part: by_role.get(part) for part in parts})


def _merged(name: str, own: Variable | None, given: Mapping[str, Variable]) -> Variable:
    """Return the entry of a column: what a person declared goes before what the file says."""
    base = own or Variable(name)
    if name not in given:
        return base
    said = given[name]
    return Variable(
        name,
        label={**base.label, **said.label},
        values={**base.values, **said.values},
        unit=said.unit or base.unit,
        low=base.low if said.low is None else said.low,
        high=base.high if said.high is None else said.high,
        missing={**base.missing, **said.missing},
        role=said.role or base.role,
        question=said.question or base.question,
        scale=said.scale or base.scale,
    )


def _absent(name: str, columns: list[str]) -> Note:
    near = difflib.get_close_matches(name, columns, 1)
    values = {"variable": name, "nearest": near[0] if near else "–"}
    return Note("survey.codebook_absent", "caution", values, Where((name,)))


def set_missing_apart(
    frame: pl.DataFrame, variables: Mapping[str, Variable]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Null every answer whose code means missing; return the frame and the codes set apart."""
    replaced: list[pl.Series] = []
    parts: list[pl.DataFrame] = []
    for name, entry in variables.items():
        if not entry.missing:
            continue
        series = frame[name]
        labels = pl.Series("label", [None] * series.len(), dtype=pl.String)
        for code, label in entry.missing.items():
            hit = matches(series, code).fill_null(False)
            labels = labels.zip_with(~hit, pl.Series("label", [label]))
        taken = labels.is_not_null()
        if not taken.any():
            continue
        parts.append(_apart(series, labels, taken, entry))
        blank = pl.Series(name, [None], dtype=series.dtype)
        replaced.append(series.zip_with(~taken, blank).alias(name))
    return frame.with_columns(replaced), parts


def _apart(series: pl.Series, labels: pl.Series, taken: pl.Series, entry: Variable) -> pl.DataFrame:
    own = next(iter(entry.values.values()), {})
    rows = taken.arg_true().cast(pl.Int64)
    codes = texts(series.filter(taken))
    named = [
        label or own.get(code, "")
        for code, label in zip(codes, labels.filter(taken).to_list(), strict=True)
    ]
    name = [entry.name] * len(codes)
    columns = {"row": rows, "variable": name, "code": codes, "label": named}
    return pl.DataFrame(columns, schema=MISSING_SCHEMA)


def texts(series: pl.Series) -> list[str]:
    """Return answers as code texts; whole numbers without a point."""
    from livelihoods.survey.door import code_text

    return [code_text(value) for value in series.to_list()]


def matches(series: pl.Series, code: str) -> pl.Series:
    """Tell which answers carry ``code``: a value, or a range written ``"97..99"``."""
    if series.dtype.is_numeric():
        low, dots, high = code.partition("..")
        try:
            if dots:
                within = pl.repeat(True, series.len(), eager=True)
                within = within & (series >= float(low)) if low else within
                return within & (series <= float(high)) if high else within
            return series == float(code)
        except ValueError:
            return pl.repeat(False, series.len(), eager=True)
    if series.dtype == pl.String:
        return series == code
    return series.cast(pl.String, strict=False) == code


def with_codebook(survey: Survey, codebook: Codebook) -> Survey:
    """Return the survey under a further codebook, its missing codes set apart as well."""
    done = finish(Raw(survey.frame, survey.codebook.variables), codebook)
    moved = done.missing.with_columns(row=pl.Series(survey.rows)[done.missing["row"]])
    return replace(
        survey,
        frame=done.frame,
        codebook=done.codebook,
        missing=pl.concat([survey.missing, moved]),
        notes=(*survey.notes, *done.notes),
    )
