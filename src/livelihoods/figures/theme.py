"""One look for every figure: colours that colour-blind readers and grey printers can tell apart.

The series colours fall steadily in lightness (so a grey print keeps their order) and differ for
readers without red or green cones; shape and dash repeat the distinction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

INK = "#222222"
SOFT = "#6b6b6b"
FAINT = "#d9d9d9"
FONT = (
    "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'Noto Sans CJK SC',"
    " 'PingFang SC', 'Microsoft YaHei', sans-serif"
)

# Dark to light: navy, vermilion, blue, orange, sky, straw.
SERIES = ("#12304f", "#a63603", "#3d7fb5", "#e08214", "#8ec5e6", "#f2d58c")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (1, 4), (10, 2))

# One hue, light to dark: shares, levels, ordered answers.
SEQUENTIAL = ("#f3f6fa", "#cfe0ee", "#9cc2de", "#5f9bc6", "#2f6a9f", "#12304f")
# Two hues that meet in white: signed values; numbers are printed in the cells as well.
DIVERGING = ("#a63603", "#e08214", "#fbd9a5", "#f7f7f7", "#c3dcee", "#5f9bc6", "#12304f")

WIDTH = 560
# Data of a layer that draws one line or word: the figure's own would draw it once a row.
ONCE: dict[str, Any] = {"values": [{}]}


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration of the house."""
    return {
        "aria": False,
        "background": "#ffffff",
        "font": FONT,
        "padding": {"left": 4, "right": 10, "top": 6, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            "domainColor": INK,
            "domainWidth": 0.8,
            "tickColor": INK,
            "tickSize": 4,
            "tickWidth": 0.8,
            "gridColor": "#ebebeb",
            "gridWidth": 0.7,
            "labelColor": INK,
            "labelFontSize": 12,
            "labelLimit": 320,
            "labelPadding": 5,
            "titleColor": INK,
            "titleFontSize": 12.5,
            "titleFontWeight": "normal",
            "titlePadding": 9,
            "titleLimit": 520,
        },
        "header": {"labelFontSize": 12.5, "labelColor": INK, "labelFontWeight": "bold"},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "labelFontSize": 12,
            "labelColor": INK,
            "labelLimit": 260,
            "symbolSize": 90,
            "symbolOpacity": 1,
            "columns": 4,
            "padding": 0,
            "offset": 8,
        },
        "point": {"filled": True, "size": 62, "opacity": 1},
        "rule": {"color": INK},
        "range": {"category": list(SERIES), "ramp": list(SEQUENTIAL), "heatmap": list(SEQUENTIAL)},
        "text": {"color": INK, "fontSize": 11.5},
    }


def legend_columns(names: Sequence[str]) -> int:
    """Return how many legend entries fit on one line of a figure; wide letters count twice."""
    longest = max((sum(1 + (ord(c) > 0x2E7F) for c in name) for name in names), default=1)
    return max(1, min(len(names), int(WIDTH / (7 * min(longest, 36) + 24))))


def series_scale(names: list[str], values: tuple[Any, ...]) -> dict[str, Any]:
    """Return a scale that gives each name its colour, shape or dash, cycling beyond six."""
    chosen = [values[place % len(values)] for place in range(len(names))]
    return {
        "domain": names,
        "range": [list(item) if isinstance(item, tuple) else item for item in chosen],
    }


def mix(tones: Sequence[str], place: float) -> str:
    """Return the tone at ``place`` (0 to 1) of a ramp, straight between its steps."""
    at = min(max(place, 0.0), 1.0) * (len(tones) - 1)
    lower = min(int(at), len(tones) - 2)
    part = at - lower
    pairs = zip(_channels(tones[lower]), _channels(tones[lower + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def is_dark(tone: str) -> bool:
    """Tell whether white letters read better on a tone than dark ones (WCAG luminance)."""
    linear = [
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in _channels(tone)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.2


def _channels(tone: str) -> list[int]:
    return [int(tone[place : place + 2], 16) for place in (1, 3, 5)]


def clean(value: str) -> str:
    """Return text without control characters and lone surrogates: XML cannot hold them."""
    if value.isprintable():
        return value
    spaced = re.sub(r"[\s\u2028\u2029]", " ", value)
    kept = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", "", spaced)
    return kept.encode("utf-8", "replace").decode("utf-8")
