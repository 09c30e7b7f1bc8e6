"""Worker processes give the digits of one thread, survive a lost worker, and fail by name."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import cloudpickle
import numpy as np
import pytest

from livelihoods import engine
from livelihoods.engine import dask_executor
from livelihoods.engine.dask_executor import DaskExecutor, LocalDaskExecutor
from livelihoods.engine.executor import in_order
from livelihoods.errors import DataError, ExecutorError, SpecError

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers have no tests to import

# The whole 2·10⁶ rows in the slow run of CI; by default enough for several tasks of 16 blocks.
ROWS = 2_000_000 if os.environ.get("LIVELIHOODS_SLOW") == "1" else 40 * engine.BLOCK_ROWS + 77


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalDaskExecutor]:
    with LocalDaskExecutor(2) as running:
        yield running


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(13)
    return {
        "x": rng.lognormal(size=ROWS),
        "z": rng.random(ROWS),
        "wave": rng.integers(0, 3, ROWS),
    }


def _state() -> engine.State[Any, Any]:
    waves = engine.Groups("wave", 3)
    return engine.combine(
        engine.ranges(("x", "z"), waves),
        engine.moments(("x", "z"), waves),
        engine.comoments(("x", "z")),
        engine.entropy_sums(("z",), 1e-4, waves),
    )


def _bytes(answers: tuple[Any, ...]) -> bytes:
    return b"".join(
        getattr(answer, name).tobytes() for answer in answers for name in answer.__slots__
    )


def test_two_processes_and_threads_give_the_same_bytes(
    cluster: LocalDaskExecutor, columns: dict[str, np.ndarray]
) -> None:
    seen = {_bytes(engine.fold(_state(), columns, cluster))}
    for workers in (1, 2):
        with engine.executor_from(f"threads:{workers}") as threads:
            seen.add(_bytes(engine.fold(_state(), columns, threads)))
    assert len(seen) == 1
    quantiles = [
        engine.exact_quantiles(columns, ["x", "z"], [0.01, 0.5, 0.99], where).tobytes()
        for where in (None, cluster)
    ]
    assert quantiles[0] == quantiles[1]


def _draw(generator: np.random.Generator, x: np.ndarray) -> float:
    return float(x[generator.integers(0, x.size, x.size)].mean())


def test_replicates_do_not_depend_on_who_draws(cluster: LocalDaskExecutor) -> None:
    x = np.random.default_rng(2).normal(size=500)
    run = partial(engine.map_replicates, _draw, 60, seed=4, identity="b", shared=(x,))
    assert run(executor=cluster) == run() == run(executor=cluster, batch=7)


def _slowly(columns: engine.Columns) -> engine.Columns:
    time.sleep(0.02)
    return columns


def test_a_killed_worker_changes_no_digit(
    cluster: LocalDaskExecutor, columns: dict[str, np.ndarray]
) -> None:
    told: list[tuple[int, int]] = []
    victim = cluster.processes()[0]

    def kill(done: int, total: int) -> None:
        told.append((done, total))
        if done == 1:
            os.kill(victim, signal.SIGKILL)

    cluster.progress = kill
    try:
        slow = engine.MappedSource(engine.as_source(columns), _slowly)
        found = engine.fold(_state(), slow, cluster)
    finally:
        cluster.progress = None
    assert _bytes(found) == _bytes(engine.fold(_state(), columns))
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
    assert victim not in cluster.processes()
    end = time.monotonic() + 60
    while cluster.workers < 2 and time.monotonic() < end:  # the dead one is replaced
        time.sleep(0.05)
    assert cluster.workers == 2


def _environment(name: str) -> str | None:
    return os.environ.get(name)


def test_workers_calculate_on_one_thread(cluster: LocalDaskExecutor) -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
    assert cluster.gather([cluster.submit(_environment, name) for name in names]) == ["1"] * 4


def _fail() -> None:
    raise DataError("engine.no_values", variables=["x"])


def test_an_error_of_a_task_comes_back_as_itself(cluster: LocalDaskExecutor) -> None:
    with pytest.raises(DataError) as caught:
        cluster.gather([cluster.submit(_fail), cluster.submit(time.sleep, 0.01)])
    assert caught.value.code == "engine.no_values"
    with pytest.raises(FileNotFoundError):
        cluster.gather([cluster.submit(open, "/nowhere/at/all")])


def test_interrupting_cancels_what_has_not_begun(cluster: LocalDaskExecutor) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    cluster.progress = interrupt
    begun = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            for _ in in_order(cluster, time.sleep, [(0.3,)] * 200):
                pass
    finally:
        cluster.progress = None
    assert cluster.gather([cluster.submit(abs, -1)]) == [1]
    assert time.monotonic() - begun < 30  # all 200 would have taken 30 seconds on two workers


def test_threads_stop_at_an_interruption() -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with (
        engine.ThreadExecutor(2, progress=interrupt) as threads,
        pytest.raises(KeyboardInterrupt),
    ):
        list(in_order(threads, time.sleep, [(0.1,)] * 100))
    assert time.monotonic() - begun < 4  # all 100 would have taken 5 seconds


def test_a_running_scheduler_is_used_and_left_running(cluster: LocalDaskExecutor) -> None:
    place = cluster.address.removeprefix("tcp://")
    with engine.executor_from(f"dask://{place}") as visitor:
        assert visitor.workers >= 1
        assert visitor.gather([visitor.submit(abs, -2)]) == [2]
    assert cluster.gather([cluster.submit(abs, -3)]) == [3]


def test_an_unreachable_scheduler_is_named() -> None:
    with pytest.raises(ExecutorError) as caught:
        DaskExecutor("tcp://127.0.0.1:9", timeout=0.4)
    assert caught.value.code == "engine.unreachable"
    assert "127.0.0.1:9" in str(caught.value)


class _Told:
    """A client whose workers say what they have."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    def run(self, tell: Any) -> dict[str, Any]:
        return {worker: {**tell(), **facts} for worker, facts in self._told.items()}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, "engine.no_workers"),
        ({"w": {"livelihoods": None}}, "engine.worker_lacks_package"),
        ({"v": {}, "w": {"numpy": "1.0"}}, "engine.worker_versions"),
    ],
)
def test_workers_unlike_this_process_are_refused(told: dict[str, Any], code: str) -> None:
    with pytest.raises(ExecutorError) as caught:
        dask_executor._check_workers(_Told(told), "tcp://127.0.0.1:1")
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "thread", "threads:", "threads:x", "dask-local:", "dask://a"])
def test_a_text_that_names_nothing(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        engine.executor_from(text)
    assert caught.value.code == "engine.unknown_executor"


@pytest.mark.parametrize("text", ["threads:0", "dask-local:0"])
def test_no_workers(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        engine.executor_from(text)
    assert caught.value.code == "engine.workers"


def test_only_this_machine_can_reach_local_workers(cluster: LocalDaskExecutor) -> None:
    assert cluster.address.startswith("tcp://127.0.0.1:")
    addresses = cluster._client.scheduler_info()["workers"]
    assert all(address.startswith("tcp://127.0.0.1:") for address in addresses)
    import psutil

    for number in (os.getpid(), *cluster.processes()):
        found = psutil.Process(number).net_connections("inet")
        listening = {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}, number
