"""Grades for borrowing: may a policy model use this printed coefficient?"""

from __future__ import annotations

import polars as pl

from livelihoods.audit.run import Audit

_SCHEMA = {
    "table": pl.String,
    "term": pl.String,
    "column": pl.String,
    "estimate": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "std_error_low": pl.Float64,
    "std_error_high": pl.Float64,
    "grade": pl.String,
    "rules": pl.String,
}


def published_estimates(audit: Audit) -> pl.DataFrame:
    """Return each printed coefficient with what it can have been and a grade.

    Parameters
    ----------
    audit
        Result of ``lv.audit``.

    Returns
    -------
    polars.DataFrame
        ``table, term, column, estimate``; ``low`` and ``high``: what rounding allows;
        ``std_error_low``, ``std_error_high``: the same for the standard error, null where it
        cannot be told; ``grade``: ``"refused"`` if the cell itself, or its row in that column, is
        impossible or contradicts others, ``"doubtful"`` if another number of its column or the
        table as a whole does, else ``"consistent"``; ``rules``: which rules spoke.
    """
    rows = []
    for page in audit.paper.pages:
        view = page.regression
        if view is None:
            continue
        for (term, column), coefficient in view.coefficients.items():
            ends, error = coefficient.estimate.interval(), view.standard_error(coefficient)
            grade, rules = _grade(audit, page.spec.id, term, column)
            rows.append(
                {
                    "table": page.spec.id,
                    "term": term,
                    "column": column,
                    "estimate": float(coefficient.estimate.value),
                    "low": float(ends.low),
                    "high": float(ends.high),
                    "std_error_low": None if error is None else float(error.low),
                    "std_error_high": None if error is None else float(error.high),
                    "grade": grade,
                    "rules": ", ".join(rules),
                }
            )
    return pl.DataFrame(rows, schema=_SCHEMA)


def _grade(audit: Audit, table: str, term: str, column: str) -> tuple[str, list[str]]:
    serious = [
        finding
        for finding in audit.findings
        if finding.severity != "rounding" and finding.where.table == table
    ]
    own = [f.rule for f in serious if (f.where.row, f.where.column) == (term, column)]
    if own:
        return "refused", sorted(set(own))
    near = [f.rule for f in serious if f.where.column in ("", column)]
    return ("doubtful", sorted(set(near))) if near else ("consistent", [])
