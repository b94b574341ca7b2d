"""Make stored levels wrong: not at all, in one bucket, or altogether."""

import json
import sys
from typing import Any

from bench.meter import tell
from tokentide.sinks.clickhouse.levels import LEVELS
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Do the damage of `case["case"]` and close the store."""
    with open_store(f"chdb://{case['folder']}") as store:
        if case["case"] == "one bucket":
            _one_bucket(store)
        if case["case"] == "everything":
            for level in LEVELS:
                store.command(f"TRUNCATE TABLE {level.table}")
    return {}


def _one_bucket(store: Store) -> None:
    table = LEVELS[0].table
    store.command(
        f"ALTER TABLE {table} UPDATE prompt_tokens = prompt_tokens + 1 "
        f"WHERE bucket = (SELECT min(bucket) FROM {table}) SETTINGS mutations_sync = 1"
    )


if __name__ == "__main__":
    tell(run(json.loads(sys.argv[1])))
