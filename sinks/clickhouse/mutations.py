"""Wait for deletes and updates of stored rows, which the engine carries out in the background."""

import time
from typing import Final

from tokentide.sinks.clickhouse.errors import RepairFailedError
from tokentide.sinks.clickhouse.store import Store

_WITHIN_S: Final = 300


def await_mutations(store: Store) -> None:
    """Wait until none is running, those that a killed process left behind included.

    Raises:
        RepairFailedError: they take longer than five minutes.
    """
    deadline = time.monotonic() + _WITHIN_S
    sql = "SELECT count() AS running FROM system.mutations WHERE database = currentDatabase() AND NOT is_done"
    while store.rows(sql)[0]["running"]:
        if time.monotonic() > deadline:
            raise RepairFailedError(f"store {store.address}: deletes and updates of rows do not finish")
        time.sleep(0.05)
