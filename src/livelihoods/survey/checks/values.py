"""Single columns: empty, constant, out of range, unlabelled or suspicious codes, heaping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from livelihoods.notes import Note, Where
from livelihoods.survey.checks.place import rows_note
from livelihoods.survey.door import code_text
from livelihoods.survey.draft import suspects

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey, Variable

Bounds = Mapping[str, tuple[float | None, float | None]]
_CODED = ("nominal", "ordinal", "binary", "banded")
_ENOUGH = 100  # answers below which last digits say nothing
_WHIPPLE_ROUGH = 1.25  # United Nations scale: 1.05 accurate … 1.25 rough, 1.75 very rough
_ROUNDED = 0.8
_CHANCE = 0.001
_WHOLE_GROUPS = 0.5  # beyond this share of constant groups the answer belongs to the group


def empty_and_constant(survey: Survey) -> list[Note]:
    """Columns without any answer, and columns with the same answer for everybody."""
    found = []
    for series in survey.frame.get_columns():
        known = series.drop_nulls()
        place = Where((series.name,))
        if not known.len():
            found.append(Note("survey.all_missing", "warning", {"variable": series.name}, place))
        elif known.len() > 1 and (known == known[0]).all():
            values = {"variable": series.name, "value": str(known[0]), "n": known.len()}
            found.append(Note("survey.constant", "caution", values, place))
    return found


def out_of_range(survey: Survey, bounds: Bounds) -> list[Note]:
    """Answers below the lowest or above the highest value that is possible."""
    found = []
    for series in survey.frame.get_columns():
        low, high = (
            None if end is None else float(end) for end in _limits(survey, series.name, bounds)
        )
        if (low is None and high is None) or not series.dtype.is_numeric():
            continue
        outside = pl.repeat(False, series.len(), eager=True)
        outside = outside if low is None else outside | (series < low)
        outside = outside if high is None else outside | (series > high)
        bad = series.filter(outside)
        if bad.len():
            found.append(
                rows_note(
                    survey,
                    "survey.out_of_range",
                    "warning",
                    outside,
                    [series.name],
                    variable=series.name,
                    low=low,
                    high=high,
                    smallest=bad.min(),
                    largest=bad.max(),
                )
            )
    return found


def _limits(survey: Survey, name: str, bounds: Bounds) -> tuple[float | None, float | None]:
    if name in bounds:
        return bounds[name]
    entry = survey.codebook.variables.get(name)
    return (entry.low, entry.high) if entry else (None, None)


def unlabelled_codes(survey: Survey) -> list[Note]:
    """Answers whose code has no label although the codebook labels the others.

    A scale of which only ends are labelled (1 = not at all, 5 = fully) may hold what lies between.
    """
    found = []
    for name, entry in survey.codebook.variables.items():
        if name not in survey.frame.columns or entry.scale not in (*_CODED, None):
            continue
        labelled = {code for labels in entry.values.values() for code in labels}
        series = survey.frame[name]
        if len(labelled) < 2 or series.dtype.is_float():
            continue
        counts = series.drop_nulls().unique(maintain_order=True).to_list()
        if entry.scale is None and len(counts) > 3 * len(labelled):
            continue  # a quantity of which only special codes are labelled
        strange = [value for value in counts if code_text(value) not in labelled]
        if entry.scale == "ordinal":
            strange = [value for value in strange if not _between(value, labelled)]
        if strange:
            codes = sorted(code_text(value) for value in strange)
            mask = series.is_in(pl.Series(strange, dtype=series.dtype).implode())
            found.append(
                rows_note(
                    survey, "survey.unlabelled_code", "warning", mask, [name],
                    variable=name, codes=codes,
                )
            )  # fmt: skip
    return found


def _between(value: object, labelled: set[str]) -> bool:
    try:
        codes = [float(code) for code in sorted(labelled)]
        return min(codes) <= float(str(value)) <= max(codes)
    except ValueError:
        return False


def suspicious_codes(survey: Survey) -> list[Note]:
    """Codes such as -99 or 999 that look like missing ones and are not declared."""
    found = []
    for series in survey.frame.get_columns():
        entry = survey.codebook.variables.get(series.name)
        for code, _ in suspects(series, entry):
            found.append(
                rows_note(
                    survey,
                    "survey.suspect_code",
                    "warning",
                    series == float(code),
                    [series.name],
                    variable=series.name,
                    code=code,
                )
            )
    return found


def digit_heaping(survey: Survey) -> list[Note]:
    """Ages that end in 0 or 5 too often, and quantities that were rounded.

    Whipple's index over the ages 23 to 62: five times the share of ages ending in 0 or 5; 1 means
    no heaping, 5 that all do (United Nations, Demographic Yearbook).
    """
    found = []
    for series in survey.frame.get_columns():
        if not series.dtype.is_numeric() or series.dtype == pl.Boolean:
            continue
        entry = survey.codebook.variables.get(series.name)
        if entry and entry.scale in (*_CODED, "identifier"):
            continue
        if _is_age(series.name, entry):
            found += _whipple(series)
        else:
            found += _rounding(series)
    return found


def _is_age(name: str, entry: Variable | None) -> bool:
    words = name.lower().replace("-", "_").split("_")
    return "age" in words or "年龄" in name or bool(entry and "年龄" in entry.label.get("zh", ""))


def _whipple(series: pl.Series) -> list[Note]:
    ages = series.drop_nulls()
    ages = ages.filter((ages >= 23) & (ages <= 62) & (ages == ages.round(0))).cast(pl.Int64)
    if ages.len() < _ENOUGH:
        return []
    index = 5 * int((ages % 5 == 0).sum()) / ages.len()
    if index < _WHIPPLE_ROUGH:
        return []
    values = {"variable": series.name, "index": 100 * index, "n": ages.len()}
    return [Note("survey.age_heaping", "caution", values, Where((series.name,)))]


def _rounding(series: pl.Series) -> list[Note]:
    known = series.drop_nulls().cast(pl.Float64)
    known = known.filter((known == known.round(0)) & (known != 0) & (known.abs() < 2**53))
    if known.len() < max(_ENOUGH, 0.5 * (series.len() - series.null_count())):
        return []
    whole = known.cast(pl.Int64)
    if whole.n_unique() < 10:
        return []
    for step in (1_000_000, 100_000, 10_000, 1_000, 100, 10):
        share = int((whole % step == 0).sum()) / whole.len()
        if share >= _ROUNDED:
            values = {"variable": series.name, "step": step, "share": share}
            return [Note("survey.rounded", "info", values, Where((series.name,)))]
    return []


def constant_in_group(survey: Survey) -> list[Note]:
    """Two-valued answers that are the same for a whole stratum, wave or cluster.

    Said only where chance would give it less than once in a thousand groups of that size.
    """
    found = []
    design = survey.design
    groups = dict.fromkeys(g for g in (design.strata, design.wave, design.cluster) if g)
    for group in groups:
        if group not in survey.frame.columns or survey.frame[group].n_unique() < 2:
            continue
        for series in survey.frame.get_columns():
            if series.name not in groups and series.drop_nulls().n_unique() == 2:
                found += _constant_groups(survey, series, group)
    return found


def _constant_groups(survey: Survey, series: pl.Series, group: str) -> list[Note]:
    known = survey.frame.select(group, series.name).drop_nulls()
    first = known[series.name][0]
    share = int((known[series.name] == first).sum()) / known.height
    likely = max(share, 1 - share)
    table = known.group_by(group, maintain_order=True).agg(
        pl.len().alias("n"), pl.col(series.name).n_unique().alias("kinds")
    )
    same = table.filter(pl.col("kinds") == 1).filter(likely ** pl.col("n") < _CHANCE)
    if not same.height or same.height > _WHOLE_GROUPS * table.height:
        return []
    values = {
        "variable": series.name,
        "group": group,
        "groups": [str(name) for name in same[group].to_list()],
        "n": same.height,
    }
    return [Note("survey.constant_in_group", "caution", values, Where((series.name, group)))]
