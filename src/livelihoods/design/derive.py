"""Derived variables: computed in the safe language, with their lineage and their notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from livelihoods.design.evaluate import evaluate
from livelihoods.design.language import Call, Expr, names_in, parse_expression, walk
from livelihoods.design.peers import mark_peer_share
from livelihoods.design.scope import Scope, Trouble
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey


def derive(survey: Survey, definitions: Mapping[str, str]) -> Survey:
    """Add derived variables, each in terms of the columns before it.

    Parameters
    ----------
    survey
        The data.
    definitions
        Name -> expression of the language, in order; a later one may use an earlier one.

    Returns
    -------
    Survey
        With the new columns. The lineage of each is the union of the source questions of every
        column its expression uses.

    Raises
    ------
    FormulaError
        If an expression cannot be read or uses an unknown name.
    SpecError
        If a new variable has no name.
    """
    for name, text in definitions.items():
        survey = _derive_one(survey, name, text)
    return survey


def sources_of(survey: Survey, expr: Expr) -> tuple[str, ...]:
    """Return the source questions of all columns an expression uses, sorted."""
    found = {source for name in names_in(expr) for source in survey.sources(name)}
    return tuple(sorted(found))


def _derive_one(survey: Survey, name: str, text: str) -> Survey:
    if not name.strip():
        raise SpecError("design.nameless", expression=text)
    expr = parse_expression(text)
    scope = Scope(survey, text)
    values = evaluate(expr, scope)
    notes = trouble_notes(survey, name, scope.troubles)
    if name in survey.frame.columns:
        notes.append(Note("design.replaced", "caution", {"variable": name}, Where((name,))))
    if _adds_wave(expr, survey):
        values_of = {"variable": name, "wave": survey.design.wave}
        notes.append(Note("design.within_wave", "info", values_of, Where((name,))))
    done = survey.with_columns({name: values}, {name: sources_of(survey, expr)})
    within = _peer_keys(expr)
    if within:
        done = mark_peer_share(done, name, within)
    return replace(done, notes=(*done.notes, *notes))


def trouble_notes(survey: Survey, name: str, troubles: Sequence[Trouble]) -> list[Note]:
    """Return one note for each place where arithmetic had no answer."""
    return [_trouble_note(survey, name, trouble) for trouble in troubles]


def _trouble_note(survey: Survey, name: str, trouble: Trouble) -> Note:
    rows = tuple(int(row) for row in survey.rows[trouble.places])
    values: dict[str, Any] = {"n": len(rows), "variable": name, "part": trouble.part}
    where = Where((name,), rows)
    if trouble.reason == "divided_by_zero":
        return Note("design.divided_by_zero", "caution", values, where)
    if trouble.reason == "not_positive_log":
        return Note("design.not_positive_log", "caution", values, where)
    if trouble.reason == "negative_root":
        return Note("design.negative_root", "caution", values, where)
    if trouble.reason == "no_previous":
        return Note("design.no_previous", "info", values, where)
    if trouble.reason == "no_peers":
        said = {"n": len(rows), "variable": name, "within": list(trouble.within)}
        return Note("design.no_peers", "caution", said, where)
    return Note("design.overflow", "caution", values, where)


def _adds_wave(expr: Expr, survey: Survey) -> bool:
    wave = survey.design.wave
    calls = [n for n in walk(expr) if isinstance(n, Call) and n.function == "exists_in"]
    return bool(wave) and any(wave not in names_in(call.arguments[0]) for call in calls)


def _peer_keys(expr: Expr) -> tuple[str, ...]:
    """Return the columns that say who the peers are, of every ``peer_share`` in an expression."""
    keys: dict[str, None] = {}
    for node in walk(expr):
        within = node.option("within") if isinstance(node, Call) else None
        if isinstance(node, Call) and node.function == "peer_share" and within is not None:
            keys.update(dict.fromkeys(names_in(within)))
    return tuple(keys)
