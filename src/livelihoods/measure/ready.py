"""Ready index systems: dimensions of published studies, mapped onto a user's columns."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from livelihoods.errors import SpecError

if TYPE_CHECKING:
    import polars as pl

    from livelihoods.measure.spec import IndexSpec

# What a slot is given: a column, or a column whose answers run the other way.
SlotColumn = str | Mapping[str, str]


def index_system(
    name: str,
    columns: Mapping[str, SlotColumn] | None = None,
    leave_out: Sequence[str] = (),
    **options: Any,
) -> IndexSpec:
    """Return the spec of a ready index system on a user's columns.

    Parameters
    ----------
    name
        ``"collective_action"``, ``"sustainable_livelihood"``, ``"jiangsu_resilience"`` or
        ``"six_capitals"``; ``index_systems()`` lists them with their slots.
    columns
        Slot -> column, or ``{"column": name, "direction": "-"}`` where the answers run the other
        way. None if the columns are called like the slots.
    leave_out
        Slots that this survey does not have. A slot that is neither mapped nor left out is an
        error: nothing vanishes silently.
    **options
        Further keys of ``IndexSpec``; they override those of the system.

    Raises
    ------
    SpecError
        If the system or a slot is not known, a slot is neither mapped nor left out, or nothing is
        left.
    """
    from livelihoods.measure.spec import IndexSpec

    return IndexSpec(system=name, columns=columns, leave_out=tuple(leave_out), **options)  # type: ignore[call-arg]


def index_systems(name: str | None = None) -> pl.DataFrame:
    """Return the slots of one or all ready systems.

    Returns
    -------
    polars.DataFrame
        ``system, dimension, sub_dimension, slot, direction, en, zh, verified, source``;
        ``verified`` is false where the indicator is a proposal of this program and not the
        source's.
    """
    import polars as pl

    rows = [
        {"system": system, **slot, "source": load(system)["source"]}
        for system in (names() if name is None else (_known(name),))
        for slot in _slots(load(system))
    ]
    return pl.DataFrame(rows)


def names() -> tuple[str, ...]:
    """Return the names of the ready systems, sorted."""
    folder = files(__package__) / "systems"
    found = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def load(name: str) -> dict[str, Any]:
    """Return one system as written."""
    text = (files(__package__) / "systems" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def expanded(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of an index spec with ``system``, ``columns``, ``leave_out`` carried out."""
    rest = dict(keys)
    name = _known(rest.pop("system"))
    columns, leave_out = rest.pop("columns", None), tuple(rest.pop("leave_out", ()))
    if "dimensions" in rest:
        raise SpecError("measure.system_and_dimensions", system=name)
    system = load(name)
    slots = {slot["slot"]: slot for slot in _slots(system)}
    mapping: Mapping[str, Any] = columns or {slot: slot for slot in slots if slot not in leave_out}
    _check_slots(name, slots, mapping, leave_out)
    dimensions = _dimensions(system, mapping)
    labels = {
        part["name"]: dict(part["label"])
        for dimension in system["dimensions"]
        for part in (dimension, *dimension.get("subs", ()))
    }
    return {**system["options"], "labels": labels, **rest, "dimensions": dimensions}


def _known(name: Any) -> str:
    known = names()
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        raise SpecError("measure.unknown_system", system=str(name), nearest=near, known=list(known))
    return str(name)


def _slots(system: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for dimension in system["dimensions"]:
        for part in (dimension, *dimension.get("subs", ())):
            for slot in part.get("slots", ()):
                yield {
                    "dimension": dimension["name"],
                    "sub_dimension": "" if part is dimension else part["name"],
                    "slot": slot["name"],
                    "direction": slot["direction"],
                    "en": slot["en"],
                    "zh": slot["zh"],
                    "verified": slot.get("verified", system["verified"]),
                }


def _check_slots(
    name: str, slots: Mapping[str, Any], columns: Mapping[str, Any], leave_out: Sequence[str]
) -> None:
    strange = [slot for slot in (*columns, *leave_out) if slot not in slots]
    if strange:
        near = difflib.get_close_matches(strange[0], list(slots), n=1)
        raise SpecError(
            "measure.unknown_slot", system=name, slots=strange, nearest=near, known=list(slots)
        )
    both = [slot for slot in leave_out if slot in columns]
    if both:
        raise SpecError("measure.slot_twice", system=name, slots=both)
    lacking = [slot for slot in slots if slot not in columns and slot not in leave_out]
    if lacking:
        meaning = [f"{slot} ({slots[slot]['en']} / {slots[slot]['zh']})" for slot in lacking]
        raise SpecError("measure.slots_lacking", system=name, slots=meaning)
    if not columns:
        raise SpecError("measure.nothing_left", system=name)


def _dimensions(system: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for dimension in system["dimensions"]:
        parts: dict[str, Any] = dict(_indicators(dimension, columns))
        for sub in dimension.get("subs", ()):
            inner = dict(_indicators(sub, columns))
            if inner:
                parts[sub["name"]] = inner
        if parts:
            found[dimension["name"]] = parts
    return found


def _indicators(part: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for slot in part.get("slots", ()):
        given = columns.get(slot["name"])
        if isinstance(given, str):
            yield given, slot["direction"]
        elif given is not None:
            if sorted(given) not in (["column"], ["column", "direction"]):
                raise SpecError("measure.slot_column", slot=slot["name"], keys=list(given))
            yield given["column"], given.get("direction", slot["direction"])
