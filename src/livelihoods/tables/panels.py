"""Results arranged in columns and panels, and what is said of single columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livelihoods.errors import SpecError
from livelihoods.notes import Note
from livelihoods.tables.model import Column, Spanner

if TYPE_CHECKING:
    from livelihoods.typing import Result

Panels = dict[str, list["Model | None"]]


@dataclass(frozen=True, slots=True)
class Model:
    """What a table needs of one result.

    Attributes
    ----------
    rows
        ``tidy()`` row by (equation, term); the equation is empty where there is only one.
    glance
        The ``glance()`` row.
    outcome, vcov
        Name of the response, kind of standard errors.
    statistic, level
        ``"t"`` or ``"z"``; confidence level in per cent, as printed.
    notes
        The result's notes.
    """

    rows: Mapping[tuple[str, str], Mapping[str, Any]]
    glance: Mapping[str, Any]
    outcome: str
    vcov: str
    statistic: str
    level: str
    notes: tuple[Note, ...]


def panels_of(
    results: Sequence[Result | None] | Mapping[str, Sequence[Result | None]],
) -> Panels:
    """Return what the table needs of each result, by panel; refuse panels of unlike width."""
    stacked = results if isinstance(results, Mapping) else {"": results}
    panels: Panels = {
        label: [None if result is None else _model(result) for result in group]
        for label, group in stacked.items()
    }
    widths = {label: len(group) for label, group in panels.items()}
    if not any(widths.values()) or all(m is None for group in panels.values() for m in group):
        raise SpecError("tables.no_results")
    if len({*widths.values()}) > 1:
        raise SpecError(
            "tables.panels_differ", widths=[f"{label}: {n}" for label, n in widths.items()]
        )
    return panels


def _model(result: Result) -> Model:
    tidy = result.tidy().to_dicts()
    level = getattr(result, "conf_level", 0.95)
    return Model(
        {(_equation(row, tidy), str(row["term"])): row for row in tidy},
        result.glance().to_dicts()[0],
        str(getattr(result, "outcome", "")),
        str(getattr(result, "vcov_label", "")),
        str(getattr(result, "statistic_name", "") or _statistic(tidy)),
        f"{100 * float(level):g}",
        tuple(result.notes),
    )


def _statistic(tidy: Sequence[Mapping[str, Any]]) -> str:
    """Return "z" where p values are those of the normal law, "t" otherwise."""
    for row in tidy:
        value, p = row.get("statistic"), row.get("p_value")
        if value is not None and p is not None and 1e-12 < p < 0.999:
            normal = math.erfc(abs(value) / math.sqrt(2))
            return "z" if abs(p - normal) <= 1e-9 * normal else "t"
    return "t"


def _equation(row: Mapping[str, Any], tidy: Sequence[Mapping[str, Any]]) -> str:
    """Return what tells coefficients of the same term apart within one result, if anything does."""
    for name in ("equation", "outcome"):
        if name in row and any(other[name] != row[name] for other in tidy):
            return str(row[name])
    return ""


def numbered(width: int) -> list[Column]:
    """Return the columns (1), (2) …."""
    return [Column(f"c{place}", f"({place})") for place in range(1, width + 1)]


def spanners_of(
    panels: Panels,
    columns: Sequence[str] | None,
    wanted: Mapping[str, tuple[int, int]],
    labels: Mapping[str, str],
    width: int,
) -> tuple[Spanner, ...]:
    """Return headings over the column numbers: outcomes or ``columns``, then ``wanted`` above."""
    if columns is not None and len(columns) != width:
        raise SpecError("tables.column_headings", given=len(columns), columns=width)
    names = list(columns) if columns is not None else _outcomes(panels, labels, width)
    spans: list[Spanner] = []
    for place, name in enumerate(names, start=1):
        if name and spans and spans[-1].label == name and spans[-1].stop == place:
            spans[-1] = Spanner(name, spans[-1].start, place + 1)
        elif name:
            spans.append(Spanner(name, place, place + 1))
    for label, (first, last) in wanted.items():
        if not 1 <= first <= last <= width:
            raise SpecError("tables.spanner", label=label, first=first, last=last, columns=width)
        spans.append(Spanner(label, first, last + 1, level=2))
    return tuple(spans)


def _outcomes(panels: Panels, labels: Mapping[str, str], width: int) -> list[str]:
    """Return one outcome a column; none where panels stack different ones."""
    names = []
    for place in range(width):
        column = [group[place] for group in panels.values()]
        found = list(dict.fromkeys(model.outcome for model in column if model is not None))
        names.append(labels.get(found[0], found[0]) if len(found) == 1 else "")
    return names


def column_notes(panels: Panels, language: str) -> tuple[Note, ...]:
    """Return every note once; one that concerns some columns only says which."""
    found: list[tuple[Note, list[str]]] = []
    total = 0
    for label, group in panels.items():
        for place, model in enumerate(group, start=1):
            total += model is not None
            where = f"({place})" if not label else f"{label} ({place})"
            for note in model.notes if model else ():
                columns = next((columns for seen, columns in found if seen == note), None)
                if columns is None:
                    found.append((note, [where]))
                elif where not in columns:
                    columns.append(where)
    return tuple(
        note if len(columns) == total else _in_columns(note, columns, language)
        for note, columns in found
    )


def _in_columns(note: Note, columns: list[str], language: str) -> Note:
    sentence = note.sentence(language)
    values = {"columns": ", ".join(columns), "sentence": sentence, "code": note.code}
    return Note("tables.in_columns", note.severity, values, note.where)
