"""What the variables are: the table of definitions, and the table of an index system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.describe.layout import slug, word
from livelihoods.describe.setting import Setting, setting
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.tables.model import BLANK, Cell, Column, Row, Table, number, text

if TYPE_CHECKING:
    from livelihoods.typing import Floats


class WeighedIndex(Protocol):
    """What this room needs of an index: its weights, one row an indicator (and wave)."""

    @property
    def weights(self) -> pl.DataFrame:
        """Columns ``dimension, sub_dimension, indicator, direction, weight`` (and a wave)."""


@dataclass(frozen=True, slots=True)
class VariableDefinitions:
    """Definitions of variables, or the system of an index.

    Attributes
    ----------
    frame
        One row a variable.
    kind
        ``"definitions"`` or ``"system"``.
    notes
        What must be said.
    """

    frame: pl.DataFrame
    kind: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a variable (and wave)."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """One row: how many variables."""
        return pl.DataFrame([{"rows": self.frame.height}])

    def summary(self) -> Table:
        """The table as papers print it."""
        heads = _DEFINITION_HEADS if self.kind == "definitions" else _SYSTEM_HEADS
        names = [name for name in heads if name in self.frame.columns]
        columns = [
            Column(name, word(heads[name]), "decimal" if name in _NUMBERS else "left")
            for name in names
        ]
        rows: list[Row] = []
        before = ""
        for line in self.frame.select(names).to_dicts():
            first = str(line[names[0]] or "")
            cells = [_cell(name, line[name]) for name in names]
            if first and first == before:
                cells[0] = BLANK
            rows.append(Row(tuple(cells), rule_above=bool(rows) and first != before))
            before = first
        return Table(
            id=slug(self.kind),
            title=word(f"{self.kind}_title"),
            columns=tuple(columns),
            rows=tuple(rows),
            notes=self.notes,
            language=words.language(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "rows": self.frame.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


_NUMBERS = ("mean", "sd", "weight")
_DEFINITION_HEADS = {
    "category": "category",
    "label": "variable",
    "definition": "definition",
    "unit": "unit",
    "mean": "mean",
    "sd": "sd",
}
_SYSTEM_HEADS = {
    "dimension": "dimension",
    "sub_dimension": "sub_dimension",
    "label": "indicator",
    "question": "question",
    "unit": "unit",
    "direction": "direction",
    "wave": "wave",
    "mean": "mean",
    "weight": "weight",
}


def _cell(name: str, value: Any) -> Cell:
    if name in _NUMBERS:
        return number(value, 4 if name == "weight" else 3)
    return BLANK if value is None or value == "" else text(str(value))


def variable_definitions(
    data: Any,
    variables: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    wording: Mapping[str, str] | None = None,
    weights: str | bool | None = None,
) -> VariableDefinitions:
    """Return what each variable is: wording, answers, unit, mean and standard deviation.

    Parameters
    ----------
    data
        A survey (its codebook speaks) or frame.
    variables
        Columns, or category -> columns (``{"Dependent variable": [...], "Controls": [...]}``).
    wording
        Column -> definition in words, for derived variables; it goes before the codebook's.
    weights
        Column for means, None for the declared ones, False for none.

    Returns
    -------
    VariableDefinitions
        A variable without wording or answers in the codebook is noted.

    Raises
    ------
    SpecError
        If a column does not exist.
    """
    parts = variables if isinstance(variables, Mapping) else {"": list(variables)}
    names = [name for part in parts.values() for name in part]
    if not names:
        raise SpecError("describe.no_items")
    where = setting(data, names, weights, False)
    rows = [
        {"category": category, **_definition(where, name, (wording or {}).get(name, ""))}
        for category, part in parts.items()
        for name in part
    ]
    frame = pl.DataFrame(rows, schema_overrides={"mean": pl.Float64, "sd": pl.Float64})
    if not isinstance(variables, Mapping):
        frame = frame.drop("category")
    bare = [row["variable"] for row in rows if not row["definition"]]
    notes = []
    if bare:
        where_ = Where(tuple(bare))
        notes.append(Note("describe.undefined", "caution", {"variables": bare}, where_))
    return VariableDefinitions(frame, "definitions", tuple(notes))


def _definition(where: Setting, name: str, wording: str) -> dict[str, Any]:
    entry = where.entry(name)
    named = entry.values if entry is not None else {}
    answers = named.get(words.language()) or next(iter(named.values()), {})
    described = "; ".join(f"{code} = {label}" for code, label in answers.items() if code != label)
    question = entry.question if entry is not None else ""
    mean, sd = _mean_sd(where, name)
    return {
        "variable": name,
        "label": where.label(name),
        "definition": wording or described or (question if question != name else ""),
        "unit": entry.unit if entry is not None else "",
        "mean": mean,
        "sd": sd,
    }


def _mean_sd(where: Setting, name: str) -> tuple[float | None, float | None]:
    """Return (weighted) mean and standard deviation; None for texts and nominal codes."""
    entry = where.entry(name)
    series = where.survey.frame.get_column(name)
    numeric = series.dtype.is_numeric() or series.dtype == pl.Boolean
    if not numeric or (entry is not None and entry.scale in ("nominal", "banded")):
        return None, None
    values, w = where.numbers(name), where.weights()
    known = ~np.isnan(values) if w is None else ~np.isnan(values) & (w > 0)
    x = values[known]
    mass: Floats = np.ones(x.size) if w is None else w[known]
    if not x.size:
        return None, None
    mean = float(mass @ x / mass.sum())
    if x.size < 2:
        return mean, None
    spread = float(mass @ (x - mean) ** 2 / mass.sum() * x.size / (x.size - 1))
    return mean, float(np.sqrt(spread))


def index_system_table(
    data: Any, index: WeighedIndex, *, weights: str | bool | None = None
) -> VariableDefinitions:
    """Return the table of an index system: from dimension to weight, one line an indicator.

    Parameters
    ----------
    data
        The survey the index was built from (its codebook gives question and unit).
    index
        What ``build_index`` returned.
    weights
        Sampling weights for the means, None for the declared ones, False for none.

    Returns
    -------
    VariableDefinitions
        Dimension, sub-dimension, indicator, question, unit, direction, mean, weight; weights by
        wave give one line a wave.
    """
    lines = index.weights.to_dicts()
    known = {"dimension", "sub_dimension", "indicator", "direction", "weight", "dimension_weight"}
    waves = [name for name in index.weights.columns if name not in known]
    where = setting(data, [line["indicator"] for line in lines], weights, False)
    rows = []
    for line in lines:
        name = line["indicator"]
        entry = where.entry(name)
        row = {
            "dimension": line["dimension"],
            "sub_dimension": line.get("sub_dimension"),
            "indicator": name,
            "label": where.label(name),
            "question": ", ".join(where.survey.sources(name)),
            "unit": entry.unit if entry is not None else "",
            "direction": line["direction"],
            "wave": " ".join(str(line[wave]) for wave in waves),
            "mean": _mean_sd(where, name)[0],
            "weight": line["weight"],
        }
        rows.append(row)
    frame = pl.DataFrame(rows, schema_overrides={"mean": pl.Float64, "sub_dimension": pl.String})
    empty = [name for name in ("sub_dimension", "wave") if not any(row[name] for row in rows)]
    return VariableDefinitions(frame.drop(empty), "system", ())
