"""Group comparisons, matching tables and descriptive tables as printed: named number columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from livelihoods.audit.grid import Grid
from livelihoods.audit.paper import TableSpec
from livelihoods.audit.printed import Printed

IS_P = re.compile(r"^p\b|p[- ]?value|p值", re.I)
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("p", IS_P),
    ("t", re.compile(r"^t\b|t[- ]?(value|stat\w*)|t值", re.I)),
    ("se", re.compile(r"std.*err|s\.?e\.?$|standard error|标准误", re.I)),
    ("sd", re.compile(r"std|s\.?d\.?$|standard dev|标准差", re.I)),
    ("difference", re.compile(r"diff|^att$|\batt\b|effect|差", re.I)),
    ("n", re.compile(r"^(n|obs\w*|observations|样本量)\.?$", re.I)),
    ("mean", re.compile(r"mean|均值", re.I)),
    ("low", re.compile(r"^min", re.I)),
    ("high", re.compile(r"^max", re.I)),
)
_SIZE = re.compile(r"n\s*=\s*([\d,]+)", re.I)


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Rows of outcomes, columns with roles.

    Attributes
    ----------
    rows
        Row labels.
    roles
        Role (``difference t p se sd mean n low high``) -> column header.
    groups
        Headers of the group means, in order: those without another role.
    sizes
        Group header -> its n, where the header says (``"(N=166)"``).
    numbers
        (row, column) -> printed number.
    """

    spec: TableSpec
    rows: tuple[str, ...]
    roles: Mapping[str, str]
    groups: tuple[str, ...]
    sizes: Mapping[str, int]
    numbers: Mapping[tuple[str, str], Printed]

    def get(self, row: str, role: str) -> Printed | None:
        """Return the number of a row in the column with this role."""
        return self.numbers.get((row, self.roles.get(role, "")))


def comparison_view(grid: Grid, spec: TableSpec) -> ComparisonView:
    """Read a grid whose columns have roles by their headers."""
    roles: dict[str, str] = {}
    groups: list[str] = []
    for name in grid.columns:
        role = next((role for role, pattern in _ROLES if pattern.search(name)), "")
        if role and role not in roles and not _SIZE.search(name):
            roles[role] = name
        else:
            groups.append(name)
    numbers = {
        (row.label, column): cell.numbers[0]
        for row in grid.rows
        for column, cell in zip(grid.columns, row.cells, strict=True)
        if cell.numbers
    }
    sizes = {
        name: int(match.group(1).replace(",", ""))
        for name in groups
        if (match := _SIZE.search(name))
    }
    rows = tuple(row.label for row in grid.rows if any(cell.numbers for cell in row.cells))
    return ComparisonView(spec, rows, roles, tuple(groups), sizes, numbers)
