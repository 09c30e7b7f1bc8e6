"""Tasks on a Dask cluster: worker processes here, or an existing scheduler elsewhere.

Imported only when asked for. Worker processes are started as commands of their own rather than
forked or spawned from the user's script, so that a script needs no ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cloudpickle
import numpy as np

from livelihoods.engine.executor import Progress, available_processors
from livelihoods.errors import ExecutorError, SpecError

# Every library that NumPy or SciPy may calculate with, and Polars: one thread a worker process.
_THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
ONE_THREAD = dict.fromkeys(_THREAD_SETTINGS, "1")
COMPARED = ("livelihoods", "numpy", "scipy", "polars")
_LOCALHOST = "127.0.0.1"
_START_SECONDS = 60.0
_BROADCASTS = 4
_REPLACEMENTS = 20  # of worker processes that died; a task that ends three is given up before

_LOG = logging.getLogger("livelihoods")


class DaskExecutor:
    """Tasks on the workers of a Dask scheduler.

    Parameters
    ----------
    address
        ``"tcp://host:port"`` of a running scheduler.
    timeout
        Seconds to wait for it.
    progress
        Called as ``progress(done, total)`` while tasks come back.

    Raises
    ------
    ExecutorError
        If the scheduler does not answer, has no workers, or a worker lacks the package or has
        other versions of what the digits come from.
    """

    remote = True

    def __init__(
        self, address: str, *, timeout: float = 5.0, progress: Progress | None = None
    ) -> None:
        from distributed import Future

        self._handle = Future
        self.progress = progress
        self.address = address
        self._client = _connect(address, timeout)
        try:
            _check_workers(self._client, address)
        except BaseException:
            self._client.close()
            raise

    @property
    def workers(self) -> int:
        """How many tasks run at once; at least 1, as lost workers come back."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Any:
        """Start ``task(*arguments)`` on a worker."""
        # Packed here: what a worker cannot unpack then fails as a task, not as a worker.
        places = [i for i, value in enumerate(arguments) if isinstance(value, self._handle)]
        rest = [None if i in places else value for i, value in enumerate(arguments)]
        handed = [arguments[i] for i in places]
        return self._client.submit(
            _work, cloudpickle.dumps((task, rest, places)), *handed, pure=False
        )

    def gather(self, pending: Sequence[Any]) -> list[Any]:
        """Return the answers in order; a failure or an interruption cancels the rest.

        A worker that dies has its tasks done again by another.

        Raises
        ------
        ExecutorError
            If tasks killed several workers in a row, or the scheduler is gone.
        """
        from asyncio import CancelledError

        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker, NoValidWorkerError

        try:
            return list(self._client.gather(list(pending)))
        except KilledWorker as error:
            self.cancel(pending)
            raise ExecutorError("engine.worker_killed", address=self.address) from error
        except (CancelledError, FutureCancelledError, NoValidWorkerError, OSError) as error:
            self.cancel(pending)
            if isinstance(error, OSError) and self._client.status == "running":
                raise  # of the task itself: a file that is not there
            raise ExecutorError("engine.cluster_lost", address=self.address) from error
        except BaseException:
            self.cancel(pending)
            raise

    def cancel(self, pending: Sequence[Any]) -> None:
        """Drop tasks that have not begun; those running end on their own."""
        with contextlib.suppress(Exception):  # nothing to cancel on a cluster that is gone
            self._client.cancel(list(pending), force=True)

    def broadcast(self, value: Any) -> Any:
        """Copy a value to every worker, once; again if a worker dies meanwhile.

        Raises
        ------
        ExecutorError
            If workers go on dying or the scheduler is gone.
        """
        parcel = Parcel.of(value)
        for _ in range(_BROADCASTS):
            try:
                return self._client.scatter(parcel, broadcast=True, hash=False)
            except (OSError, TimeoutError) as error:
                reason = error
                time.sleep(0.5)
        raise ExecutorError("engine.cluster_lost", address=self.address) from reason

    def close(self) -> None:
        """Leave the scheduler; it goes on running."""
        with contextlib.suppress(TimeoutError, OSError):
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class LocalDaskExecutor(DaskExecutor):
    """Worker processes on this machine, one thread each, reachable from this machine only.

    Parameters
    ----------
    workers
        Number of processes; None takes the processors this process may use.
    progress
        As for :class:`DaskExecutor`.

    Raises
    ------
    SpecError
        If ``workers`` is below 1.
    ExecutorError
        If the processes do not come up.
    """

    def __init__(self, workers: int | None = None, *, progress: Progress | None = None) -> None:
        if workers is not None and workers < 1:
            raise SpecError("engine.workers", workers=workers)
        count = workers or available_processors()
        self._cluster = _scheduler()
        address = self._cluster.scheduler_address
        self._crew = WorkerProcesses(address, count)
        try:
            self._crew.wait_until(lambda: len(self._cluster.scheduler.workers) >= count)
            super().__init__(address, progress=progress)
        except BaseException:
            self._stop()
            raise

    def processes(self) -> list[int]:
        """Return the process numbers of the workers."""
        told = self._client.run(os.getpid)
        return sorted(told.values())

    def close(self) -> None:
        """End the workers and the scheduler."""
        super().close()
        self._stop()

    def _stop(self) -> None:
        self._crew.stop()
        with contextlib.suppress(TimeoutError, OSError):
            self._cluster.close(timeout=5)


