"""What a printed table probably is, from its header and the look of its cells."""

from __future__ import annotations

import re

from livelihoods.audit.grid import Grid
from livelihoods.audit.paper import TableKind, TableSpec
from livelihoods.audit.views.panel import year_of
from livelihoods.audit.views.regression import guess_brackets, regression_view

_GROWTH = re.compile(r"growth|增长", re.I)
_CLAIM = re.compile(r"claim|quote|sentence|表述", re.I)


def guess_spec(grid: Grid, file: str = "") -> TableSpec:
    """Guess kind and roles; what cannot be seen in a table (n, kind of errors) is left open."""
    kind = _kind(grid)
    spec = TableSpec(id=grid.name, file=file, kind=kind)
    if kind == "regression":
        view = regression_view(grid, spec)
        brackets = guess_brackets(list(view.coefficients.values()))
        return spec.model_copy(
            update={"parentheses": brackets, "intercept": view.intercept or None}
        )
    return spec


def _kind(grid: Grid) -> TableKind:
    headers = [column.lower() for column in grid.columns]
    if any(_CLAIM.search(header) for header in headers):
        return "claims"
    cells = [cell for row in grid.rows for cell in row.cells if cell.form != "empty"]
    numeric = [cell for cell in cells if cell.numbers]
    if not numeric or len(numeric) < len(cells) / 4:
        return "text"
    if sum(cell.form == "pair" for cell in numeric) > len(numeric) / 2:
        return "frequency"
    if _has_brackets(grid) and not any("n=" in header.replace(" ", "") for header in headers):
        return "regression"
    if sum(year_of(header) is not None for header in headers) >= 2:
        growth = any(_GROWTH.search(row.label) for row in grid.rows)
        return "growth" if growth else "composition"
    return _by_header(grid, headers)


def _has_brackets(grid: Grid) -> bool:
    beside = sum(cell.form == "estimate" for row in grid.rows for cell in row.cells)
    below = sum(cell.bracketed for row in grid.rows for cell in row.cells)
    numbers = sum(bool(cell.numbers) for row in grid.rows for cell in row.cells)
    return max(beside, below) > numbers / 4


def _by_header(grid: Grid, headers: list[str]) -> TableKind:
    joined = " | ".join(headers)
    if re.search(r"treated|att\b|处理组", joined):
        return "matching"
    if re.search(r"diff|t[- ]?value|差异", joined):
        return "group_difference"
    if re.search(r"=\s*\d", joined):
        return "frequency"
    if re.search(r"std|s\.d|sd\b|标准差|min|max", joined):
        return "descriptive"
    labels = [row.label for row in grid.rows]
    values = [cell.first.value for row in grid.rows for cell in row.cells if cell.first]
    if len(labels) >= 2 and values and all(abs(value) <= 1 for value in values):
        return "correlation"
    return "text"


def to_toml(specs: list[TableSpec]) -> str:
    """Write guesses as the TOML that ``livelihoods audit`` reads."""
    lines = ["format = 1", ""]
    for spec in specs:
        lines.append("[[table]]")
        for key, value in spec.model_dump(exclude_defaults=True).items():
            lines.append(f"{key} = {_toml(value)}")
        if spec.kind == "regression":
            lines += [
                "# n = 312                 rows behind the table",
                '# errors = "classical"    or "robust", "clustered"',
                '# dummies = ["Gender"]    0/1 regressors',
            ]
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value)
