"""What goes with the treatment: least squares, one column an outcome (and a covariance)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from livelihoods import words
from livelihoods.errors import StudyError
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.notes import gather
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.reading import association, inside
from livelihoods.tables import Column, Row, Table, number, p_value, text
from livelihoods.tables.regression import regression_table

if TYPE_CHECKING:
    from livelihoods.study.context import Context, Resolved

Covariance = Literal["classical", "HC0", "HC1", "HC2", "HC3", "cluster"]


class Spec(AnalysisSpec):
    """Keys of ``kind = "ols"``.

    Attributes
    ----------
    vcov
        ``"classical"``, ``"HC0"`` … ``"HC3"`` or ``"cluster"`` (by the columns of ``cluster``);
        several give one column each. Default: ``"cluster"`` where a cluster is named, else
        ``"HC1"``.
    without_controls
        Put a column without controls before each outcome's columns.
    keep
        Print only these terms; the others are in ``record.json``.
    """

    kind: Literal["ols"] = "ols"
    vcov: Covariance | tuple[Covariance, ...] | None = None
    without_controls: bool = False
    keep: tuple[str, ...] | None = None


def run(spec: Spec, context: Context) -> Outcome:
    """Regress each outcome on treatment and controls."""
    roles = context.need(spec, "treatment", "outcomes")
    results = dict(_results(spec, context, roles))
    fitted = tuple(results.values())
    labels = _labels(spec, context, roles)
    title = spec.title or words.text("study.kind_ols")
    table = regression_table(
        fitted,
        context.output.preset,
        id="regression",
        title=title,
        keep=spec.keep,
        labels=labels,
        rows=_controls_row(spec, roles, fitted),
        decimals=context.output.decimals,
    )
    if context.output.readings:
        table = replace(table, reading=_reading(fitted, roles, context))
    figure = coefficient_plot(
        _one_an_outcome(fitted),
        id="coefficients",
        title=words.text("study.ols_figure", treatment=context.label(str(roles.treatment))),
        keep=(str(roles.treatment),),
        labels=labels,
    )
    return Outcome(tables=(table, _checks(fitted)), figures=(figure,), results=results)


def _reading(results: tuple[OlsResult, ...], roles: Resolved, context: Context) -> str:
    """Read the last column of each outcome, and say once what no column says."""
    said = [association(r, str(roles.treatment), context) for r in _one_an_outcome(results)]
    said.append(
        words.text("study.reading_limits", treatment=inside(context.label(str(roles.treatment))))
    )
    return "\n\n".join(part for part in said if part)


def _results(spec: Spec, context: Context, roles: Resolved) -> list[tuple[str, OlsResult]]:
    """Return name -> result in the order of the columns."""
    found = []
    for outcome in roles.outcomes:
        plans = [("", kind, roles.controls) for kind in _covariances(spec, roles)]
        if spec.without_controls and roles.controls:
            plans.insert(0, ("alone", plans[0][1], ()))
        for prefix, kind, controls in plans:
            name = ":".join(part for part in (outcome, prefix, kind) if part)
            formula = context.formula(outcome, roles.treatment, *controls)
            vcov = {"cluster": roles.cluster} if kind == "cluster" else kind
            result = ols(formula, context.survey, vcov, roles.weights, roles.conf_level)
            found.append((name, result))
    return found


def _covariances(spec: Spec, roles: Resolved) -> tuple[Covariance, ...]:
    asked = (spec.vcov,) if isinstance(spec.vcov, str) else spec.vcov
    if not asked:
        return ("cluster",) if roles.cluster else ("HC1",)
    if "cluster" in asked and not roles.cluster:
        raise StudyError("study.role_empty", id=spec.id, kind=spec.kind, role="cluster")
    return tuple(dict.fromkeys(asked))


def _one_an_outcome(results: tuple[OlsResult, ...]) -> tuple[OlsResult, ...]:
    """Return the last column of each outcome: all controls, the last covariance named."""
    return tuple({result.outcome: result for result in results}.values())


def _labels(spec: Spec, context: Context, roles: Resolved) -> dict[str, str]:
    columns = context.survey.frame.columns
    return {name: context.label(name) for name in columns if context.label(name) != name}


def _controls_row(
    spec: Spec, roles: Resolved, results: tuple[OlsResult, ...]
) -> dict[str, list[bool]] | None:
    """Say which columns hold the controls, where the table does not show it itself."""
    if not spec.without_controls or spec.keep is None or not roles.controls:
        return None
    last = [len(result.design.terms) > 2 for result in results]
    return {words.text("study.controls_row"): last}


def _checks(results: tuple[OlsResult, ...]) -> Table:
    """Return variance inflation, Breusch–Pagan, RESET and conditioning, one column a result."""
    found = [result.diagnostics() for result in results]
    rows = [
        Row(
            (
                text(words.text("study.check_vif")),
                *(number(max(each.vif.values(), default=None), 2) for each in found),
            )
        )
    ]
    for name in ("breusch_pagan", "reset"):
        tests = [getattr(each, name) for each in found]
        rows.append(
            Row(
                (
                    text(words.text(f"study.check_{name}")),
                    *(number(getattr(test, "statistic", None), 2) for test in tests),
                )
            )
        )
        rows.append(
            Row(
                (
                    text(words.text("study.check_p")),
                    *(p_value(getattr(test, "p_value", None)) for test in tests),
                ),
                indent=1,
            )
        )
    rows.append(
        Row(
            (
                text(words.text("study.check_condition")),
                *(number(each.condition_number, 1) for each in found),
            )
        )
    )
    columns = tuple(Column(f"c{n + 1}", f"({n + 1})") for n in range(len(found)))
    notes = gather(*(each.notes for each in found))
    return Table(
        "diagnostics",
        words.text("study.check_title"),
        (Column("check", words.text("study.check"), "left"), *columns),
        tuple(rows),
        notes=notes,
        legend=(words.text("study.check_legend"),),
        language=words.language(),
    )
