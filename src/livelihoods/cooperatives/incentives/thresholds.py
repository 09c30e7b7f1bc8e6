"""Whom a membership threshold shuts out, and what they lose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.typing import Bools, Floats

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class ShutOut:
    """Who falls below one threshold.

    Attributes
    ----------
    threshold
        Least amount asked.
    out, share
        Farmers below it, and their part of all.
    means
        Name -> mean among those out and among those in; NaN where nobody is.
    poorest
        Part of the poorest quarter (by income) that is out; NaN without incomes.
    lost, lost_each
        What those out lose a year, all together and each; NaN without benefits.
    volume_lost
        Part of all deliveries that goes with them; NaN without volumes.
    """

    threshold: float
    out: int
    share: float
    means: Mapping[str, tuple[float, float]]
    poorest: float
    lost: float
    lost_each: float
    volume_lost: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds on one measure, tried on a cooperative's own farmers.

    Attributes
    ----------
    measure
        What is asked for: wording of the column.
    farmers
        How many were looked at.
    levels
        One a threshold, ascending.
    today
        The threshold in force, or None.
    notes
        What must be said.
    """

    measure: str
    farmers: int
    levels: tuple[ShutOut, ...]
    today: float | None
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a threshold."""
        rows = []
        for one in self.levels:
            row: dict[str, Any] = {
                "threshold": one.threshold,
                "out": one.out,
                "share": one.share,
                "poorest_quarter": one.poorest,
                "lost": one.lost,
                "lost_each": one.lost_each,
                "volume_lost": one.volume_lost,
            }
            for name, (out, inside) in one.means.items():
                row[f"{name}_out"], row[f"{name}_in"] = out, inside
            rows.append(row)
        floats = [name for name, value in rows[0].items() if isinstance(value, float)]
        return pl.DataFrame(rows).with_columns(pl.col(floats).fill_nan(None))

    def summary(self) -> Table:
        """Who is out, their means against those in, what they lose."""
        from livelihoods.cooperatives.incentives.tables import threshold_table

        return threshold_table(self)

    def plot(self) -> Figure:
        """Part shut out over the threshold: of all, of the poorest quarter, of deliveries."""
        from livelihoods.cooperatives.incentives.tables import threshold_figure

        return threshold_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {
            "measure": self.measure,
            "levels": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def membership_thresholds(
    amounts: Floats,
    levels: Sequence[float] | None = None,
    *,
    measure: str = "",
    attributes: Mapping[str, Floats] | None = None,
    income: Floats | None = None,
    benefit: Floats | None = None,
    volume: Floats | None = None,
    today: float | None = None,
) -> Thresholds:
    """Try thresholds on farmers: whom would "at least so much" shut out?

    Parameters
    ----------
    amounts
        What the threshold asks for (capital, volume), of each farmer, shape ``(n,)``; NaN is left
        out.
    levels
        Thresholds; None takes the nine deciles of ``amounts`` and ``today``.
    measure
        Wording.
    attributes
        Name -> values whose means are compared (land, persons), shape ``(n,)``; NaN left out.
    income
        Income by which the poorest quarter is found; its means are compared too.
    benefit
        What membership is worth a year to each, yuan.
    volume
        Deliveries of each.
    today
        Threshold in force.

    Raises
    ------
    DataError
        No amounts, a negative one, columns of different length.
    """
    x = np.asarray(amounts, dtype=np.float64)
    columns = {name: np.asarray(v, dtype=np.float64) for name, v in (attributes or {}).items()}
    others = [v for v in (income, benefit, volume) if v is not None]
    known = np.isfinite(x)
    same = all(np.shape(v) == x.shape for v in (*columns.values(), *others))
    if not known.any() or not same or bool(np.any(x[known] < 0)):
        raise DataError("incentives.bad_amounts", n=int(known.sum()), measure=measure)
    if income is not None:
        columns = {"income": np.asarray(income, dtype=np.float64), **columns}
    cuts = _cuts(x[known], levels, today)
    columns = {name: v[known] for name, v in columns.items()}
    parts = [None if v is None else np.asarray(v, np.float64)[known] for v in (benefit, volume)]
    poor = _poorest(columns.get("income"))
    found = tuple(_shut_out(cut, x[known], columns, poor, parts[0], parts[1]) for cut in cuts)
    notes = [Note("incentives.own_farmers", "info", {"n": int(known.sum())})]
    if not known.all():
        notes.append(Note("incentives.no_amount", "info", {"n": int((~known).sum())}))
    return Thresholds(measure, int(known.sum()), found, today, tuple(notes))


def _cuts(x: Floats, levels: Sequence[float] | None, today: float | None) -> list[float]:
    if levels is not None:
        chosen = {float(level) for level in levels}
    else:
        chosen = {float(q) for q in np.quantile(x, np.arange(1, 10) / 10)}
    if today is not None:
        chosen.add(float(today))
    return sorted(chosen)


def _poorest(income: Floats | None) -> Bools | None:
    """Return the quarter with the lowest known incomes; ties at the edge all count."""
    if income is None or not np.isfinite(income).any():
        return None
    edge = np.nanquantile(income, 0.25)
    return np.asarray(income <= edge)


def _shut_out(
    cut: float,
    x: Floats,
    columns: Mapping[str, Floats],
    poor: Bools | None,
    benefit: Floats | None,
    volume: Floats | None,
) -> ShutOut:
    out = x < cut
    nan = float("nan")
    means = {name: (_mean(v[out]), _mean(v[~out])) for name, v in columns.items()}
    lost = nan if benefit is None else float(np.nansum(benefit[out]))
    count = int(out.sum())
    gone = nan
    if volume is not None and float(np.nansum(volume)) > 0:
        gone = float(np.nansum(volume[out]) / np.nansum(volume))
    return ShutOut(
        cut,
        count,
        count / x.size,
        means,
        nan if poor is None else float(out[poor].mean()),
        lost,
        lost / count if count and benefit is not None else nan,
        gone,
    )


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
