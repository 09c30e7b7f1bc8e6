"""Conventions of journals: what stands under a coefficient, and what the stars mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from livelihoods.errors import SpecError
from livelihoods.tables.model import Preset

Below = Literal["t", "se", "p", "ci", "none"]


@dataclass(frozen=True, slots=True)
class Style:
    """What a preset prints.

    Attributes
    ----------
    below
        What stands under the coefficient: t value, standard error, p value, interval, nothing.
    cuts
        Significance levels that earn one, two, three stars, falling; empty for no stars.
    """

    below: Below
    cuts: tuple[float, ...]


STYLES: dict[Preset, Style] = {
    "journal": Style("t", (0.10, 0.05, 0.01)),
    "econ": Style("se", (0.10, 0.05, 0.01)),
    "apa": Style("se", (0.05, 0.01, 0.001)),
    "plain": Style("ci", ()),
}


def style_of(
    preset: str, below: str | None = None, stars: Sequence[float] | bool | None = None
) -> tuple[Preset, Style]:
    """Return the preset's name and style, with ``below`` and ``stars`` replaced if given.

    Raises
    ------
    SpecError
        Unknown preset or ``below``; star levels that do not fall or lie outside (0, 1).
    """
    known = {name: style for name, style in STYLES.items() if name == preset}
    if not known:
        raise SpecError("tables.unknown_preset", preset=preset, known=list(STYLES))
    name, style = next(iter(known.items()))
    if below is None:
        chosen: Below = style.below
    else:
        matching = [option for option in get_args(Below) if option == below]
        if not matching:
            raise SpecError("tables.unknown_below", below=below, known=list(get_args(Below)))
        chosen = matching[0]
    if stars is None or stars is True:
        cuts = style.cuts
    else:
        cuts = tuple(sorted((float(cut) for cut in stars or ()), reverse=True))
        if len(cuts) > 3 or any(not 0 < cut < 1 for cut in cuts):
            raise SpecError("tables.star_levels", levels=[f"{cut:g}" for cut in cuts])
    return name, Style(chosen, cuts)


def star_count(p: float | None, style: Style) -> int:
    """Return how many stars a p value earns."""
    if p is None or p != p:
        return 0
    return sum(p < cut for cut in style.cuts)


def legend(style: Style, language: str, statistic: str, level: str) -> list[str]:
    """Return the sentences that explain parentheses and stars."""
    from livelihoods import words

    sentences = []
    if style.below == "ci":
        sentences.append(words.text("tables.below_ci", language, level=level))
    elif style.below != "none":
        sentences.append(words.text(f"tables.below_{style.below}", language, statistic=statistic))
    if style.cuts:
        count = range(len(style.cuts), 0, -1)
        marks = [f"{'*' * n} p<{style.cuts[n - 1]:g}" for n in count]
        sentences.append(words.text("tables.stars", language, marks=", ".join(marks)))
    return sentences


def vcov_words(label: str, labels: Mapping[str, str], language: str) -> str:
    """Return a kind of standard errors in words: ``HC1``, ``classical``, ``cluster(village)``.

    A label of another form is already words and stays.
    """
    from livelihoods import words

    clusters = re.fullmatch(r"cluster\((.*)\)", label)
    if clusters:
        names = [labels.get(name.strip(), name.strip()) for name in clusters[1].split(",")]
        return words.text("tables.se_cluster", language, names=", ".join(names))
    if re.fullmatch(r"HC\d", label):
        return words.text("tables.se_hc", language, kind=label)
    known = ("classical", "oim", "opg", "robust")
    return words.text(f"tables.se_{label}", language) if label in known else label
