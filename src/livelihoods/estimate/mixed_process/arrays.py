"""What the likelihood gets: one equation's arrays, and the places of all parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from livelihoods.typing import Floats, Ints

Kind = Literal["linear", "probit", "oprobit", "tobit", "interval", "truncated", "fractional"]

# What is known of y* in a row.
OUT: Final = 0  # the row is not in this equation's sample
POINT: Final = 1  # y* itself
ONE: Final = 2  # y* lies on one side of a bound
TWO: Final = 3  # y* lies between two bounds


@dataclass(frozen=True, slots=True)
class EquationArrays:
    """One equation over all n rows of the system.

    The model is y* = Xβ + Σ γ_b y*_b + offset + ε.

    Attributes
    ----------
    name, kind
        How the equation is called and what was asked for.
    terms
        Names of the columns of ``X``, then of the latent regressors.
    X
        Regressors, shape ``(n, k)``; rows outside the sample are not read.
    code
        ``OUT POINT ONE TWO`` a row, shape ``(n,)``.
    low, high
        Bounds of y*, shape ``(n,)``: equal in ``POINT`` rows, one infinite in ``ONE`` rows. In an
        ordered equation 0 stands for a bound that is a cut point.
    low_cut, high_cut
        Number of the cut point that is the bound, −1 if it is open; only in ordered equations.
    cuts
        How many cut points are estimated.
    share
        Fractional outcomes in [0, 1]; None for other kinds.
    free_scale
        Whether σ is estimated; a probit fixes it at 1.
    feeds
        Numbers of the equations whose latent variable stands on the right, in order.
    offset
        A term with coefficient one, or None.
    truncation
        (low, high), each of shape ``(n,)``, or None: rows with y* outside are never seen.
    constant
        Which column of ``X`` is the constant, or None.
    """

    name: str
    kind: Kind
    terms: tuple[str, ...]
    X: Floats
    code: Ints
    low: Floats
    high: Floats
    low_cut: Ints | None = None
    high_cut: Ints | None = None
    cuts: int = 0
    share: Floats | None = None
    free_scale: bool = True
    feeds: tuple[int, ...] = ()
    offset: Floats | None = None
    truncation: tuple[Floats, Floats] | None = None
    constant: int | None = None


@dataclass(frozen=True, slots=True)
class System:
    """Several equations over the same n rows.

    Attributes
    ----------
    equations
        In the order given.
    rows
        Original row numbers, shape ``(n,)``.
    weights
        Shape ``(n,)``, or None.
    weight_kind
        ``"frequency"``: a row stands for so many; ``"probability"``: a pseudo-likelihood.
    clusters
        Codes 0 … G−1, shape ``(n,)``, or None.
    """

    equations: tuple[EquationArrays, ...]
    rows: Ints
    weights: Floats | None = None
    weight_kind: Literal["frequency", "probability"] | None = None
    clusters: Ints | None = None

    @property
    def n(self) -> int:
        """Rows of which at least one equation is used."""
        return int(self.rows.size)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each parameter stands in the vector φ.

    Attributes
    ----------
    beta
        Slice of each equation's coefficients, latent regressors last.
    cuts
        Slice of each equation's cut points (empty if it has none).
    feeds
        (equation a, equation b, place): γ of y*_b in equation a.
    scale
        Equation -> place of ln σ.
    corr
        (j, k), j < k -> place of the transformed correlation.
    size
        Length of φ.
    partial
        Whether the correlations are partial ones: (j, k) given all equations before j.
    """

    beta: tuple[slice, ...]
    cuts: tuple[slice, ...]
    feeds: tuple[tuple[int, int, int], ...]
    scale: Mapping[int, int]
    corr: Mapping[tuple[int, int], int]
    size: int
    partial: bool = False

    @property
    def error_places(self) -> Ints:
        """Places of what the covariance depends on: γ, ln σ, transformed ρ, in that order."""
        places = [place for _, _, place in self.feeds]
        places += [*self.scale.values(), *self.corr.values()]
        return np.array(places, dtype=np.int64)

    @property
    def equations(self) -> int:
        """How many equations there are."""
        return len(self.beta)


@dataclass(frozen=True, slots=True)
class Box:
    """One censored equation within a pattern: ``sides`` 1 or 2, for all its rows."""

    equation: int
    sides: int


@dataclass(frozen=True, slots=True)
class Bound:
    """One finite bound of a box, for the rows of a block.

    Attributes
    ----------
    value
        Its place on the scale of y*, shape ``(m,)``; 0 where a cut point is added.
    sign
        For one-sided boxes +1 if y* lies below, −1 if above, shape ``(m,)``; None when two-sided.
    cut
        Number of the cut point, shape ``(m,)``, or None.
    """

    value: Floats
    sign: Floats | None = None
    cut: Ints | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Up to 16 384 rows of one pattern; tuples follow the pattern's ``sample``.

    Attributes
    ----------
    unit
        Row of the system each row belongs to (fractional outcomes split a row in two).
    weight
        Shape ``(m,)``, or None.
    X, offset
        Regressors ``(m, k)`` and offset of each equation in the sample.
    points
        y* of each equation in ``pattern.points``.
    bounds
        Finite bounds: of each box in turn, lower first; then the truncation's alike.
    """

    unit: Ints
    weight: Floats | None
    X: tuple[Floats, ...]
    offset: tuple[Floats | None, ...]
    points: tuple[Floats, ...]
    bounds: tuple[Bound, ...]
    truncation: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rows in which the same is known of each equation.

    Attributes
    ----------
    sample
        Equations present.
    points
        Those whose y* is observed.
    boxes
        Those known up to bounds.
    truncation
        Those that are truncated.
    blocks
        The rows.
    """

    sample: tuple[int, ...]
    points: tuple[int, ...]
    boxes: tuple[Box, ...]
    truncation: tuple[Box, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A system made ready for the likelihood: sorted by pattern, standardised.

    Attributes
    ----------
    patterns, layout
        What :mod:`.likelihood` works on.
    to_natural, shift
        φ = ``to_natural`` @ φ̃ + ``shift`` takes standardised parameters to those of the user.
    jacobian
        Added to the standardised log likelihood to give that of the data as they are.
    n
        Rows of the system.
    total
        Sum of frequency weights, or n.
    """

    patterns: tuple[Pattern, ...]
    layout: Layout
    to_natural: Floats
    shift: Floats
    jacobian: float
    n: int
    total: float

    def standardised(self, phi: Floats) -> Floats:
        """Return φ̃ of parameters in the user's units."""
        return np.asarray(np.linalg.solve(self.to_natural, phi - self.shift), dtype=np.float64)
