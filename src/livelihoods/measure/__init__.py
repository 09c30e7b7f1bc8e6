"""Indicators become indices: orientation, weights, aggregation, factor scores, reliability."""

from __future__ import annotations

from livelihoods.measure.index import Index, build_index
from livelihoods.measure.spec import IndexSpec

__all__ = ["Index", "IndexSpec", "build_index"]
