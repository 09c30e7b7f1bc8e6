"""Import a file of somebody's records: checked row by row, posted whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from livelihoods.cooperatives.register.cells import parse
from livelihoods.cooperatives.register.grant_checks import check_movements, check_promises
from livelihoods.cooperatives.register.imported import Import, TableImport
from livelihoods.cooperatives.register.mapping import read_mapping
from livelihoods.cooperatives.register.posting import Posting
from livelihoods.cooperatives.register.reasons import Reasons
from livelihoods.cooperatives.register.register_checks import check_against, known_lines, staged
from livelihoods.cooperatives.register.rejects import write_rejects
from livelihoods.cooperatives.register.row_checks import check_repeats, check_rows
from livelihoods.cooperatives.register.source import Part, digest_of, read_parts
from livelihoods.cooperatives.register.store import Register
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note

OnReject = Literal["refuse_all", "keep_good"]


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows of one table after the checks.

    Attributes
    ----------
    part
        The table as it stands in the file.
    rows
        Values with ``line``; null where a cell was empty or refused.
    known
        Lines that the register has already.
    reasons
        ``line, code, column, detail``.
    """

    part: Part
    rows: pl.DataFrame
    known: pl.Series
    reasons: pl.DataFrame

    @property
    def good(self) -> pl.DataFrame:
        """Rows to post."""
        return without(self.rows, pl.concat([self.known, self.reasons["line"]]))


class Withheld(Exception):  # noqa: N818 - no fault: it ends a batch that posts nothing
    """Ends a batch in which nothing is to be posted."""


def import_file(
    register: Register,
    path: str | Path,
    table: str | None = None,
    mapping: str | Path | None = None,
    rejects: str | Path | None = None,
    author: str = "",
    *,
    on_reject: OnReject = "refuse_all",
) -> Import:
    """Import a csv file or a workbook into the register.

    Every row is checked: types, what is required, references, membership on the day, receipts
    already there, subsidies that do not balance, closed years. A row the register has already,
    word for word, is counted as known and not posted again; so the same file twice posts nothing,
    and a file that overlaps an earlier one posts what is new. All is one batch: posted whole, or
    the register is as before.

    Parameters
    ----------
    register
        The open register.
    path
        A ``.csv``, ``.tsv``, ``.txt`` (UTF-8, GB18030) or ``.xlsx`` file. Tables are known by
        sheet or file name, columns by name or heading, English or Chinese.
    table
        Table of the register, where the file does not say it.
    mapping
        A mapping file (TOML) for a file with headings of its own.
    rejects
        Csv file for rejected rows with their reasons; replaced if it is there.
    author
        Who imports; stands in the trail.
    on_reject
        ``"refuse_all"``: one rejected row, and nothing is posted. ``"keep_good"``: the others
        are posted.

    Returns
    -------
    Import
        ``batch, posted, known, rejected, reasons, notes``, with ``summary()`` and ``to_dict()``.

    Raises
    ------
    DataError
        If the file cannot be read, is for no table, or lacks a required column.
    SpecError
        An unknown table, option or key of the mapping file.
    OutputError
        If the disk is full or a file cannot be written; the register is as before.
    """
    if on_reject not in get_args(OnReject):
        raise SpecError(
            "cooperatives.unknown_choice",
            option="on_reject",
            value=on_reject,
            known=list(get_args(OnReject)),
        )
    if register.read_only:
        raise DataError("cooperatives.read_only", file=str(register.path))
    file = existing(path)
    maps = read_mapping(mapping) if mapping is not None else ()
    digest = digest_of(file, maps, table)
    parts, notes = read_parts(file, maps, table)
    notes += [note for part in parts for note in part.notes]
    earlier = _earlier(register, digest)
    notes += earlier.notes
    if earlier.complete:
        return Import(None, tuple(_all_known(part, file.name) for part in parts), (), tuple(notes))
    return _post(register, file, digest, author, parts, rejects, on_reject, notes)


def existing(path: str | Path) -> Path:
    """Return the path of a file that is there.

    Raises
    ------
    DataError
        If it is absent or a folder.
    """
    file = Path(path)
    if file.is_dir():
        raise DataError("survey.is_a_folder", file=str(file))
    if not file.is_file():
        raise DataError("survey.file_not_found", file=str(file))
    return file


def read_rows(part: Part, columns: Sequence[str], reasons: Reasons) -> pl.DataFrame:
    """Return the values of some columns with ``line``; what is none is null and has a reason."""
    return pl.DataFrame(
        [
            part.lines.alias("line"),
            *(
                parse(
                    part.text(name),
                    part.lines,
                    part.shape.column(name),
                    part.how,
                    reasons,
                    in_cents=name in part.cents,
                )
                for name in columns
            ),
        ]
    )


