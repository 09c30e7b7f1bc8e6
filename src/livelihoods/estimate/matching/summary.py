"""Effects as a table, and one table for several methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from livelihoods import words
from livelihoods.estimate.coefficients import stars
from livelihoods.estimate.matching.sentences import error_sentence, method_name, paragraph, say
from livelihoods.notes import gather
from livelihoods.tables import BLANK, Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.estimate.matching.model import Sample
    from livelihoods.estimate.matching.result import MatchingResult
    from livelihoods.typing import Floats


def summary_table(result: MatchingResult) -> Table:
    """Return one line an outcome, the unmatched difference under it, and the account below."""
    rows: list[Row] = []
    raw, raw_error = unmatched_difference(result.ready.sample)
    for k, row in enumerate(result.estimate.iter_rows(named=True)):
        low, high = row["conf_low"], row["conf_high"]
        rows.append(
            Row(
                (
                    text(row["outcome"]),
                    number(row["treated"]),
                    number(row["control"]),
                    number(row["estimate"], stars=stars(row["p_value"])),
                    number(row["std_error"]),
                    number(row["statistic"], 2),
                    p_value(row["p_value"]),
                    BLANK if low is None else interval(low, high),
                )
            )
        )
        means = _arm_means(result.ready.sample, k)
        statistic = raw[k] / raw_error[k] if raw_error[k] > 0 else float("nan")
        cells = (text(say("unmatched")), number(means[0]), number(means[1]), number(raw[k]),
                 number(raw_error[k]), number(statistic, 2), BLANK, BLANK)  # fmt: skip
        rows.append(Row(cells, indent=1))
    level = f"{100 * result.spec.conf_level:g}"
    columns = (
        Column("outcome", say("outcome"), "left"),
        Column("treated", say("treated")),
        Column("control", say("control")),
        Column("estimate", result.spec.estimand),
        Column("std_error", words.text("estimate.labels.std_error")),
        Column("statistic", "t"),
        Column("p_value", words.text("estimate.labels.p_value")),
        Column("interval", words.text("estimate.labels.interval", level=level), "center"),
    )
    return Table(
        "matching",
        say("title", method=method_name(result), treatment=result.treatment),
        columns,
        tuple(rows),
        notes=result.notes,
        legend=(words.text("estimate.labels.stars"), say("unmatched_legend")),
        reading=paragraph(result),
        language=words.language(),
    )


def unmatched_difference(sample: Sample) -> tuple[Floats, Floats]:
    """Return the plain difference of arm means and its pooled-variance standard error."""
    t, w = sample.treated, sample.weights
    y1, y0 = sample.outcomes[:, t], sample.outcomes[:, ~t]
    difference = y1 @ w[t] / w[t].sum() - y0 @ w[~t] / w[~t].sum()
    if np.ptp(w) > 0 or t.shape[0] < 3:
        return difference, np.full(difference.shape[0], np.nan)
    squares = y1.var(axis=1) * y1.shape[1] + y0.var(axis=1) * y0.shape[1]
    pooled = squares / (t.shape[0] - 2)
    return difference, np.sqrt(pooled * (1.0 / y1.shape[1] + 1.0 / y0.shape[1]))


def _arm_means(sample: Sample, k: int) -> tuple[float, float]:
    t = sample.treated
    return (
        float(np.average(sample.outcomes[k, t], weights=sample.weights[t])),
        float(np.average(sample.outcomes[k, ~t], weights=sample.weights[~t])),
    )


def matching_table(
    results: Sequence[MatchingResult] | Mapping[str, MatchingResult],
    *,
    labels: Mapping[str, str] | None = None,
    title: str = "",
) -> Table:
    """Return outcomes × methods: mean with treatment, without, effect, standard error, t.

    Parameters
    ----------
    results
        Matchings of the same outcomes by different methods; a mapping gives them names.
    labels
        Wording of the outcomes.
    title
        The caption.
    """
    named = (
        list(results.items())
        if isinstance(results, Mapping)
        else [(method_name(result), result) for result in results]
    )
    outcomes = list(dict.fromkeys(name for _, r in named for name in r.spec.outcomes))
    rows: list[Row] = []
    for outcome in outcomes:
        rows.append(
            Row((text((labels or {}).get(outcome, outcome)), *([BLANK] * 5)), "section", bool(rows))
        )
        for name, result in named:
            if outcome not in result.spec.outcomes:
                continue
            row = result.estimate.row(result.spec.outcomes.index(outcome), named=True)
            cells = (
                text(name),
                number(row["treated"]),
                number(row["control"]),
                number(row["estimate"], stars=stars(row["p_value"])),
                number(row["std_error"]),
                number(row["statistic"], 2),
            )
            rows.append(Row(cells, indent=1))
    estimands = list(dict.fromkeys(r.spec.estimand for _, r in named))
    columns = (
        Column("method", say("outcome_and_method"), "left"),
        Column("treated", say("treated")),
        Column("control", say("control")),
        Column("estimate", " / ".join(estimands)),
        Column("std_error", words.text("estimate.labels.std_error")),
        Column("statistic", "t"),
    )
    errors = dict.fromkeys(f"{name}: {error_sentence(result)}" for name, result in named)
    return Table(
        "matching-methods",
        title or say("methods_title", treatment=named[0][1].treatment),
        columns,
        tuple(rows),
        notes=gather(*(result.notes for _, result in named)),
        legend=(words.text("estimate.labels.stars"), *errors),
        language=words.language(),
    )
