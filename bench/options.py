"""How large a run is, from BENCH_* variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

EVENTS_PER_S: Final = 5_000
"""Rate the invented traffic is of: how many events share a 10-second bucket. Twice OpenRouter's mean of 2026."""
PARTS: Final = ("main", "protocol", "partitions", "bad", "freshness", "rebuild", "repair", "queries")


@dataclass(frozen=True, slots=True)
class Options:
    """Size of a run.

    Attributes:
        events: events of the main case; the matrices and plain Faust take a share of them.
        repeats: rounds of every case; each round runs all of them side by side.
        freshness_s: seconds of the freshness measurement; 0 leaves it out.
        stored: facts of the store that is rebuilt and repaired.
        json_path: where the summary goes, or None.
        only: names of the parts to run, of `PARTS`.
        large: where the store of the part `queries` is kept for the next run, or None.
    """

    events: int = 300_000
    repeats: int = 3
    freshness_s: float = 30.0
    stored: int = 5_000_000
    json_path: Path | None = None
    only: tuple[str, ...] = PARTS
    large: Path | None = None

    @property
    def matrix_events(self) -> int:
        """Events of each case of a matrix."""
        return self.events * 3 // 8

    @property
    def plain_events(self) -> int:
        """Events plain Faust reads of the same topic: it takes about ten times as long for each."""
        return self.events // 8


def options_of(environment: Mapping[str, str] = os.environ) -> Options:
    """Return what BENCH_EVENTS, _REPEATS, _FRESHNESS, _STORED, _JSON, _ONLY and _LARGE set."""
    default = Options()
    only = environment.get("BENCH_ONLY", "")
    return Options(
        events=int(environment.get("BENCH_EVENTS", default.events)),
        repeats=int(environment.get("BENCH_REPEATS", default.repeats)),
        freshness_s=float(environment.get("BENCH_FRESHNESS", default.freshness_s)),
        stored=int(environment.get("BENCH_STORED", default.stored)),
        json_path=Path(path) if (path := environment.get("BENCH_JSON")) else None,
        only=tuple(only.split(",")) if only else default.only,
        large=Path(path) if (path := environment.get("BENCH_LARGE")) else None,
    )
