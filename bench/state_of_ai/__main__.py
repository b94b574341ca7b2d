"""`python -m bench.state_of_ai [MARKET STORE]`: write docs/state-of-ai-2025.md.

MARKET is a folder of `tokentide simulate`, STORE the address of a store that `tokentide run` filled with its events
and nothing else; both together measure anew. Without them the page is written from the results that are kept.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.state_of_ai import comparison, emerged, settings
from bench.state_of_ai.answers import Answers
from bench.state_of_ai.page import PAGE, RESULTS, page, results
from tokentide.gateways.simulation.published import SETTINGS
from tokentide.sinks.clickhouse.opening import open_store


def measure(market: Path, address: str, broker: str) -> dict[str, Any]:
    """Return what the three tables are made of."""
    with open_store(address) as store:
        answers = Answers.of(store, market)
        (stored,) = answers.rows("coverage", bucket="all")
        run = {name: answers.parameters[name] for name in ("simulated", "events", "seed", "label_rate", "scale")}
        run |= {"measured": str(datetime.now(UTC).date()), "stored": stored["n"], "broker": broker}
        return {
            "run": run,
            "set": settings.rows(answers, SETTINGS),
            "emerged": emerged.rows(answers),
            "compared": comparison.rows(answers),
        }


def main(arguments: list[str]) -> None:
    """Measure if there is something to measure, then write the page."""
    if arguments:
        market, address, *broker = arguments
        found = measure(Path(market), address, " ".join(broker) or "embedded broker")
        RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
