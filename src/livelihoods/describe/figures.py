"""Descriptions as figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods.describe.group_tables import stars
from livelihoods.describe.layout import slug, word
from livelihoods.figures.heat import heat_map
from livelihoods.figures.stacked import stacked_bars

if TYPE_CHECKING:
    from livelihoods.describe.correlations import Correlations
    from livelihoods.describe.frequency import FrequencyTable
    from livelihoods.describe.gap import ItemGap
    from livelihoods.figures import Figure


def frequency_figure(found: FrequencyTable) -> Figure:
    """Return one stacked bar an item."""
    labels = [item.label for item in found.items]
    names = [
        item.label if labels.count(item.label) == 1 else f"{item.label} ({item.name})"
        for item in found.items
    ]
    counts = {
        name: dict(zip(item.code_labels, item.shares.tolist(), strict=True))
        for name, item in zip(names, found.items, strict=True)
    }
    return stacked_bars(
        counts,
        id=slug("frequency", *[item.name for item in found.items[:2]]),
        title=found.title or word("frequency_title"),
        ordered=all(item.ordered for item in found.items),
    )


def correlation_figure(found: Correlations) -> Figure:
    """Return the matrix as a heat map with its stars."""
    marks = [
        ["" if i == j else "*" * stars(float(p)) for j, p in enumerate(row)]
        for i, row in enumerate(found.p_values)
    ]
    return heat_map(
        found.matrix,
        found.labels,
        found.labels,
        id=slug("correlations", *found.variables[:2]),
        title=word(f"correlations_{found.method}"),
        signed=True,
        limit=1.0,
        stars=marks,
    )


def gap_figure(found: ItemGap) -> Figure:
    """Return for each pair who is not willing, who is and takes part, and who is in the gap."""
    parts = [word("gap_not_willing"), word("gap_takes_part_willing"), word("gap_in_gap")]
    counts = {
        pair.name: dict(
            zip(
                parts,
                (
                    1.0 - pair.share_willing,
                    pair.share_willing - pair.gap_of_all,
                    pair.gap_of_all,
                ),
                strict=True,
            )
        )
        for pair in found.pairs
    }
    rounded = {
        name: {part: max(share, 0.0) for part, share in row.items()} for name, row in counts.items()
    }
    return stacked_bars(rounded, id="item-gap", title=word("gap_title"), ordered=False)
