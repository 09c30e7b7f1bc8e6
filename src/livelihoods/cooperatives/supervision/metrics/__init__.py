"""What can be measured of a cooperative in the register: one SQL query a metric.

To add a metric, add a ``Metric`` to the file of its topic. The query returns rows
``cooperative, num, den, evidence``: whole numbers whose quotient is the value, exactly; ``den = 0``
says that the register holds no evidence to judge by. Several rows for a cooperative are several
events (assemblies, grants), each judged by itself. A cooperative without a row has nothing to which
the metric applies. Queries may use ``$as_of`` (a day) and ``$year`` (the last whole year), and the
common tables of ``COMMON``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from livelihoods.cooperatives.supervision.metrics.model import COMMON, Metric


@cache
def metrics() -> Mapping[str, Metric]:
    """Return all metrics by name."""
    from livelihoods.cooperatives.supervision.metrics import (
        business,
        grants,
        meetings,
        members,
        money,
        trade,
    )

    topics = (members, meetings, business, grants, money, trade)
    return {metric.name: metric for topic in topics for metric in topic.METRICS}


__all__ = ["COMMON", "Metric", "metrics"]