def check(
    register: Register,
    part: Part,
    rows: pl.DataFrame,
    reasons: Reasons,
    *,
    correcting: bool = False,
) -> Checked:
    """Check the rows of one table by themselves, among each other and against the register.

    Parameters
    ----------
    register
        The open register, inside a batch.
    part
        The table as it stands in the file.
    rows
        Its values, as ``read_rows`` gives them.
    reasons
        What was found while reading; more is written there.
    correcting
        Whether the rows take the place of entries withdrawn in the same batch.
    """
    wanted = part.shape
    columns = [name for name in rows.columns if name != "line"]
    check_rows(wanted, without(rows, reasons.lines()), reasons)
    sound = without(rows, reasons.lines())
    known = pl.Series("line", [], dtype=pl.Int64)
    if not correcting and sound.height:
        with staged(register, sound):
            known = known_lines(register, wanted, columns)
    check_repeats(wanted, without(sound, known), reasons)
    fresh = without(rows, known)
    if fresh.height:
        with staged(register, fresh):
            check_against(register, wanted, columns, reasons)
            if wanted.name == "grants":
                check_promises(register, reasons)
        if wanted.name == "grant_movements":
            with staged(register, without(fresh, reasons.lines())):
                check_movements(register, reasons)
    return Checked(part, rows, known, reasons.frame())


def append(posting: Posting, checked: Checked) -> int:
    """Append the rows that nothing speaks against, and return how many."""
    good = checked.good
    if good.height:
        posting.append(checked.part.how.table, good.drop("line"), good["line"])
    return good.height


def outcome(checked: Checked, posted: int, file: str) -> TableImport:
    """Return what became of one table's rows."""
    rejected = checked.reasons["line"].n_unique()
    how = checked.part.how
    return TableImport(
        how.table,
        how.sheet or file,
        checked.rows.height,
        posted,
        checked.known.len(),
        rejected,
        checked.reasons,
    )


def _post(
    register: Register,
    file: Path,
    digest: str,
    author: str,
    parts: Sequence[Part],
    rejects: str | Path | None,
    on_reject: OnReject,
    notes: list[Note],
) -> Import:
    tables: list[TableImport] = []
    written: tuple[str, ...] = ()
    batch: int | None = None
    try:
        with register.post("import", source=file.name, digest=digest, author=author) as posting:
            done = []
            for part in parts:
                reasons = Reasons(part.how.table)
                checked = check(register, part, read_rows(part, part.given, reasons), reasons)
                tables.append(outcome(checked, append(posting, checked), file.name))
                done.append((part, checked.reasons))
            if rejects is not None:
                written = write_rejects(Path(rejects), done)
            posting.known = sum(one.known for one in tables)
            posting.rejected = sum(one.rejected for one in tables)
            posted = sum(one.posted for one in tables)
            if not posted or (posting.rejected and on_reject == "refuse_all"):
                raise Withheld
            batch = posting.batch
    except Withheld:
        posted = sum(one.posted for one in tables)
        if posted:
            values = {"n": posted, "rejected": sum(one.rejected for one in tables)}
            notes.append(Note("cooperatives.import_refused", "serious", values))
        tables = [replace(one, posted=0) for one in tables]
    return Import(batch, tuple(tables), written, tuple(notes))


def without(rows: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
    """Return the rows that are not on these lines."""
    return rows.filter(~pl.col("line").is_in(lines.implode())) if lines.len() else rows


@dataclass(frozen=True, slots=True)
class _Earlier:
    complete: bool
    notes: tuple[Note, ...]


def _earlier(register: Register, digest: str) -> _Earlier:
    """Return whether the same file, read the same way, was posted before, and how completely."""
    found = register.frame(
        "SELECT batch, CAST(posted_at AS DATE) AS day, rejected FROM book.batches "
        "WHERE kind = 'import' AND digest = ? ORDER BY batch DESC LIMIT 1",
        [digest],
    )
    if not found.height:
        return _Earlier(False, ())
    batch, day, rejected = found.row(0)
    values = {"batch": batch, "day": str(day)}
    return _Earlier(rejected == 0, (Note("cooperatives.import_seen", "info", values),))


def _all_known(part: Part, file: str) -> TableImport:
    height, empty = part.cells.height, Reasons(part.how.table).frame()
    return TableImport(part.how.table, part.how.sheet or file, height, 0, height, 0, empty)
