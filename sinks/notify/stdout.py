"""Standard output: one JSON object per state change and line."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from tokentide.sinks.notify.notice import Notice, as_bytes


class Stdout:
    """Writes news to a stream.

    Args:
        stream: standard output unless told.
    """

    name = "stdout"
    repeats = False

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream

    def send(self, notices: Sequence[Notice], now: datetime, timeout_s: float) -> None:
        """Write the notices, each on a line."""
        del now, timeout_s
        stream = self._stream or sys.stdout
        for notice in notices:
            stream.write(as_bytes(notice.as_json()).decode() + "\n")
        stream.flush()
