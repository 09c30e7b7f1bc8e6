"""Which model an outcome's scale asks for: from the codebook first, from the values last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats

# Scale -> kinds that suit it, the best first.
SUITABLE: dict[str, tuple[str, ...]] = {
    "binary": ("logit", "probit"),
    "nominal": ("mlogit",),
    "ordinal": ("ologit", "oprobit"),
    "banded": ("interval", "oprobit", "ologit"),
    "count": ("poisson",),
    "zeros": ("twopart", "poisson"),
    "continuous": ("ols", "poisson", "tobit"),
}
MANY_ZEROS = 0.10
_LOG_PLUS = re.compile(r"^\s*(log1p\s*\(.*\)|log\s*\([^()]*\+[^()]*\))\s*$")


@dataclass(frozen=True, slots=True)
class Advice:
    """The scale of an outcome and where that was learnt.

    Attributes
    ----------
    scale
        A key of ``SUITABLE``, or "" if nothing is known.
    declared
        Whether the codebook says so (otherwise the values do).
    """

    scale: str
    declared: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that suit the scale."""
        return SUITABLE.get(self.scale, ())


def advise(survey: Survey, outcome: str, y: Floats) -> Advice:
    """Return the scale of an outcome.

    Parameters
    ----------
    survey
        Its codebook is asked first.
    outcome
        Response as printed; ``C(x)`` is looked up as ``x``.
    y
        Its values on the sample.
    """
    inside = re.match(r"^C\((?P<name>[^,()]+)", outcome)
    entry = survey.codebook.variables.get(inside["name"].strip() if inside else outcome)
    if entry is not None and entry.scale is not None and entry.scale in SUITABLE:
        if entry.scale == "continuous" and _many_zeros(y):
            return Advice("zeros", True)
        return Advice(entry.scale, True)
    values = np.unique(y[:100_000])
    if values.size == 2:
        return Advice("binary", False)
    if inside:
        return Advice("nominal", False)
    return Advice("zeros", False) if _many_zeros(y) else Advice("", False)


def _many_zeros(y: Floats) -> bool:
    """Non-negative, spread out, and zero for a tenth or more."""
    if y.size == 0 or y.min() < 0 or np.unique(y[:100_000]).size < 12:
        return False
    return bool(np.mean(y == 0) >= MANY_ZEROS)


def advice_notes(advice: Advice, outcome: str, kind: str, y: Floats) -> tuple[Note, ...]:
    """Say when ``kind`` is not the model that the outcome's scale asks for.

    ``kind`` is one of ``lv.fit`` or ``"ols"``.
    """
    where = Where((outcome,))
    if _LOG_PLUS.match(outcome):
        return (Note("estimate.log_plus_one", "serious", {"outcome": outcome}, where),)
    if not advice.scale or kind in advice.kinds or (kind == "ols" and advice.scale == "binary"):
        return ()
    if not advice.declared and advice.scale != "zeros":
        return ()
    values: dict[str, object] = {"outcome": outcome, "kind": kind, "better": list(advice.kinds)}
    if advice.scale == "zeros":
        values["share"] = float(np.mean(y == 0))
        return (Note("estimate.scale_zeros", "caution", values, where),)
    severity = "serious" if advice.scale == "nominal" else "caution"
    code = f"estimate.scale_{advice.scale}"
    return (Note(code, severity, values, where),)  # type: ignore[arg-type]
