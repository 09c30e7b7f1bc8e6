"""Member rosters: one person chosen by rule, or all members collapsed to the household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Codebook, SampleDesign, Survey, Variable

Rule = Mapping[str, Any]


def choose_person(
    data: Any, household: str, rules: Sequence[Rule] | Rule, *, age: str | None = None
) -> Survey:
    """Keep one person a household: the actual decision-maker, else the head.

    Parameters
    ----------
    data
        Member roster, one row a person.
    household
        Column that names the household.
    rules
        Rules in order of preference, each ``{column: answer}`` or ``{column: (answers)}``:
        ``[{"decides": 1}, {"relation": 1}]``. The first rule that anybody in the household meets
        decides.
    age
        If several persons meet a rule, the oldest is taken; without ``age`` the first in the file.

    Returns
    -------
    Survey
        One row a household where a rule was met, in the order of the file, with ``chosen_by``
        (which rule, from 1). Households without such a person and those with several are noted.

    Raises
    ------
    DataError
        If a column is absent, or no household has such a person.
    """
    survey = as_survey(data)
    listed = [rules] if isinstance(rules, Mapping) else list(rules)
    if not listed or not all(listed):
        raise SpecError("survey.no_rules")
    columns = [household, *(name for rule in listed for name in rule), *([age] if age else [])]
    _present(survey, columns)
    met = [_meets(survey.frame, rule) for rule in listed]
    never = len(listed) + 1
    rank = pl.Series("rank", [never]).new_from_index(0, survey.frame.height)
    for place in range(len(met), 0, -1):
        rank = rank.zip_with(~met[place - 1], pl.Series([place]))
    table = pl.DataFrame({"household": survey.frame[household], "rank": rank}).with_row_index("at")
    best = table.with_columns(best=pl.col("rank").min().over("household"))
    candidates = best.filter(
        (pl.col("rank") == pl.col("best"))
        & (pl.col("rank") < never)
        & pl.col("household").is_not_null()
    )
    if not candidates.height:
        raise DataError("survey.nobody_chosen", rules=_rule_texts(listed))
    years = survey.frame[age] if age else pl.Series([0]).new_from_index(0, survey.frame.height)
    chosen = (
        candidates.with_columns(years=years.cast(pl.Float64).gather(candidates["at"]).fill_null(-1))
        .sort(["household", "years", "at"], descending=[False, True, False])
        .unique("household", keep="first", maintain_order=True)
        .sort("at")
    )
    notes = _person_notes(survey, household, candidates, chosen, listed, age)
    mask = pl.Series(np.isin(np.arange(survey.frame.height), chosen["at"].to_numpy()))
    kept = survey.keep(mask, words.text("survey.person_step"), ", ".join(_rule_texts(listed)))
    label = {"en": "Rule by which the person was chosen", "zh": "被选中者所依据的规则"}
    entry = Variable("chosen_by", label, scale="ordinal")
    made = kept.with_columns({"chosen_by": chosen["rank"]}, {"chosen_by": _sources(survey, listed)})
    variables = {**made.codebook.variables, "chosen_by": entry}
    design = replace(made.design, household=household)
    return replace(made, codebook=Codebook(variables), design=design, notes=(*made.notes, *notes))


def _present(survey: Survey, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in survey.frame.columns:
            raise DataError("survey.no_key", key=name, columns=survey.frame.columns)


def _meets(frame: pl.DataFrame, rule: Rule) -> pl.Series:
    met = pl.Series([True]).new_from_index(0, frame.height)
    for name, answer in rule.items():
        answers = list(answer) if isinstance(answer, tuple | list) else [answer]
        series = frame[name]
        hit = pl.Series([False]).new_from_index(0, frame.height)
        for item in answers:
            hit = hit | _is(series, item).fill_null(False)
        met = met & hit
    return met


def _is(series: pl.Series, item: Any) -> pl.Series:
    if series.dtype == pl.Boolean and item in (0, 1):
        return series if item else ~series
    if series.dtype.is_numeric() and isinstance(item, int | float):
        return series == float(item)
    if series.dtype == pl.String and isinstance(item, str):
        return series == item
    raise DataError("survey.rule_type", variable=series.name, answer=repr(item))


def _rule_texts(rules: Sequence[Rule]) -> list[str]:
    return [" & ".join(f"{name} = {answer}" for name, answer in rule.items()) for rule in rules]


def _sources(survey: Survey, rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(sorted({s for rule in rules for name in rule for s in survey.sources(name)}))


def _person_notes(
    survey: Survey,
    household: str,
    candidates: pl.DataFrame,
    chosen: pl.DataFrame,
    rules: Sequence[Rule],
    age: str | None,
) -> list[Note]:
    notes = []
    units = survey.frame[household].drop_nulls().unique(maintain_order=True)
    lost = units.filter(~units.is_in(chosen["household"].implode())).to_list()
    if lost:
        values = {"n": len(lost), "households": [str(unit) for unit in lost],
                  "rules": _rule_texts(rules)}  # fmt: skip
        notes.append(Note("survey.no_person", "warning", values, Where((household,))))
    several = candidates.filter(candidates.select("household").is_duplicated())
    if several.height:
        how = words.text("survey.tie_oldest" if age else "survey.tie_first")
        rows = tuple(survey.rows[several["at"].to_numpy()].tolist())
        values = {"n": several["household"].n_unique(), "how": how, "rows": list(rows)}
        notes.append(Note("survey.several_persons", "caution", values, Where((household,), rows)))
    counts = chosen["rank"].value_counts().sort("rank")
    for place, count in counts.iter_rows():
        if place > 1:
            values = {"n": count, "rule": _rule_texts(rules)[place - 1]}
            notes.append(Note("survey.fallback_rule", "info", values, Where((household,))))
    return notes


_MADE = {
    "hh_size": ("Household size", "家庭人口数", "persons", "count"),
    "n_children": ("Members below working age", "劳动年龄以下人数", "persons", "count"),
    "n_elderly": ("Members above working age", "劳动年龄以上人数", "persons", "count"),
    "n_working_age": ("Members of working age", "劳动年龄人数", "persons", "count"),
    "dependency_ratio": ("Dependency ratio", "抚养比", "", "continuous"),
    "schooling_max": ("Schooling of the most educated member", "家庭最高受教育程度", "", None),
}


def collapse_roster(
    data: Any,
    household: str,
    *,
    age: str | None = None,
    schooling: str | None = None,
    working_age: tuple[float, float] = (15, 64),
) -> Survey:
    """Collapse a member roster to the household.

    Parameters
    ----------
    data
        Member roster, one row a person.
    household
        Column that names the household.
    age, schooling
        Columns of age in years and of schooling (years or ordered codes).
    working_age
        Lowest and highest working age, both included.

    Returns
    -------
    Survey
        One row a household, in order of first appearance: the household, ``hh_size``; with
        ``age`` ``n_children``, ``n_elderly``, ``n_working_age`` and ``dependency_ratio`` =
        (children + elderly) / working age; with ``schooling`` ``schooling_max``. Where the age of
        a member is missing the age counts and the ratio are null; so is the ratio where nobody is
        of working age; both are noted.

    Raises
    ------
    DataError
        If a column is absent or not numeric.
    """
    survey = as_survey(data)
    _present(survey, [household, *(name for name in (age, schooling) if name)])
    for name in (age, schooling):
        if name and not survey.frame[name].dtype.is_numeric():
            raise DataError("survey.not_numeric", variable=name)
    made = [pl.len().cast(pl.Int64).alias("hh_size")]
    if age:
        made += _age_counts(age, working_age)
    if schooling:
        made.append(pl.col(schooling).max().alias("schooling_max"))
    known = survey.frame.filter(pl.col(household).is_not_null())
    frame = known.group_by(household, maintain_order=True).agg(made)
    if age:
        dependants = frame["n_children"] + frame["n_elderly"]
        ratio = dependants / frame["n_working_age"].set(frame["n_working_age"] == 0, None)
        frame = frame.with_columns(ratio.alias("dependency_ratio"))
    entries, lineage = _collapsed_entries(survey, frame, household, age, schooling)
    notes = [*survey.notes, *_collapse_notes(survey, frame, household, age)]
    plain = [Note(n.code, n.severity, n.values, Where(n.where.variables)) for n in notes]
    return Survey(
        frame,
        Codebook(entries),
        design=SampleDesign(household=household),
        notes=tuple(plain),
        lineage=lineage,
    )


def _age_counts(age: str, working_age: tuple[float, float]) -> list[pl.Expr]:
    low, high = working_age
    years = pl.col(age)
    groups = {
        "n_children": years < low,
        "n_elderly": years > high,
        "n_working_age": (years >= low) & (years <= high),
    }
    return [
        pl.when(years.null_count() == 0).then(inside.sum().cast(pl.Int64)).alias(name)
        for name, inside in groups.items()
    ]


def _collapsed_entries(
    survey: Survey, frame: pl.DataFrame, household: str, age: str | None, schooling: str | None
) -> tuple[dict[str, Variable], dict[str, tuple[str, ...]]]:
    entries = {household: survey.codebook.variables.get(household, Variable(household))}
    lineage: dict[str, tuple[str, ...]] = {}
    for name in frame.columns[1:]:
        en, zh, unit, _ = _MADE[name]
        source = schooling if name == "schooling_max" else age if name != "hh_size" else household
        assert source is not None
        origin = survey.codebook.variables.get(schooling or "", Variable(""))
        copied = name == "schooling_max"
        entries[name] = Variable(
            name,
            {"en": en, "zh": zh},
            values=origin.values if copied else {},
            unit=origin.unit if copied else unit,
            scale=origin.scale if copied else "continuous" if "ratio" in name else "count",
        )
        lineage[name] = survey.sources(source)
    return entries, lineage


def _collapse_notes(
    survey: Survey, frame: pl.DataFrame, household: str, age: str | None
) -> list[Note]:
    notes = []
    nameless = survey.frame[household].null_count()
    if nameless:
        values = {"n": nameless, "household": household}
        notes.append(Note("survey.members_without_household", "warning", values))
    if age is None:
        return notes
    unknown = frame["n_working_age"].null_count()
    if unknown:
        values = {"n": unknown, "age": age}
        notes.append(Note("survey.age_unknown", "caution", values, Where(("dependency_ratio",))))
    nobody = int((frame["n_working_age"] == 0).sum())
    if nobody:
        values = {"n": nobody}
        notes.append(Note("survey.nobody_works", "caution", values, Where(("dependency_ratio",))))
    return notes
