"""Names of all parameters, in the order of φ, and where to find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.arrays import Layout, System

ANCILLARY = "/"


def _pair(j: int, k: int) -> str:
    return f"{j + 1}{k + 1}" if k < 9 else f"{j + 1}_{k + 1}"


def parameter_names(system: System, layout: Layout) -> tuple[tuple[str, str], ...]:
    """Return (equation, term) of each parameter: ``cut_1``; ``lnsigma_1``, ``atanhrho_12``."""
    found: list[tuple[str, str]] = []
    for equation in system.equations:
        found += [(equation.name, term) for term in equation.terms]
        found += [(equation.name, f"cut_{m + 1}") for m in range(equation.cuts)]
    found += [(ANCILLARY, f"lnsigma_{j + 1}") for j in layout.scale]
    found += [(ANCILLARY, f"atanhrho_{_pair(j, k)}") for j, k in layout.corr]
    return tuple(found)


def sigma_name(j: int) -> str:
    """``sigma_1`` for the first equation."""
    return f"sigma_{j + 1}"


def rho_name(j: int, k: int) -> str:
    """``rho_12`` for the first and second equation."""
    return f"rho_{_pair(j, k)}"
