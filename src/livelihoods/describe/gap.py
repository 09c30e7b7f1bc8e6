"""Say and do: households that are willing to take part and rarely do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.describe.contrasts import Cells, share_interval
from livelihoods.describe.differences import GroupDifferences, compare
from livelihoods.describe.layout import word
from livelihoods.describe.setting import Grouping, Setting, setting, silent_rows
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.homogeneity import Homogeneity, marginal_homogeneity

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table
    from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class PairGap:
    """One pair of items.

    Attributes
    ----------
    name
        Name of the pair.
    willingness, behaviour
        The two columns.
    nobs
        Rows with both answers.
    willing, in_gap
        Rows willing, and rows willing that rarely take part.
    share_willing
        Of all rows (weighted when weights are declared).
    gap, conf_low, conf_high
        Share of the willing that rarely take part, with its interval: Wilson's, or by t with
        clustered or weighted errors.
    gap_of_all
        Share of all rows in the gap.
    means
        Mean codes of willingness and behaviour.
    codes
        Answers of both items, ascending.
    cross
        Counts, willingness in rows, behaviour in columns, shape ``(k, k)``; never weighted.
    homogeneity
        Stuart and Maxwell's and Bhapkar's tests; None if everybody answers both alike.
    member
        1 in the gap, 0 willing and taking part, −1 otherwise, by row of the data.
    """

    name: str
    willingness: str
    behaviour: str
    nobs: int
    willing: int
    in_gap: int
    share_willing: float
    gap: float
    conf_low: float
    conf_high: float
    gap_of_all: float
    means: tuple[float, float]
    codes: tuple[float, ...]
    cross: Ints
    homogeneity: Homogeneity | None
    member: Ints


@dataclass(frozen=True, slots=True)
class ItemGap:
    """The gap between willingness and behaviour.

    Attributes
    ----------
    pairs
        One a pair, as declared.
    willing_from, rarely_to
        Codes from which somebody is willing, and up to which somebody rarely takes part.
    who
        Pair -> comparison of those in the gap with the willing who take part; empty unless asked.
    conf_level
        Of the intervals.
    weight, cluster
        Columns, or "".
    notes
        What must be said.
    """

    pairs: tuple[PairGap, ...]
    willing_from: float
    rarely_to: float
    who: Mapping[str, GroupDifferences]
    conf_level: float
    weight: str
    cluster: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a pair: shares, interval, both tests."""
        return pl.DataFrame([_tidy_row(pair) for pair in self.pairs])

    def cross_table(self, name: str) -> pl.DataFrame:
        """One row a pair of answers: willingness, behaviour, count."""
        pair = next(pair for pair in self.pairs if pair.name == name)
        return pl.DataFrame(
            [
                {"willingness": a, "behaviour": b, "count": int(pair.cross[i, j])}
                for i, a in enumerate(pair.codes)
                for j, b in enumerate(pair.codes)
            ]
        )

    def glance(self) -> pl.DataFrame:
        """One row: pairs, cuts, weights."""
        row = {"pairs": len(self.pairs), "willing": self.willing_from, "rarely": self.rarely_to}
        return pl.DataFrame([{**row, "weight": self.weight, "cluster": self.cluster}])

    def summary(self) -> Table:
        """One line a pair."""
        from livelihoods.describe.gap_tables import gap_table

        return gap_table(self)

    def plot(self) -> Figure:
        """Stacked bars: not willing, willing and taking part, in the gap."""
        from livelihoods.describe.figures import gap_figure

        return gap_figure(self)

    def tables(self) -> tuple[Table, ...]:
        """The summary, a cross-table for each pair, and who is in the gap where asked."""
        from livelihoods.describe.gap_tables import cross_tables, who_tables

        return (self.summary(), *cross_tables(self), *who_tables(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "pairs": self.tidy().to_dicts(),
            "cross": {pair.name: pair.cross.tolist() for pair in self.pairs},
            "who": {name: found.to_dict() for name, found in self.who.items()},
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def item_gap(
    data: Any,
    pairs: Mapping[str, tuple[str, str]],
    *,
    willing: float = 4,
    rarely: float = 2,
    who: Sequence[str] = (),
    weights: str | bool | None = None,
    cluster: str | bool | None = None,
    conf_level: float = 0.95,
) -> ItemGap:
    """Measure the gap between what people say they would do and what they do.

    Parameters
    ----------
    data
        A survey or frame.
    pairs
        Name -> (willingness item, behaviour item), both in rising numeric codes.
    willing
        Codes from this one on count as willing.
    rarely
        Codes up to this one count as rarely taking part.
    who
        Variables compared, among the willing, between those in the gap and those who take part.
    weights, cluster
        Column, None for what the survey declares, False for none.
    conf_level
        Of the intervals.

    Returns
    -------
    ItemGap

    Raises
    ------
    SpecError
        If no pair is named, a column does not exist, or the cuts leave nobody either way.
    DataError
        If an item is not numeric, or nobody answered both.
    """
    if not pairs:
        raise SpecError("describe.no_items")
    needed = [name for pair in pairs.values() for name in pair]
    where = setting(data, [*needed, *who], weights, cluster)
    notes = [Note("describe.gap_scales", "caution"), *silent_rows(where)]
    found = []
    for name, (left, right) in pairs.items():
        found.append(_pair(where, name, left, right, willing, rarely, conf_level, notes))
    if where.weight or where.cluster:
        notes.append(Note("describe.gap_tests_plain", "info"))
    people = {} if not who else _who(where, found, list(who), conf_level, notes)
    weight, group = where.weight or "", where.cluster or ""
    return ItemGap(tuple(found), willing, rarely, people, conf_level, weight, group, tuple(notes))


def _pair(
    where: Setting,
    name: str,
    left: str,
    right: str,
    willing: float,
    rarely: float,
    conf_level: float,
    notes: list[Note],
) -> PairGap:
    a, b = where.numbers(left), where.numbers(right)
    w, clusters = where.weights(), where.clusters()
    known = ~np.isnan(a) & ~np.isnan(b)
    if w is not None:
        known &= w > 0
    if clusters is not None:
        known &= clusters >= 0
    if not known.any():
        raise DataError("describe.no_pairs", first=left, second=right)
    codes, cross = _cross(a[known], b[known])
    mass = np.ones(known.sum()) if w is None else w[known]
    is_willing = a >= willing
    in_gap = is_willing & (b <= rarely)
    said = known & is_willing
    total = float(mass.sum())
    wanted = float(np.sum(mass[is_willing[known]]))
    lost = float(np.sum(mass[in_gap[known]]))
    low = high = float("nan")
    if said.any():
        groups = None if clusters is None else clusters[said]
        part = Cells(
            in_gap[said].astype(np.float64),
            np.zeros(int(said.sum()), dtype=np.int64),
            1,
            None if w is None else w[said],
            groups,
        )
        low, high = share_interval(part, conf_level)
    else:
        values = {"variable": left, "cut": willing}
        notes.append(Note("describe.nobody_willing", "caution", values, Where((left,))))
    return PairGap(
        name,
        left,
        right,
        int(known.sum()),
        int(said.sum()),
        int((known & in_gap).sum()),
        wanted / total,
        lost / wanted if wanted > 0 else float("nan"),
        low,
        high,
        lost / total,
        (float(mass @ a[known] / total), float(mass @ b[known] / total)),
        codes,
        cross,
        marginal_homogeneity(cross.astype(np.float64)),
        np.where(said, in_gap.astype(np.int64), -1),
    )


def _cross(a: Floats, b: Floats) -> tuple[tuple[float, ...], Ints]:
    """Return the answers of both items and the counts of their pairs."""
    codes = np.unique(np.concatenate([a, b]))
    i, j = np.searchsorted(codes, a), np.searchsorted(codes, b)
    counts = np.bincount(i * codes.size + j, minlength=codes.size**2)
    return tuple(codes.tolist()), counts.reshape(codes.size, codes.size).astype(np.int64)


def _who(
    where: Setting, pairs: list[PairGap], names: list[str], conf_level: float, notes: list[Note]
) -> dict[str, GroupDifferences]:
    found = {}
    labels = (word("gap_takes_part"), word("gap_in_gap"))
    for pair in pairs:
        if min(pair.in_gap, pair.willing - pair.in_gap) < 2:
            notes.append(Note("describe.gap_too_few", "caution", {"pair": pair.name}))
            continue
        groups = Grouping(pair.name, pair.member, (0, 1), labels)
        differences = compare(where, names, groups)
        found[pair.name] = GroupDifferences(
            pair.name,
            pair.name,
            labels,
            differences,
            conf_level,
            where.weight or "",
            where.cluster or "",
            (),
        )
    return found


def _tidy_row(pair: PairGap) -> dict[str, Any]:
    test = pair.homogeneity
    return {
        "pair": pair.name,
        "willingness": pair.willingness,
        "behaviour": pair.behaviour,
        "nobs": pair.nobs,
        "willing": pair.willing,
        "in_gap": pair.in_gap,
        "share_willing": pair.share_willing,
        "gap": pair.gap,
        "conf_low": pair.conf_low,
        "conf_high": pair.conf_high,
        "gap_of_all": pair.gap_of_all,
        "mean_willingness": pair.means[0],
        "mean_behaviour": pair.means[1],
        "stuart_maxwell": None if test is None else test.stuart_maxwell,
        "bhapkar": None if test is None else test.bhapkar,
        "df": None if test is None else test.df,
        "p_stuart_maxwell": None if test is None else test.p_stuart_maxwell,
        "p_bhapkar": None if test is None else test.p_bhapkar,
    }
