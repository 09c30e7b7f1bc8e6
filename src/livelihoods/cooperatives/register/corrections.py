"""Corrections: an entry is withdrawn and, unless it only goes, entered anew, in one batch.

Nothing is ever changed in place. A file of corrections has the columns that name a row, those that
are to change, and the reason; what it does not give is carried over from the old entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register.imported import Import, TableImport
from livelihoods.cooperatives.register.imports import (
    Checked,
    Withheld,
    append,
    check,
    existing,
    outcome,
    read_rows,
    without,
)
from livelihoods.cooperatives.register.mapping import read_mapping
from livelihoods.cooperatives.register.posting import Posting
from livelihoods.cooperatives.register.reasons import Reasons
from livelihoods.cooperatives.register.recognise import fold
from livelihoods.cooperatives.register.register_checks import STAGED, holding, staged
from livelihoods.cooperatives.register.rejects import write_rejects
from livelihoods.cooperatives.register.schema import TableShape, shapes
from livelihoods.cooperatives.register.source import Part, digest_of, read_parts
from livelihoods.cooperatives.register.store import Register
from livelihoods.errors import DataError
from livelihoods.notes import Note


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A table's corrections: which entries go, and why.

    Attributes
    ----------
    part
        The table as it stands in the file.
    rows
        Values, with what the file does not give taken from the old entries.
    entries
        ``line, entry, why, only``: what is withdrawn, and whether nothing takes its place.
    known
        Lines that change nothing.
    reasons
        What speaks against a row so far.
    """

    part: Part
    rows: pl.DataFrame
    entries: pl.DataFrame
    known: pl.Series
    reasons: Reasons


def correct_file(
    register: Register,
    path: str | Path,
    table: str | None = None,
    mapping: str | Path | None = None,
    rejects: str | Path | None = None,
    author: str = "",
) -> Import:
    """Correct entries from a file, all or none.

    Parameters
    ----------
    register
        The open register.
    path
        A csv file or workbook: the columns that name a row, those to change, and ``Reason for the
        correction`` (``更正原因``). ``Correction`` (``更正方式``) says ``replace`` (by itself) or
        ``withdraw``.
    table, mapping, rejects, author
        As for ``import_file``.

    Returns
    -------
    Import
        ``posted`` counts corrected entries, ``known`` rows that change nothing.

    Raises
    ------
    DataError, SpecError, OutputError
        As for ``import_file``; and if the file gives no reasons.
    """
    if register.read_only:
        raise DataError("cooperatives.read_only", file=str(register.path))
    file = existing(path)
    maps = read_mapping(mapping) if mapping is not None else ()
    digest = digest_of(file, maps, table)
    parts, notes = read_parts(file, maps, table, correcting=True)
    notes += [note for part in parts for note in part.notes]
    for part in parts:
        if "correction_reason" not in part.columns.values():
            title = words.text("cooperatives.correct_reason_heading")
            raise DataError("cooperatives.correct_lacks", file=file.name, heading=title)
    place = None if rejects is None else Path(rejects)
    return _post(register, file, digest, author, parts, place, notes)


def _post(
    register: Register,
    file: Path,
    digest: str,
    author: str,
    parts: Sequence[Part],
    rejects: Path | None,
    notes: list[Note],
) -> Import:
    tables: list[TableImport] = []
    written: tuple[str, ...] = ()
    batch: int | None = None
    try:
        with register.post("correct", source=file.name, digest=digest, author=author) as posting:
            resolved = [_resolve(register, part) for part in parts]
            # Members go after their deliveries, and come back before them.
            for one in reversed(resolved):
                _withdraw(posting, one)
            done = [_entered(register, posting, one) for one in resolved]
            tables = [outcome(checked, posted, file.name) for checked, posted in done]
            if rejects is not None:
                written = write_rejects(rejects, [(one.part, one.reasons) for one, _ in done])
            rejected = sum(one.rejected for one in tables)
            if rejected or not any(one.posted for one in tables):
                raise Withheld
            batch = posting.batch
    except Withheld:
        good = sum(one.posted for one in tables)
        if good:
            values = {"n": good, "rejected": sum(one.rejected for one in tables)}
            notes.append(Note("cooperatives.import_refused", "serious", values))
        tables = [replace(one, posted=0) for one in tables]
    return Import(batch, tuple(tables), written, tuple(notes))


def _resolve(register: Register, part: Part) -> _Resolved:
    """Find the entries that hold under the rows' keys, and fill in what the file leaves open."""
    wanted, reasons = part.shape, Reasons(part.how.table)
    only = _only_withdrawn(part, reasons)
    why = part.text("correction_reason").str.strip_chars().replace("", None)
    reasons.add("no_reason", "", part.lines.filter(why.is_null()))
    given = [name for name in part.given if name in wanted.key]
    keys = read_rows(part, given, reasons)
    with staged(register, keys):
        found = holding(register, wanted, given)
        old = register.frame(
            f"SELECT s.line AS line, h.* EXCLUDE (entry, batch, line) FROM {STAGED} AS s "
            f'JOIN "{wanted.name}" AS h ON {_same(wanted)} ORDER BY s.line'
        )
    reasons.add("no_entry", "", part.lines.filter(~part.lines.is_in(found["line"].implode())))
    _refuse_repeats(found, reasons)
    replaced = _taken(part, ~only)
    rows = read_rows(replaced, part.given, reasons)
    carried = [name for name in wanted.names if name not in part.given]
    rows = rows.join(old.select("line", *carried), on="line", how="left", maintain_order="left")
    rows = rows.select("line", *wanted.names)
    same = _unchanged(wanted, rows, old)
    marks = pl.DataFrame({"line": part.lines, "why": why, "only": only})
    entries = found.select("line", "entry").join(marks, on="line", maintain_order="left")
    gone = pl.concat([same, reasons.lines()])
    return _Resolved(part, rows, without(entries, gone), same, reasons)


