"""A test is an object with its null in words; one that does not apply says why, without failing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from livelihoods import words
from livelihoods.numerics import special

Distribution = Literal["t", "normal", "F", "chi2", "none"]


@dataclass(frozen=True, slots=True)
class TestResult:
    """One hypothesis test.

    Attributes
    ----------
    name
        Key under ``estimate.tests`` in ``words``; its label and its null stand there.
    statistic
        The statistic.
    distribution
        Its law under the null.
    df
        Degrees of freedom of that law.
    p_value
        Probability of a statistic at least as extreme under the null; NaN where there is none.
    critical
        Critical value compared with, where a table is used instead of a p-value.
    values
        What label or null mention: names of variables and the like.
    """

    __test__: ClassVar[bool] = False  # a noun of econometrics, not a test of ours

    name: str
    statistic: float
    distribution: Distribution
    df: tuple[float, ...] = ()
    p_value: float = math.nan
    critical: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name of the test in the current language."""
        return words.text(f"estimate.tests.{self.name}.label", **dict(self.values))

    @property
    def null(self) -> str:
        """The null hypothesis in words."""
        return words.text(f"estimate.tests.{self.name}.null", **dict(self.values))

    def rejected(self, level: float = 0.05) -> bool:
        """Tell whether the null is rejected at this level (or the critical value exceeded)."""
        if self.critical is not None and math.isnan(self.p_value):
            return self.statistic > self.critical
        return self.p_value < level

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "test": self.name,
            "statistic": self.statistic,
            "distribution": self.distribution,
            "df": list(self.df),
            "p_value": None if math.isnan(self.p_value) else self.p_value,
            "critical": self.critical,
        }


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """A test that has no answer here.

    Attributes
    ----------
    name
        Key under ``estimate.tests``, as for :class:`TestResult`.
    code
        Key of the reason under ``estimate.inapplicable``.
    values
        What label or reason mention.
    """

    name: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name of the test in the current language."""
        return words.text(f"estimate.tests.{self.name}.label", **dict(self.values))

    @property
    def reason(self) -> str:
        """Why there is no answer, in the current language."""
        return words.text(f"estimate.inapplicable.{self.code}", **dict(self.values))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {"test": self.name, "inapplicable": self.code}


AnyTest: TypeAlias = TestResult | Inapplicable


def chi2_test(name: str, statistic: float, df: float, **values: Any) -> TestResult:
    """Make a χ² test."""
    tail = special.chi2_tail(statistic, df)
    return TestResult(name, statistic, "chi2", (df,), tail, values=values)


def f_test(name: str, statistic: float, df1: float, df2: float, **values: Any) -> TestResult:
    """Make an F test; with infinite ``df2`` its law is χ²/df1."""
    tail = special.f_tail(statistic, df1, df2)
    return TestResult(name, statistic, "F", (df1, df2), tail, values=values)


def t_test(name: str, statistic: float, df: float, **values: Any) -> TestResult:
    """Make a two-sided t (or, with infinite ``df``, normal) test."""
    tail = float(special.t_two_sided(statistic, df))
    if math.isinf(df):
        return TestResult(name, statistic, "normal", (), tail, values=values)
    return TestResult(name, statistic, "t", (df,), tail, values=values)
