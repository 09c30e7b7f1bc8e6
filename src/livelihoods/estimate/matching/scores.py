"""Propensity scores: estimated without penalty, or given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from livelihoods.design.model import Design
from livelihoods.errors import DataError, EstimationError
from livelihoods.estimate.matching.abadie_imbens import ScoreModel
from livelihoods.numerics.glm import GlmFit, fit_logit, fit_probit
from livelihoods.numerics.special import normal_density
from livelihoods.typing import Floats

Link = Literal["logit", "probit"]


@dataclass(frozen=True, slots=True)
class Propensity:
    """The score of every row and where it comes from.

    Attributes
    ----------
    score
        Shape ``(n,)``, strictly between 0 and 1.
    link
        ``"logit"``, ``"probit"``, or ``"given"``.
    names, coef, covariance
        The model's terms; empty if the score was given.
    residual
        Derivative of each row's log-likelihood in its index, shape ``(n,)``; 0 if given.
    loglik, loglik_null
        Log-likelihood and that of a constant alone; NaN if given.
    """

    score: Floats
    link: str
    names: tuple[str, ...]
    coef: Floats
    covariance: Floats
    residual: Floats
    loglik: float
    loglik_null: float

    @property
    def pseudo_r2(self) -> float:
        """McFadden's R²; NaN if the score was given."""
        return 1.0 - self.loglik / self.loglik_null if self.loglik_null else float("nan")

    def model(self, X: Floats) -> ScoreModel | None:
        """Return what the 2016 correction needs, or None for a given score."""
        if self.link == "given":
            return None
        if self.link == "logit":
            density = self.score * (1.0 - self.score)
        else:
            density = normal_density(X @ self.coef)
        return ScoreModel(X, density, self.covariance)


def estimate_scores(design: Design, link: Link) -> Propensity:
    """Fit the score by maximum likelihood.

    Raises
    ------
    EstimationError
        If covariates predict the treatment perfectly for some rows (separation), so that no
        finite maximum exists, or if the search does not end.
    """
    fit: GlmFit = (fit_logit if link == "logit" else fit_probit)(design.X, design.y, design.weights)
    if fit.separation is not None:
        columns = [design.names[j] for j in fit.separation.columns]
        rows = [int(design.rows[i]) for i in fit.separation.rows]
        raise EstimationError(
            "estimate.match_separation",
            treatment=design.outcome,
            columns=columns,
            rows=rows,
            n=len(rows),
        )
    if not fit.converged:
        raise EstimationError(
            "estimate.match_not_converged", treatment=design.outcome, steps=fit.iterations
        )
    tiny = np.finfo(np.float64).eps
    return Propensity(
        np.clip(fit.fitted, tiny, 1.0 - tiny),
        link,
        design.names,
        fit.coef,
        fit.covariance,
        fit.score,
        fit.loglik,
        fit.loglik_null,
    )


def given_scores(score: Floats, name: str, design: Design) -> Propensity:
    """Take scores from a column.

    Raises
    ------
    DataError
        If a score is not strictly between 0 and 1.
    """
    bad = ~((score > 0.0) & (score < 1.0))
    if bad.any():
        rows = [int(row) for row in design.rows[bad]]
        raise DataError("estimate.match_score_range", variable=name, rows=rows, n=len(rows))
    none = np.empty(0)
    nan = float("nan")
    return Propensity(score, "given", (), none, none.reshape(0, 0), 0.0 * score, nan, nan)
