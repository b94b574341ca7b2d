"""Mooncake trace, NDJSON: `timestamp` (ms since start), `input_length`, `output_length`, `hash_ids`.

Each hash id stands for a block of 512 prompt tokens. A block counts as cached when it was seen before in
this file and so were all blocks in front of it; the trace assumes a cache that forgets nothing, so do we.
Model and everything else are unknown. Second 0 is declared by the one who replays (`--start`), by default
2024-01-01, so that a second replay is the same traffic.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from tokentide.gateways.files import Line
from tokentide.gateways.formats.encode import encode
from tokentide.gateways.formats.identity import Identity
from tokentide.gateways.formats.records import canonical, read_records, whole
from tokentide.gateways.formats.replay_event import UNKNOWN_MODEL, Population, ReplayEvent

NAME: Final = "mooncake"
BLOCK_TOKENS: Final = 512
_SPAN_MS_MAX: Final = 10 * 366 * 86_400_000


def read(path: Path, population: Population) -> Iterator[ReplayEvent]:
    """Yield one event per line.

    Raises:
        UserError: a line lacks one of the four fields; names file and line.
    """
    identity = Identity(NAME, population)
    seen: set[int] = set()
    for line, record in read_records(path):
        blocks = _blocks(line, record)
        prompt = whole(line, record, "input_length")
        fields = {
            "event_id": identity.name(canonical(record)),
            "gateway": population.gateway,
            "model": UNKNOWN_MODEL,
            "prompt_tokens": prompt,
            "completion_tokens": whole(line, record, "output_length"),
            "cached_tokens": cached_tokens(prompt, blocks, seen),
        }
        seen.update(blocks)
        yield encode(line, population.start + _since_start(line, record), fields)


def cached_tokens(prompt_tokens: int, blocks: Sequence[int], seen: set[int]) -> int:
    """Return how much of the prompt its leading blocks already seen cover."""
    leading = sum(1 for _ in takewhile(seen.__contains__, blocks))
    return min(prompt_tokens, BLOCK_TOKENS * leading)


def _blocks(line: Line, record: dict[str, Any]) -> list[int]:
    blocks = record.get("hash_ids")
    if not isinstance(blocks, list) or not all(type(block) is int for block in blocks):
        raise line.fault("hash_ids is not a list of whole numbers.")
    return blocks


def _since_start(line: Line, record: dict[str, Any]) -> timedelta:
    milliseconds = whole(line, record, "timestamp")
    if milliseconds > _SPAN_MS_MAX:
        raise line.fault("timestamp is more than ten years of milliseconds; it counts from the start of the trace.")
    return timedelta(milliseconds=milliseconds)
