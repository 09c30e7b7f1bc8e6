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


def inside(label: str) -> str:
    """Return a label as it stands inside a sentence: "Non-farm livelihood" without its capital."""
    first = label.split(" ", 1)[0]
    plain = first[1:].islower() or (first[1:].replace("-", "").islower() and "-" in first)
    return label[:1].lower() + label[1:] if plain else label


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
    term, explained = inside(context.label(treatment)), inside(context.label(outcome))
    said = replace(effect, term=term, outcome=explained)
    p = result.tidy().row(design.names.index(names[0]), named=True)["p_value"]
    strength = "strong" if p < _STRONG else "some" if p < _SOME else "weak"
    parts = (said.text(), words.text(f"study.reading_{strength}"))
    return words.text("study.sentence_gap").join(parts)
