"""The file of rejects: the rows as they stood in the source, with line and reasons."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register.reasons import sentences
from livelihoods.cooperatives.register.source import Part
from livelihoods.errors import OutputError
from livelihoods.tables.to_csv import neutral

_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?")


def write_rejects(path: Path, found: Sequence[tuple[Part, pl.DataFrame]]) -> tuple[str, ...]:
    """Write the rejected rows of each table, and return the files written.

    The file can be corrected and imported in its turn: its columns of lines and reasons are left
    out then. Text that a spreadsheet would take for a formula is neutralised.

    Parameters
    ----------
    path
        File for the rejects; where several tables have some, ``name.table.csv`` each.
    found
        Tables and their reasons: ``line, code, column, detail``.
    """
    bad = [(part, reasons) for part, reasons in found if reasons.height]
    written = []
    for part, reasons in bad:
        table = part.how.table
        place = path if len(bad) == 1 else path.with_name(f"{path.stem}.{table}{path.suffix}")
        put_bytes(place, ("\ufeff" + _rejects_text(part, reasons)).encode("utf-8"))
        written.append(str(place))
    return tuple(written)


def put_bytes(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename, so that it is whole or absent.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        if partial.is_file():
            partial.unlink()
        reason = error.strerror or type(error).__name__
        raise OutputError("cooperatives.not_written", file=str(path), problem=reason) from error


def _rejects_text(part: Part, reasons: pl.DataFrame) -> str:
    said = reasons.select("line", sentences(part.how.table, reasons))
    joined = said.group_by("line", maintain_order=True).agg(
        pl.col("reason").unique(maintain_order=True).str.join(" ")
    )
    rows = part.cells.with_columns(part.lines.alias("line of the source"))
    bad = rows.join(
        joined, left_on="line of the source", right_on="line", how="inner", maintain_order="left"
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    own = ("reject_line_heading", "reject_reasons_heading")
    writer.writerow(
        [*map(_cell, part.cells.columns), *(words.text(f"cooperatives.{key}") for key in own)]
    )
    for row in bad.rows():
        writer.writerow([_cell(cell) for cell in row])
    return out.getvalue()


def _cell(value: str | int | None) -> str:
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    return value if _NUMBER.fullmatch(value) else neutral(value)
