"""What the design recovered: every estimate beside the true effect, where the data know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, cast

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.datasets.truth import truth_of
from livelihoods.errors import StudyError
from livelihoods.study.analysis import AnalysisSpec, Identifier, Outcome
from livelihoods.study.claims import Asked, Claim, claims, shown_column
from livelihoods.study.load import nearest_words
from livelihoods.study.truths import Known
from livelihoods.tables import BLANK, Column, Row, Table, interval, number, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.study.context import Context
    from livelihoods.typing import Floats, Result


class Spec(AnalysisSpec):
    """Keys of ``kind = "recovered"``; only for synthetic data that know their true effects.

    Attributes
    ----------
    analyses
        Ids of the analyses looked at; default: all before this one.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "none"
    kind: Literal["recovered"] = "recovered"
    analyses: tuple[Identifier, ...] = ()


def run(spec: Spec, context: Context) -> Outcome:
    """Set what each earlier analysis claims beside what is true."""
    truth = truth_of(context.survey)
    if truth is None:
        raise StudyError("study.no_truth", id=spec.id)
    known = Known(truth, context.survey, context.indices)
    found = _judged(spec, context, known)
    if not found:
        raise StudyError("study.nothing_to_recover", id=spec.id)
    frame = _frame(found, context)
    table = _table(spec, frame, context)
    prose = _reading(frame) if context.output.readings else ()
    record = {"method": "recovered", "claims": frame.drop("shown").to_dicts()}
    return Outcome((table,), (_figure(frame, context),), prose, results={"recovered": record})


def _judged(spec: Spec, context: Context, known: Known) -> list[tuple[Claim, float]]:
    """Return the claims that have a true counterpart, with it."""
    ids = [item.id for item, _ in context.earlier]
    for name in spec.analyses:
        if name not in ids:
            hint = nearest_words(name, ids)
            raise StudyError("study.not_an_earlier_analysis", name=name, nearest=hint)
    found = []
    effects: dict[tuple[str, str | None], Floats | None] = {}
    told: set[tuple[object, ...]] = set()  # what an earlier analysis has said is not repeated
    for item, outcome in context.earlier:
        treatment = context.resolve(item).treatment
        if (spec.analyses and item.id not in spec.analyses) or treatment is None:
            continue
        if not known.treats(treatment):
            continue
        title = item.title or words.text(f"study.kind_{item.kind}")
        for claim in claims(Asked(item, title, context, treatment, known.treated), outcome):
            said = (
                claim.column,
                claim.through,
                claim.method,
                claim.whom,
                claim.estimate,
                claim.low,
            )
            if said in told:
                continue
            told.add(said)
            key = (claim.column, claim.through)
            if key not in effects:
                effects[key] = known.change(*key)
            change = effects[key]
            if change is not None and claim.weights.sum() > 0:
                found.append((claim, float(np.average(change, weights=claim.weights))))
    return found


def _frame(found: Sequence[tuple[Claim, float]], context: Context) -> pl.DataFrame:
    rows = [
        {
            "analysis": claim.analysis,
            "title": claim.title,
            "effect_on": claim.column,
            "shown": shown_column(claim, context),
            "through": claim.through,
            "method": claim.method,
            "whom": claim.whom,
            "truth": truth,
            "estimate": claim.estimate,
            "conf_low": claim.low,
            "conf_high": claim.high,
            "covered": claim.low <= truth <= claim.high,
        }
        for claim, truth in found
    ]
    return pl.DataFrame(rows, schema_overrides={"through": pl.String})


def _table(spec: Spec, frame: pl.DataFrame, context: Context) -> Table:
    rows: list[Row] = []
    before = ""
    for row in frame.iter_rows(named=True):
        if row["analysis"] != before:
            rows.append(Row((text(row["title"]), *([BLANK] * 6)), "section", bool(rows)))
            before = row["analysis"]
        cells = (
            text(row["shown"]),
            text(row["method"]),
            text(row["whom"]),
            number(row["truth"]),
            number(row["estimate"]),
            interval(row["conf_low"], row["conf_high"]),
            text(_say("yes" if row["covered"] else "no")),
        )
        rows.append(Row(cells, indent=1))
    count = text(_say("count", n=int(frame["covered"].sum()), all=frame.height))
    rows.append(Row((text(_say("covering")), *([BLANK] * 5), count), "statistic", True))
    columns = (
        Column("effect_on", _say("effect_on"), "left"),
        Column("method", _say("method"), "left"),
        Column("whom", _say("whom"), "left"),
        Column("truth", _say("truth")),
        Column("estimate", _say("estimate")),
        Column("interval", _say("interval"), "center"),
        Column("covered", _say("covered"), "center"),
    )
    return Table(
        "recovered",
        spec.title or words.text("study.kind_recovered"),
        columns,
        tuple(rows),
        legend=(_say("legend"),),
        language=context.language,
        preset=context.output.preset,
        decimals=context.output.decimals,
    )


def _reading(frame: pl.DataFrame) -> tuple[str, ...]:
    """Say for each method how often its interval covers and how far it is off on average."""
    said = []
    for method in frame["method"].unique(maintain_order=True).to_list():
        part = frame.filter((pl.col("method") == method) & pl.col("through").is_null())
        real = part.filter(pl.col("truth").abs() > 0)
        if not real.height:
            continue
        share = float((real["estimate"] / real["truth"]).median())  # type: ignore[arg-type]
        values = {"n": int(part["covered"].sum()), "all": part.height, "share": 100 * share}
        said.append(_say("reading_method", method=method, **values))
    return (" ".join((_say("reading"), *said)), _say("reading_limits"))


def _figure(frame: pl.DataFrame, context: Context) -> Figure:
    """Draw the claims on what is claimed about most often, with the truth beside each."""
    from livelihoods.figures.coefficient import coefficient_plot

    counts = frame.group_by("effect_on", maintain_order=True).len()
    column = counts.sort("len", descending=True, maintain_order=True)["effect_on"][0]
    part = frame.filter((pl.col("effect_on") == column) & pl.col("through").is_null())
    part = part.unique(["method", "whom"], maintain_order=True)
    plain = _say("treated")
    names = [
        method if whom == plain else f"{method}, {whom}"
        for method, whom in part.select("method", "whom").iter_rows()
    ]
    found = part.with_columns(term=pl.Series([str(place) for place in range(part.height)]))
    true = found.with_columns(estimate="truth", conf_low="truth", conf_high="truth")
    series = {_say("estimate"): _Drawn(found), _say("truth"): _Drawn(true)}
    return coefficient_plot(
        cast("Mapping[str, Result]", series),
        id="recovered",
        title=_say("figure", outcome=context.label(column)),
        labels={str(place): name for place, name in enumerate(names)},
        axis=_say("axis", outcome=context.label(column)),
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Claims as coefficients whose terms are their places: all that a figure asks of a result."""

    frame: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        return self.frame.select("term", "estimate", "conf_low", "conf_high")


def _say(key: str, **values: object) -> str:
    return words.text(f"study.recovered.{key}", **values)
