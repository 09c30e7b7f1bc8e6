"""Tables of what joining is worth and of who is squeezed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods import words
from livelihoods.cooperatives.linkage.benefit import PARTS
from livelihoods.tables import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    interval,
    number,
    p_value,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.cooperatives.linkage.benefit import Benefit
    from livelihoods.cooperatives.linkage.squeeze import Squeeze
    from livelihoods.tables.model import Align


def _say(key: str, lang: str, **values: object) -> str:
    return words.text(f"linkage.{key}", lang, **values)


def benefit_table(found: Benefit) -> Table:
    """Return each part by class of member: mean a member and how many are known."""
    lang = words.language()
    frame = found.by_class()
    rows_of = {(row["part"], row["group"]): row for row in frame.iter_rows(named=True)}
    groups = [g for g in ("common", "core", "all") if ("total", g) in rows_of]
    rows = []
    for part in (*PARTS, "total"):
        cells: list[Cell] = [text(_say(f"part_{part}", lang))]
        for group in groups:
            row = rows_of[part, group]
            cells += [number(row["mean"], 2), integer(row["n"])]
        cells += _gap(rows_of.get((part, "core - common")))
        total = part == "total"
        rows.append(Row(tuple(cells), "total" if total else "body", rule_above=total))
    columns = [Column("part", _say("part", lang), "left")]
    for group in groups:
        columns += [
            Column(f"{group}_mean", _say("mean", lang)),
            Column(f"{group}_n", _say("known", lang)),
        ]
    columns += [Column("difference", _say("difference", lang)), Column("p", "p")]
    spanners = tuple(
        Spanner(_say(f"group_{group}", lang), 1 + 2 * place, 3 + 2 * place)
        for place, group in enumerate(groups)
    )
    start = 1 + 2 * len(groups)
    both = (*spanners, Spanner(_say("core_less_common", lang), start, start + 2))
    return Table(
        "benefit",
        _say("benefit_title", lang, cooperative=found.cooperative, year=found.year),
        tuple(columns),
        tuple(rows),
        both,
        found.notes,
        (_say("benefit_legend", lang),),
        language=lang,
    )


def _gap(row: dict[str, Any] | None) -> list[Cell]:
    if row is None:
        return [BLANK, BLANK]
    return [number(row["mean"], 2), p_value(row["p_value"])]


def squeeze_table(found: Squeeze) -> Table:
    """Return the matched contrasts, and each group against the market's quotation."""
    lang = words.language()
    rows = [Row((text(_say("against_others", lang)), *[BLANK] * 5), "section")]
    for row in found.contrasts.iter_rows(named=True):
        label = _say(f"contrast_{row['outcome']}", lang, other=_say(f"who_{row['other']}", lang))
        price = row["outcome"] == "price"
        rows.append(_line(label, row, row["cells"], price, row["squeezed"]))
    rows.append(Row((text(_say("against_market", lang)), *[BLANK] * 5), "section", True))
    for row in found.against_market.iter_rows(named=True):
        if row["sellers"]:
            label = _say(f"who_{row['group']}", lang)
            rows.append(_line(label, row, row["sellers"], True, False))
    names = ("who", "gap", "interval", "p", "support", "finding")
    aligns: tuple[Align, ...] = ("left", "decimal", "center", "decimal", "decimal", "left")
    columns = tuple(
        Column(name, _say(f"squeeze_{name}", lang), align)
        for name, align in zip(names, aligns, strict=True)
    )
    return Table(
        "squeeze",
        _say("squeeze_title", lang, cooperative=found.cooperative, year=found.year),
        columns,
        tuple(rows),
        notes=found.notes,
        legend=(_say("squeeze_legend", lang),),
        language=lang,
    )


def _line(label: str, row: dict[str, Any], support: int, price: bool, squeezed: bool) -> Row:
    """Return a line in percent: of the price for prices, percentage points for deductions."""

    def share(value: float | None) -> float | None:
        if value is None:
            return None
        return float(np.expm1(value)) if price else value

    low, high = share(row["conf_low"]), share(row["conf_high"])
    inside = BLANK if low is None or high is None else interval(100 * low, 100 * high, 2)
    said = text(words.text("linkage.squeezed", words.language())) if squeezed else BLANK
    return Row(
        (
            text(label),
            percent(share(row["estimate"])),
            inside,
            p_value(row["p_value"]),
            integer(support),
            said,
        ),
        indent=1,
    )
