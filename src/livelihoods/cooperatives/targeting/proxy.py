r"""Proxy means test: consumption guessed from what can be seen, and how often that is wrong.

ln c = x'β + u is fitted by least squares; a household is selected if its predicted c is below a
cutoff. All errors are those on communes (clusters) that the fit has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.cooperatives.targeting import cutoffs as co
from livelihoods.cooperatives.targeting.held_out import (
    GroupSums,
    group_sums,
    predict_held_out,
)
from livelihoods.cooperatives.targeting.proxy_result import Accuracy, ProxyMeansTest
from livelihoods.cooperatives.targeting.sample import (
    Line,
    Sample,
    Scale,
    check_line,
    log_line,
    read_sample,
)
from livelihoods.engine import map_replicates, replicate_generator
from livelihoods.errors import DataError, SpecError
from livelihoods.estimate.ols import ols
from livelihoods.notes import Note, gather
from livelihoods.numerics.linear import lstsq_columns

if TYPE_CHECKING:
    from livelihoods.engine import Executor
    from livelihoods.typing import Floats, Ints

GRID = tuple(round(0.02 * step, 2) for step in range(1, 50))
_IDENTITY = "targeting"
_FEW_GROUPS = 20
_FIFTHS = 5


@dataclass(frozen=True, slots=True)
class _Task:
    """What every bootstrap draw needs."""

    sums: GroupSums
    truth: Floats
    people: Floats
    fold: Ints
    line: Line
    poorest: float | None
    grid: Floats


def proxy_means_test(
    formula: str,
    data: Any,
    line: Line,
    *,
    scale: Scale = "ln",
    weights: str | None = None,
    persons: str | None = None,
    cluster: str | None = None,
    folds: int = 10,
    poorest: float | None = None,
    coverage: tuple[float, ...] = GRID,
    replicates: int = 200,
    conf_level: float = 0.95,
    seed: int = 0,
    identity: str = _IDENTITY,
    executor: Executor | None = None,
) -> ProxyMeansTest:
    r"""Fit a proxy means test and measure its errors on clusters it has not seen.

    Parameters
    ----------
    formula
        ``"ln_consumption ~ size + C(roof) + schooling"``: consumption per head on characteristics.
    data
        A survey or frame.
    line
        Poverty line in money per head, or ``{"poorest": 0.25}``: below which a quarter of the
        persons lives. Poor is c < z.
    scale
        What the outcome of the formula is: ``"ln"``, the logarithm of consumption, or ``"money"``.
    weights
        Sampling weights of the households; used in fit and errors.
    persons
        Column of household sizes: errors then count persons; the fit stays by household.
    cluster
        Column of communes or villages; whole clusters are held out and drawn in the bootstrap.
    folds
        Parts held out in turn; at most the number of clusters.
    poorest
        Part q of the population in the CGH index (share of benefits to the poorest q, over q);
        None takes the share of the poor.
    coverage
        Shares of the population selected at which the curve is drawn.
    replicates
        Bootstrap draws of clusters; the test is fitted and held out anew in each. 0 for none.
    conf_level, seed, identity, executor
        Of the percentile intervals; of the draws; where they are computed.

    Returns
    -------
    ProxyMeansTest

    Raises
    ------
    SpecError
        A line, share, fold or scale that makes no sense.
    DataError
        Nobody or everybody is poor, fewer than two clusters, consumption that is not positive.
    """
    check_line(line)
    _check(poorest, coverage, folds, replicates)
    sample = read_sample(
        formula, data, scale=scale, weights=weights, persons=persons, cluster=cluster
    )
    count = int(sample.groups.max()) + 1
    if count < 2:
        raise DataError("targeting.one_cluster", cluster=sample.cluster)
    parts = min(folds, count)
    fold = co.fold_of_groups(
        sample.groups, parts, replicate_generator(seed, f"{identity}/folds", 0)
    )
    X, y = sample.design.X, sample.log_consumption
    sums = group_sums(X, y, sample.weights, sample.groups)
    task = _Task(sums, y, sample.people, fold, line, poorest, np.asarray(coverage))
    predicted, unseen = predict_held_out(sums, fold, np.ones(count))
    _check_poor(task)
    found = measure(task, predicted, np.ones(count))
    seen = lstsq_columns(X, y, sample.weights, check=False)
    own = measure(task, y - seen.residuals, np.ones(count))
    low, high, lost = _intervals(task, found, replicates, conf_level, seed, identity, executor)
    vcov: Any = {"cluster": cluster} if cluster else "HC1"
    regression = ols(formula, data, vcov, weights, conf_level) if scale == "ln" else None
    return ProxyMeansTest(
        formula=formula,
        sample=sample,
        regression=regression,
        line=line,
        found=found,
        in_sample=own,
        low=low,
        high=high,
        coverage=np.asarray(coverage),
        predicted=predicted,
        fold=fold[sample.groups],
        incidence=_incidence(task, predicted, found),
        folds=parts,
        conf_level=conf_level,
        replicates=replicates,
        notes=_notes(sample, unseen, parts, folds, count, lost, found),
    )


def _check(poorest: float | None, coverage: tuple[float, ...], folds: int, replicates: int) -> None:
    for name, value in (("poorest", poorest), *(("coverage", part) for part in coverage)):
        if value is not None and not 0 < value < 1:
            raise SpecError("targeting.bad_share", name=name, value=value)
    if folds < 2:
        raise SpecError("targeting.bad_count", name="folds", value=folds, least=2)
    if replicates < 0 or 0 < replicates < 20:
        raise SpecError("targeting.bad_count", name="replicates", value=replicates, least=20)


def _check_poor(task: _Task) -> None:
    z = log_line(task.line, task.truth, task.people)
    poor = int(np.sum(task.truth < z))
    if poor in (0, task.truth.size):
        key = "targeting.nobody_poor" if poor == 0 else "targeting.everybody_poor"
        raise DataError(
            key,
            line=float(np.exp(z)),
            low=float(np.exp(task.truth.min())),
            high=float(np.exp(task.truth.max())),
        )


def measure(task: _Task, predicted: Floats, drawn: Floats) -> Accuracy:
    """Return the errors of predictions when each group counts ``drawn`` times."""
    times = drawn[task.sums.rows]
    people = task.people * times
    z = log_line(task.line, task.truth, people)
    poor = task.truth < z
    share = float(people @ poor / people.sum())
    q = share if task.poorest is None else task.poorest
    lowest = co.lowest_part(task.truth, people, 0.0, q) if q > 0 else np.zeros(poor.size)
    ranked = co.rank(predicted, poor, lowest, people)
    miss = task.truth - predicted
    mean = float(task.truth @ people / people.sum())
    square = float(miss**2 @ people / people.sum())
    spread = float((task.truth - mean) ** 2 @ people / people.sum())
    return Accuracy(
        log_line=z,
        poor_share=share,
        poorest=q,
        at_line=co.at_cutoffs(ranked, np.array([z]), q),
        at_quota=co.at_coverage(ranked, np.array([share]), q),
        curve=co.at_coverage(ranked, task.grid, q),
        cutoff=np.exp(co.cutoff_of(ranked, task.grid)),
        quota_cutoff=float(np.exp(co.cutoff_of(ranked, np.array([share]))[0])),
        rmse=float(np.sqrt(square)),
        r2=1.0 - square / spread if spread > 0 else float("nan"),
        auc=co.rank_accuracy(ranked),
    )


def _draw(generator: np.random.Generator, task: _Task) -> Floats:
    """Return the errors of one draw of groups, as one array."""
    count = task.fold.size
    picked = generator.integers(0, count, size=count)
    drawn = np.bincount(picked, minlength=count).astype(np.float64)
    predicted, _ = predict_held_out(task.sums, task.fold, drawn)
    return measure(task, predicted, drawn).flat()


def _intervals(
    task: _Task,
    found: Accuracy,
    replicates: int,
    conf_level: float,
    seed: int,
    identity: str,
    executor: Executor | None,
) -> tuple[Accuracy | None, Accuracy | None, int]:
    """Return percentile ends of every number, and the draws in which nobody was poor."""
    if not replicates:
        return None, None, 0
    draws = np.stack(
        map_replicates(
            _draw, replicates, seed=seed, identity=identity, shared=(task,), executor=executor
        )
    )
    tail = 100 * (1 - conf_level) / 2
    known = ~np.isnan(draws).all(axis=0)
    ends = np.full((2, draws.shape[1]), np.nan)
    ends[:, known] = np.nanpercentile(draws[:, known], [tail, 100 - tail], axis=0)
    lost = int(np.isnan(draws[:, found.place_of_exclusion]).sum())
    return found.filled(ends[0]), found.filled(ends[1]), lost


def _incidence(task: _Task, predicted: Floats, found: Accuracy) -> tuple[Floats, Floats]:
    chosen = (np.exp(predicted) <= found.quota_cutoff * (1 + 1e-12)).astype(np.float64)
    return co.incidence(task.truth, chosen, task.people, _FIFTHS)


def _notes(
    sample: Sample,
    unseen: Any,
    parts: int,
    folds: int,
    count: int,
    lost: int,
    found: Accuracy,
) -> tuple[Note, ...]:
    notes = [*sample.notes]
    if parts < folds:
        notes.append(Note("targeting.fewer_folds", "info", {"folds": parts, "asked": folds}))
    if sample.cluster and count < _FEW_GROUPS:
        notes.append(Note("targeting.few_clusters", "caution", {"n": count}))
    names = [name for name, gone in zip(sample.design.names, unseen, strict=True) if gone]
    if names:
        notes.append(Note("targeting.unseen_levels", "caution", {"names": names}))
    if lost:
        notes.append(Note("targeting.draws_without_poor", "caution", {"n": lost}))
    selected = float(found.at_line.coverage[0])
    if selected < 0.8 * found.poor_share:
        values = {"selected": 100 * selected, "poor": 100 * found.poor_share}
        notes.append(Note("targeting.shrunken", "info", values))
    return gather(notes)
