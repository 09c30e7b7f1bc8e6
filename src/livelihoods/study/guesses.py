"""What the columns of unseen data may be for: places, a treatment, an outcome, controls.

Only for the comments of a new study file, where a wrong guess costs one edit; nothing that is
estimated rests on them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from livelihoods.survey.model import Survey

_IDENTIFIER = re.compile(r"^(id|hh|hhid|hh_?id|uuid|case|rownames?|index)$|_id$|编号$", re.I)
_PLACES = {
    "household": re.compile(r"^(hh|hhid|hh_?id|household|farmer_?id|农户.*|户.*)$", re.I),
    "village": re.compile(r"village|commune|community|^cluster$|村", re.I),
    "wave": re.compile(r"^(year|wave|round|survey_?year|年份|期)$", re.I),
}
_AREA = re.compile(r"county|district|province|region|parish|city|town|乡|镇|县|市|省", re.I)
_OUTCOME = re.compile(r"income|consum|expend|revenue|yield|harvest|wealth|收入|消费|产量", re.I)
_FEW, _MOST_CONTROLS = 6, 4


@dataclass(frozen=True, slots=True)
class Guesses:
    """Guessed roles; "" or empty where nothing fits.

    ``places`` maps keys of ``[data]`` to columns; the other columns are analysed.
    """

    places: dict[str, str]
    treatment: str
    outcome: str
    controls: tuple[str, ...]


def guess_roles(survey: Survey) -> Guesses:
    """Guess from names, from how many values there are, and from nothing else."""
    frame = survey.frame
    places = {
        key: found
        for key, pattern in _PLACES.items()
        if (found := next((name for name in frame.columns if pattern.search(name)), ""))
    }
    free = [
        name
        for name in frame.columns
        if name not in places.values()
        and not _IDENTIFIER.search(name)
        and not _AREA.search(name)
        and frame[name].dtype.is_numeric()
    ]
    yes_no = [name for name in free if _is_binary(frame[name])]
    wide = [name for name in free if name not in yes_no and frame[name].n_unique() > _FEW]
    worded = [name for name in free if name not in yes_no and _OUTCOME.search(name)]
    outcome = next(iter([*worded, *wide, *(name for name in free if name not in yes_no)]), "")
    treatment = yes_no[-1] if yes_no else ""
    controls = [name for name in free if name not in (outcome, treatment)][:_MOST_CONTROLS]
    return Guesses(places, treatment, outcome, tuple(controls))


def _is_binary(series: pl.Series) -> bool:
    values = series.drop_nulls().unique().sort().to_list()
    return values == [0, 1]
