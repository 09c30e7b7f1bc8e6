"""Effects worded rightly: points, share of the comparison mean, standard deviations.

A coefficient of an outcome in levels is never called a percentage. For a logged outcome the
percentage is 100(e^b − 1), given with Kennedy's (1981) correction 100(e^{b − V/2} − 1).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods import words
from livelihoods.errors import SpecError
from livelihoods.numerics import special

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.estimate.coefficients import Coefficients
    from livelihoods.typing import Floats

_LOGGED = re.compile(r"^\s*log\s*\((?P<inside>.*)\)\s*$")
_LOG_PLUS_ONE = re.compile(r"^\s*(log1p\s*\(.*\)|log\s*\(.*\+.*\))\s*$")


@dataclass(frozen=True, slots=True)
class Effect:
    """One coefficient, said rightly.

    Attributes
    ----------
    term, outcome
        What changes and what it goes with.
    estimate, conf_low, conf_high
        The coefficient and its interval, in units of the outcome as modelled.
    conf_level
        Level of the interval.
    contrast
        ``"group"`` for a 0/1 regressor, ``"unit"`` for one more unit, ``"elastic"`` for a logged
        regressor.
    comparison_mean
        Mean outcome where the regressor is 0; over the sample for other regressors.
    share_of_mean
        estimate / comparison mean; NaN for a logged outcome or a mean that is not positive.
    sd_units
        estimate / standard deviation of the outcome (of the comparison group for a 0/1 regressor).
    per_sd
        Change for one standard deviation of the regressor; NaN for 0/1.
    percent, kennedy
        100(e^b − 1) and Kennedy's corrected value for a logged outcome; else NaN.
    log_plus_one
        The outcome is log(x + c): its coefficient is no percentage either.
    unit
        Unit of the outcome; empty for an index, whose unit is the point.
    significant
        Whether the interval leaves out zero.
    """

    term: str
    outcome: str
    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float
    contrast: str
    comparison_mean: float
    share_of_mean: float
    sd_units: float
    per_sd: float
    percent: float
    kennedy: float
    log_plus_one: bool
    unit: str
    significant: bool

    def sentences(self, language: str | None = None) -> tuple[str, ...]:
        """Return the effect in plain sentences."""

        def say(key: str, **values: Any) -> str:
            return words.text(f"estimate.effect.{key}", language, **values)

        unit = self.unit or say("points")
        numbers = {
            "term": self.term,
            "outcome": self.outcome,
            "estimate": _figure(abs(self.estimate)),
            "low": _figure(self.conf_low),
            "high": _figure(self.conf_high),
            "level": f"{100 * self.conf_level:g}",
            "unit": unit,
            "way": say("higher" if self.estimate >= 0 else "lower"),
        }
        said: list[str] = []
        if not math.isnan(self.percent):
            bounds = {k: f"{v:.1f}" for k, v in self._percent_bounds().items()}
            shown = numbers | bounds | {"percent": f"{abs(self.percent):.1f}"}
            key = "elastic_log" if self.contrast == "elastic" else f"{self.contrast}_log"
            said.append(say(key, **shown))
            if self.contrast != "elastic":
                said.append(say("kennedy", kennedy=f"{self.kennedy:.1f}"))
        else:
            said.append(say(f"{self.contrast}_level", **numbers))
            if not math.isnan(self.share_of_mean):
                said.append(
                    say(
                        f"share_{'group' if self.contrast == 'group' else 'sample'}",
                        share=f"{100 * abs(self.share_of_mean):.1f}",
                        mean=_figure(self.comparison_mean),
                    )
                )
            if self.contrast == "unit" and not math.isnan(self.per_sd):
                said.append(say("per_sd", per_sd=_figure(self.per_sd), unit=unit))
            elif self.contrast == "group" and not math.isnan(self.sd_units):
                said.append(say("sd", sd=f"{abs(self.sd_units):.2f}"))
            if self.log_plus_one:
                said.append(say("log_plus_one"))
        if not self.significant:
            said.append(say("includes_zero", level=numbers["level"]))
        return tuple(said)

    def text(self, language: str | None = None) -> str:
        """Return the sentences as one paragraph."""
        return ("" if (language or words.language()) == "zh" else " ").join(
            self.sentences(language)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            name: (None if isinstance(value, float) and math.isnan(value) else value)
            for name, value in ((name, getattr(self, name)) for name in self.__slots__)
        }

    def _percent_bounds(self) -> dict[str, float]:
        if self.contrast == "elastic":
            return {"low": self.conf_low, "high": self.conf_high}
        return {
            "low": 100 * math.expm1(self.conf_low),
            "high": 100 * math.expm1(self.conf_high),
        }


def describe_effect(
    coefficients: Coefficients, design: Design, term: str, *, unit: str = ""
) -> Effect:
    """Word the coefficient of ``term``.

    Parameters
    ----------
    coefficients
        Of the regression.
    design
        Its sample: comparison means and standard deviations are taken there, with its weights.
    term
        Name of the column as printed.
    unit
        Unit of the outcome; empty for index points.

    Raises
    ------
    SpecError
        If the regression has no such column.
    """
    if term not in design.names or term not in coefficients.names:
        raise SpecError("estimate.no_such_term", term=term, known=list(coefficients.names))
    x = design.X[:, design.names.index(term)]
    place = coefficients.names.index(term)
    b = float(coefficients.values[place])
    error = float(coefficients.std_errors[place])
    reach = special.t_critical(coefficients.conf_level, coefficients.df) * error
    plus_one = bool(_LOG_PLUS_ONE.match(design.outcome))
    logged = bool(_LOGGED.match(design.outcome)) and not plus_one
    binary = bool(np.all((x == 0.0) | (x == 1.0)))
    contrast = "group" if binary else "elastic" if _LOGGED.match(term) else "unit"
    base = x == 0.0 if binary else np.ones(x.shape[0], dtype=np.bool_)
    w = np.ones(x.shape[0]) if design.weights is None else design.weights
    mean, spread = _moments(design.y[base], w[base])
    nan = math.nan
    plain = not logged and not plus_one
    elastic = contrast == "elastic"
    percent = (b if elastic else 100 * math.expm1(b)) if logged else nan
    return Effect(
        term=term,
        outcome=design.outcome,
        estimate=b,
        conf_low=b - reach,
        conf_high=b + reach,
        conf_level=coefficients.conf_level,
        contrast=contrast,
        comparison_mean=mean,
        share_of_mean=b / mean if plain and mean > 0 and not elastic else nan,
        sd_units=b / spread if plain and spread > 0 else nan,
        per_sd=nan if binary else b * _moments(x, w)[1],
        percent=percent,
        kennedy=100 * math.expm1(b - error * error / 2) if logged and not elastic else nan,
        log_plus_one=plus_one,
        unit=unit,
        significant=not (b - reach <= 0.0 <= b + reach),
    )


def _moments(values: Floats, w: Floats) -> tuple[float, float]:
    """Weighted mean and standard deviation (n − 1)."""
    n = values.shape[0]
    if n == 0:
        return math.nan, math.nan
    mean = float(np.average(values, weights=w))
    if n < 2:
        return mean, math.nan
    square = float(np.average((values - mean) ** 2, weights=w))
    return mean, math.sqrt(square * n / (n - 1))


def _figure(value: float) -> str:
    """Three significant decimals for small numbers, thousands separators for large ones."""
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}"
