"""Who was not found again: attrition between waves and whether the lost were different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.linear import lstsq_columns
from livelihoods.numerics.special import f_tail, t_critical, t_two_sided
from livelihoods.survey.door import as_survey
from livelihoods.survey.waves import link_waves
from livelihoods.tables import Column, Row, Table, integer, number, p_value, percent, text
from livelihoods.typing import Bools, Floats

_NOTABLE = 0.1  # share lost from which selection deserves a word
_LEVEL = 0.05
_FEWEST = 3  # people a group needs for a variance worth comparing


@dataclass(frozen=True, slots=True)
class WaveLoss:
    """What happened from one wave to the next: units there, found again, lost, and new."""

    wave: str
    following: str
    there: int
    followed: int
    lost: int
    joined: int


@dataclass(frozen=True, slots=True)
class LossDifference:
    """One variable of the first wave among those found again and those lost.

    ``std_error`` is Welch's; ``normalised`` the difference over √((s₁² + s₀²)/2).
    """

    variable: str
    followed: float
    lost: float
    difference: float
    std_error: float
    p_value: float
    normalised: float
    df: float


@dataclass(frozen=True, slots=True)
class Attrition:
    """Attrition of a panel.

    Attributes
    ----------
    losses
        One entry a pair of neighbouring waves.
    differences
        Variables of the first wave, lost against found in the last wave.
    joint_f, joint_df, joint_p
        F test that all variables together do not tell who was lost (linear probability model).
    notes
        What must be said.
    labels
        Wording of each variable.
    """

    losses: tuple[WaveLoss, ...]
    differences: tuple[LossDifference, ...]
    joint_f: float
    joint_df: tuple[int, int]
    joint_p: float
    notes: tuple[Note, ...]
    labels: dict[str, str]

    def tidy(self, conf_level: float = 0.95) -> pl.DataFrame:
        """One row a variable: lost minus found, with its interval."""
        rows = [
            {
                "term": d.variable,
                "estimate": d.difference,
                "std_error": d.std_error,
                "statistic": d.difference / d.std_error if d.std_error else float("nan"),
                "p_value": d.p_value,
                "conf_low": d.difference - t_critical(conf_level, d.df) * d.std_error,
                "conf_high": d.difference + t_critical(conf_level, d.df) * d.std_error,
                "followed": d.followed,
                "lost": d.lost,
                "normalised": d.normalised,
            }
            for d in self.differences
        ]
        return pl.DataFrame(rows)

    def glance(self) -> pl.DataFrame:
        """One row a pair of waves."""
        return pl.DataFrame(
            [
                {
                    "wave": loss.wave,
                    "following": loss.following,
                    "there": loss.there,
                    "followed": loss.followed,
                    "lost": loss.lost,
                    "rate": loss.lost / loss.there,
                    "joined": loss.joined,
                }
                for loss in self.losses
            ]
        )

    def summary(self) -> Table:
        """Return losses by wave as a table."""
        rows = tuple(
            Row((text(f"{x.wave} → {x.following}"), integer(x.there), integer(x.followed),
                 integer(x.lost), percent(x.lost / x.there), integer(x.joined)))
            for x in self.losses
        )  # fmt: skip
        return _table("attrition", "waves there followed lost rate joined", rows, self.notes)

    def balance(self) -> Table:
        """Return the variables of those lost and found side by side."""
        rows = tuple(
            Row((text(self.labels.get(d.variable, d.variable)), number(d.followed),
                 number(d.lost), number(d.difference), number(d.std_error),
                 p_value(d.p_value), number(d.normalised)))
            for d in self.differences
        )  # fmt: skip
        keys = "variable followed_mean lost_mean difference std_error p_value normalised"
        return _table("attrition-balance", keys, rows, ())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "losses": self.glance().to_dicts(),
            "differences": self.tidy().to_dicts() if self.differences else [],
            "joint": {"f": self.joint_f, "df": list(self.joint_df), "p_value": self.joint_p},
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def _table(id: str, keys: str, rows: tuple[Row, ...], notes: tuple[Note, ...]) -> Table:
    listed = keys.split()
    columns = tuple(
        Column(key, words.text(f"survey.attrition_{key}"), "left" if place == 0 else "decimal")
        for place, key in enumerate(listed)
    )
    title = words.text(f"survey.{id.replace('-', '_')}_title")
    return Table(id, title, columns, rows, notes=notes, language=words.language())


def attrition(
    data: Any, unit: str, wave: str | None = None, variables: Sequence[str] = ()
) -> Attrition:
    """Count who was lost between waves and compare them with those found again.

    Parameters
    ----------
    data
        Appended waves.
    unit
        Column that names the household or farm across waves.
    wave
        Column of the wave; the declared one when not given. Waves are taken in ascending order.
    variables
        Numeric columns of the first wave to compare: those lost before the last wave against
        those found in it.

    Raises
    ------
    DataError
        If a unit stands twice in a wave, or a variable is absent or not numeric.
    SpecError
        If there are fewer than two waves.
    """
    survey = link_waves(as_survey(data), unit, wave)
    period = str(survey.design.wave)
    waves = survey.frame[period].drop_nulls().unique().sort().to_list()
    if len(waves) < 2:
        raise SpecError("survey.one_wave", wave=period)
    members = {w: survey.frame.filter(pl.col(period) == w)[unit].to_list() for w in waves}
    losses = tuple(
        _loss(str(a), str(b), set(members[a]), set(members[b])) for a, b in pairwise(waves)
    )
    first = survey.frame.filter(pl.col(period) == waves[0])
    found = set(members[waves[-1]])
    stayed = np.array([name in found for name in first[unit].to_list()], dtype=np.bool_)
    table = _columns(first, variables)
    differences = tuple(_difference(name, table[name], stayed) for name in variables)
    joint = _joint(table, stayed)
    labels = {name: survey.codebook.label(name) for name in variables}
    notes = _notes(losses, differences, joint)
    return Attrition(losses, differences, joint[0], joint[1], joint[2], notes, labels)


def _loss(wave: str, following: str, before: set[Any], after: set[Any]) -> WaveLoss:
    both = len(before & after)
    return WaveLoss(wave, following, len(before), both, len(before) - both, len(after) - both)


def _columns(first: pl.DataFrame, variables: Sequence[str]) -> dict[str, Floats]:
    table = {}
    for name in variables:
        if name not in first.columns:
            raise DataError("survey.no_key", key=name, columns=first.columns)
        if not first[name].dtype.is_numeric() and first[name].dtype != pl.Boolean:
            raise DataError("survey.not_numeric", variable=name)
        table[name] = first[name].cast(pl.Float64).to_numpy()
    return table


def _difference(name: str, values: Floats, stayed: Bools) -> LossDifference:
    """Welch's comparison of those lost with those found."""
    known = ~np.isnan(values)
    there, gone = values[known & stayed], values[known & ~stayed]
    if min(there.size, gone.size) < _FEWEST:
        nan = float("nan")
        means = [float(part.mean()) if part.size else nan for part in (there, gone)]
        return LossDifference(name, means[0], means[1], means[1] - means[0], nan, nan, nan, nan)
    variances = float(there.var(ddof=1)), float(gone.var(ddof=1))
    parts = variances[0] / there.size, variances[1] / gone.size
    error = float(np.sqrt(sum(parts)))
    difference = float(gone.mean() - there.mean())
    if error == 0:
        nan = float("nan")
        return LossDifference(
            name, float(there.mean()), float(gone.mean()), difference, 0.0, nan, nan, nan
        )
    df = sum(parts) ** 2 / (parts[0] ** 2 / (there.size - 1) + parts[1] ** 2 / (gone.size - 1))
    return LossDifference(
        variable=name,
        followed=float(there.mean()),
        lost=float(gone.mean()),
        difference=difference,
        std_error=error,
        p_value=float(t_two_sided(difference / error, df)),
        normalised=difference / float(np.sqrt(sum(variances) / 2)),
        df=df,
    )


