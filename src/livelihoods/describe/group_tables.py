"""Group comparisons as papers print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.describe.layout import slug, word
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    number,
    p_value,
    text,
)

if TYPE_CHECKING:
    from livelihoods.describe.anova import Anova
    from livelihoods.describe.differences import Difference, GroupDifferences

STAR_CUTS = (0.10, 0.05, 0.01)


def stars(p: float) -> int:
    """Return how many stars a p value earns at 10, 5 and 1 %."""
    return sum(p < cut for cut in STAR_CUTS)


def differences_table(found: GroupDifferences) -> Table:
    """Return means by group, the difference with its test, and the tests beside it."""
    columns = [
        Column("variable", word("variable"), "left"),
        Column("n_1", "n"),
        Column("mean_1", word("mean")),
        Column("sd_1", word("sd")),
        Column("n_2", "n"),
        Column("mean_2", word("mean")),
        Column("sd_2", word("sd")),
        Column("difference", word("difference")),
        Column("t", "t"),
        Column("p", "p"),
        Column("p_ranks", word("p_ranks")),
        Column("d", "d"),
        Column("p_variances", word("p_variances")),
    ]
    spanners = (Spanner(found.groups[0], 1, 4), Spanner(found.groups[1], 4, 7))
    legend = [word(f"legend_{method}") for method in _methods(found)]
    if found.cluster:
        legend.append(word("legend_cluster", cluster=found.cluster))
    if found.weight:
        legend.append(word("legend_weights", weight=found.weight))
    return Table(
        id=slug("differences", found.by),
        title=word("differences_title", by=found.by_label),
        columns=tuple(columns),
        rows=tuple(_difference_row(one) for one in found.differences),
        spanners=spanners,
        notes=found.notes,
        legend=(*legend, word("legend_stars"), word("legend_d")),
        decimals=2,
        language=words.language(),
    )


def _methods(found: GroupDifferences) -> list[str]:
    return list(dict.fromkeys(one.method for one in found.differences))


def _difference_row(found: Difference) -> Row:
    cells: list[Cell] = [text(found.label)]
    for group in (0, 1):
        cells += [
            integer(found.sizes[group]),
            number(found.means[group], 2),
            number(found.deviations[group], 2),
        ]
    main = found.main
    cells += [
        number(main.estimate, 2, stars=stars(main.p_value)),
        number(main.statistic, 2),
        p_value(main.p_value),
        p_value(found.ranks.p_value),
        number(found.d, 2),
        p_value(found.variances.p_value),
    ]
    return Row(tuple(cells))


def anova_table(found: Anova) -> Table:
    """Return group means with Fisher's F, η² and Welch's F, and the Wald F where there is one."""
    robust = any(one.clustered is not None for one in found.variables)
    columns = [Column("variable", word("variable"), "left")]
    columns += [Column(f"mean_{g}", label) for g, label in enumerate(found.groups)]
    columns += [
        Column("n", "n"),
        Column("f", "F"),
        Column("p", "p"),
        Column("eta2", "η²"),
        Column("welch", word("welch_f")),
        Column("p_welch", "p"),
    ]
    if robust:
        columns += [Column("wald", word("wald_f")), Column("p_wald", "p")]
    rows = []
    for one in found.variables:
        cells: list[Cell] = [text(one.label), *(number(float(mean), 2) for mean in one.means)]
        cells += [
            integer(int(one.sizes.sum())),
            number(one.f.statistic, 2, stars=stars(one.f.p_value)),
            p_value(one.f.p_value),
            number(one.eta2, 3),
        ]
        for test in (one.welch, one.clustered)[: 2 if robust else 1]:
            if test is None:
                cells += [BLANK, BLANK]
            else:
                marks = stars(test.p_value)
                cells += [number(test.statistic, 2, stars=marks), p_value(test.p_value)]
        rows.append(Row(tuple(cells)))
    legend = [word("legend_anova"), word("legend_stars")]
    if found.cluster:
        legend.append(word("legend_cluster", cluster=found.cluster))
    if found.weight:
        legend.append(word("legend_weights", weight=found.weight))
    return Table(
        id=slug("anova", found.by),
        title=word("anova_title", by=found.by_label),
        columns=tuple(columns),
        rows=tuple(rows),
        spanners=(Spanner(word("mean"), 1, 1 + len(found.groups)),),
        notes=found.notes,
        legend=tuple(legend),
        decimals=2,
        language=words.language(),
    )
