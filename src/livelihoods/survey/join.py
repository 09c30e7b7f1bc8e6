"""Join household, village and member files by declared keys; nothing is multiplied silently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from livelihoods import words
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey
from livelihoods.survey.finish import design_from_roles
from livelihoods.survey.model import Codebook, SampleDesign, Survey
from livelihoods.tables import Column, Row, Table, integer, text

Kind = Literal["m:1", "1:1", "1:m"]
How = Literal["left", "inner"]
Keys = str | Sequence[str] | Mapping[str, str]
_EXAMPLES = 3
_PLACE = "__place__"


@dataclass(frozen=True, slots=True)
class Joined:
    """Two files as one, and how they met.

    Attributes
    ----------
    survey
        The joined data; rows and their numbers are those of the left file.
    keys
        Key columns of the left file.
    matched, left_only, right_only
        Left rows with a partner, left rows without one, right rows nobody asked for.
    right_rows
        Rows of the right file that were used.
    notes
        What must be said about the join.
    """

    survey: Survey
    keys: tuple[str, ...]
    matched: int
    left_only: int
    right_only: int
    right_rows: int
    notes: tuple[Note, ...]

    def summary(self) -> Table:
        """Return the merge report as a table."""
        counts = (
            ("matched", self.matched),
            ("left_only", self.left_only),
            ("right_only", self.right_only),
        )
        rows = [Row((text(words.text(f"survey.join_{key}")), integer(n))) for key, n in counts]
        columns = (
            Column("status", words.text("survey.join_status"), "left"),
            Column("rows", words.text("survey.check_rows")),
        )
        title = words.text("survey.join_title", keys=list(self.keys))
        table = Table("merge-report", title, columns, tuple(rows), language=words.language())
        return replace(table, notes=self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "keys": list(self.keys),
            "matched": self.matched,
            "left_only": self.left_only,
            "right_only": self.right_only,
            "notes": [note.to_dict() for note in self.notes],
        }


def join(
    left: Any,
    right: Any,
    on: Keys,
    *,
    kind: Kind = "m:1",
    how: How = "left",
    take: Sequence[str] | None = None,
) -> Joined:
    """Join two files by key.

    Parameters
    ----------
    left, right
        Surveys or frames, such as households and their villages.
    on
        Key columns of one name, or ``{left name: right name}``.
    kind
        ``"m:1"`` many left rows to one right row (households to a village), ``"1:1"``, or
        ``"1:m"``, which is ``"m:1"`` with the files changed about. Many to many is refused.
    how
        ``"left"`` keeps left rows without a partner, ``"inner"`` drops them and says so in the
        sample flow.
    take
        Columns wanted from the right file; all when not given.

    Returns
    -------
    Joined
        With labels, missing codes and lineage of both files.

    Raises
    ------
    DataError
        If a key is absent, of different types, repeated where it must be unique, or nothing
        matches; if a column stands in both files with different answers.
    """
    if kind == "1:m":
        turned = {b: a for a, b in _pairs(on).items()}
        return join(right, left, turned, kind="m:1", how=how, take=take)
    if kind not in ("m:1", "1:1"):
        raise SpecError("survey.join_kind", kind=kind)
    one, other = as_survey(left), as_survey(right)
    pairs = _pairs(on)
    lefts, rights = _keys(one, other, pairs)
    _refuse_repeats(lefts, rights, kind)
    place = lefts.join(
        rights.with_row_index(_PLACE), on=list(pairs), how="left", maintain_order="left"
    )[_PLACE]
    hit = place.is_not_null()
    if not hit.any():
        shown = {f"{side}_values": _shown(frame) for side, frame in
                 (("left", lefts), ("right", rights))}  # fmt: skip
        raise DataError("survey.join_no_match", keys=list(pairs), **shown)
    names, notes = _wanted(one, other, pairs, take, place)
    survey = _attached(one, other, names, place)
    notes += _unmatched(one, lefts, hit)
    used = place.drop_nulls().n_unique()
    if how == "inner" and not hit.all():
        reason = words.text("survey.join_reason")
        survey = survey.keep(hit, words.text("survey.join_step"), reason)
    survey = replace(survey, notes=(*survey.notes, *notes))
    matched = int(hit.sum())
    alone = other.frame.height - used
    return Joined(
        survey, tuple(pairs), matched, one.frame.height - matched, alone, used, tuple(notes)
    )


def _pairs(on: Keys) -> dict[str, str]:
    if isinstance(on, str):
        return {on: on}
    return dict(on) if isinstance(on, Mapping) else {name: name for name in on}


def _keys(
    one: Survey, other: Survey, pairs: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the key columns of both files under the left names and of the same type."""
    lefts, rights = [], []
    for left, right in pairs.items():
        for survey, name in ((one, left), (other, right)):
            if name not in survey.frame.columns:
                raise DataError("survey.no_key", key=name, columns=survey.frame.columns)
        a, b = one.frame[left], other.frame[right]
        if a.dtype.is_numeric() and b.dtype.is_numeric():
            a, b = a.cast(pl.Float64), b.cast(pl.Float64)
        elif a.dtype != b.dtype:
            raise DataError(
                "survey.join_key_types",
                left=left,
                right=right,
                left_type=_type_word(a),
                right_type=_type_word(b),
                left_values=_shown(a.to_frame()),
                right_values=_shown(b.to_frame()),
            )
        lefts.append(a)
        rights.append(b.alias(left))
    return pl.DataFrame(lefts), pl.DataFrame(rights)