class WorkerProcesses:
    """Worker processes on this machine; one that dies is replaced.

    Parameters
    ----------
    address
        Of the scheduler.
    count
        Number of processes, one thread each.
    """

    def __init__(self, address: str, count: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="livelihoods-dask-"))
        self._address = address
        self._replaced = 0
        self._over = threading.Event()
        self._processes = [self._start() for _ in range(count)]
        self._watch = threading.Thread(target=self._replace_dead, daemon=True)

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until all workers have reported; from then on replace those that die.

        Raises
        ------
        ExecutorError
            If one ends before, or they take too long.
        """
        end = time.monotonic() + _START_SECONDS
        while not ready():
            dead = any(process.poll() is not None for process in self._processes)
            if dead or time.monotonic() > end:
                raise ExecutorError("engine.workers_not_up", wanted=len(self._processes))
            time.sleep(0.02)
        self._watch.start()

    def stop(self) -> None:
        """End all workers and delete what they kept."""
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self._address]
        command += ["--no-nanny", "--nthreads", "1", "--host", _LOCALHOST, "--no-dashboard"]
        command += ["--dashboard-address", f"{_LOCALHOST}:0"]  # its HTTP port is open all the same
        command += ["--death-timeout", "30", "--local-directory", str(self._folder)]
        with (self._folder / "workers.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=worker_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends this process, which then ends the workers
            )

    def _replace_dead(self) -> None:
        while not self._over.wait(0.2):
            for place, process in enumerate(self._processes):
                if process.poll() is not None and self._replaced < _REPLACEMENTS:
                    self._replaced += 1
                    _LOG.warning("a worker process ended (%s); another is started", process.pid)
                    self._processes[place] = self._start()


def worker_environment() -> dict[str, str]:
    """Return this process's environment with one thread everywhere and this package's place."""
    source = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    path = source if not known else os.pathsep.join([source, known])
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": path}


def _scheduler() -> Any:
    from distributed import LocalCluster

    start: Callable[..., Any] = LocalCluster
    return start(
        n_workers=0,
        processes=True,
        host=_LOCALHOST,
        dashboard_address=f"{_LOCALHOST}:0",  # its own port would be 8787, which may be taken
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL,
    )


def _connect(address: str, timeout: float) -> Any:
    from distributed import Client

    start: Callable[..., Any] = Client
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        return start(address, timeout=timeout, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ExecutorError("engine.unreachable", address=address, seconds=timeout) from error


def _check_workers(client: Any, address: str) -> None:
    """Refuse workers whose packages are not these: their digits could be others."""
    tell = _version_teller(COMPARED)
    told: dict[str, dict[str, str | None]] = client.run(tell)
    if not told:
        raise ExecutorError("engine.no_workers", address=address)
    here = tell()
    for worker, there in sorted(told.items()):
        if there["livelihoods"] is None:
            raise ExecutorError("engine.worker_lacks_package", worker=worker)
        other = [
            f"{name} {there[name]} ({here[name]})" for name in here if there[name] != here[name]
        ]
        if other:
            raise ExecutorError("engine.worker_versions", worker=worker, packages=other)


def _version_teller(names: Sequence[str]) -> Callable[[], dict[str, str | None]]:
    """Return a function that travels as its own code, to workers that may lack this package."""

    def tell() -> dict[str, str | None]:
        import importlib
        import sys

        found: dict[str, str | None] = {
            "python": f"{sys.version_info.major}.{sys.version_info.minor}"
        }
        for name in names:
            try:
                found[name] = importlib.import_module(name).__version__
            except ImportError:
                found[name] = None
        return found

    return tell


@dataclass(slots=True)
class Parcel:
    """A value packed for the workers, unpacked once in each; its arrays are not copied again."""

    content: bytes
    buffers: list[Any]
    opened: Any = None

    @classmethod
    def of(cls, value: Any) -> Parcel:
        """Pack a value."""
        buffers: list[pickle.PickleBuffer] = []
        content = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        return cls(content, [np.frombuffer(each.raw(), np.uint8) for each in buffers])

    def open(self) -> Any:
        """Return the value."""
        if self.opened is None:
            self.opened = pickle.loads(self.content, buffers=self.buffers)
        return self.opened

    def __reduce__(self) -> tuple[Any, ...]:
        return Parcel, (self.content, self.buffers)


_threads_pinned = False


def _work(packed: bytes, *handed: Any) -> Any:
    """Run a task with BLAS on one thread, also on workers that somebody else started."""
    global _threads_pinned
    if not _threads_pinned:
        from threadpoolctl import threadpool_limits

        threadpool_limits(1)
        _threads_pinned = True
    task, arguments, places = pickle.loads(packed)
    for place, value in zip(places, handed, strict=True):
        arguments[place] = value.open() if isinstance(value, Parcel) else value
    return task(*arguments)
