"""How long each step of a program takes: its functions, watched from outside."""

from collections.abc import Callable
from time import perf_counter
from typing import Any


class Steps:
    """Seconds by step; what several calls of a step take adds up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watch(self, module: Any, function: str, name: Callable[..., str]) -> None:
        """Replace a module's function by one that also takes its time, under the name its arguments give."""
        inner = getattr(module, function)

        def watched(*args: Any, **options: Any) -> Any:
            began = perf_counter()
            try:
                return inner(*args, **options)
            finally:
                step = name(*args, **options)
                self.seconds[step] = round(self.seconds.get(step, 0.0) + perf_counter() - began, 3)

        setattr(module, function, watched)
