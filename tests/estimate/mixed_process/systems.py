"""Small random systems of every kind, as arrays, for tests of the likelihood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livelihoods.estimate.mixed_process.arrays import (
    ONE,
    OUT,
    POINT,
    TWO,
    EquationArrays,
    System,
)

inf = np.inf
Array = NDArray[np.float64]


class Maker:
    """Draws equations over n rows from one seed."""

    def __init__(self, n: int = 300, seed: int = 0) -> None:
        self.n, self.rng = n, np.random.default_rng(seed)

    def X(self, k: int) -> Array:
        return np.column_stack([np.ones(self.n), self.rng.normal(size=(self.n, k))])

    def _missing(self, code: NDArray[np.int64], share: float) -> NDArray[np.int64]:
        return np.where(self.rng.random(self.n) < share, OUT, code)

    def linear(
        self, feeds: tuple[int, ...] = (), truncated: int = 0, missing: float = 0.0
    ) -> EquationArrays:
        y = self.rng.normal(size=self.n) + 1
        cut = None
        if truncated:
            y = np.abs(y) + 0.1
            cut = (np.zeros(self.n), np.full(self.n, inf if truncated == 1 else 9.0))
        code = self._missing(np.full(self.n, POINT), missing)
        return EquationArrays(
            "linear", "linear", (), self.X(2), code, y, y, feeds=feeds, truncation=cut, constant=0
        )

    def probit(
        self, feeds: tuple[int, ...] = (), missing: float = 0.0, offset: bool = False
    ) -> EquationArrays:
        y = self.rng.random(self.n) < 0.4
        return EquationArrays(
            "probit",
            "probit",
            (),
            self.X(2),
            self._missing(np.full(self.n, ONE), missing),
            np.where(y, 0, -inf),
            np.where(y, inf, 0),
            free_scale=False,
            feeds=feeds,
            offset=self.rng.normal(size=self.n) * 0.2 if offset else None,
            constant=0,
        )

    def ordered(self, feeds: tuple[int, ...] = ()) -> EquationArrays:
        level = self.rng.integers(0, 4, self.n)
        zero = np.zeros(self.n)
        return EquationArrays(
            "ordered",
            "oprobit",
            (),
            self.rng.normal(size=(self.n, 2)),
            np.where((level == 0) | (level == 3), ONE, TWO),
            zero,
            zero,
            level - 1,
            np.where(level == 3, -1, level),
            3,
            free_scale=False,
            feeds=feeds,
        )

    def censored(self, feeds: tuple[int, ...] = ()) -> EquationArrays:
        """Points, left, right and interval censored rows mixed."""
        y = self.rng.normal(size=self.n) + 0.5
        low = np.where(y < 0, -inf, np.where(y > 1.5, 1.5, y))
        high = np.where(y < 0, 0, np.where(y > 1.5, inf, y))
        banded = self.rng.random(self.n) < 0.3
        low = np.where(banded & np.isfinite(low), low - 0.3, low)
        high = np.where(banded & np.isfinite(high), high + 0.4, high)
        both = np.isfinite(low) & np.isfinite(high)
        code = np.where(low == high, POINT, np.where(both, TWO, ONE))
        return EquationArrays(
            "censored", "tobit", (), self.X(1), code, low, high, feeds=feeds, constant=0
        )

    def fractional(self) -> EquationArrays:
        share = self.rng.random(self.n).round(1)
        zero = np.zeros(self.n)
        return EquationArrays(
            "fractional",
            "fractional",
            (),
            self.X(1),
            np.full(self.n, ONE),
            zero,
            zero,
            share=share,
            free_scale=False,
            constant=0,
        )

    def system(self, *equations: EquationArrays, weights: Array | None = None) -> System:
        return System(equations, np.arange(self.n), weights)


def every_kind() -> dict[str, System]:
    """Systems that together meet every branch of the likelihood."""
    m = Maker()
    return {
        "linear": m.system(m.linear()),
        "probit with offset": m.system(m.probit(offset=True)),
        "ordered": m.system(m.ordered()),
        "censored every way": m.system(m.censored()),
        "truncated": m.system(m.linear(truncated=1)),
        "two truncated": m.system(m.linear(truncated=2), m.linear(truncated=1)),
        "linear and probit": m.system(m.linear(), m.probit()),
        "selection": m.system(m.linear(missing=0.4), m.probit()),
        "two probits": m.system(m.probit(missing=0.3), m.probit()),
        "two ordered, weighted": m.system(
            m.ordered(), m.ordered(), weights=m.rng.random(m.n) + 0.5
        ),
        "censored and ordered": m.system(m.censored(), m.ordered()),
        "two censored": m.system(m.censored(), m.censored()),
        "fractional, probit, linear": m.system(m.fractional(), m.probit(), m.linear()),
        "three linear": m.system(m.linear(), m.linear(missing=0.3), m.linear()),
        "linear, probit, ordered": m.system(m.linear(missing=0.2), m.probit(), m.ordered()),
        "latent probit": m.system(m.linear(feeds=(1,)), m.probit()),
        "simultaneous": m.system(m.linear(feeds=(1,)), m.linear(feeds=(0,))),
        "latent loop of three": m.system(
            m.censored(feeds=(1, 2)), m.ordered(feeds=(2,)), m.linear(feeds=(0,))
        ),
        "latent and truncated": m.system(m.linear(feeds=(1,), truncated=1), m.probit()),
    }
