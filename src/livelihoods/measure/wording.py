"""How alike two questions are worded, in English or Chinese. Pure functions on texts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[a-z]{3,}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_STOP = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "from",
        "that",
        "this",
        "have",
        "has",
        "had",
        "was",
        "were",
        "are",
        "you",
        "your",
        "they",
        "them",
        "their",
        "not",
        "one",
        "own",
        "all",
        "any",
        "how",
        "much",
        "many",
        "very",
        "can",
        "could",
        "will",
        "would",
        "does",
        "did",
        "into",
        "than",
        "other",
        "others",
        "etc",
        "such",
        "able",
        "ability",
        "effect",
        "effects",
        "level",
        "degree",
        "per",
        "year",
        "years",
        "times",
        "number",
        "household",
        "households",
        "family",
        "farmer",
        "farmers",
    ]
)
# Two-letter runs that stand in any Chinese questionnaire.
_STOP_CHINESE = frozenset(
    [
        "您的",
        "你的",
        "是否",
        "多少",
        "程度",
        "情况",
        "如何",
        "农户",
        "家庭",
        "每年",
        "能力",
        "作用",
        "的能",
        "的作",
    ]
)
_ENDINGS = ("ings", "ing", "ions", "ion", "ments", "ment", "ies", "es", "ed", "s", "y")


def tokens(text: str) -> frozenset[str]:
    """Return the words of a text without endings, and its Chinese two-character runs."""
    lower = text.lower()
    words = {_stem(word) for word in _WORD.findall(lower) if word not in _STOP}
    pairs = {run[j : j + 2] for run in _CHINESE.findall(lower) for j in range(len(run) - 1)}
    return frozenset(words | (pairs - _STOP_CHINESE))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def likeness(first: Sequence[str], second: Sequence[str]) -> list[list[tuple[float, list[str]]]]:
    """Return, for each text of both lists, how much they share and which words.

    The share is Σ weight of common words / the smaller of the two texts' Σ weight, a word's
    weight being ln(1 + N/number of texts it stands in): a word that all questions use counts
    little.
    """
    bags = [tokens(text) for text in (*first, *second)]
    spread = Counter(word for bag in bags for word in bag)
    weight = {word: math.log1p(len(bags) / count) for word, count in spread.items()}
    return [
        [_shared(bags[i], bags[len(first) + j], weight) for j in range(len(second))]
        for i in range(len(first))
    ]


def _shared(
    a: frozenset[str], b: frozenset[str], weight: dict[str, float]
) -> tuple[float, list[str]]:
    common = sorted(a & b)
    whole = min(sum(weight[word] for word in sorted(bag)) for bag in (a, b)) if a and b else 0.0
    if not common or whole == 0:
        return 0.0, []
    return sum(weight[word] for word in common) / whole, common
