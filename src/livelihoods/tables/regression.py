"""Regression tables: columns (1) (2) …, coefficients, what stands below them, and what was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livelihoods.errors import SpecError
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Table,
    integer,
    interval,
    number,
    text,
)
from livelihoods.tables.model_statistics import statistic_rows
from livelihoods.tables.panels import Model, Panels, column_notes, numbered, panels_of, spanners_of
from livelihoods.tables.presets import Style, legend, star_count, style_of, vcov_words
from livelihoods.words.terms import choose_terms, label_term, matches

if TYPE_CHECKING:
    from livelihoods.typing import Result

_MOST_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class _Look:
    """Options of one table, resolved."""

    style: Style
    decimals: int
    language: str
    labels: Mapping[str, str]
    keep: Sequence[str] | None
    drop: Sequence[str] | None
    order: Sequence[str] | None
    indicate: Mapping[str, Sequence[str]]
    statistics: Sequence[str] | None

    @property
    def hidden(self) -> list[str]:
        """Patterns of terms that are not printed one by one."""
        collapsed = [pattern for patterns in self.indicate.values() for pattern in patterns]
        return [*(self.drop or ()), *collapsed]


def regression_table(
    results: Sequence[Result | None] | Mapping[str, Sequence[Result | None]],
    preset: str = "journal",
    *,
    id: str = "regression",
    title: str = "",
    keep: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    order: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    indicate: Mapping[str, Sequence[str]] | None = None,
    rows: Mapping[str, Sequence[Any]] | None = None,
    columns: Sequence[str] | None = None,
    spanners: Mapping[str, tuple[int, int]] | None = None,
    statistics: Sequence[str] | None = None,
    below: str | None = None,
    stars: Sequence[float] | bool | None = None,
    decimals: int = 3,
    language: str | None = None,
) -> Table:
    """Return results side by side as a journal prints them.

    Parameters
    ----------
    results
        One result a column, or panel label -> results, one set of columns stacked under another
        (several outcomes). None leaves a column empty. Only ``tidy()``, ``glance()``, ``notes``,
        ``outcome`` and ``vcov_label`` are asked for.
    preset
        ``"journal"`` (t in parentheses; stars at 10, 5 and 1 %), ``"econ"`` (standard errors, same
        stars), ``"apa"`` (standard errors; stars at 5, 1 and 0.1 %; no zero before the point of a
        p value), ``"plain"`` (intervals, no stars).
    id, title
        Slug and caption.
    keep, drop, order
        Terms to show, to hide, to put first: names, factor variables, or ``prefix*``.
    labels
        Wording of variables, terms, outcomes, equations and statistics.
    indicate
        Label -> terms that are not printed but answered by Yes or No, such as wave dummies.
    rows
        Label -> one value a column (text, number, True or False), set under the coefficients.
    columns
        Headings over the column numbers instead of the outcomes.
    spanners
        Label -> first and last column number as printed, both included.
    statistics
        Statistics below, by name or ``glance`` column; None prints the usual ones that exist.
    below
        ``"t" "se" "p" "ci" "none"`` instead of the preset's.
    stars
        Levels instead of the preset's, such as ``(0.05, 0.01)``; False for none.
    decimals
        Digits after the point. A coefficient that would print as zero gets more.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Returns
    -------
    Table
        With a legend that explains parentheses, stars and standard errors, and the notes of all
        results, each with its columns.

    Raises
    ------
    SpecError
        Nothing to print, panels of different width, unknown preset, term or statistic, a custom
        row or spanner that does not fit the columns.
    """
    from livelihoods import words

    spoken = language or words.language()
    name, style = style_of(preset, below, stars)
    panels = panels_of(results)
    look = _Look(
        style, decimals, spoken, labels or {}, keep, drop, order, indicate or {}, statistics
    )
    width = len(next(iter(panels.values())))
    _check_terms(panels, look)
    body: list[Row] = []
    for place, (label, models) in enumerate(panels.items(), start=1):
        if label:
            body.append(Row((text(label), *(BLANK,) * width), "section", rule_above=bool(body)))
        body += _panel_rows(models, look)
        if place == len(panels):
            body += _custom_rows(rows or {}, width, spoken)
        glances = [None if model is None else model.glance for model in models]
        body += statistic_rows(glances, statistics, look.labels, spoken)
    return Table(
        id,
        title,
        (Column("term", "", "left"), *numbered(width)),
        tuple(body),
        spanners_of(panels, columns, spanners or {}, look.labels, width),
        notes=column_notes(panels, spoken),
        legend=tuple(_legend(panels, look)),
        preset=name,
        decimals=decimals,
        language=spoken,
    )


def _check_terms(panels: Panels, look: _Look) -> None:
    """Refuse patterns that name no coefficient of any result."""
    models = [model for group in panels.values() for model in group if model is not None]
    terms = list(dict.fromkeys(term for model in models for _, term in model.rows))
    for pattern in (*(look.keep or ()), *look.hidden, *(look.order or ())):
        if not any(matches(term, pattern) for term in terms):
            raise SpecError("tables.unknown_term", term=pattern, known=terms)


def _panel_rows(models: Sequence[Model | None], look: _Look) -> list[Row]:
    present = [model for model in models if model is not None]
    keys = list(dict.fromkeys(key for model in present for key in model.rows))
    terms = list(dict.fromkeys(term for _, term in keys))
    shown = choose_terms(terms, look.keep, look.hidden, look.order)
    equations = list(dict.fromkeys(equation for equation, _ in keys))
    rows: list[Row] = []
    for equation in equations:
        label = _equation_label(equation, look)
        if len(equations) > 1 and label:
            rows.append(Row((text(label), *(BLANK,) * len(models)), "section"))
        for term in shown:
            if (equation, term) in keys:
                rows += _term_rows((equation, term), models, look)
    return rows + _indicated(models, look)


def _equation_label(equation: str, look: _Look) -> str:
    """Return the wording of an equation; "/" holds variances and correlations, "cut" the cuts."""
    from livelihoods import words

    if equation in look.labels:
        return look.labels[equation]
    known = {"/": "tables.ancillary", "cut": "tables.cuts"}.get(equation)
    return words.text(known, look.language) if known else equation


def _term_rows(key: tuple[str, str], models: Sequence[Model | None], look: _Look) -> list[Row]:
    found = [None if model is None else model.rows.get(key) for model in models]
    label = text(label_term(key[1], look.labels, look.language))
    above = [_estimate_cell(row, look) for row in found]
    if look.style.below == "none":
        return [Row((label, *above))]
    return [Row((label, *above)), Row((BLANK, *(_below_cell(row, look) for row in found)))]


def _estimate_cell(row: Mapping[str, Any] | None, look: _Look) -> Cell:
    if row is None:
        return BLANK
    stars = star_count(row.get("p_value"), look.style)
    return number(row["estimate"], _digits(row, look), stars=stars)


def _below_cell(row: Mapping[str, Any] | None, look: _Look) -> Cell:
    if row is None:
        return BLANK
    below = look.style.below
    if below == "ci":
        low, high = row.get("conf_low"), row.get("conf_high")
        if low is None or high is None or low != low or high != high:
            return BLANK
        return interval(low, high, _digits(row, look))
    column = {"t": "statistic", "se": "std_error", "p": "p_value"}[below]
    value = row.get(column)
    if value is None or value != value:
        return BLANK
    if below == "p":
        return Cell(float(value), "p_value", look.decimals, 0, "parentheses")
    digits = _digits(row, look) if below == "se" else look.decimals
    return number(value, digits, wrap="parentheses")


def _digits(row: Mapping[str, Any], look: _Look) -> int | None:
    """Return more decimals where estimate or standard error would otherwise print as zero."""
    values = [row.get("estimate"), row.get("std_error") if look.style.below == "se" else None]
    needed = look.decimals
    for value in values:
        if value and value == value and abs(value) < 0.5 * 10.0**-look.decimals:
            exponent = int(f"{abs(value):.1e}".split("e")[1])
            needed = max(needed, min(1 - exponent, _MOST_DECIMALS))
    return None if needed == look.decimals else needed


def _indicated(models: Sequence[Model | None], look: _Look) -> list[Row]:
    rows: list[Row] = []
    for label, patterns in look.indicate.items():
        answers: list[Any] = [
            None
            if model is None
            else any(matches(term, p) for _, term in model.rows for p in patterns)
            for model in models
        ]
        cells = [_custom(answer, look.language) for answer in answers]
        rows.append(Row((text(label), *cells), "statistic", rule_above=not rows))
    return rows


def _custom_rows(custom: Mapping[str, Sequence[Any]], width: int, language: str) -> list[Row]:
    rows: list[Row] = []
    for label, values in custom.items():
        if isinstance(values, str) or len(values) != width:
            raise SpecError("tables.custom_row", label=label, given=len(values), columns=width)
        cells = [_custom(value, language) for value in values]
        rows.append(Row((text(label), *cells), "statistic", rule_above=not rows))
    return rows


def _custom(value: Any, language: str) -> Cell:
    from livelihoods import words

    if value is None:
        return BLANK
    if isinstance(value, Cell):
        return value
    if isinstance(value, bool):
        return text(words.text("tables.yes" if value else "tables.no", language))
    if isinstance(value, int):
        return integer(value)
    return number(value) if isinstance(value, float) else text(str(value))


def _legend(panels: Panels, look: _Look) -> list[str]:
    from livelihoods import words

    models = [model for group in panels.values() for model in group if model is not None]
    statistics = list(dict.fromkeys(model.statistic for model in models))
    levels = list(dict.fromkeys(model.level for model in models))
    lines = legend(look.style, look.language, " / ".join(statistics), " / ".join(levels))
    places: dict[str, list[str]] = {}
    for group in panels.values():
        for place, model in enumerate(group, start=1):
            if model is not None and model.vcov:
                columns = places.setdefault(model.vcov, [])
                columns += [f"({place})"] if f"({place})" not in columns else []
    told = {vcov_words(kind, look.labels, look.language): at for kind, at in places.items()}
    if len(told) == 1:
        lines.append(words.text("tables.se_kind", look.language, kind=next(iter(told))))
    elif told:
        kinds = [f"{kind} {', '.join(columns)}" for kind, columns in told.items()]
        lines.append(words.text("tables.se_kind", look.language, kind="; ".join(kinds)))
    return lines
