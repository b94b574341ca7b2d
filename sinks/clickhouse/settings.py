"""Settings the guarantee rests on: of every insert, and of every table that receives rows."""

from collections.abc import Mapping
from typing import Final

INSERT_SETTINGS: Final[Mapping[str, str | int]] = {
    "deduplicate_insert": "enable",
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "async_insert": 0,
    "max_insert_threads": 1,
    "materialized_views_ignore_errors": 0,
    # A partition that lay idle may hold more received days than the default of 100.
    "max_partitions_per_insert_block": 0,
    # Grouped rows come grouped already: merging them once more on the way in took half of a rollup insert.
    "optimize_on_insert": 0,
}
"""Explicit on every insert: defaults differ between engine versions. Source: docs/protocol.md, "Settings"."""

HTTP_INSERT_SETTINGS: Final[Mapping[str, str | int]] = {"wait_end_of_query": 1}
"""Over HTTP, the answer must wait for the insert; the embedded engine always does."""

WINDOW_PARTS: Final = 100_000
WINDOW_S: Final = 604_800
WINDOW_SETTINGS: Final[Mapping[str, int]] = {
    "non_replicated_deduplication_window": WINDOW_PARTS,
    "replicated_deduplication_window": WINDOW_PARTS,
    "replicated_deduplication_window_seconds": WINDOW_S,
}
"""How many insert tokens a table remembers; it counts parts, and 0 would forget at once."""

FSYNC_SETTINGS: Final = ("fsync_after_insert", "fsync_part_directory")


def clause(settings: Mapping[str, str | int]) -> str:
    """Return settings as SQL: `name = value, …`, values quoted."""
    return ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
