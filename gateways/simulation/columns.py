"""Events as columns: one array per fact, whole numbers and codes of small vocabularies."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]

TYPES: Final[Mapping[str, str]] = {
    "index": "i8", "time_ms": "i8", "request": "i8", "attempt": "u1", "model": "i2", "provider": "i1",
    "free": "?", "category": "u1", "account": "i4", "tenant": "u1", "country": "i1", "language": "i1", "app": "u1",
    "prompt": "i4", "completion": "i4", "reasoning": "i4", "cached": "i4", "cache_write": "i4",
    "tools_offered": "i2", "tool_calls": "i2", "finish": "u1", "status": "u1", "fault": "i1", "stream": "?",
    "latency": "i4", "ttft": "i4", "cost": "i8", "byok": "i1",
    "path1": "i2", "confidence1": "i2", "path2": "i2", "confidence2": "i2", "path3": "i2", "confidence3": "i2",
    "sampled": "?", "spare": "?",
}  # fmt: skip
"""Name and type of each column; -1 means that the event does not say.

`spare` marks events whose account may be changed without changing who is active: all but one of each account,
model and month.
"""

FINISHES: Final = ("stop", "length", "tool_calls", "content_filter", "error", "cancelled")
STATUSES: Final = ("ok", "error", "timeout", "rate_limited", "cancelled")
FAULTS: Final = ((500, "server_error"), (504, "timeout"), (429, "rate_limit"), (499, "client_disconnected"))
APPS: Final = ("code-editor", "agent-cli", "companion", "chat", "translator", "research", "support-desk")


class Columns:
    """Events as columns of equal length.

    Args:
        arrays: by the names of `TYPES`.
    """

    def __init__(self, arrays: Mapping[str, Column]) -> None:
        self._arrays = {name: np.asarray(arrays[name], dtype) for name, dtype in TYPES.items() if name in arrays}

    def __len__(self) -> int:
        return len(next(iter(self._arrays.values())))

    def __getitem__(self, name: str) -> Column:
        return self._arrays[name]

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def with_columns(self, **arrays: Column) -> "Columns":
        """Return the same events with columns added or replaced."""
        return Columns({**self._arrays, **arrays})

    def rows(self, chosen: Column | slice) -> "Columns":
        """Return the rows of an index, a mask or a slice."""
        return Columns({name: array[chosen] for name, array in self._arrays.items()})

    def only(self, names: Iterable[str]) -> "Columns":
        """Return the same events with some columns only, the others let go."""
        return Columns({name: self._arrays[name] for name in names})

    @property
    def tokens(self) -> Column:
        """Prompt and completion tokens of each event, int64."""
        return self["prompt"].astype(np.int64) + self["completion"]


def joined(parts: Iterable[Columns]) -> Columns:
    """Return the events of all parts, in order."""
    held = list(parts)
    return Columns({name: np.concatenate([part[name] for part in held]) for name in TYPES if name in held[0]})
