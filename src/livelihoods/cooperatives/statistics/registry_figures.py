"""Registry statistics as charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.cooperatives.statistics.wording import say, signed
from livelihoods.figures import theme
from livelihoods.figures.model import Figure

if TYPE_CHECKING:
    from livelihoods.cooperatives.statistics.registry import RegistryStatistics

_MOST_BARS = 30


def contribution_figure(found: RegistryStatistics) -> Figure:
    """Return contributions to the growth of the total, largest first, losses in the warm tone."""
    known = [row for row in found.frame.to_dicts() if row["contribution"] is not None]
    known.sort(key=lambda row: -abs(row["contribution"]))
    rows = sorted(known[:_MOST_BARS], key=lambda row: -row["contribution"])
    values = [
        {
            "unit": row["unit"] or say("no_unit"),
            "points": 100.0 * row["contribution"],
            "up": row["contribution"] >= 0,
            "label": signed(row["change"], 0),
        }
        for row in rows
    ]
    y = {"field": "unit", "type": "nominal", "sort": None, "title": None}
    x: dict[str, Any] = {
        "field": "points",
        "type": "quantitative",
        "title": say("contribution_axis", base=found.base),
    }
    colour = {
        "condition": {"test": "datum.up", "value": theme.SERIES[2]},
        "value": theme.SERIES[1],
    }
    spec = {
        "width": theme.WIDTH - 190,
        "height": {"step": 20},
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"y": y, "x": x, "color": colour}},
            _labels(y, x, "datum.up"),
            # A loss has its number at the axis, where no bar and no name can run into it.
            _labels(y, {"datum": 0, "type": "quantitative"}, "!datum.up"),
        ],
    }
    title = say("contribution_title", table=found.stock.name, base=found.base, year=found.year)
    ends = (values[0], values[-1]) if values else ({"unit": "", "label": ""},) * 2
    alt = say(
        "contribution_alt",
        first=ends[0]["unit"],
        first_change=ends[0]["label"],
        last=ends[1]["unit"],
        last_change=ends[1]["label"],
    )
    return Figure("registry-contributions", title, spec, alt, language=words.language())


def _labels(y: dict[str, Any], x: dict[str, Any], test: str) -> dict[str, Any]:
    return {
        "transform": [{"filter": test}],
        "mark": {"type": "text", "align": "left", "dx": 4},
        "encoding": {"y": y, "x": x, "text": {"field": "label"}},
    }


def total_figure(found: RegistryStatistics) -> Figure:
    """Return the total year by year; years that the table leaves out stay empty."""
    stock = found.stock
    values = [
        {"year": year, "total": stock.total(year), "label": f"{stock.total(year):,.0f}"}
        for year in stock.years
    ]
    ticks = list(range(stock.years[0], stock.years[-1] + 1))
    x = {
        "field": "year",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": ticks},
        "axis": {"labelAngle": 0},
    }
    y = {"field": "total", "type": "quantitative", "title": say("cooperatives")}
    spec = {
        "width": theme.WIDTH - 60,
        "height": 240,
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "bar", "color": theme.SERIES[2]}, "encoding": {"x": x, "y": y}},
            {
                "mark": {"type": "text", "dy": -7},
                "encoding": {"x": x, "y": y, "text": {"field": "label"}},
            },
        ],
    }
    first, last = values[0], values[-1]
    alt = say(
        "total_alt",
        first=first["label"],
        base=first["year"],
        last=last["label"],
        year=last["year"],
    )
    title = say("total_title", table=stock.name)
    return Figure("registry-total", title, spec, alt, language=words.language())
