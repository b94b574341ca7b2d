"""A line of progress on a terminal; silence elsewhere."""

import sys
from time import monotonic
from types import TracebackType
from typing import Final, Self

_EVERY_S: Final = 0.2


class Progress:
    """Counts something on one line of standard error.

    Args:
        verb: what is counted, as a participle.
    """

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._shown_at = 0.0
        self._wide = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._wide:
            print("\r" + " " * self._wide + "\r", end="", file=sys.stderr, flush=True)

    def show(self, count: int, note: str = "") -> None:
        """Show a count, at most five times a second."""
        if not sys.stderr.isatty() or monotonic() - self._shown_at < _EVERY_S:
            return
        self._shown_at = monotonic()
        line = f"{self._verb} {count:,}{note}"
        self._wide = max(self._wide, len(line))
        print(f"\r{line.ljust(self._wide)}", end="", file=sys.stderr, flush=True)
