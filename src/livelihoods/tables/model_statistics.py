"""The lower part of a regression table: n and fit, each statistic under its full name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from livelihoods.errors import SpecError
from livelihoods.tables.model import (
    BLANK,
    Cell,
    CellKind,
    Row,
    integer,
    number,
    p_value,
    percent,
    text,
)


@dataclass(frozen=True, slots=True)
class Statistic:
    """One line below the coefficients: the names a ``glance()`` may give it, and how it prints."""

    name: str
    keys: tuple[str, ...]
    kind: Literal["integer", "number", "p_value", "percent"]
    default: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that may be asked for or looked up."""
        return (self.name, *self.keys)


STATISTICS: tuple[Statistic, ...] = (
    Statistic("nobs", ("nobs", "n_obs", "n"), "integer"),
    Statistic("dropped", ("n_dropped", "dropped", "rows_dropped"), "integer"),
    Statistic("clusters", ("n_clusters", "clusters", "n_cluster"), "integer"),
    Statistic("r_squared", ("r_squared", "r2", "rsquared"), "number"),
    Statistic(
        "adj_r_squared",
        ("adj_r_squared", "r_squared_adj", "adjusted_r_squared", "r2_adj", "adj_r2"),
        "number",
    ),
    Statistic("pseudo_r_squared", ("pseudo_r_squared", "pseudo_r2", "mcfadden"), "number"),
    Statistic("f", ("f_statistic", "f", "f_stat", "fvalue"), "number"),
    Statistic("f_p", ("f_p_value", "f_pvalue", "p_f"), "p_value"),
    Statistic("wald", ("wald", "wald_chi2", "wald_statistic", "chi2"), "number"),
    Statistic("wald_p", ("wald_p_value", "wald_p", "chi2_p_value"), "p_value"),
    Statistic("kp_rk_lm", ("kp_rk_lm",), "number"),
    Statistic("kp_rk_lm_p", ("kp_rk_lm_p", "kp_rk_lm_p_value"), "p_value"),
    Statistic("kp_rk_wald_f", ("kp_rk_wald_f",), "number"),
    Statistic("effective_f", ("effective_f",), "number"),
    Statistic("overid", ("overid", "hansen_j", "sargan"), "number"),
    Statistic("overid_p", ("overid_p_value",), "p_value"),
    Statistic("endogeneity_p", ("endogeneity_p_value",), "p_value"),
    Statistic("loglik", ("loglik", "log_lik", "llf", "log_likelihood"), "number"),
    Statistic("aic", ("aic",), "number", default=False),
    Statistic("bic", ("bic",), "number", default=False),
    Statistic("rmse", ("rmse", "sigma"), "number", default=False),
    Statistic("control_mean", ("control_mean",), "number", default=False),
)
_BY_NAME = {statistic.name: statistic for statistic in STATISTICS}


def statistic_rows(
    glances: Sequence[Mapping[str, Any] | None],
    chosen: Sequence[str] | None,
    labels: Mapping[str, str],
    language: str,
) -> list[Row]:
    """Return one row a statistic, in the house's order or in that of ``chosen``.

    Parameters
    ----------
    glances
        One ``glance()`` row a column, None where the column is empty.
    chosen
        Names of statistics, or of ``glance`` columns; None takes the usual ones that exist.
    labels
        Wording by statistic or ``glance`` column.
    language
        Language of the wording.

    Raises
    ------
    SpecError
        A chosen statistic that no result has.
    """
    rows: list[Row] = []
    for statistic in _wanted(glances, chosen):
        cells = tuple(_cell(glance, statistic) for glance in glances)
        if any(cell is not BLANK for cell in cells):
            label = _label(statistic, labels, language)
            rows.append(Row((text(label), *cells), "statistic", rule_above=not rows))
    return rows


def _wanted(
    glances: Sequence[Mapping[str, Any] | None], chosen: Sequence[str] | None
) -> list[Statistic]:
    if chosen is None:
        return [statistic for statistic in STATISTICS if statistic.default]
    present = {key: None for glance in glances for key in glance or ()}
    wanted = []
    for name in chosen:
        known = _BY_NAME.get(name) or next((s for s in STATISTICS if name in s.names), None)
        if known is None:
            known = Statistic(name, (), "number")
        if not any(key in present for key in known.names):
            raise SpecError("tables.unknown_statistic", name=name, known=list(present))
        wanted.append(known)
    return wanted


def _cell(glance: Mapping[str, Any] | None, statistic: Statistic) -> Cell:
    for key in statistic.names:
        value = None if glance is None else glance.get(key)
        if value is not None:
            return _shown(value, statistic.kind)
    return BLANK


def _shown(value: Any, kind: CellKind) -> Cell:
    if isinstance(value, bool | str):
        return text(str(value))
    if kind == "integer" or (isinstance(value, int) and kind == "number"):
        return integer(int(value))
    if kind == "p_value":
        return p_value(float(value))
    return percent(float(value)) if kind == "percent" else number(float(value))


def _label(statistic: Statistic, labels: Mapping[str, str], language: str) -> str:
    from livelihoods import words

    for name in statistic.names:
        if name in labels:
            return labels[name]
    key = f"tables.stat_{statistic.name}"
    return words.text(key, language) if words.has(key) else statistic.name
