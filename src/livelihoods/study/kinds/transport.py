"""What would the effect be in another population? Overlap, reweighted and doubly robust effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from livelihoods.errors import StudyError
from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.transport import Transport, transport
from livelihoods.notes import Note
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import chosen_vcov, labels_of, placed
from livelihoods.study.populations import Split, split
from livelihoods.study.sections import Name, Text

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "transport"``; one of ``target`` and ``means`` is needed.

    Attributes
    ----------
    target
        Condition in the language of derived variables: rows where it is true are the target, the
        others the study.
    means
        Instead: means of the target, ``{ age = 58, region = { "1" = 0.3, "2" = 0.7 } }``; all rows
        are the study.
    over
        Terms on which the two are compared; default: all controls.
    target_is
        ``"sample"`` or ``"population"``: whether the target's rows have an error of their own.
    """

    kind: Literal["transport"] = "transport"
    target: Text = ""
    means: dict[Name, float | dict[str, float]] = Field(default_factory=dict)
    over: tuple[str, ...] | None = None
    target_is: Literal["sample", "population"] = "sample"

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Return what the populations are compared on: it must not hide in the outcome."""
        return {"moderator": self.over or ()}


def run(spec: Spec, context: Context) -> Outcome:
    """Carry every outcome's effect over."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    if bool(spec.target.strip()) == bool(spec.means):
        raise StudyError("study.transport_one_target", id=spec.id)
    treatment = str(roles.treatment)
    parts = split(context.survey, spec.target) if spec.target.strip() else None
    study = context.survey if parts is None else parts.study
    target: Any = spec.means if parts is None else parts.target
    tables, figures = [], []
    results: dict[str, Transport] = {}
    for place, outcome in enumerate(roles.outcomes, start=1):
        found = transport(
            context.formula(outcome, treatment, *roles.controls),
            study,
            target,
            treatment,
            over=spec.over,
            vcov=chosen_vcov(None, roles),
            weights=roles.weights,
            target_weights=roles.weights if parts is not None else None,
            target_is=spec.target_is,
            conf_level=roles.conf_level,
        )
        results[outcome] = found
        tables.append(placed(found.summary(), place))
        if place == 1:
            tables.append(found.balance_table())
            figures.append(found.plot("love"))
            if found.membership is not None:
                figures.append(found.plot("overlap"))
        figures.append(placed(found.plot("effects"), place))
    return Outcome(tuple(tables), tuple(figures), notes=_unknown(spec, parts), results=results)


def _unknown(spec: Spec, parts: Split | None) -> tuple[Note, ...]:
    if parts is None or not parts.unknown:
        return ()
    return (Note("study.transport_unknown", "caution", {"n": parts.unknown,
                                                        "condition": spec.target}),)  # fmt: skip
