"""What a treatment does when it is chosen: outcome and participation as one mixed process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import polars as pl

from livelihoods import words
from livelihoods.errors import StudyError
from livelihoods.estimate.mixed_process.api import cmp
from livelihoods.estimate.mixed_process.equations import Equation, Limit
from livelihoods.estimate.mixed_process.table import cmp_table, system_column
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.reading import inside
from livelihoods.tables import Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.result import CmpResult
    from livelihoods.study.context import Context, Resolved

Covariance = Literal["oim", "opg", "robust", "cluster"]
# Outcomes in their own units, so that a coefficient is an effect and can stand beside OLS.
_LINEAR = ("linear", "tobit", "interval", "truncated")


class Spec(AnalysisSpec):
    """Keys of ``kind = "cmp"``.

    Attributes
    ----------
    instruments
        Terms of the participation equation that the outcome equation leaves out.
    outcome_kind
        Kind of the outcome equations: ``"linear"``, ``"probit"``, ``"oprobit"``, ``"tobit"`` or
        ``"fractional"``.
    lower, upper
        Limits of a tobit.
    participation_controls
        Terms of the participation equation; the controls if left out.
    vcov
        ``"oim"``, ``"opg"``, ``"robust"`` or ``"cluster"``. Default: ``"cluster"`` where a cluster
        is named, else ``"robust"``.
    equations
        A system written out instead, each a table as in ``lv.cmp``:
        ``{ kind = "linear", formula = "income ~ member + age" }``. Roles are then not used.
    keep
        Print only these terms; the others are in ``record.json``.
    """

    kind: Literal["cmp"] = "cmp"
    instruments: tuple[str, ...] = ()
    outcome_kind: Literal["linear", "probit", "oprobit", "tobit", "fractional"] = "linear"
    lower: Limit = None
    upper: Limit = None
    participation_controls: tuple[str, ...] | None = None
    vcov: Covariance | None = None
    equations: tuple[Equation, ...] = ()
    keep: tuple[str, ...] | None = None

    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Instruments must not hide in the outcome index either."""
        return {"instrument": self.instruments} if self.instruments else {}


def run(spec: Spec, context: Context) -> Outcome:
    """Estimate one system an outcome, or the system written out."""
    if spec.equations:
        return _written_out(spec, context)
    roles = context.need(spec, "treatment", "outcomes")
    if not spec.instruments:
        raise StudyError("study.role_empty", id=spec.id, kind=spec.kind, role="instruments")
    systems = {name: _system(spec, context, roles, name) for name in roles.outcomes}
    labels = _labels(context)
    table = cmp_table(
        list(systems.values()),
        context.output.preset,
        id="systems",
        title=spec.title or words.text("study.kind_cmp"),
        keep=spec.keep,
        labels=labels,
        decimals=context.output.decimals,
    )
    plain = _plain(spec, context, roles)
    treatment = str(roles.treatment)
    effects = _effects_table(systems, plain, treatment, context)
    if context.output.readings:
        effects = replace(effects, reading=_reading(systems, plain, treatment, context))
    figure = coefficient_plot(
        [system_column(one) for one in systems.values()],
        id="coefficients",
        title=words.text("study.cmp.figure", treatment=context.label(treatment)),
        keep=(treatment,),
        labels=labels,
    )
    results: dict[str, CmpResult | OlsResult] = {**systems}
    results |= {f"{name}:ols": one for name, one in plain.items()}
    return Outcome(tables=(table, effects), figures=(figure,), results=results)


def _written_out(spec: Spec, context: Context) -> Outcome:
    resolved = context.resolve(spec)
    result = cmp(
        *spec.equations,
        data=context.survey,
        vcov=_vcov(spec, resolved),
        weights=resolved.weights,
        conf_level=resolved.conf_level,
    )
    return Outcome(tables=(result.summary(),), figures=(result.plot(),), results={"system": result})


def _vcov(spec: Spec, roles: Resolved) -> str | dict[str, str]:
    kind = spec.vcov or ("cluster" if roles.cluster else "robust")
    if kind != "cluster":
        return kind
    if not roles.cluster:
        raise StudyError("study.role_empty", id=spec.id, kind=spec.kind, role="cluster")
    if len(roles.cluster) > 1:
        raise StudyError("study.one_way_only", id=spec.id, kind=spec.kind)
    return {"cluster": roles.cluster[0]}


