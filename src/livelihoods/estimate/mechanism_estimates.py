"""The estimates of ``lv.mechanisms``, each a tidy frame from the rows of one split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.estimate import coefficients as co
from livelihoods.estimate.test_result import AnyTest, Inapplicable, f_test
from livelihoods.notes import Note, Where
from livelihoods.numerics import gelbach
from livelihoods.numerics.covariance import wald

if TYPE_CHECKING:
    from livelihoods.estimate.mediation import Errors
    from livelihoods.typing import Floats

GROUPED = ("group_mean", "accounting_group")
_COLUMNS = ("part", "term", "group", "mediator", "model", "estimate", "std_error", "statistic",
            "p_value", "conf_low", "conf_high", "share")  # fmt: skip
_TEXTS = ("group", "mediator", "model")


def compared(
    split: gelbach.Gelbach,
    M: Floats,
    k: int,
    groups: Mapping[str, tuple[str, ...]],
    names: tuple[str, ...],
    w: Floats | None,
    errors: Errors,
) -> tuple[pl.DataFrame, AnyTest | None]:
    """Effects in standard deviations, group means, and the test that these are equal."""
    values, rows = gelbach.per_deviation(split.first, split.rows_first, M, w)
    each = errors.named(names, values, rows, k)
    frame = tidy_part("standardised", each)
    if not groups:
        return frame, None
    average = np.array(
        [[(n in members) / len(members) for n in names] for members in groups.values()]
    )
    means = co.Coefficients(
        tuple(groups), average @ values, average @ each.covariance @ average.T, each.df,
        each.conf_level,
    )  # fmt: skip
    frame = pl.concat([frame, tidy_part("group_mean", means)])
    if len(groups) < 2:
        return frame, None
    contrast = np.hstack([np.eye(len(groups) - 1), -np.ones((len(groups) - 1, 1))])
    q = contrast.shape[0]
    statistic = wald(contrast @ means.values, contrast @ means.covariance @ contrast.T)
    named = {"groups": list(groups)}
    if statistic is None:
        return frame, Inapplicable("mechanism_groups", "singular_covariance", {"k": q, **named})
    return frame, f_test("mechanism_groups", statistic / q, q, each.df, **named)


def accounting(
    split: gelbach.Gelbach,
    groups: Mapping[str, tuple[str, ...]],
    names: tuple[str, ...],
    k: int,
    errors: Errors,
) -> pl.DataFrame:
    """Short and long coefficients, and the parts of their difference."""
    values = np.array([split.short, split.long, split.short - split.long])
    rows = np.column_stack([split.rows_short, split.rows_long, split.rows_short - split.rows_long])
    effect = tidy_part("effect", errors.named(("short", "long", "difference"), values, rows, k))
    parts = tidy_part("accounting", errors.named(names, split.parts, split.rows_parts, k))
    frames = [parts]
    if groups:
        member = np.array([[float(n in members) for n in names] for members in groups.values()])
        summed = errors.named(tuple(groups), member @ split.parts, split.rows_parts @ member.T, k)
        frames.append(tidy_part("accounting_group", summed))
    share = pl.col("estimate") / split.short if split.short != 0 else pl.lit(None, pl.Float64)
    counted = [frame.with_columns(share=share) for frame in frames]
    return pl.concat([effect, *counted], how="diagonal")


def tidy_part(part: str, estimates: co.Coefficients, **columns: str) -> pl.DataFrame:
    """Return estimates as rows of one part."""
    added = {name: pl.lit(value) for name, value in columns.items()}
    return estimates.tidy().with_columns(part=pl.lit(part), **added)


def ordered(frame: pl.DataFrame, groups: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """Give every frame the same columns, and every mediator its group."""
    group_of = {name: group for group, members in groups.items() for name in members}
    named = [
        group_of.get(row["mediator"] or row["term"]) if row["part"] not in GROUPED else row["term"]
        for row in frame.iter_rows(named=True)
    ]
    frame = frame.with_columns(group=pl.Series(named, dtype=pl.String))
    return frame.select(_COLUMNS).with_columns(pl.col(_TEXTS).cast(pl.String))


def readings(names: tuple[str, ...], V: Floats, treatment: str) -> tuple[Note, ...]:
    """Say what none of this shows, and how related the mediators are."""
    notes = [
        Note("estimate.mechanisms_accounting", "info", {"treatment": treatment}),
        Note("estimate.mediation_ignorability", "caution", {"treatment": treatment}),
    ]
    if len(names) > 1:
        related = np.corrcoef(V, rowvar=False) - np.eye(len(names))
        i, j = np.unravel_index(int(np.argmax(np.abs(related))), related.shape)
        pair = [names[i], names[j]]
        values = {"names": pair, "r": float(related[i, j])}
        notes.append(Note("estimate.mediators_related", "warning", values, Where(tuple(pair))))
    return tuple(notes)
