"""The result of a system: coefficients, errors and their correlation, tests, predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.estimate import coefficients as co
from livelihoods.estimate.mixed_process import effects as ef
from livelihoods.estimate.mixed_process.asking import Within
from livelihoods.estimate.mixed_process.labels import ANCILLARY, rho_name, sigma_name
from livelihoods.estimate.mixed_process.show import glance_of, summary_of
from livelihoods.estimate.test_result import AnyTest, Inapplicable, chi2_test
from livelihoods.numerics import special
from livelihoods.numerics.covariance import wald

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.api import CmpVcov
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.estimate.mixed_process.fit import Fit
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class CmpResult:
    """A mixed-process system estimated by maximum likelihood.

    Attributes
    ----------
    built
        The system: equations, samples, what was left out.
    fit
        Estimates, covariance, how the search ended.
    names
        (equation, term) of each parameter.
    vcov
        Which covariance it is.
    conf_level
        Level of the intervals.
    constraints
        Restrictions imposed, as given.
    notes
        Findings, the gravest first.
    outcome
        Response of the first equation.
    nobs
        Rows used (the sum of frequency weights if there are any).
    loglik
        Log (pseudo-)likelihood.
    converged
        Whether a maximum was found; if not, a serious note says how the search ended.
    vcov_label, statistic_name
        For tables: ``"robust"``, ``"z"``.
    """

    built: Built
    fit: Fit
    names: tuple[tuple[str, str], ...]
    vcov: CmpVcov
    conf_level: float
    constraints: tuple[str, ...]
    notes: tuple[Note, ...]
    outcome: str = field(init=False)
    nobs: int = field(init=False)
    loglik: float = field(init=False)
    converged: bool = field(init=False)
    vcov_label: str = field(init=False)
    statistic_name: str = field(init=False, default="z")

    def __post_init__(self) -> None:
        first = self.built.equations[0]
        object.__setattr__(self, "outcome", first.response)
        object.__setattr__(self, "nobs", round(self.fit.total))
        object.__setattr__(self, "loglik", self.fit.loglik)
        object.__setattr__(self, "converged", self.fit.converged)
        object.__setattr__(self, "vcov_label", self.vcov.label)
        object.__setattr__(self, "statistic_name", "z")

    def tidy(self) -> pl.DataFrame:
        """Return one row a parameter: ``equation``, ``term``, estimate, error, z, p, interval.

        ln σ and atanh ρ stand under equation ``"/"`` as ``lnsigma_1`` and ``atanhrho_12``, the
        numbers being those of the equations in order. A parameter fixed by a restriction has
        standard error zero and no test.
        """
        found = co.Coefficients(
            tuple(term for _, term in self.names),
            self.fit.phi,
            self.fit.covariance,
            np.inf,
            self.conf_level,
            tuple(equation for equation, _ in self.names),
        ).tidy()
        if not self.constraints:
            return found
        fixed = pl.col("std_error") <= 1e-10 * pl.max_horizontal(1.0, pl.col("estimate").abs())
        tests = ("statistic", "p_value", "conf_low", "conf_high")
        return found.with_columns(
            pl.when(fixed).then(0.0).otherwise("std_error").alias("std_error"),
            *(pl.when(fixed).then(None).otherwise(name).alias(name) for name in tests),
        )

    @property
    def sigma(self) -> pl.DataFrame:
        """Standard deviations of the errors, with intervals that stay positive."""
        rows = [
            (self.built.names[j], sigma_name(j), place)
            for j, place in self.fit.layout.scale.items()
        ]
        return self._transformed(rows, np.exp, np.exp)

    @property
    def rho(self) -> pl.DataFrame:
        """Correlations of the errors, with intervals that stay within −1 and 1."""
        rows = [
            (f"{self.built.names[j]}, {self.built.names[k]}", rho_name(j, k), place)
            for (j, k), place in self.fit.layout.corr.items()
        ]
        return self._transformed(rows, np.tanh, lambda a: 1.0 / np.cosh(a) ** 2)

    def _transformed(self, rows: list[tuple[str, str, int]], to: Any, slope: Any) -> pl.DataFrame:
        places = [place for _, _, place in rows]
        a = self.fit.phi[places]
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(self.fit.covariance)[places])
        reach = special.t_critical(self.conf_level, np.inf) * errors
        return pl.DataFrame(
            {
                "equation": [equation for equation, _, _ in rows],
                "term": [term for _, term, _ in rows],
                "estimate": to(a),
                "std_error": slope(a) * errors,
                "conf_low": to(a - reach),
                "conf_high": to(a + reach),
            },
            schema_overrides={"equation": pl.String, "term": pl.String},
        ).fill_nan(None)

    def endogeneity(self) -> AnyTest:
        """Test that no errors are correlated (Wald): every atanh ρ is zero."""
        places = list(self.fit.layout.corr.values())
        if not places:
            return Inapplicable("cmp.endogeneity", "cmp.no_correlation")
        block = self.fit.covariance[np.ix_(places, places)]
        statistic = wald(self.fit.phi[places], block) if np.isfinite(block).all() else None
        if statistic is None:
            return Inapplicable("cmp.endogeneity", "singular_covariance", {"k": len(places)})
        return chi2_test("cmp.endogeneity", statistic, len(places))

    def independence(self) -> AnyTest:
        """Likelihood-ratio test of the system against its equations one by one."""
        fit = self.fit
        if not fit.layout.corr:
            return Inapplicable("cmp.independence", "cmp.no_correlation")
        if self.vcov.kind in ("robust", "cluster"):
            return Inapplicable("cmp.independence", "cmp.pseudo_likelihood")
        if fit.loglik_alone is None or self.constraints:
            return Inapplicable("cmp.independence", "cmp.not_nested")
        statistic = 2.0 * (fit.loglik - fit.loglik_alone)
        return chi2_test("cmp.independence", statistic, len(fit.layout.corr))

    def glance(self) -> pl.DataFrame:
        """Return one row: size, likelihood, tests, and how the search ended."""
        return glance_of(self)

    def summary(self) -> Table:
        """Return the system as a table for a person."""
        return summary_of(self)

    def plot(self) -> Figure:
        """Return the coefficients with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        hidden = [term for equation, term in self.names if equation == ANCILLARY]
        cuts = [term for _, term in self.names if term.startswith("cut_")]
        slopes = [t for e, t in self.names if e != ANCILLARY and t not in ("(Intercept)", *cuts)]
        if not slopes:
            return coefficient_plot(self, keep=["(Intercept)", *cuts])
        return coefficient_plot(self, drop=[*hidden, *cuts])

    def predict(
        self,
        kind: str = "xb",
        equation: str | None = None,
        *,
        within: Within = None,
        category: Any = None,
        condition: Mapping[str, Any] | None = None,
        reduced_form: bool = True,
    ) -> pl.DataFrame:
        """Predict for every row of the data; null where a regressor is missing.

        Parameters
        ----------
        kind
            ``"xb"``: mean of y*. ``"residual"``: y − mean, where y* is observed. ``"pr"``:
            probability of ``within`` (a probit: of one; an ordered outcome: of ``category``, or of
            each in a column of its own). ``"mean"``: E(y* | within, condition). ``"ystar"``: the
            mean of y* cut off at ``within`` (a tobit: at its limits). ``"part"``: E(y*;
            condition), a mean times the probability of the condition. ``"joint"``: probability of
            ``within`` or ``category`` and the condition together.
        equation
            Which equation; the first if left out.
        within
            (low, high) of y*; None for an open end.
        category
            Category of an ordered outcome.
        condition
            One other equation with what is known of it: ``{"works": 1}``, ``{"works": (0, None)}``.
        reduced_form
            With ``lat()`` on the right: include what other latent variables contribute (True), or
            only the equation's own regressors (False, ``"xb"`` only).

        Returns
        -------
        A frame of the data's height.
        """
        from livelihoods.estimate.mixed_process.predict import predicted

        return predicted(
            self.built, self.fit, kind, equation, within, category, condition, reduced_form
        )

    def effects(self, treatment: str, outcome: str | None = None) -> pl.DataFrame:
        """Return ATE, ATT and ATU of a 0/1 treatment in the outcome's own scale.

        Parameters
        ----------
        treatment
            Outcome of a probit equation that stands on the right of the outcome's equation.
        outcome
            Equation of the outcome; the first that has the treatment if left out.

        Returns
        -------
        Tidy frame with column ``outcome``; errors by the delta method over all parameters,
        regressors taken as they are.
        """
        found, labels = ef.treatment_effects(self.built, self.fit, treatment, outcome)
        return ef.tidy_estimates(found, self.fit.covariance, self.conf_level, outcome=labels)

    def margins(
        self,
        variables: Sequence[str] | None = None,
        kind: str = "pr",
        equation: str | None = None,
        *,
        within: Within = None,
        category: Any = None,
        condition: Mapping[str, Any] | None = None,
        discrete: bool = True,
    ) -> pl.DataFrame:
        """Return average marginal effects of variables on a prediction.

        Parameters
        ----------
        variables
            Columns to move; all on the right-hand sides concerned if left out.
        kind, equation, within, category, condition
            The prediction, as for :meth:`predict`.
        discrete
            Whether a 0/1 variable is moved from zero to one; its slope otherwise.

        Returns
        -------
        Tidy frame; slopes for numbers, one against zero for 0/1 variables. Errors include those
        of σ, ρ and cut points.
        """
        found = ef.margins(
            self.built, self.fit, variables, kind, equation, within, category, condition, discrete
        )
        return ef.tidy_estimates(found, self.fit.covariance, self.conf_level)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "cmp",
            "equations": [one.spec.model_dump(exclude_none=True) for one in self.built.equations],
            "vcov": self.vcov_label,
            "constraints": list(self.constraints),
            "coefficients": co.record_values(self.tidy()),
            "sigma": co.record_values(self.sigma),
            "rho": co.record_values(self.rho),
            "glance": self.glance().row(0, named=True),
            "endogeneity": self.endogeneity().to_dict(),
            "independence": self.independence().to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()
