"""Coefficient names as people read them, and which of them a table shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

INTERCEPTS = ("(Intercept)", "Intercept", "_cons", "const")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_FACTOR = re.compile(
    r"(?:C\((?P<name>[^,()]+)(?:,[^()]*)?\)|(?P<plain>[^()\[\]]+))\[(?:T\.)?(?P<level>.*)\]"
)


def label_term(term: str, labels: Mapping[str, str], language: str) -> str:
    """Return a term in words: factor levels as ``Region: 2``, interactions with ``×``.

    Parameters
    ----------
    term
        Name of the column of X, such as ``C(region)[2]`` or ``age:sex``.
    labels
        Wording of variables, or of whole terms.
    language
        Language of "Constant".
    """
    from livelihoods import words

    if term in labels:
        return labels[term]
    if term in INTERCEPTS:
        return words.text("tables.intercept", language)
    parts = _factors(term)
    if len(parts) > 1:
        return " × ".join(label_term(part, labels, language) for part in parts)
    factor = _FACTOR.fullmatch(term)
    if factor:
        name = (factor["name"] or factor["plain"]).strip().strip("`")
        return f"{labels.get(name, name)}: {factor['level']}"
    ancillary = re.fullmatch(r"(lnsigma|atanhrho)_?(\w*)", term)
    if ancillary:
        symbol = "ln σ" if ancillary[1] == "lnsigma" else "atanh ρ"
        return symbol + ancillary[2].translate(_LOWERED)
    square = re.fullmatch(r"(.+)\^(\d)", term)
    if square:
        base = labels.get(square[1], square[1])
        return base + {"2": "²", "3": "³"}.get(square[2], f"^{square[2]}")
    return term.strip("`")


def _factors(term: str) -> list[str]:
    """Split an interaction at its top-level colons; quotes, brackets and parentheses shield."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(term):
        if letter == "`":
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == ":" and depth == 0:
            parts.append(term[start:place])
            start = place + 1
    return [*parts, term[start:]]


def matches(term: str, pattern: str) -> bool:
    """Tell whether a pattern names a term: itself, its factor variable, or a ``prefix*``."""
    if pattern.endswith("*") and len(pattern) > 1:
        return term.startswith(pattern[:-1])
    factor = _FACTOR.fullmatch(term)
    return term == pattern or (factor is not None and factor["name"].strip() == pattern)


def choose_terms(
    terms: Sequence[str],
    keep: Sequence[str] | None,
    drop: Sequence[str] | None,
    order: Sequence[str] | None,
) -> list[str]:
    """Return the terms to show: kept, not dropped, in order; the constant comes last."""
    shown = [
        term
        for term in terms
        if (keep is None or any(matches(term, pattern) for pattern in keep))
        and not any(matches(term, pattern) for pattern in drop or ())
    ]
    wish = list(order if order is not None else keep or ())

    def place(term: str) -> tuple[int, bool]:
        first = next((i for i, pattern in enumerate(wish) if matches(term, pattern)), len(wish))
        return first, term in INTERCEPTS

    return sorted(shown, key=place)
