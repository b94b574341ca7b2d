"""Threads in which what is not urgent waits for the store, apart from those that write batches."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """One thread of its own name; work of the event loop waits for it without blocking.

    Attributes:
        stopped: work that has begun should end soon.
    """

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self.stopped = False

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` in the thread and return what it returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(call, *args, **kwargs))

    def stop(self) -> None:
        """Take nothing more; what runs is left to end by itself."""
        self.stopped = True
        self._executor.shutdown(wait=False, cancel_futures=True)
