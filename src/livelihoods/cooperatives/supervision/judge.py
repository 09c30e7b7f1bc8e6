"""Rules held against the register: who keeps them, who breaks them, who cannot be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from livelihoods.cooperatives.register import Register
from livelihoods.cooperatives.rulebook import Rule, RuleSet
from livelihoods.cooperatives.supervision.metrics import COMMON, metrics
from livelihoods.cooperatives.supervision.population import applies
from livelihoods.errors import DataError, SpecError

SCHEMA = {
    "cooperative": pl.String,
    "set": pl.String,
    "rule": pl.String,
    "group": pl.String,
    "article": pl.String,
    "status": pl.String,
    "value": pl.Float64,
    "operator": pl.String,
    "bound": pl.Float64,
    "severity": pl.String,
    "verified": pl.Boolean,
    "events": pl.Int64,
    "evidence": pl.String,
}
_EVIDENCE_SHOWN = 240


@dataclass(frozen=True, slots=True)
class Asked:
    """What the judgement is asked for.

    Attributes
    ----------
    as_of
        The day on which it is judged.
    year
        The last year that was over by the end of that day.
    """

    as_of: date

    @property
    def year(self) -> int:
        """Return the last whole year; on the last of December that is the year itself."""
        return (self.as_of + timedelta(days=1)).year - 1


def judge(register: Register, sets: Sequence[RuleSet], asked: Asked) -> pl.DataFrame:
    """Hold every rule against every cooperative that it governs.

    Parameters
    ----------
    register
        The register.
    sets
        Rule sets; each governs the kinds of cooperative that it names.
    asked
        The day.

    Returns
    -------
    pl.DataFrame
        One row a cooperative and rule that applies, sorted, with the columns of ``SCHEMA``.
        ``status`` is ``"kept"``, ``"broken"`` (a rule read in the primary text), ``"look"`` (a rule
        to check, or one whose value was not verified) or ``"not_judged"`` (no evidence). ``value``
        is that of the event furthest on the wrong side, ``events`` how many break the rule.

    Raises
    ------
    SpecError
        If a rule names a metric or a population that the program does not measure.
    DataError
        If the register has no cooperative on that day.
    """
    facts = _facts(register, asked)
    if facts.is_empty():
        raise DataError("cooperatives.no_cooperatives", day=asked.as_of.isoformat())
    measured: dict[str, pl.DataFrame] = {}
    found = []
    for rules in sets:
        governed = facts.filter(pl.col("kind").is_in(list(rules.kinds)))
        for rule in rules.rule:
            if rule.metric not in measured:
                measured[rule.metric] = measure(register, rule.metric, asked)
            reached = governed.filter(applies(rule.population))
            found.append(_judged(measured[rule.metric], reached, rules, rule))
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    return pl.concat(found).sort("cooperative", "set", "rule", maintain_order=True)


def measure(register: Register, name: str, asked: Asked) -> pl.DataFrame:
    """Return a metric of every cooperative: ``cooperative, num, den, evidence``.

    Raises
    ------
    SpecError
        If the program does not measure it.
    """
    if name not in metrics():
        raise SpecError("cooperatives.unknown_metric", metric=name, known=list(metrics()))
    query = metrics()[name].query
    joined = (
        f"WITH {COMMON}, {query.removeprefix('WITH ')}"
        if query.startswith("WITH ")
        else f"WITH {COMMON} {query}"
    )
    values: Mapping[str, object] = {"as_of": asked.as_of, "year": asked.year}
    given = {key: value for key, value in values.items() if f"${key}" in joined}
    return register.frame(joined, given).with_columns(
        pl.col("num", "den").cast(pl.Int64), pl.col("evidence").fill_null("")
    )


def _facts(register: Register, asked: Asked) -> pl.DataFrame:
    """Return what populations speak of: kind, members, which assemblies met."""
    return register.frame(
        f"WITH {COMMON} SELECT c.cooperative, c.kind, coalesce(h.n, 0) AS members, "
        "EXISTS (SELECT 1 FROM held r WHERE r.cooperative = c.cooperative "
        "AND r.kind = 'representative') AS representative_assembly, "
        "EXISTS (SELECT 1 FROM held r WHERE r.cooperative = c.cooperative "
        "AND r.kind = 'extraordinary') AS extraordinary_assembly "
        "FROM alive c LEFT JOIN heads h USING (cooperative) ORDER BY c.cooperative",
        {"as_of": asked.as_of, "year": asked.year},
    )


def _judged(
    measured: pl.DataFrame, reached: pl.DataFrame, rules: RuleSet, rule: Rule
) -> pl.DataFrame:
    """Judge the events of a metric exactly, in whole numbers, and add them up by cooperative."""
    events = measured.join(reached.select("cooperative"), on="cooperative", how="semi")
    gap = pl.col("num") * rule.bound.denominator - pl.col("den") * rule.bound.numerator
    keeps = {">=": gap >= 0, "<=": gap <= 0, ">": gap > 0, "<": gap < 0, "==": gap == 0}
    breaks = ~keeps[rule.operator] & (pl.col("den") > 0)
    value = pl.when(pl.col("den") > 0).then(pl.col("num") / pl.col("den"))
    worst = value.min() if rule.operator in (">=", ">") else value.max()
    broken = "look" if rule.severity == "check" or not rule.verified else "broken"
    shown = pl.col("evidence").filter((pl.col("breaks") | (pl.col("den") == 0)) & _said)
    return (
        events.with_columns(breaks.alias("breaks"))
        .group_by("cooperative", maintain_order=True)
        .agg(
            pl.when(pl.col("breaks").any())
            .then(pl.lit(broken))
            .when((pl.col("den") == 0).all())
            .then(pl.lit("not_judged"))
            .otherwise(pl.lit("kept"))
            .alias("status"),
            worst.alias("value"),
            pl.col("breaks").sum().cast(pl.Int64).alias("events"),
            shown.sort().str.join(", ").str.slice(0, _EVIDENCE_SHOWN).alias("evidence"),
        )
        .select(
            "cooperative",
            pl.lit(rules.id).alias("set"),
            pl.lit(rule.id).alias("rule"),
            pl.lit(rule.group).alias("group"),
            pl.lit(rule.article).alias("article"),
            "status",
            "value",
            pl.lit(rule.operator).alias("operator"),
            pl.lit(float(rule.bound)).alias("bound"),
            pl.lit(rule.severity).alias("severity"),
            pl.lit(rule.verified).alias("verified"),
            "events",
            "evidence",
        )
    )


_said = pl.col("evidence") != ""
