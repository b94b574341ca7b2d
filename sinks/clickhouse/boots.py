"""The boot id: a random id of each opening of an embedded engine, named by every token written under it.

Tokens logged before a crash may stand for parts that never came to be; under a new boot id no
retry is judged by them. A real server keeps one constant id.
"""

import logging
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from tokentide.sinks.clickhouse.check_schema import has_table
from tokentide.sinks.clickhouse.repair import repair
from tokentide.sinks.clickhouse.store import Store

logger = logging.getLogger(__name__)

_SCHEMA: Final = pa.schema(
    [
        pa.field("boot", pa.string(), nullable=False),
        pa.field("number", pa.uint64(), nullable=False),
        pa.field("opened_at", pa.timestamp("ms", "UTC"), nullable=False),
    ]
)


def settle(store: Store) -> None:
    """Repair after an unclean close, then record this opening's boot id; afterwards inserts are accepted.

    Needs the current schema. A store that is settled, or read-only, is left alone.
    """
    if store.settled or store.readonly:
        return
    if store.opening is not None and not store.opening.clean:
        store.repaired = repair(store)
        if store.repaired.days:  # a new folder was not closed at all
            logger.warning("store %s was not closed cleanly: %s", store.address, store.repaired)
    if store.embedded:
        _record(store)
    else:
        refresh_boot(store)
    store.settled = True


def refresh_boot(store: Store) -> str:
    """Read again the boot id that inserts must name; a server that has none gets its constant one."""
    if store.embedded:
        return store.boot
    found = newest_boot(store)
    if found is None:
        _record(store)
        found = newest_boot(store)
    store.boot = found or store.boot
    return store.boot


def newest_boot(store: Store) -> str | None:
    """Return the newest recorded boot id, or None if there is none."""
    if not has_table(store, "usage_boots"):
        return None
    rows = store.rows("SELECT boot FROM usage_boots ORDER BY number DESC, opened_at DESC LIMIT 1")
    return str(rows[0]["boot"]) if rows else None


def _record(store: Store) -> None:
    number = store.rows("SELECT max(number) + 1 AS next FROM usage_boots")[0]["next"]
    row = {"boot": store.boot, "number": number, "opened_at": datetime.now(UTC)}
    store.insert_unsettled("usage_boots", pa.Table.from_pylist([row], _SCHEMA), f"boot:{store.boot}")