def _same(wanted: TableShape) -> str:
    return " AND ".join(f's."{name}" IS NOT DISTINCT FROM h."{name}"' for name in wanted.key)


def _only_withdrawn(part: Part, reasons: Reasons) -> pl.Series:
    """Tell which rows only withdraw."""
    if "correction" not in part.columns.values():
        return pl.Series([False] * part.lines.len(), dtype=pl.Boolean)
    meant = {"": False}
    for code, withdraws in (("replace", False), ("withdraw", True)):
        meant[code] = withdraws
        for language in words.LANGUAGES:
            meant[fold(words.text(f"cooperatives.correct_{code}", language))] = withdraws
    said = part.text("correction").fill_null("")
    found = [meant.get(fold(word)) for word in said.to_list()]
    unknown = pl.Series([value is None for value in found], dtype=pl.Boolean)
    reasons.add("unknown_action", "", part.lines.filter(unknown), said.filter(unknown))
    return pl.Series([bool(value) for value in found], dtype=pl.Boolean)


def _refuse_repeats(found: pl.DataFrame, reasons: Reasons) -> None:
    """One entry is corrected once in a file."""
    marked = found.with_columns(pl.col("line").first().over("entry").alias("first"))
    again = marked.filter(pl.col("line") != pl.col("first"))
    reasons.add("conflicting_lines", "", again["line"], again["first"])


def _taken(part: Part, kept: pl.Series) -> Part:
    return replace(part, cells=part.cells.filter(kept), lines=part.lines.filter(kept))


def _unchanged(wanted: TableShape, rows: pl.DataFrame, old: pl.DataFrame) -> pl.Series:
    """Return the lines whose row says what the old entry says."""
    alike = old.select("line", *wanted.names).cast(dict(rows.schema))  # type: ignore[arg-type]
    both = rows.join(alike, on=["line", *wanted.names], how="semi", nulls_equal=True)
    return both["line"]


def _withdraw(posting: Posting, one: _Resolved) -> None:
    entries = one.entries
    if entries.height:
        posting.withdraw(one.part.how.table, entries["entry"].to_list(), entries["why"].to_list())


def _entered(register: Register, posting: Posting, one: _Resolved) -> tuple[Checked, int]:
    """Check and append the new rows; return what became of all, and how many were corrected."""
    gone = one.entries.filter("only")["line"]
    if gone.len():
        _refuse_referred(register, one, gone)
    _refuse_closed(register, one)
    rows = without(one.rows, pl.concat([one.known, gone, one.reasons.lines()]))
    checked = check(register, one.part, rows, one.reasons, correcting=True)
    withdrawn = without(pl.DataFrame({"line": gone}), checked.reasons["line"])
    posted = append(posting, checked) + withdrawn.height
    every = pl.DataFrame({"line": one.part.lines})
    return Checked(one.part, every, one.known, checked.reasons), posted


def _refuse_referred(register: Register, one: _Resolved, lines: pl.Series) -> None:
    """What others still refer to cannot just go."""
    wanted = one.part.shape
    keys = [name for name in one.part.given if name in wanted.key]
    rows = read_rows(_taken(one.part, one.part.lines.is_in(lines.implode())), keys, one.reasons)
    with staged(register, rows):
        for table in shapes().values():
            for column in table.columns:
                refers = column.refers == wanted.name or (
                    column.member and wanted.name == "members"
                )
                if not refers or table.name == wanted.name:
                    continue
                target = "member" if column.member else column.name
                within = "cooperative" in table.names and target != "cooperative"
                both = f's."{target}" = t."{column.name}"'
                both += " AND s.cooperative = t.cooperative" if within else ""
                held = register.frame(
                    f'SELECT s.line FROM {STAGED} AS s SEMI JOIN "{table.name}" AS t ON {both} '
                    "ORDER BY s.line"
                )
                title = table.title[words.language()]
                one.reasons.add("still_referred", "", held["line"], title)


def _refuse_closed(register: Register, one: _Resolved) -> None:
    """An entry of a closed year stays as it is: what was distributed rests on it."""
    wanted = one.part.shape
    if not wanted.sealed or not one.entries.height:
        return
    year = f'year(b."{wanted.when}")' if wanted.when else "b.year"
    with staged(register, one.entries.select("line", "entry")):
        shut = register.frame(
            f"SELECT s.line, CAST(c.year AS VARCHAR) AS value FROM {STAGED} AS s "
            f'JOIN book."{wanted.name}" AS b USING (entry) '
            f"JOIN closings AS c ON b.cooperative = c.cooperative AND {year} = c.year "
            "ORDER BY s.line"
        )
    one.reasons.add("closed_year", wanted.when or "year", shut["line"], shut["value"])
