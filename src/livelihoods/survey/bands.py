"""Answers in bands of money or land: their limits read from the labels, gaps and overlaps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.survey.model import Codebook, Variable

_UNITS = {
    "万": 1e4,
    "千": 1e3,
    "k": 1e3,
    "thousand": 1e3,
    "million": 1e6,
    "亿": 1e8,
}
_NUMBER = re.compile(
    r"(-?\d+(?:,\d{3})+|-?\d+)(\.\d+)?\s*(亿|万|千|k(?![a-z])|thousand|million)?", re.IGNORECASE
)
_BELOW = re.compile(
    r"below|under|less|fewer|up to|at most|[<≤]|以下|以内|不足|不到|低于|少于|小于|未满",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"above|over|more|at least|greater|[>≥+]|以上|超过|高于|多于|大于", re.IGNORECASE
)
_INCLUSIVE = re.compile(r"up to|at most|≤|以内", re.IGNORECASE)
_EXCLUSIVE = re.compile(r"above|over|more than|greater|>|超过|高于|多于|大于", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Band:
    """One band.

    Attributes
    ----------
    code, label
        As in the codebook.
    low, high
        Limits in the unit of the label (万 is 10,000); None is open.
    includes_low, includes_high
        Whether the limit itself belongs to the band; "under 10,000" does not include it.
    """

    code: str
    label: str
    low: float | None
    high: float | None
    includes_low: bool = True
    includes_high: bool = True


def parse_band(code: str, label: str) -> Band | None:
    """Return the limits that a label states, or None if it states none.

    Understood are ``10,000-30,000``, ``1-3万``, ``under 10,000``, ``5000元以下``, ``50000以上``,
    ``> 20``, in English and Chinese.
    """
    text = label.replace("，", ",").replace("~", "-").replace("～", "-").replace("至", "-")
    text = text.replace("—", "-").replace("–", "-").replace("－", "-").replace(" to ", "-")
    text = re.sub(r"(?<=[\d万千亿元kKdn])\s*-+\s*(?=\d)", " | ", text)
    numbers = _NUMBER.findall(text)
    values = [_value(whole, rest, unit) for whole, rest, unit in numbers]
    if len(values) == 2:
        if not numbers[0][2] and numbers[1][2] and values[0] <= float(values[1]):
            values[0] *= _UNITS[numbers[1][2].lower()]
        return Band(code, label, values[0], values[1])
    if len(values) != 1:
        return None
    if _BELOW.search(text):
        return Band(code, label, None, values[0], includes_high=bool(_INCLUSIVE.search(text)))
    if _ABOVE.search(text):
        return Band(code, label, values[0], None, includes_low=not _EXCLUSIVE.search(text))
    return Band(code, label, values[0], values[0])


def _value(whole: str, rest: str, unit: str) -> float:
    return float(whole.replace(",", "") + rest) * _UNITS.get(unit.lower(), 1.0)


def parse_bands(variable: Variable) -> tuple[Band, ...]:
    """Return the bands of a variable in the order of its codes; empty if a label states none."""
    for labels in variable.values.values():
        bands = [parse_band(code, label) for code, label in labels.items()]
        known = [band for band in bands if band is not None]
        if known and len(known) == len(bands):
            return tuple(known)
    return ()


def check_bands(codebook: Codebook) -> list[Note]:
    """Gaps between bands, overlaps, ends that two bands share, and bands out of order.

    Variables of scale ``banded`` are looked at, and others of three labels or more that all state
    limits.
    """
    found = []
    for name, entry in codebook.variables.items():
        if entry.scale not in ("banded", "ordinal", "nominal", None):
            continue
        bands = parse_bands(entry)
        ranges = sum(band.low != band.high for band in bands)
        if entry.scale == "banded" and entry.values and not bands:
            place = Where((name,))
            found.append(Note("survey.bands_unread", "caution", {"variable": name}, place))
        if len(bands) >= 2 and (entry.scale == "banded" or ranges >= 3):
            found += _between_bands(name, bands)
    return found


def _between_bands(name: str, bands: tuple[Band, ...]) -> list[Note]:
    said: dict[str, list[str]] = {"gap": [], "overlap": [], "shared": [], "order": []}
    for before, after in pairwise(bands):
        kind = _meeting(before, after)
        if kind:
            said[kind].append(f"{before.label} | {after.label}")
    place = Where((name,))
    notes = []
    for kind, pairs in said.items():
        values = {"variable": name, "pairs": pairs}
        if pairs and kind == "gap":
            notes.append(Note("survey.band_gap", "warning", values, place))
        elif pairs and kind == "overlap":
            notes.append(Note("survey.band_overlap", "warning", values, place))
        elif pairs and kind == "order":
            notes.append(Note("survey.band_order", "warning", values, place))
        elif pairs:
            notes.append(Note("survey.band_shared", "info", values, place))
    return notes


def _meeting(before: Band, after: Band) -> str | None:
    """Return how two neighbouring bands meet: gap, overlap, shared end, wrong order, or well."""
    start = after.low if after.low is not None else after.high
    end = before.high if before.high is not None else before.low
    if start is None or end is None or before.high is None or after.low is None:
        return "order"
    if before.low is not None and start < before.low:
        return "order"
    step = 1.0 if end.is_integer() and start.is_integer() else 0.1
    if start < end:
        return "overlap"
    if start == end:
        return "shared" if before.includes_high and after.includes_low else None
    return "gap" if start - end > step else None