def _type_word(series: pl.Series) -> str:
    kind = series.dtype
    key = "number" if kind.is_numeric() else "text" if kind == pl.String else "other"
    return words.text(f"survey.type_{key}")


def _shown(frame: pl.DataFrame) -> list[str]:
    rows = frame.drop_nulls().unique(maintain_order=True).head(_EXAMPLES).rows()
    return [" / ".join(repr(value) for value in row) for row in rows]


def _refuse_repeats(lefts: pl.DataFrame, rights: pl.DataFrame, kind: Kind) -> None:
    repeated = {side: _repeated(frame) for side, frame in (("left", lefts), ("right", rights))}
    if not repeated["right"].any() and (kind == "m:1" or not repeated["left"].any()):
        return
    if repeated["left"].any() and repeated["right"].any():
        raise DataError(
            "survey.join_many_to_many",
            keys=lefts.columns,
            left_values=_shown(lefts.filter(repeated["left"])),
            right_values=_shown(rights.filter(repeated["right"])),
        )
    side, frame = ("right", rights) if repeated["right"].any() else ("left", lefts)
    raise DataError(
        "survey.join_duplicates",
        side=words.text(f"survey.join_{side}"),
        keys=lefts.columns,
        values=_shown(frame.filter(repeated[side])),
        rows=repeated[side].arg_true().to_list(),
        n=int(repeated[side].sum()),
    )


def _repeated(frame: pl.DataFrame) -> pl.Series:
    """Rows whose key stands elsewhere too; rows without a key do not count."""
    known = frame.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
    return frame.is_duplicated() & known


def _wanted(
    one: Survey,
    other: Survey,
    pairs: Mapping[str, str],
    take: Sequence[str] | None,
    place: pl.Series,
) -> tuple[list[str], list[Note]]:
    """Return the right columns to attach; a column of both files must say the same in both."""
    keys = list(pairs.values())
    names = [name for name in other.frame.columns if name not in keys] if take is None else [*take]
    absent = [name for name in names if name not in other.frame.columns]
    if absent:
        raise DataError("survey.no_key", key=absent[0], columns=other.frame.columns)
    both = [name for name in names if name in one.frame.columns]
    different = [
        name
        for name in both
        if not _says_same(one.frame[name], other.frame[name].gather(place), place)
    ]
    if different:
        raise DataError("survey.join_overlap", columns=different)
    notes = (
        [Note("survey.join_same", "info", {"columns": both}, Where(tuple(both)))] if both else []
    )
    return [name for name in names if name not in both], notes


def _says_same(mine: pl.Series, theirs: pl.Series, place: pl.Series) -> bool:
    if mine.dtype != theirs.dtype:
        return False
    return bool(mine.eq_missing(theirs).filter(place.is_not_null()).all())


def _attached(one: Survey, other: Survey, names: Sequence[str], place: pl.Series) -> Survey:
    """Return the left survey with the right columns, their labels, missing codes and lineage."""
    columns = [other.frame[name].gather(place) for name in names]
    entries = {name: entry for name, entry in other.codebook.variables.items() if name in names}
    lineage = {name: other.lineage[name] for name in names if name in other.lineage}
    place_of = pl.DataFrame({"right": pl.Series(other.rows), "place": pl.int_range(
        other.frame.height, eager=True)})  # fmt: skip
    left_of = pl.DataFrame({"place": place.cast(pl.Int64), "left": pl.Series(one.rows)})
    moved = (
        other.missing.filter(pl.col("variable").is_in(list(names)))
        .join(place_of, left_on="row", right_on="right")
        .join(left_of, on="place", maintain_order="left_right")
        .select(pl.col("left").alias("row"), "variable", "code", "label")
    )
    notes = tuple(
        Note(note.code, note.severity, note.values, Where(note.where.variables))
        for note in other.notes
    )
    variables = {**one.codebook.variables, **entries}
    return replace(
        one,
        frame=one.frame.with_columns(columns),
        codebook=Codebook(variables),
        missing=pl.concat([one.missing, moved]),
        design=one.design if one.design != SampleDesign() else design_from_roles(variables),
        notes=(*one.notes, *notes),
        lineage={**one.lineage, **lineage},
    )


def _unmatched(one: Survey, lefts: pl.DataFrame, hit: pl.Series) -> list[Note]:
    no_key = lefts.select(pl.any_horizontal(pl.all().is_null())).to_series()
    notes = []
    if no_key.any():
        where, values = _place(one, lefts, no_key)
        notes.append(Note("survey.join_no_key", "caution", values, where))
    if (~hit & ~no_key).any():
        where, values = _place(one, lefts, ~hit & ~no_key)
        notes.append(Note("survey.join_alone", "caution", values, where))
    return notes


def _place(one: Survey, lefts: pl.DataFrame, mask: pl.Series) -> tuple[Where, dict[str, Any]]:
    rows = tuple(one.rows[mask.to_numpy()].tolist())
    return Where((), rows), {"n": len(rows), "keys": lefts.columns, "rows": list(rows)}
