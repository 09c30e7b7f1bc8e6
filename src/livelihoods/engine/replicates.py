"""Random replicates (bootstraps, permutations, simulations) that do not depend on who draws them.

Replicate ``r`` of the analysis called ``identity`` draws from
``default_rng([seed, crc32(identity), r])``, on whichever thread or machine it runs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from livelihoods.engine.executor import Executor, ThreadExecutor
from livelihoods.errors import SpecError


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
    batch: int = 25,
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
        Replicates per task; no influence on any digit.
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
    values = [executor.broadcast(value) for value in shared]
    pending = [
        executor.submit(_run_batch, task, seed, identity, first, min(first + batch, count), *values)
        for first in range(0, count, batch)
    ]
    return [answer for answers in executor.gather(pending) for answer in answers]


def _run_batch(
    task: Callable[..., Any], seed: int, identity: str, first: int, last: int, *shared: Any
) -> list[Any]:
    return [
        task(replicate_generator(seed, identity, replicate), *shared)
        for replicate in range(first, last)
    ]
