"""The figures of a matching, each drawn by its chart family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from livelihoods import words
from livelihoods.errors import RefusedError, SpecError
from livelihoods.estimate.matching.balance import Balance
from livelihoods.estimate.matching.sentences import say
from livelihoods.figures import Figure

if TYPE_CHECKING:
    from livelihoods.estimate.matching.result import MatchingResult
    from livelihoods.estimate.matching.sweep import Sweep


def plot(result: MatchingResult, kind: Literal["love", "overlap", "mirror"] = "love") -> Figure:
    """Draw one of the figures.

    Raises
    ------
    SpecError
        If the kind is unknown.
    RefusedError
        If balance has no meaning for this matching (``"love"``).
    """
    if kind == "love":
        return _love(result)
    if kind == "overlap":
        return _overlap(result)
    if kind == "mirror":
        return _mirror(result)
    raise SpecError("estimate.match_plot", given=kind, known=["love", "overlap", "mirror"])


def _mirror(result: MatchingResult) -> Figure:
    from livelihoods.figures.mirror import mirror_plot

    m, sample = result.matching, result.ready.sample
    load = m.focal + m.donor
    upper, lower = sample.treated, ~sample.treated
    return mirror_plot(
        (say("treated"), sample.score[upper], load[upper]),
        (say("control"), sample.score[lower], load[lower]),
        id="score-mirror",
        title=say("mirror_title", treatment=result.treatment),
        axis=say("score"),
        used=(say("all_rows"), say("weighted")),
    )


def _overlap(result: MatchingResult) -> Figure:
    from livelihoods.figures.overlap import overlap_plot

    score, treated = result.ready.sample.score, result.ready.sample.treated
    low = max(float(score[treated].min()), float(score[~treated].min()))
    high = min(float(score[treated].max()), float(score[~treated].max()))
    return overlap_plot(
        score[treated],
        score[~treated],
        id="score-overlap",
        title=say("overlap_title", treatment=result.treatment),
        support=(low, high) if low < high else None,
        labels=(say("treated"), say("control")),
        axis=say("score"),
    )


def _love(result: MatchingResult) -> Figure:
    from livelihoods.figures.love import love_plot

    if not isinstance(result.balance, Balance):
        raise RefusedError("estimate.match_no_balance", reason=result.balance.reason)
    differences: dict[str, tuple[float | None, ...]] = {}
    for row in result.balance.covariates.iter_rows(named=True):
        bias = None if row["bias"] is None else row["bias"] / 100.0
        differences[row["term"]] = (*differences.get(row["term"], ()), bias)
    return love_plot(
        differences,
        id="love",
        title=say("love_title", treatment=result.treatment),
        stages=[say("sample_unmatched"), say("sample_matched")],
    )


def sweep_plot(found: Sweep, outcome: str | None = None) -> Figure:
    """Draw an effect with its interval over bandwidths or calipers.

    Raises
    ------
    SpecError
        If the outcome is not among those of the result.
    """
    from livelihoods.figures.curve import curve_plot

    known = list(dict.fromkeys(found.frame["outcome"].to_list()))
    name = outcome or known[0]
    if name not in known:
        raise SpecError("design.unknown_columns", columns=[name], known=known)
    part = found.frame.filter(found.frame["outcome"] == name).fill_null(float("nan"))
    return curve_plot(
        part["value"].to_numpy(),
        part["estimate"].to_numpy(),
        np.asarray(part["conf_low"].to_numpy()),
        np.asarray(part["conf_high"].to_numpy()),
        chosen=found.chosen,
        id=f"sweep-{found.option}",
        title=say("sweep_title", outcome=name, option=say(found.option)),
        x_axis=say(found.option),
        y_axis=words.text("estimate.matching.effect_on", outcome=name),
    )
