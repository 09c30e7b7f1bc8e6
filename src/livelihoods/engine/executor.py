"""Where tasks run: a protocol of three verbs, and threads as its first keeper.

``submit`` starts a task, ``gather`` returns answers in the order asked for, ``broadcast`` hands a
value to all workers once. A cluster's adapter keeps the same protocol.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from livelihoods.errors import SpecError


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


class ThreadExecutor:
    """Tasks on threads of this process; NumPy releases the lock while it computes.

    Parameters
    ----------
    workers
        Number of threads, at least 1; None takes the processors this process may use. The number
        never changes a digit of any result.

    Raises
    ------
    SpecError
        If ``workers`` is below 1.
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise SpecError("engine.workers", workers=workers)
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
            for future in pending:
                future.cancel()
            raise

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


def available_processors() -> int:
    """Return how many processors this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
