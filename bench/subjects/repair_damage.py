"""Kill a process in the middle of a batch, on a store that was cleanly closed before."""

import json
import os
import signal
import sys
from typing import Any, NoReturn

from bench.history import in_flight, write_batch, write_facts
from tokentide.sinks.clickhouse.levels import LEVELS
from tokentide.sinks.clickhouse.opening import open_store


def run(case: dict[str, Any]) -> NoReturn:
    """Write what the case says of one batch, and end as by `kill -9`."""
    store = open_store(f"chdb://{case['folder']}")
    span, facts = in_flight(store, case["in_flight"])
    if case["case"] == "facts alone":
        write_facts(store, span, facts)
    else:
        for level in LEVELS:
            store.command(f"DETACH TABLE {level.view}")
        write_batch(store, span, facts)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
