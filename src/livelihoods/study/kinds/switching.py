"""What treated and untreated would have had on the other side: endogenous switching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from livelihoods import words
from livelihoods.errors import StudyError
from livelihoods.estimate.mixed_process.switching import SwitchingResult, switching
from livelihoods.study.analysis import AnalysisSpec, Outcome

if TYPE_CHECKING:
    from livelihoods.study.context import Context, Resolved
    from livelihoods.tables import Table

Covariance = Literal["oim", "opg", "robust", "cluster"]


class Spec(AnalysisSpec):
    """Keys of ``kind = "switching"``.

    Attributes
    ----------
    instruments
        Terms of the choice equation that the outcome equations leave out.
    outcome_kind
        ``"linear"``, ``"probit"`` or ``"oprobit"``.
    vcov
        ``"oim"``, ``"opg"``, ``"robust"`` or ``"cluster"``. Default: ``"cluster"`` where a cluster
        is named, else ``"robust"``.
    equations
        Whether to print the three equations below the counterfactual table.
    """

    kind: Literal["switching"] = "switching"
    instruments: tuple[str, ...] = ()
    outcome_kind: Literal["linear", "probit", "oprobit"] = "linear"
    vcov: Covariance | None = None
    equations: bool = True

    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Instruments must not hide in the outcome index either."""
        return {"instrument": self.instruments} if self.instruments else {}


def run(spec: Spec, context: Context) -> Outcome:
    """Estimate one switching regression an outcome."""
    roles = context.need(spec, "treatment", "outcomes", "controls")
    if not spec.instruments:
        raise StudyError("study.role_empty", id=spec.id, kind=spec.kind, role="instruments")
    tables: list[Table] = []
    results: dict[str, SwitchingResult] = {}
    for outcome in roles.outcomes:
        result = switching(
            context.formula(outcome, *roles.controls),
            context.formula(str(roles.treatment), *spec.instruments, *roles.controls),
            context.survey,
            kind=spec.outcome_kind,
            vcov=_vcov(spec, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        results[outcome] = result
        tables.append(_named(result.table(), outcome, "effects", context))
        if spec.equations:
            tables.append(_named(result.summary(), outcome, "equations", context))
    return Outcome(tables=tuple(tables), results=results)


def _named(table: Table, outcome: str, part: str, context: Context) -> Table:
    """Give each outcome's tables ids of their own and titles in the study's wording."""
    from dataclasses import replace

    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in outcome.lower())
    title = words.text(f"study.switching_{part}", outcome=context.label(outcome))
    reading = table.reading if context.output.readings else ""
    return replace(table, id=f"{part}-{slug}", title=title, reading=reading)


def _vcov(spec: Spec, roles: Resolved) -> str | dict[str, str]:
    kind = spec.vcov or ("cluster" if roles.cluster else "robust")
    if kind != "cluster":
        return kind
    if not roles.cluster:
        raise StudyError("study.role_empty", id=spec.id, kind=spec.kind, role="cluster")
    if len(roles.cluster) > 1:
        raise StudyError("study.one_way_only", id=spec.id, kind=spec.kind)
    return {"cluster": roles.cluster[0]}
