"""Group means weighted by group sizes give the overall mean that another table prints."""

from __future__ import annotations

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import exactly, total
from livelihoods.audit.page import Page, Paper, overall_mean
from livelihoods.audit.rules import Rule

_NAME = "group_means"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare ``Σ n_g m_g / Σ n_g`` with the mean that ``means`` cites.

    The overall mean of a frequency table is computed from its counts, so a misprinted mean there
    is not held against this table.
    """
    view = page.comparison
    if view is None or len(view.sizes) < 2:
        return verdict(_NAME, page.spec.id, [], 0, "sizes_unknown")
    groups = [name for name in view.groups if name in view.sizes]
    n = sum(view.sizes[name] for name in groups)
    found, checked = [], 0
    for row, said in page.spec.means.items():
        overall = overall_mean(paper, said)
        parts = [view.numbers.get((row, name)) for name in groups]
        if overall is None or any(part is None for part in parts):
            continue
        checked += 1
        weighted = total(
            exactly(view.sizes[name]) * part.interval()
            for name, part in zip(groups, parts, strict=True)
            if part is not None
        ) / exactly(n)
        decimals = max(part.decimals for part in parts if part is not None)
        if not weighted.meets(overall):
            found.append(
                Finding(
                    _NAME,
                    "groups_do_not_average",
                    "inconsistent",
                    Place(page.spec.id, row),
                    "; ".join(part.text for part in parts if part is not None),
                    weighted,
                    decimals,
                    values={"overall": f"{float(overall.middle):.{decimals}f}", "cited": said},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "means_not_declared")


RULE = Rule(_NAME, ("group_difference",), check)
