"""Insert tokens: what they name, and which inserts must name the store's present boot id."""

from typing import Final

from tokentide.sinks.clickhouse.errors import StaleBootError

GUARDED: Final = frozenset({"usage_events", "usage_rollups_in", "usage_watermarks"})
"""Tables that workers write: their tokens must be of this opening, of which alone the rows are known to hold."""


def token_boot(token: str) -> str:
    """Return the boot id that an insert token names: what follows its last colon."""
    return token.rpartition(":")[2]


def refuse_stale(table: str, token: str, boot: str) -> None:
    """Refuse an insert of a worker's batch that names another opening of the store.

    Raises:
        StaleBootError: classified `stale_boot`.
    """
    if table in GUARDED and token_boot(token) != boot:
        raise StaleBootError(f"the store was opened anew: {table} takes tokens of boot {boot}, not {token}")
