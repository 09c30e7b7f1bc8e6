"""What stands under every OLS table: variance inflation, Breusch–Pagan, RESET, conditioning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.test_result import AnyTest, Inapplicable, TestResult, chi2_test, f_test
from livelihoods.estimate.vcov import VcovSpec, linear_covariance
from livelihoods.notes import Note, Where
from livelihoods.numerics.covariance import wald
from livelihoods.numerics.linear import Lstsq, gram, lstsq_columns
from livelihoods.tables import Cell, Column, Row, Table, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.typing import Floats

HIGH_VIF = 10.0
HIGH_CONDITION = 30.0


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Checks of one regression.

    Attributes
    ----------
    vif
        Variance inflation factor of each column but the constant: 1/(1 − R²ⱼ).
    breusch_pagan
        Koenker's studentised form: n·R² of squared residuals on the regressors.
    reset
        Ramsey's test with the fitted values squared and cubed, under the same covariance.
    condition_number
        Of the columns scaled to unit length (Belsley, Kuh and Welsch 1980).
    notes
        What these say that a reader must know.
    """

    vif: Mapping[str, float]
    breusch_pagan: AnyTest
    reset: AnyTest
    condition_number: float
    notes: tuple[Note, ...]

    def table(self) -> Table:
        """Return the checks as one table."""
        blank = Cell(None, "blank")
        rows = []
        if self.vif:
            worst = max(self.vif, key=lambda name: self.vif[name])
            mean = sum(self.vif.values()) / len(self.vif)
            largest = co.label("vif_largest", variable=worst)
            rows.append(Row((text(largest), text("–"), number(self.vif[worst], 2), blank)))
            rows.append(Row((text(co.label("vif_mean")), text("–"), number(mean, 2), blank)))
        rows += [check_row(self.breusch_pagan), check_row(self.reset)]
        condition = number(self.condition_number, 1)
        rows.append(Row((text(co.label("condition_number")), text("–"), condition, blank)))
        return check_table("ols-diagnostics", co.label("diagnostics_title"), rows, self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "vif": dict(self.vif),
            "breusch_pagan": self.breusch_pagan.to_dict(),
            "reset": self.reset.to_dict(),
            "condition_number": self.condition_number,
        }


def check_row(found: AnyTest) -> Row:
    """Return one line: label, null in words (or why there is no answer), statistic, p."""
    blank = Cell(None, "blank")
    if isinstance(found, Inapplicable):
        return Row((text(found.label), text(found.reason), blank, blank))
    if found.critical is not None:
        compared = text(co.label("critical", value=f"{found.critical:.2f}"))
    else:
        compared = p_value(found.p_value)
    return Row((text(found.label), text(found.null), number(found.statistic), compared))


def check_table(table_id: str, title: str, rows: list[Row], notes: tuple[Note, ...]) -> Table:
    """Return tests as a table with their nulls in words."""
    columns = (
        Column("test", co.label("test"), "left"),
        Column("null", co.label("null"), "left"),
        Column("statistic", co.label("statistic")),
        Column("p_value", co.label("p_value")),
    )
    return Table(table_id, title, columns, tuple(rows), notes=notes, language=words.language())


def diagnose(design: Design, fit: Lstsq, vcov: VcovSpec) -> Diagnostics:
    """Run all checks of a least-squares fit."""
    vif = variance_inflation(design)
    condition = condition_number(design)
    notes: tuple[Note, ...] = ()
    high = [name for name, value in vif.items() if value > HIGH_VIF]
    if high:
        values = {"variables": high, "largest": max(vif.values()), "limit": HIGH_VIF}
        notes += (Note("estimate.high_vif", "caution", values, Where(tuple(high))),)
    bp = breusch_pagan(design, fit)
    if isinstance(bp, TestResult) and bp.rejected() and vcov.kind == "classical":
        notes += (Note("estimate.heteroskedastic", "warning", {"p": bp.p_value}),)
    reset = reset_test(design, fit, vcov)
    if isinstance(reset, TestResult) and reset.rejected():
        notes += (Note("estimate.reset_rejects", "caution", {"p": reset.p_value}),)
    return Diagnostics(vif, bp, reset, condition, notes)


def variance_inflation(design: Design) -> dict[str, float]:
    """Return VIFⱼ = 1/(1 − R²ⱼ) = (X'WX)⁻¹ⱼⱼ · Σ w(xⱼ − x̄ⱼ)² for each slope.

    Without a constant, R²ⱼ is about zero.
    """
    chosen = [j for j, name in enumerate(design.names) if name != "(Intercept)"]
    if not chosen:
        return {}
    X, w = design.X, design.weights
    bread = lstsq_columns(X, design.y, w, check=False).bread
    total = float(X.shape[0]) if w is None else float(w.sum())
    found = {}
    for j in chosen:
        column = X[:, j]
        weighted = column if w is None else column * w
        centre = float(weighted.sum()) / total if design.intercept else 0.0
        left = column - centre
        spread = float(left @ left if w is None else left @ (left * w))
        found[design.names[j]] = max(1.0, float(bread[j, j]) * spread)
    return found


def condition_number(design: Design) -> float:
    """Return the ratio of largest to smallest singular value of the columns at unit length."""
    square = gram(design.X, design.weights)
    length = np.sqrt(np.diag(square))
    values = np.linalg.eigvalsh(square / np.outer(length, length))
    return float(np.sqrt(values[-1] / max(float(values[0]), 1e-300)))


def breusch_pagan(design: Design, fit: Lstsq) -> AnyTest:
    """Test constant variance (Breusch and Pagan 1979, studentised by Koenker 1981).

    n·R² of the regression of wᵢeᵢ² on X, χ² with one degree a slope.
    """
    slopes = len(design.names) - int(design.intercept)
    if not design.intercept:
        return Inapplicable("breusch_pagan", "needs_constant")
    if slopes == 0:
        return Inapplicable("breusch_pagan", "no_slopes")
    squared = fit.residuals**2 if design.weights is None else fit.residuals**2 * design.weights
    spread = float(((squared - squared.mean()) ** 2).sum())
    if spread == 0.0:
        return Inapplicable("breusch_pagan", "no_residuals")
    rest = lstsq_columns(design.X, squared, check=False).residuals
    share = 1.0 - float(rest @ rest) / spread
    return chi2_test("breusch_pagan", design.nobs * share, float(slopes))


def reset_test(design: Design, fit: Lstsq, vcov: VcovSpec) -> AnyTest:
    """Test the linear form (Ramsey 1969): Wald F of the fitted values squared and cubed."""
    fitted = design.y - fit.residuals
    spread = float(fitted.std())
    if spread <= 1e-12 * max(float(np.abs(fitted).max(initial=0.0)), 1e-300):
        return Inapplicable("reset", "no_slopes")
    z = (fitted - float(fitted.mean())) / spread
    wide: Floats = np.asfortranarray(np.column_stack([design.X, z**2, z**3]))
    again = lstsq_columns(wide, design.y, design.weights)
    added = [int(j) for j in again.kept if j >= design.X.shape[1]]
    if not added or wide.shape[0] <= len(again.kept):
        return Inapplicable("reset", "reset_collinear")
    used = np.asfortranarray(wide[:, again.kept])
    found = linear_covariance(design, used, again.residuals, again.bread, vcov)
    places = [list(again.kept).index(j) for j in added]
    matrix = found.matrix[np.ix_(places, places)]
    statistic = wald(again.coef[added], matrix)
    if statistic is None:
        return Inapplicable("reset", "singular_covariance", {"k": len(added)})
    return f_test("reset", statistic / len(added), float(len(added)), found.df)
