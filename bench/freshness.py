"""Published → visible in the query, under steady load: a publisher process and a worker that also queries."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics

RATE: Final = 5_000
TOPIC: Final = "bench.freshness"


def measure(address: KafkaAddress, folder: Path, seconds: float) -> dict[str, Any]:
    """Publish RATE events a second for `seconds`; return quantiles of the delay of marked events."""
    dead = f"{TOPIC}.dead"
    asyncio.run(ensure_topics(address, [TopicSpec(TOPIC), TopicSpec(dead)]))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        case = {
            "bootstrap": address.bootstrap,
            "topic": TOPIC,
            "dead_topic": dead,
            "group": "bench-freshness",
            "partitions": 4,
            "fsync": True,
            "folder": str(Path(name) / "store"),
            "rate": RATE,
            "seconds": seconds,
        }
        return summarise(*_run(case))


def _run(case: dict[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOKENTIDE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "bench.subjects.freshness", json.dumps(case)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdout.readline()  # it is ready
        published = subprocess.run(
            [sys.executable, "-m", "bench.subjects.publisher", json.dumps(case)],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            check=True,
        )
        sent = json.loads(published.stdout.splitlines()[-1])
        worker.stdin.write(json.dumps(list(sent)) + "\n")
        worker.stdin.close()
        seen = json.loads(worker.stdout.read().splitlines()[-1])
    return sent, seen


def summarise(sent: dict[str, float], seen: dict[str, float]) -> dict[str, Any]:
    """Return p50, p99 and the worst delay in seconds.

    Args:
        sent: monotonic time each marker was handed to the producer.
        seen: monotonic time the query first showed it.
    """
    delays = [seen[marker] - at for marker, at in sent.items()]
    return {
        "events_per_second": RATE,
        "markers": len(delays),
        "p50_s": round(median(delays), 3),
        "p99_s": round(quantiles(delays, n=100, method="inclusive")[98], 3),
        "max_s": round(max(delays), 3),
    }
