"""The squeeze as a figure: what each seller is paid beside the market, and beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import DataError
from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.figures.model import Figure

if TYPE_CHECKING:
    from livelihoods.cooperatives.linkage.squeeze import Squeeze
    from livelihoods.typing import Result


@dataclass(frozen=True, slots=True)
class _Points:
    """What a coefficient plot asks of a result."""

    frame: pl.DataFrame
    outcome: str = ""

    def tidy(self) -> pl.DataFrame:
        return self.frame


def squeeze_figure(found: Squeeze) -> Figure:
    """Return the differences in price with their intervals, percent.

    Raises
    ------
    DataError
        If nothing could be compared.
    """
    lang = words.language()
    rows: list[dict[str, Any]] = []
    for row in found.against_market.iter_rows(named=True):
        who = words.text(f"linkage.who_{row['group']}", lang)
        rows.append(_point(words.text("linkage.beside_market", lang, who=who), row))
    for row in found.contrasts.filter(pl.col("outcome") == "price").iter_rows(named=True):
        one, other = (words.text(f"linkage.who_{row[key]}", lang) for key in ("group", "other"))
        rows.append(_point(words.text("linkage.beside_other", lang, who=one, other=other), row))
    known = [row for row in rows if row["estimate"] is not None]
    if not known:
        raise DataError("linkage.nothing_compared", year=found.year)
    return coefficient_plot(
        cast("Result", _Points(pl.DataFrame(known, infer_schema_length=None))),
        id="squeeze",
        title=words.text(
            "linkage.squeeze_title", lang, cooperative=found.cooperative, year=found.year
        ),
        axis=words.text("linkage.squeeze_axis", lang),
    )


def _point(term: str, row: dict[str, Any]) -> dict[str, Any]:
    names = ("estimate", "conf_low", "conf_high")
    logs = {name: row[name] for name in names}
    share = {k: None if v is None else float(100 * np.expm1(v)) for k, v in logs.items()}
    return {"term": term, **share}
