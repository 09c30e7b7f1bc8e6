"""Placebo outcomes: what the treatment cannot have changed should not move with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import SpecError
from livelihoods.estimate.coefficients import shown
from livelihoods.estimate.ols import ols
from livelihoods.estimate.sensitivity_result import SensitivityResult, say
from livelihoods.estimate.vcov import Vcov
from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics.multiplicity import holm
from livelihoods.tables import Column, Row, Table, number, p_value, text


def placebo_outcomes(
    formula: str,
    data: Any,
    treatment: str,
    outcomes: Sequence[str],
    *,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> SensitivityResult:
    """Run one regression on outcomes that the treatment cannot have changed.

    Parameters
    ----------
    formula
        Right-hand side: ``"treatment + controls"`` (or a whole formula, whose outcome is then
        replaced).
    treatment
        Term whose coefficients should be zero.
    outcomes
        Columns fixed before the treatment: age at marriage, rainfall, last decade's land.

    Returns
    -------
    SensitivityResult
        One row an outcome with Holm's (1979) adjusted p-values in ``p_holm``; ``values`` has the
        number of outcomes and of rejections after adjustment.

    Raises
    ------
    SpecError
        If no outcome is given or the treatment is not in the formula.
    """
    if not outcomes:
        raise SpecError("estimate.placebo_outcomes")
    right = formula.split("~", 1)[-1].strip()
    results = {name: ols(f"{name} ~ {right}", data, vcov, weights, conf_level) for name in outcomes}
    parts = []
    for name, result in results.items():
        row = result.tidy().filter(pl.col("term") == treatment)
        if row.height != 1:
            known = list(result.design.names)
            raise SpecError("estimate.no_such_term", term=treatment, known=known)
        spread = float(np.std(result.design.y, ddof=1))
        size = pl.col("estimate") / spread if spread > 0 else pl.lit(None, pl.Float64)
        parts.append(row.select(pl.lit(name).alias("outcome"), pl.all(), size.alias("in_sd")))
    frame = pl.concat(parts)
    frame = frame.with_columns(p_holm=pl.Series(holm(frame["p_value"].to_numpy())))
    moved = frame.filter(pl.col("p_holm") < 1 - conf_level)["outcome"].to_list()
    notes: list[Note] = [Note("estimate.placebo_reading", "info", {"n": len(results)})]
    if moved:
        found = {"outcomes": moved, "treatment": treatment}
        notes.append(Note("estimate.placebo_moved", "warning", found, Where(tuple(moved))))
    kept = gather(*(result.notes for result in results.values()), notes)
    title = say("placebo_title", treatment=shown(treatment))
    table = _table(title, frame, kept)
    figure = coefficient_plot(
        {shown(name): result for name, result in results.items()},
        id="placebo",
        title=title,
        keep=(treatment,),
    )
    values = {"treatment": treatment, "outcomes": len(results), "moved": len(moved)}
    return SensitivityResult("placebo", "", values, frame, table, figure, kept)


def _table(title: str, frame: pl.DataFrame, notes: tuple[Note, ...]) -> Table:
    rows = tuple(
        Row(
            (
                text(shown(row["outcome"])),
                number(row["estimate"]),
                number(row["std_error"], wrap="parentheses"),
                number(row["in_sd"]),
                p_value(row["p_value"]),
                p_value(row["p_holm"]),
            )
        )
        for row in frame.iter_rows(named=True)
    )
    columns = (
        Column("outcome", say("placebo"), "left"),
        Column("estimate", say("effect")),
        Column("std_error", say("std_error")),
        Column("in_sd", say("in_sd")),
        Column("p_value", "p"),
        Column("p_holm", say("p_holm")),
    )
    return Table("placebo", title, columns, rows, notes=notes, language=words.language())
