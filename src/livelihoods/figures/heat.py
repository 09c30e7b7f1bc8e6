"""Heat maps: a matrix of numbers as tones, every number printed in its cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure


def heat_map(
    values: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    id: str = "matrix",
    title: str = "",
    signed: bool | None = None,
    limit: float | None = None,
    decimals: int = 2,
    stars: Sequence[Sequence[str]] | None = None,
    axis: str = "",
    language: str | None = None,
) -> Figure:
    """Return a matrix as tones, such as correlations or contributions by group.

    Parameters
    ----------
    values
        Numbers, shape ``(r, c)``; NaN or None leaves a cell empty.
    rows, columns
        Labels, ``r`` and ``c`` of them; labels may repeat.
    id, title
        Slug and caption.
    signed
        Two hues around zero; None decides by whether a value is negative.
    limit
        Value of the darkest tone; None takes the largest absolute value.
    decimals
        Digits printed in the cells.
    stars
        Significance marks printed after the numbers, same shape.
    axis
        What the numbers are.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        The labels do not fit the matrix, or it holds no number.
    """
    from livelihoods import words

    spoken = language or words.language()
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.shape != (len(rows), len(columns)) or not np.isfinite(matrix).any():
        shape = " × ".join(str(n) for n in matrix.shape)
        raise DataError("figures.matrix", figure=id, rows=len(rows), cols=len(columns), shape=shape)
    two_hues = bool(np.nanmin(matrix) < 0) if signed is None else signed
    top = float(np.nanmax(np.abs(matrix))) if limit is None else limit
    cells = _cells(matrix, decimals, stars, top or 1.0, two_hues)
    spec = {
        "width": {"step": max(46, 11 * (decimals + 4))},
        "height": {"step": 30},
        "data": {"values": cells},
        "layer": _layers(list(rows), list(columns)),
    }
    alt = _alt(matrix, rows, columns, decimals, axis, spoken)
    return Figure(id, title, spec, alt, language=spoken)


def _cells(
    matrix: Any, decimals: int, stars: Sequence[Sequence[str]] | None, top: float, signed: bool
) -> list[dict[str, Any]]:
    cells = []
    for (i, j), value in np.ndenumerate(matrix):
        if not np.isfinite(value):
            continue
        mark = stars[i][j] if stars is not None else ""
        place = 0.5 + value / (2 * top) if signed else abs(value) / top
        tone = theme.mix(theme.DIVERGING if signed else theme.SEQUENTIAL, min(max(place, 0), 1))
        cells.append(
            {
                "i": i,
                "j": j,
                "value": float(value),
                "tone": tone,
                "ink": "#ffffff" if theme.is_dark(tone) else theme.INK,
                "text": f"{value:.{decimals}f}".replace("-", "\u2212") + mark,
            }
        )
    return cells


def _axis(field: str, labels: list[str], **look: Any) -> dict[str, Any]:
    """Return a band axis over places: labels may repeat, so they only name the ticks."""
    named = {"domain": False, "ticks": False, "grid": False, "labelExpr": _label_expr(labels)}
    scale = {"domain": list(range(len(labels)))}
    axis = {**named, **look}
    return {"field": field, "type": "ordinal", "title": None, "axis": axis, "scale": scale}


def _label_expr(labels: list[str]) -> str:
    return f"{json.dumps([theme.clean(label) for label in labels])}[datum.value]"


def _layers(rows: list[str], columns: list[str]) -> list[dict[str, Any]]:
    longest = max((len(label) for label in columns), default=0)
    turn = {"labelAngle": -40, "labelAlign": "left", "labelLimit": 180} if longest > 6 else {}
    x = _axis("j", columns, orient="top", **({"labelAngle": 0} | turn))
    y = _axis("i", rows)
    tone = {"field": "tone", "type": "nominal", "scale": None, "legend": None}
    ink = {"field": "ink", "type": "nominal", "scale": None, "legend": None}
    return [
        {
            "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 1},
            "encoding": {"x": x, "y": y, "color": tone},
        },
        {
            "mark": {"type": "text", "fontSize": 11.5},
            "encoding": {"x": x, "y": y, "text": {"field": "text"}, "color": ink},
        },
    ]


def _alt(
    matrix: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    decimals: int,
    axis: str,
    language: str,
) -> str:
    from livelihoods import words

    high = np.unravel_index(int(np.nanargmax(matrix)), matrix.shape)
    low = np.unravel_index(int(np.nanargmin(matrix)), matrix.shape)

    def told(at: tuple[Any, ...]) -> Mapping[str, str]:
        value = f"{matrix[at]:.{decimals}f}".replace("-", "\u2212")
        return {"value": value, "row": rows[int(at[0])], "column": columns[int(at[1])]}

    top, bottom = told(high), told(low)
    return words.text(
        "figures.heat_alt",
        language,
        axis=axis or "–",
        rows=len(rows),
        columns=len(columns),
        high=f"{top['value']} ({top['row']} × {top['column']})",
        low=f"{bottom['value']} ({bottom['row']} × {bottom['column']})",
    )