def _system(spec: Spec, context: Context, roles: Resolved, outcome: str) -> CmpResult:
    treatment = str(roles.treatment)
    terms = roles.controls if spec.participation_controls is None else spec.participation_controls
    main = Equation(
        kind=spec.outcome_kind,
        formula=context.formula(outcome, treatment, *roles.controls),
        lower=spec.lower if spec.outcome_kind == "tobit" else None,
        upper=spec.upper if spec.outcome_kind == "tobit" else None,
    )
    choice = Equation(kind="probit", formula=context.formula(treatment, *spec.instruments, *terms))
    return cmp(
        main,
        choice,
        data=context.survey,
        vcov=_vcov(spec, roles),
        weights=roles.weights,
        conf_level=roles.conf_level,
    )


def _plain(spec: Spec, context: Context, roles: Resolved) -> dict[str, OlsResult]:
    """Least squares of the same outcomes, to stand beside."""
    if spec.outcome_kind not in _LINEAR:
        return {}
    vcov = {"cluster": roles.cluster} if roles.cluster else "HC1"
    return {
        name: ols(
            context.formula(name, roles.treatment, *roles.controls),
            context.survey,
            vcov,
            roles.weights,
            roles.conf_level,
        )
        for name in roles.outcomes
    }


def _labels(context: Context) -> dict[str, str]:
    columns = context.survey.frame.columns
    found = {name: context.label(name) for name in columns if context.label(name) != name}
    return {
        **found,
        "lnsigma": words.text("study.cmp.lnsigma"),
        "atanhrho": words.text("study.cmp.atanhrho"),
    }


def _effects_table(
    systems: Mapping[str, CmpResult],
    plain: Mapping[str, OlsResult],
    treatment: str,
    context: Context,
) -> Table:
    """ATE, ATT and ATU of each outcome, least squares beside them."""
    rows: list[Row] = []
    for name, system in systems.items():
        found = system.effects(treatment)
        several = found["outcome"].n_unique() > 1
        for entry in found.iter_rows(named=True):
            label = context.label(name)
            if several:
                label = entry["outcome"]
            rows.append(_effect_row(label, entry["term"], entry, first=entry["term"] == "ATE"))
        if name in plain:
            entry = _treatment_row(plain[name], treatment)
            rows.append(_effect_row("", words.text("study.cmp.ols"), entry))
    columns = (
        Column("outcome", words.text("study.cmp.outcome"), "left"),
        Column("effect", words.text("study.cmp.effect"), "left"),
        Column("estimate", words.text("study.cmp.estimate")),
        Column("std_error", words.text("study.cmp.std_error")),
        Column("p", "p"),
        Column("interval", words.text("study.cmp.interval"), "center"),
    )
    return Table(
        "effects",
        words.text("study.cmp.effects_title", treatment=context.label(treatment)),
        columns,
        tuple(rows),
        legend=(words.text("study.cmp.effects_legend"),),
        language=words.language(),
        decimals=context.output.decimals,
    )


def _effect_row(label: str, effect: str, entry: Mapping[str, float], first: bool = False) -> Row:
    cells = (
        text(label if first else ""),
        text(effect),
        number(entry["estimate"]),
        number(entry["std_error"]),
        p_value(entry["p_value"]),
        interval(entry["conf_low"], entry["conf_high"]),
    )
    return Row(cells, rule_above=first)


def _treatment_row(result: OlsResult, treatment: str) -> dict[str, float]:
    return result.tidy().filter(pl.col("term") == treatment).row(0, named=True)


def _reading(
    systems: Mapping[str, CmpResult],
    plain: Mapping[str, OlsResult],
    treatment: str,
    context: Context,
) -> str:
    """Compare with least squares, and give every reading of a gap together."""
    parts: list[str] = []
    wider = False
    for name, system in systems.items():
        if name not in plain:
            continue
        own = system.effects(treatment).row(0, named=True)
        other = _treatment_row(plain[name], treatment)
        said = {
            "outcome": inside(context.label(name)),
            "cmp": f"{own['estimate']:.3f}",
            "ols": f"{other['estimate']:.3f}",
        }
        inner = own["conf_low"] <= other["estimate"] <= own["conf_high"]
        larger = abs(own["estimate"]) > abs(other["estimate"])
        key = "alike" if inner else "exceeds" if larger else "below"
        wider = wider or larger
        parts.append(words.text(f"study.cmp.{key}", **said))
    parts.append(words.text("study.cmp.readings" if wider else "study.cmp.readings_below"))
    return "\n\n".join(parts)
