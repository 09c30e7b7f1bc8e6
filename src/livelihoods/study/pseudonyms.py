"""Data that may travel with a study: only the columns it uses, identifiers replaced.

Each replaced value gets a code from a keyed hash of the whole column, so that equal answers stay
equal and nobody without the data can try values out. Columns that the study compares with given
values, or uses as a factor, would change its results and are left as they are, and it is said.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.design.language import parse_expression, parse_formula
from livelihoods.design.language.tree import Binary, Expr, Name, names_in, walk
from livelihoods.errors import FormulaError

if TYPE_CHECKING:
    from livelihoods.study.spec import StudySpec
    from livelihoods.survey.model import Survey

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})


@dataclass(frozen=True, slots=True)
class Travelling:
    """Data ready to be handed on.

    Attributes
    ----------
    frame
        The columns that the study uses, in their order.
    replaced
        Identifiers that were given codes.
    kept
        Identifiers that the study needs as they are.
    """

    frame: pl.DataFrame
    replaced: tuple[str, ...]
    kept: tuple[str, ...]


def travelling(spec: StudySpec, survey: Survey) -> Travelling:
    """Return the data of a study with identifiers replaced.

    Parameters
    ----------
    spec
        The study.
    survey
        The data as they were read.
    """
    used = used_columns(spec, survey.frame.columns)
    literal = compared_columns(spec)
    identifiers = [name for name in used if _identifies(name, survey)]
    replaced = tuple(name for name in identifiers if name not in literal)
    frame = survey.frame.select(used).with_columns(
        [_coded(survey.frame[name]) for name in replaced]
    )
    kept = tuple(name for name in identifiers if name in literal)
    return Travelling(frame, replaced, kept)


def used_columns(spec: StudySpec, columns: Sequence[str]) -> list[str]:
    """Return the data columns that a study mentions anywhere, in the order of the data."""
    found: dict[str, None] = {}
    for text in _strings(spec.model_dump(mode="python")):
        if text in columns:
            found[text] = None
        elif len(text) < 5000:
            found.update(dict.fromkeys(_names(text)))
    return [name for name in columns if name in found]


def compared_columns(spec: StudySpec) -> frozenset[str]:
    """Return columns that expressions compare with values, and those in formula terms."""
    found: dict[str, None] = {}
    conditions = [rule.keep or rule.drop for rule in spec.clean]
    for text in (*spec.derive.values(), *(text for text in conditions if text)):
        for node in walk(parse_expression(text)):
            if isinstance(node, Binary) and node.operator in _COMPARISONS:
                sides = (node.left, node.right)
                found.update((side.name, None) for side in sides if isinstance(side, Name))
    for rule in spec.clean:
        found.update(dict.fromkeys((*(rule.recode or ()), *(rule.range or ()))))
    terms = [*spec.design.controls]
    for analysis in spec.analysis:
        terms += [*(analysis.controls or ()), *(t for ts in analysis.beside().values() for t in ts)]
    for term in terms:
        found.update(dict.fromkeys(_names(term)))
    return frozenset(found)


def _identifies(name: str, survey: Survey) -> bool:
    design, entry = survey.design, survey.codebook.variables.get(name)
    if name in (design.household, design.village, design.cluster):
        return True
    return entry is not None and (entry.scale == "identifier" or entry.role == "id")


def _coded(column: pl.Series) -> pl.Series:
    """Replace values by codes: numbers by numbers, so that types and the number of groups stay."""
    texts = column.cast(pl.String)
    key = hashlib.sha256(f"pseudonyms of {column.name}\n".encode())
    for value in texts:
        key.update(b"\0" if value is None else value.encode() + b"\n")
    known = texts.drop_nulls().unique(maintain_order=True).to_list()
    hashed = {v: hmac.new(key.digest(), v.encode(), hashlib.sha256).hexdigest() for v in known}
    order = sorted(known, key=lambda value: hashed[value])
    width = len(str(len(order)))
    numeric = column.dtype.is_numeric()
    codes: dict[str, Any] = {
        value: place if numeric else f"{column.name}-{place:0{width}d}"
        for place, value in enumerate(order, start=1)
    }
    dtype = pl.Int64 if numeric else pl.String
    return pl.Series(column.name, [None if v is None else codes[v] for v in texts], dtype=dtype)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _names(text: str) -> tuple[str, ...]:
    """Return the columns that a text mentions, if it is an expression or a formula term."""
    try:
        expression: Expr = parse_expression(text)
    except FormulaError:
        try:
            return parse_formula(f"~ {text}").variables
        except FormulaError:
            return ()
    return names_in(expression)
