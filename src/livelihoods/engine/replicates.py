"""Random replicates (bootstraps, permutations, simulations) that do not depend on who draws them.

Replicate ``r`` of the analysis called ``identity`` draws from
``default_rng([seed, crc32(identity), r])``, on whichever thread or machine it runs.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from livelihoods.engine.executor import Executor, ThreadExecutor, in_order
from livelihoods.errors import SpecError

_SECONDS = 0.2  # of a task: long beside the milliseconds of a message to a cluster


def replicate_generator(seed: int, identity: str, replicate: int) -> np.random.Generator:
    """Return the generator of one replicate.

    Parameters
    ----------
    seed
        The study's seed, not negative.
    identity
        Name of the analysis; two analyses of one study draw different numbers.
    replicate
        Number of the replicate, from 0.

    Raises
    ------
    SpecError
        If the seed or the replicate is negative.
    """
    if seed < 0 or replicate < 0:
        raise SpecError("engine.negative_seed", seed=seed, replicate=replicate)
    return np.random.default_rng([seed, zlib.crc32(identity.encode("utf-8")), replicate])


def map_replicates(
    task: Callable[..., Any],
    count: int,
    *,
    seed: int,
    identity: str,
    shared: Sequence[Any] = (),
    executor: Executor | None = None,
    batch: int | None = None,
) -> list[Any]:
    """Return ``task(generator, *shared)`` for replicates 0 … ``count - 1``, in order.

    Parameters
    ----------
    task
        A plain function; its first argument is the replicate's own generator.
    count
        Number of replicates.
    shared
        What every replicate needs (arrays); sent to the workers once.
    executor
        Where to compute; None uses threads.
    batch
        Replicates per task; None times the first one here and takes as many as fill about a fifth
        of a second, if every worker still has some. No influence on any digit.
    """
    if executor is None:
        with ThreadExecutor() as threads:
            return map_replicates(
                task,
                count,
                seed=seed,
                identity=identity,
                shared=shared,
                executor=threads,
                batch=batch,
            )
    if count <= 0:
        return []
    answers: list[Any] = []
    if batch is None:
        begun = time.perf_counter()
        answers = _run_batch(task, seed, identity, 0, 1, *shared)
        taken = max(time.perf_counter() - begun, 1e-6)
        batch = max(1, min(math.ceil(_SECONDS / taken), math.ceil(count / executor.workers)))
    values = [executor.broadcast(value) for value in shared]
    calls = [
        (task, seed, identity, first, min(first + batch, count), *values)
        for first in range(len(answers), count, batch)
    ]
    for some in in_order(executor, _run_batch, calls):
        answers += some
    return answers


def _run_batch(
    task: Callable[..., Any], seed: int, identity: str, first: int, last: int, *shared: Any
) -> list[Any]:
    return [
        task(replicate_generator(seed, identity, replicate), *shared)
        for replicate in range(first, last)
    ]
