"""Where tasks run: a protocol of three verbs, and threads as its first keeper.

``submit`` starts a task, ``gather`` returns answers in the order asked for, ``broadcast`` hands a
value to all workers once. The adapter to a cluster (``dask_executor``) keeps the same protocol.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, runtime_checkable

from livelihoods.errors import MissingExtraError, SpecError

Progress: TypeAlias = Callable[[int, int], None]


@runtime_checkable
class Executor(Protocol):
    """What the engine asks of threads or of a cluster."""

    @property
    def workers(self) -> int:
        """How many tasks run at once."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Any:
        """Start ``task(*arguments)`` and return a handle; broadcast values arrive as themselves."""

    def gather(self, pending: Sequence[Any]) -> list[Any]:
        """Wait for all handles and return their answers in the same order."""

    def broadcast(self, value: Any) -> Any:
        """Return something that, given to ``submit``, reaches the task as ``value``."""


class ClosingExecutor(Executor, Protocol):
    """An executor that must be closed."""

    def close(self) -> None:
        """End threads or leave the cluster."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class ThreadExecutor:
    """Tasks on threads of this process; NumPy releases the lock while it computes.

    Parameters
    ----------
    workers
        Number of threads, at least 1; None takes the processors this process may use. The number
        never changes a digit of any result.
    progress
        Called as ``progress(done, total)`` while tasks come back.

    Raises
    ------
    SpecError
        If ``workers`` is below 1.
    """

    remote = False

    def __init__(self, workers: int | None = None, *, progress: Progress | None = None) -> None:
        if workers is not None and workers < 1:
            raise SpecError("engine.workers", workers=workers)
        self.progress = progress
        self._workers = workers or available_processors()
        self._pool: ThreadPoolExecutor | None = None

    @property
    def workers(self) -> int:
        """How many tasks run at once."""
        return self._workers

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Start ``task(*arguments)`` on a thread."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="livelihoods")
        return self._pool.submit(task, *arguments)

    def gather(self, pending: Sequence[Future[Any]]) -> list[Any]:
        """Return the answers in order; after a failure the tasks not yet begun are cancelled."""
        try:
            return [future.result() for future in pending]
        except BaseException:
            self.cancel(pending)
            raise

    def cancel(self, pending: Sequence[Future[Any]]) -> None:
        """Drop tasks that have not begun."""
        for future in pending:
            future.cancel()

    def broadcast(self, value: Any) -> Any:
        """Return the value itself: threads share memory."""
        return value

    def close(self) -> None:
        """End the threads; a later ``submit`` starts new ones."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def executor_from(text: str, *, progress: Progress | None = None) -> ClosingExecutor:
    """Return the executor that a text names; close it, or use it in a ``with`` block.

    Parameters
    ----------
    text
        ``"threads"`` or ``"threads:4"``; ``"dask-local"`` or ``"dask-local:2"`` for worker
        processes on this machine; ``"dask://host:port"`` (or Dask's own ``"tcp://host:port"``,
        ``"tls://host:port"``) for a running Dask scheduler.
    progress
        Called as ``progress(done, total)`` while tasks come back.

    Raises
    ------
    SpecError
        If the text names no executor.
    ExecutorError
        If a cluster cannot be reached or used.
    MissingExtraError
        If Dask is asked for and not installed.
    """
    kind, place, count = read_executor(text)
    if kind == "threads":
        return ThreadExecutor(count, progress=progress)
    require_dask()
    from livelihoods.engine.dask_executor import DaskExecutor, LocalDaskExecutor

    if kind == "dask-local":
        return LocalDaskExecutor(count, progress=progress)
    return DaskExecutor(place, progress=progress)


def read_executor(text: str) -> tuple[str, str, int | None]:
    """Return kind (``"threads"``, ``"dask-local"``, ``"dask"``), address and number of workers.

    Raises
    ------
    SpecError
        If the text names no executor, or one without workers.
    """
    here = re.fullmatch(r"(threads|dask-local)(?::(\d{1,6}))?", text)
    if here is not None:
        count = None if here[2] is None else int(here[2])
        if count == 0:
            raise SpecError("engine.workers", workers=0)
        return here[1], "", count
    there = re.fullmatch(r"(dask|tcp|tls)://([^/\s:]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})", text)
    if there is None:
        raise SpecError("engine.unknown_executor", given=text)
    protocol = "tcp" if there[1] == "dask" else there[1]
    return "dask", f"{protocol}://{there[2]}:{there[3]}", None


def require_dask() -> None:
    """Raise if Dask is not installed."""
    if importlib.util.find_spec("distributed") is None:
        raise MissingExtraError("engine.no_dask")


@contextmanager
def use_executor(executor: Executor | str | None) -> Iterator[Executor | None]:
    """Give the executor itself; one named by a text lives as long as the ``with`` block."""
    if isinstance(executor, str):
        with executor_from(executor) as made:
            yield made
    else:
        yield executor


def in_order(
    executor: Executor, task: Callable[..., Any], calls: Sequence[tuple[Any, ...]]
) -> Iterator[Any]:
    """Yield ``task(*call)`` of every call, in order, a few of them ahead of the reader.

    Answers that have been taken are not kept: a long row of tasks needs the memory of a few.
    """
    pending: deque[Any] = deque()
    report: Progress | None = getattr(executor, "progress", None)
    ahead = 3 * executor.workers
    begun = 0
    try:
        for done in range(len(calls)):
            while begun < len(calls) and len(pending) < ahead:
                pending.append(executor.submit(task, *calls[begun]))
                begun += 1
            (answer,) = executor.gather([pending.popleft()])
            if report is not None:
                report(done + 1, len(calls))
            yield answer
    finally:  # of a failure, an interruption, or a reader that stopped
        cancel = getattr(executor, "cancel", None)
        if pending and cancel is not None:
            cancel(list(pending))


def available_processors() -> int:
    """Return how many processors this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
