"""How the sample was drawn, and how it became the rows in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.checks.place import rows_note
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import FlowStep, SampleDesign, SampleFlow, Stage, Survey
from livelihoods.tables import BLANK, Column, Row, Table, integer, percent, text

BY_CHANCE = ("census", "random", "systematic", "stratified", "pps")
NOT_BY_CHANCE = ("purposive", "convenience", "quota", "snowball")
_FEW_CLUSTERS = 30  # below, cluster-robust inference needs care (Cameron and Miller 2015)


def declare_sample(
    data: Any,
    *,
    stages: Sequence[Stage] = (),
    issued: int | None = None,
    returned: int | None = None,
    valid: int | None = None,
    weight: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    village: str | None = None,
    household: str | None = None,
    wave: str | None = None,
) -> Survey:
    """Declare how the sample was drawn and organised.

    Parameters
    ----------
    data
        A Survey or any frame.
    stages
        Stages of selection, the first one first.
    issued, returned, valid
        Questionnaires issued, returned, and valid; they open the sample flow.
    weight, strata, cluster, village, household, wave
        Columns; what is not given stays as declared before.

    Returns
    -------
    Survey
        With ``design`` and the head of ``sample_flow`` set. Notes speak of stages not decided by
        chance, of weights that are missing or not positive, of strata with one cluster, of few
        clusters, and of a number of valid questionnaires that is not the number of rows.

    Raises
    ------
    DataError
        If a column is absent, or weights are not numbers.
    SpecError
        If a method of selection is not known, or the flow grows on its way.
    """
    survey = as_survey(data)
    parts = {
        "weight": weight,
        "strata": strata,
        "cluster": cluster,
        "village": village,
        "household": household,
        "wave": wave,
    }
    said = {part: name for part, name in parts.items() if name is not None}
    for name in said.values():
        if name not in survey.frame.columns:
            raise DataError("survey.no_key", key=name, columns=survey.frame.columns)
    design = replace(survey.design, **said)
    steps = _opening(issued, returned, valid)
    flow = SampleFlow((*steps, *survey.sample_flow.steps), tuple(stages))
    notes = [
        *_stage_notes(stages),
        *_weight_notes(survey, weight),
        *_cluster_notes(survey, design),
        *_count_notes(survey, steps),
    ]
    return replace(survey, design=design, sample_flow=flow, notes=(*survey.notes, *notes))


def _opening(issued: int | None, returned: int | None, valid: int | None) -> list[FlowStep]:
    """Return the steps from questionnaires issued to valid ones."""
    counts = [("issued", issued), ("returned", returned), ("valid", valid)]
    known = [(name, n) for name, n in counts if n is not None]
    steps = []
    for (_, before), (name, after) in pairwise(known):
        if after > before or after < 0:
            raise SpecError("survey.flow_grows", step=name, before=before, after=after)
        steps.append(FlowStep(words.text(f"survey.flow_{name}"), before, after))
    return steps


def _stage_notes(stages: Sequence[Stage]) -> list[Note]:
    notes = []
    for stage in stages:
        if stage.method not in (*BY_CHANCE, *NOT_BY_CHANCE):
            known = [*BY_CHANCE, *NOT_BY_CHANCE]
            raise SpecError("survey.unknown_method", method=stage.method, known=known)
    chosen = [stage for stage in stages if stage.method in NOT_BY_CHANCE]
    if chosen:
        values = {
            "units": [stage.unit for stage in chosen],
            "methods": list(dict.fromkeys(stage.method for stage in chosen)),
        }
        notes.append(Note("survey.purposive", "caution", values))
    return notes


def _weight_notes(survey: Survey, weight: str | None) -> list[Note]:
    if weight is None:
        return []
    series = survey.frame[weight]
    if not series.dtype.is_numeric():
        raise DataError("survey.not_numeric", variable=weight)
    bad = (series <= 0).fill_null(True)
    if not bad.any():
        return []
    return [rows_note(survey, "survey.bad_weights", "warning", bad, [weight], variable=weight)]


def _cluster_notes(survey: Survey, design: SampleDesign) -> list[Note]:
    notes: list[Note] = []
    if design.cluster is None:
        return notes
    clusters = survey.frame[design.cluster].drop_nulls().n_unique()
    place = Where((design.cluster,))
    if clusters < _FEW_CLUSTERS:
        values = {"cluster": design.cluster, "n": clusters}
        notes.append(Note("survey.few_clusters", "caution", values, place))
    if design.strata is not None:
        counts = (
            survey.frame.group_by(design.strata, maintain_order=True)
            .agg(pl.col(design.cluster).n_unique().alias("n"))
            .filter(pl.col("n") == 1)
        )
        if counts.height:
            alone = [str(name) for name in counts[design.strata].to_list()]
            values = {"strata": alone, "n": counts.height}
            notes.append(Note("survey.single_cluster_strata", "warning", values, place))
    return notes


def _count_notes(survey: Survey, steps: Sequence[FlowStep]) -> list[Note]:
    first = survey.sample_flow.steps
    rows = first[0].before if first else survey.frame.height
    if not steps or steps[-1].after == rows:
        return []
    values = {"valid": steps[-1].after, "rows": rows}
    return [Note("survey.valid_differs", "warning", values)]


def sample_flow_table(data: Any, language: str | None = None) -> Table:
    """Return the sample flow: each step with rows before, lost and after, and shares of the first.

    The share of valid questionnaires among those issued stands in the row of that step: 312 of
    350 is 89.14 per cent.
    """
    survey = as_survey(data)
    chosen = language or words.language()
    steps = survey.sample_flow.steps
    start = steps[0].before if steps else survey.frame.height
    rows = [
        Row((text(words.text("survey.flow_start", chosen)), integer(start), BLANK, percent(1.0),
             BLANK))
    ]  # fmt: skip
    rows += [
        Row(
            (
                text(step.step),
                integer(step.after),
                integer(step.before - step.after),
                percent(step.after / start if start else None),
                text(step.reason),
            )
        )
        for step in steps
    ]
    keys = ("step", "rows", "lost", "share", "reason")
    columns = tuple(
        Column(key, words.text(f"survey.flow_{key}", chosen),
               "left" if key in ("step", "reason") else "decimal")
        for key in keys
    )  # fmt: skip
    legend = tuple(_stage_text(stage, chosen) for stage in survey.sample_flow.stages)
    title = words.text("survey.flow_title", chosen)
    return Table("sample-flow", title, columns, tuple(rows), legend=legend, language=chosen)


def _stage_text(stage: Stage, language: str) -> str:
    values = {
        "unit": stage.unit,
        "method": words.text(f"survey.method_{stage.method}", language),
        "chosen": stage.chosen,
        "of": stage.of,
    }
    return words.text("survey.stage", language, **values)