def _joint(table: dict[str, Floats], stayed: Bools) -> tuple[float, tuple[int, int], float]:
    """Return F, its degrees of freedom and p of the variables in a regression of being found."""
    nothing = float("nan"), (0, 0), float("nan")
    if not table:
        return nothing
    columns = np.column_stack(list(table.values()))
    known = ~np.isnan(columns).any(axis=1)
    y = stayed[known].astype(np.float64)
    if known.sum() <= columns.shape[1] + 1 or y.min() == y.max():
        return nothing
    X = np.asfortranarray(np.column_stack([np.ones(y.size), columns[known]]))
    fit = lstsq_columns(X, y)
    q = fit.kept.size - 1
    df = y.size - fit.kept.size
    unexplained = float(fit.residuals @ fit.residuals)
    total = float(((y - y.mean()) ** 2).sum())
    if q == 0 or unexplained <= 0:
        return nothing
    f = (total - unexplained) / q / (unexplained / df)
    return f, (q, df), f_tail(f, q, df)


def _notes(
    losses: Sequence[WaveLoss],
    differences: Sequence[LossDifference],
    joint: tuple[float, tuple[int, int], float],
) -> tuple[Note, ...]:
    notes = []
    for loss in losses:
        if loss.followed == 0:
            values: dict[str, Any] = {"wave": loss.wave, "following": loss.following}
            notes.append(Note("survey.no_panel", "serious", values))
        elif loss.lost / loss.there >= _NOTABLE:
            rate = loss.lost / loss.there
            values = {"wave": loss.wave, "following": loss.following, "rate": rate}
            notes.append(Note("survey.attrition_high", "caution", values))
    apart = [d.variable for d in differences if d.p_value < _LEVEL]
    if apart:
        values = {"variables": apart, "n": len(apart), "k": len(differences)}
        notes.append(Note("survey.lost_differ", "warning", values, Where(tuple(apart))))
    if joint[2] < _LEVEL:
        values = {"f": joint[0], "df1": joint[1][0], "df2": joint[1][1], "p": joint[2]}
        notes.append(Note("survey.lost_joint", "warning", values))
    return tuple(notes)
