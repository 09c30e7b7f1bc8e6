"""A printed correlation matrix must be one of some data: |r| ≤ 1, symmetric, definite."""

from __future__ import annotations

import numpy as np

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule
from livelihoods.typing import Floats

_NAME = "correlation_matrix"


def check(page: Page, paper: Paper) -> Verdict:
    """Check bounds, symmetry and definiteness.

    Rounding moves each entry by at most h, so the smallest eigenvalue by at most ``(p − 1) h``
    (Weyl, with the spectral norm of the change bounded by its largest row sum). A smallest
    eigenvalue below minus that is impossible.
    """
    printed = _entries(page)
    if len(printed) < 3:
        return verdict(_NAME, page.spec.id, [], 0, "matrix_not_read")
    found = _too_large(page, printed) + _asymmetric(page, printed)
    matrix, names, half = _matrix(page, printed)
    if matrix is not None and not found:
        least = float(np.linalg.eigvalsh(matrix)[0])
        if least < -(len(names) - 1) * half - 1e-12:
            found.append(
                Finding(
                    _NAME,
                    "not_definite",
                    "impossible",
                    Place(page.spec.id),
                    values={"least": round(least, 4), "variables": list(names)},
                )
            )
    return verdict(_NAME, page.spec.id, found, len(printed))


def _entries(page: Page) -> dict[tuple[str, str], Printed]:
    return {
        (row.label, column): cell.numbers[0]
        for row in page.grid.rows
        for column, cell in zip(page.grid.columns, row.cells, strict=True)
        if cell.form in ("number", "estimate")
    }


def _names(page: Page) -> list[str]:
    return [row.label for row in page.grid.rows if any(cell.numbers for cell in row.cells)]


def _column_of(page: Page, place: int, name: str) -> str:
    """Columns are headed by the variable's name, or numbered in the order of the rows."""
    if name in page.grid.columns:
        return name
    return page.grid.columns[place] if place < len(page.grid.columns) else ""


def _too_large(page: Page, printed: dict[tuple[str, str], Printed]) -> list[Finding]:
    return [
        Finding(_NAME, "beyond_one", "impossible", Place(page.spec.id, *at), number.text)
        for at, number in printed.items()
        if number.interval().magnitude().low > 1
    ]


def _asymmetric(page: Page, printed: dict[tuple[str, str], Printed]) -> list[Finding]:
    names = _names(page)
    found = []
    for i, first in enumerate(names):
        for j, second in enumerate(names[:i]):
            one = printed.get((first, _column_of(page, j, second)))
            other = printed.get((second, _column_of(page, i, first)))
            if one and other and not one.interval().meets(other.interval()):
                found.append(
                    Finding(
                        _NAME,
                        "not_symmetric",
                        "inconsistent",
                        Place(page.spec.id, first, _column_of(page, j, second)),
                        one.text,
                        other.interval(),
                        other.decimals,
                    )
                )
    return found


def _matrix(
    page: Page, printed: dict[tuple[str, str], Printed]
) -> tuple[Floats | None, list[str], float]:
    names = _names(page)
    matrix = np.eye(len(names))
    half = 0.0
    for i, first in enumerate(names):
        for j, second in enumerate(names[:i]):
            entry = printed.get((first, _column_of(page, j, second))) or printed.get(
                (second, _column_of(page, i, first))
            )
            if entry is None:
                return None, names, 0.0
            matrix[i, j] = matrix[j, i] = float(entry.value)
            half = max(half, float(entry.interval().width) / 2)
    return matrix, names, half


RULE = Rule(_NAME, ("correlation",), check)
