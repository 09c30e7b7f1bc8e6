"""The right model for the outcome's scale, with average marginal effects and OLS beside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.build import build_design
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.margins import average_effects
from livelihoods.estimate.model_kinds import KINDS, MlFit, ModelOptions, fit_kind
from livelihoods.estimate.ols import OlsResult, ols_of_design
from livelihoods.estimate.scale_advice import advice_notes, advise
from livelihoods.estimate.vcov import Vcov, VcovSpec, cluster_codes, cluster_notes, parse_vcov
from livelihoods.notes import Note, gather
from livelihoods.numerics.covariance import group_sums, intersect, nearest_psd
from livelihoods.survey.door import as_survey
from livelihoods.tables import Column, Row, Table, number, text

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class FitResult:
    """A maximum-likelihood model.

    Attributes
    ----------
    formula, kind
        What was fitted.
    design
        The sample.
    fit
        Coefficients, scores, log-likelihood.
    covariance
        Of the coefficients, shape ``(p, p)``.
    vcov, conf_level
        Options.
    marginal_effects
        Average marginal effects, by response where there are several.
    beside
        Least squares of the same formula; None for a nominal outcome, which has no mean.
    notes
        Findings.
    """

    formula: str
    kind: str
    design: Design
    fit: MlFit
    covariance: Floats
    vcov: VcovSpec
    conf_level: float
    marginal_effects: co.Coefficients
    beside: OlsResult | None
    notes: tuple[Note, ...]

    @property
    def outcome(self) -> str:
        """Name of the response."""
        return self.design.outcome

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.design.nobs

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.vcov.label

    @property
    def coefficients(self) -> co.Coefficients:
        """Names, estimates and covariance; z statistics."""
        fit = self.fit
        return co.Coefficients(
            fit.names, fit.coef, self.covariance, math.inf, self.conf_level, fit.equations
        )

    def tidy(self) -> pl.DataFrame:
        """Return one row a coefficient."""
        return self.coefficients.tidy()

    def effects(self) -> pl.DataFrame:
        """Return one row an average marginal effect (``equation`` = predicted response)."""
        return self.marginal_effects.tidy()

    def glance(self) -> pl.DataFrame:
        """Return one row: size, log-likelihood, McFadden's pseudo-R², AIC, BIC."""
        fit, k = self.fit, self.fit.coef.shape[0]
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "loglik": [fit.loglik],
                "loglik_null": [fit.loglik_null],
                "pseudo_r_squared": [
                    1.0 - fit.loglik / fit.loglik_null if fit.loglik_null != 0 else None
                ],
                "aic": [2.0 * k - 2.0 * fit.loglik],
                "bic": [math.log(self.nobs) * k - 2.0 * fit.loglik],
                "kind": [self.kind],
                "vcov": [self.vcov_label],
                "clusters": [
                    min((int(self.design.clusters[c].max()) + 1 for c in self.vcov.clusters),
                        default=None)
                ],
            },
            schema_overrides={"clusters": pl.Int64, "pseudo_r_squared": pl.Float64},
        )  # fmt: skip

    def summary(self) -> Table:
        """Return the coefficients as a table."""
        row = self.glance().row(0, named=True)
        statistics = [
            (co.label("nobs"), row["nobs"]),
            (co.label("loglik"), row["loglik"]),
            (co.label("pseudo_r_squared"), row["pseudo_r_squared"]),
        ]
        return co.coefficient_table(
            self.kind,
            co.label(
                "fit_title", kind=co.label(f"kind_{self.kind}"), outcome=co.shown(self.outcome)
            ),
            self.tidy(),
            statistics,
            self.notes,
            conf_level=self.conf_level,
            normal=True,
            legend=(co.label("errors_are", vcov=self.vcov.words()),),
        )

    def effects_table(self) -> Table:
        """Return the average marginal effects as a table."""
        return co.coefficient_table(
            f"{self.kind}-effects",
            co.label(
                "effects_title", kind=co.label(f"kind_{self.kind}"), outcome=co.shown(self.outcome)
            ),
            self.effects(),
            (),
            self.notes,
            conf_level=self.conf_level,
            normal=True,
            legend=(co.label("effects_are"), co.label("errors_are", vcov=self.vcov.words())),
        )

    def beside_table(self) -> Table | None:
        """Return the marginal effects beside the coefficients of least squares.

        None where no comparison exists: several responses, or a nominal outcome.
        """
        if self.beside is None or self.marginal_effects.equations:
            return None
        linear = {row["term"]: row for row in self.beside.tidy().iter_rows(named=True)}
        rows = []
        for row in self.effects().iter_rows(named=True):
            other = linear.get(row["term"])
            cells = [
                text(co.shown(row["term"])),
                number(row["estimate"], stars=co.stars(row["p_value"])),
            ]
            cells.append(number(row["std_error"], wrap="parentheses"))
            cells.append(
                number(None)
                if other is None
                else number(other["estimate"], stars=co.stars(other["p_value"]))
            )
            cells.append(number(None if other is None else other["std_error"], wrap="parentheses"))
            rows.append(Row(tuple(cells)))
        columns = (
            Column("term", co.label("term"), "left"),
            Column("effect", co.label("effect_of", kind=co.label(f"kind_{self.kind}"))),
            Column("effect_se", co.label("std_error")),
            Column("ols", co.label("ols_coefficient")),
            Column("ols_se", co.label("std_error")),
        )
        return Table(
            f"{self.kind}-beside-ols",
            co.label("beside_title", outcome=co.shown(self.outcome)),
            columns,
            tuple(rows),
            legend=(co.label("stars"), co.label("beside_reading")),
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return the coefficients with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        return coefficient_plot(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": self.kind,
            "formula": self.formula,
            "outcome": self.outcome,
            "vcov": self.vcov_label,
            "coefficients": co.record_values(self.tidy()),
            "marginal_effects": co.record_values(self.effects()),
            "glance": self.glance().row(0, named=True),
            "ols": None if self.beside is None else co.record_values(self.beside.tidy()),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def fit(
    formula: str,
    data: Any,
    kind: str | None = None,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
    *,
    limits: tuple[float | None, float | None] = (0.0, None),
    bounds: Mapping[float, tuple[float | None, float | None]] | None = None,
    base: float | None = None,
) -> FitResult:
    """Fit the model that the outcome's scale asks for, by maximum likelihood.

    Parameters
    ----------
    formula
        ``"member ~ age + C(region)"``; a text outcome is written ``C(outcome)``.
    data
        A Survey (its codebook knows scales), or any frame.
    kind
        ``"logit"``, ``"probit"``, ``"ologit"``, ``"oprobit"``, ``"mlogit"``, ``"poisson"`` (any
        non-negative outcome: PPML), ``"tobit"``, ``"interval"`` or ``"twopart"`` (logit for any,
        Poisson for how much). None takes what the codebook's scale suggests.
    vcov
        ``"classical"`` (inverse information), ``"HC0"`` (sandwich), ``"HC1"`` (times n/(n−1)),
        ``{"cluster": a}`` or ``{"cluster": (a, b)}`` (times G/(G−1)).
    weights
        Column of weights of the rows' log-likelihoods, scaled to mean one.
    conf_level
        Level of the intervals.
    limits
        Censoring points of a tobit, None for none on that side.
    bounds
        For ``"interval"``: code of each band -> (lower, upper) end, None for open.
    base
        For ``"mlogit"``: the base level (default the lowest).

    Raises
    ------
    DataError
        If the outcome does not suit the kind.
    EstimationError
        On separation (named columns and rows) or without convergence.
    SpecError
        If an option makes no sense, or no kind was given and none is suggested.
    """
    spec = parse_vcov(vcov)
    if spec.kind in ("HC2", "HC3"):
        raise SpecError("estimate.ml_vcov", given=spec.kind)
    co.check_level(conf_level)
    survey = as_survey(data)
    design = build_design(formula, survey, weights=weights, cluster=spec.clusters)
    advice = advise(survey, design.outcome, design.y)
    chosen = kind or next((name for name in advice.kinds if name in KINDS), None)
    if chosen is None:
        raise SpecError("estimate.kind_needed", outcome=design.outcome, known=list(KINDS))
    if chosen not in KINDS:
        raise SpecError("estimate.unknown_kind", given=chosen, known=list(KINDS))
    if design.nobs <= design.X.shape[1]:
        raise EstimationError(
            "estimate.too_few_rows", n=design.nobs, k=design.X.shape[1], outcome=design.outcome
        )
    found = fit_kind(chosen, design, ModelOptions(limits, bounds, base))
    if not found.converged or not np.all(np.isfinite(found.coef)):
        raise EstimationError(
            "estimate.not_converged", kind=chosen, outcome=design.outcome, n=found.iterations
        )
    covariance = ml_covariance(found, design, spec)
    effects, skipped = average_effects(found, design, survey, formula, covariance, conf_level)
    nominal = chosen == "mlogit"
    beside = None if nominal else ols_of_design(design, spec, conf_level, formula)
    notes = gather(
        design.notes,
        advice_notes(advice, design.outcome, chosen, design.y),
        cluster_notes(design, spec),
        skipped,
    )
    return FitResult(
        formula, chosen, design, found, covariance, spec, conf_level, effects, beside, notes
    )


def ml_covariance(found: MlFit, design: Design, spec: VcovSpec) -> Floats:
    """Return inverse information, or the sandwich with the bread on both sides."""
    bread, scores = found.bread, np.asfortranarray(found.scores)
    n = design.nobs
    if spec.kind == "classical":
        return bread
    if spec.kind != "cluster":
        factor = n / (n - 1) if spec.kind == "HC1" else 1.0
        return np.asarray(bread @ (scores.T @ scores) @ bread * factor)
    codes = cluster_codes(design, spec)

    def term(code: Any) -> Floats:
        groups = int(code.max()) + 1
        sums = group_sums(scores, None, code, groups)
        return np.asarray(bread @ (sums.T @ sums) @ bread * (groups / (groups - 1)))

    if len(codes) == 1:
        return term(codes[0])
    return nearest_psd(term(codes[0]) + term(codes[1]) - term(intersect(codes)))[0]
