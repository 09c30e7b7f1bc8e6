"""Read a survey file: csv, xlsx, parquet, Stata (dta) and SPSS (sav), by its ending."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.survey.checks.place import rows_note
from livelihoods.survey.codebook import read_codebook
from livelihoods.survey.finish import Raw, finish
from livelihoods.survey.forms import match_columns, read_xlsform
from livelihoods.survey.model import Codebook, Survey
from livelihoods.survey.wenjuanxing import is_wenjuanxing


@dataclass(frozen=True, slots=True)
class Options:
    """How a text file or workbook is to be read where the reader should not decide itself.

    Attributes
    ----------
    encoding
        ``"utf-8"``, ``"gb18030"``, ``"cp1252"`` …; None: found out.
    separator
        ``","``, ``";"``, a tab or ``"|"``; None: found out.
    decimal
        ``"."`` or ``","``; None: found out.
    sheet
        Sheet of a workbook; None: the first.
    as_text
        Columns kept as they are spelled.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    as_text: tuple[str, ...] = ()


def read_survey(
    path: str | PathLike[str],
    codebook: Codebook | str | PathLike[str] | None = None,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
) -> Survey:
    """Read a survey file.

    Parameters
    ----------
    path
        A file ending in ``.csv``, ``.tsv``, ``.txt``, ``.parquet``, ``.dta``, ``.sav`` or
        ``.xlsx``.
    codebook
        A codebook, the path of one in TOML, or the path of the XLSForm (``.xlsx``) the data were
        asked with. What it says goes before what the file says of its columns: labels, ranges,
        codes that mean missing.
    encoding, separator, decimal
        Of a text file; found out, and said in a note, when not given.
    sheet
        Of a workbook; the first when not given.

    Returns
    -------
    Survey
        ``frame`` with null for every missing answer, ``missing`` with the codes that were set
        apart (don't know, refused), ``codebook`` and ``notes`` on what was chosen.

    Raises
    ------
    DataError
        If the file is not there, empty, damaged or of another kind; if two columns share a name;
        if its text cannot be decoded.
    """
    file = Path(path)
    reader = _READERS.get(_existing(file).suffix.lower())
    if reader is None:
        raise DataError("survey.unknown_file_type", file=file.name, known=list(_READERS))
    if file.stat().st_size == 0:
        raise DataError("survey.empty_file", file=file.name)
    book = _codebook(codebook)
    raw = reader(file, Options(encoding, separator, decimal, sheet, _spelled(book)))
    if not raw.frame.width or not raw.frame.height:
        raise DataError("survey.no_rows", file=file.name)
    names = raw.frame.columns
    if book is not None and isinstance(codebook, str | PathLike) and _is_form(codebook):
        book = match_columns(book, names)
    survey = finish(raw, book)
    if reader in (_csv, _xlsx):  # where a person may leave a line empty
        survey = _without_blank_rows(survey, file)
    if is_wenjuanxing(names):
        note = Note("survey.wenjuanxing", "info", {"file": file.name})
        return replace(survey, notes=(*survey.notes, note))
    return survey


def _without_blank_rows(survey: Survey, file: Path) -> Survey:
    """Leave out rows without any answer, kept-apart codes included, and say so."""
    if survey.frame.width < 2:
        return survey
    filled = survey.frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    filled = filled | pl.Series(np.isin(survey.rows, survey.missing["row"].to_numpy()))
    if filled.all():
        return survey
    if not filled.any():
        raise DataError("survey.no_rows", file=file.name)
    note = rows_note(survey, "survey.blank_rows", "caution", ~filled, [])
    kept = survey.keep(filled, words.text("survey.blank_step"))
    return replace(kept, notes=(*kept.notes, note))


def _spelled(book: Codebook | None) -> tuple[str, ...]:
    """Names of identifiers, which are kept as they are spelled."""
    entries = book.variables.items() if book else ()
    return tuple(name for name, entry in entries if entry.scale == "identifier")


def _is_form(path: str | PathLike[str]) -> bool:
    return Path(path).suffix.lower() == ".xlsx"


def _existing(file: Path) -> Path:
    if file.is_dir():
        raise DataError("survey.is_a_folder", file=str(file))
    if not file.is_file():
        beside = sorted(item.name for item in file.parent.iterdir()) if file.parent.is_dir() else []
        near = difflib.get_close_matches(file.name, beside, 1)
        if near:
            raise DataError("survey.file_not_found_near", file=str(file), nearest=near[0])
        raise DataError("survey.file_not_found", file=str(file))
    return file


def _codebook(codebook: Codebook | str | PathLike[str] | None) -> Codebook | None:
    if codebook is None or isinstance(codebook, Codebook):
        return codebook
    if _is_form(codebook):
        return read_xlsform(codebook)
    return read_codebook(codebook)


def _csv(file: Path, options: Options) -> Raw:
    from livelihoods.survey.read_csv import read_csv

    return read_csv(file, options)


def _parquet(file: Path, options: Options) -> Raw:
    from livelihoods.survey.read_parquet import read_parquet

    return read_parquet(file)


def _xlsx(file: Path, options: Options) -> Raw:
    from livelihoods.survey.read_xlsx import read_xlsx

    return read_xlsx(file, options)


def _dta(file: Path, options: Options) -> Raw:
    from livelihoods.survey.read_stat import read_dta

    return read_dta(file, options.encoding)


def _sav(file: Path, options: Options) -> Raw:
    from livelihoods.survey.read_stat import read_sav

    return read_sav(file, options.encoding)


_READERS: dict[str, Callable[[Path, Options], Raw]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".dta": _dta,
    ".sav": _sav,
    ".zsav": _sav,
}
