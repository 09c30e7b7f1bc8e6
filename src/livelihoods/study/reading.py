"""What a regression table says in plain words: how much, how sure, and what it does not say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.estimate.effect_words import describe_effect
from livelihoods.study.refusals import index_of

if TYPE_CHECKING:
    from livelihoods.estimate.ols import OlsResult
    from livelihoods.study.context import Context

# Below these p values the reading says "strong" and "some" evidence.
_STRONG, _SOME = 0.01, 0.05


def association(result: OlsResult, treatment: str, context: Context) -> str:
    """Return the paragraph on one outcome; empty if the treatment has no single coefficient.

    Parameters
    ----------
    result
        A regression of the outcome on the treatment and controls.
    treatment
        Column whose coefficient is read.
    context
        Wordings, and which outcomes are indices: their unit is a point on the 0–1 scale.
    """
    design = result.design
    names = [n for n, term in zip(design.names, design.terms, strict=True) if term == treatment]
    if len(names) != 1:
        return ""
    outcome = result.outcome
    if index_of(outcome, context.indices)[0]:
        unit = words.text("study.points")
    else:
        entry = context.survey.codebook.variables.get(outcome)
        unit = (entry.unit if entry else "") or words.text("study.units")
    effect = describe_effect(result.coefficients, design, names[0], unit=unit)
    said = replace(effect, term=context.label(treatment), outcome=context.label(outcome))
    p = result.tidy().row(design.names.index(names[0]), named=True)["p_value"]
    strength = "strong" if p < _STRONG else "some" if p < _SOME else "weak"
    parts = (said.text(), words.text(f"study.reading_{strength}"))
    return words.text("study.sentence_gap").join(parts)
