"""ClickHouse alone: the same bytes inserted as JSONEachRow into the same facts table.

What a team without Tokentide would build: a Null table with the message's fields, a view that turns its rows into
facts, and, with rollups, views on the facts that fill the stored levels. No duplicates are looked for, no name is
normalised, and of bad messages only those that do not parse are skipped. The bytes lie in files, one per insert,
before the clock begins: reading Kafka is not part of it.
"""

import json
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

from bench.meter import Measured, Meter, tell
from bench.subjects.stores import LEDGER_VIEW, count_facts, drop_level_views
from tokentide.schemas.columns import FACT_COLUMNS
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.recompute import LEVELS, rows_from_facts
from tokentide.sinks.clickhouse.settings import INSERT_SETTINGS, clause
from tokentide.sinks.clickhouse.store import Store

_SENT: Final = {"event_time": "Int64", "cost_usd": "Nullable(Decimal64(9))"}
_COMPUTED: Final = {
    "event_time": "fromUnixTimestamp64Milli(message.event_time, 'UTC')",
    "cost_nano": "toUInt64(message.cost_usd * 1000000000)",
    "received_at": "now64(3, 'UTC')",
    "offset": "rowNumberInAllBlocks()",
    "payload_hash": "xxh3(message.event_id)",
    "used_gateway": "message.gateway",
    "used_tenant": "message.tenant",
    "used_model": "message.model",
    "used_author": "splitByChar('/', message.model)[1]",
    "used_provider": "message.provider",
    "used_country": "message.billing_country",
    "used_language": "message.language",
}


def run(case: dict[str, Any]) -> Measured:
    """Insert everything and return what that took."""
    files = list(_cut(Path(case["dumps"]), Path(case["folder"] + ".parts"), case["rows_per_insert"]))
    meter = Meter()
    with open_store(f"chdb:///{case['folder'].lstrip('/')}", fsync=case["fsync"]) as store:
        migrate(store)
        _prepare(store, files[0], rollups=case["store"] == "full")
        meter.begin()
        for number, file in enumerate(files):
            _insert(store, file, number)
        meter.end()
        return meter.measured(case["events"], count_facts(store), case["events"] / len(files))


def _cut(dumps: Path, folder: Path, rows: int) -> Iterator[Path]:
    folder.mkdir()
    for dump in sorted(dumps.iterdir()):
        with dump.open("rb") as lines:
            length = piece_rows(sum(1 for _ in lines), rows)
            lines.seek(0)
            for number in count():
                part = list(islice(lines, length))
                if not part:
                    break
                file = folder / f"{dump.stem}-{number}.ndjson"
                file.write_bytes(b"".join(part))
                yield file


def piece_rows(total: int, rows: int) -> int:
    """Return how many of `total` messages make one insert, all about equal and `rows` on average."""
    pieces = max(1, round(total / rows))
    return -(-total // pieces)


def _prepare(store: Store, sample: Path, *, rollups: bool) -> None:
    drop_level_views(store)
    store.command(f"DROP VIEW {LEDGER_VIEW}")
    with sample.open("rb") as lines:
        names = list(json.loads(next(lines)))
    types = {column.name: column.clickhouse for column in FACT_COLUMNS} | _SENT
    store.command(f"CREATE TABLE bench_in ({', '.join(f'{name} {types[name]}' for name in names)}) ENGINE = Null")
    columns = {name: f"message.{name}" for name in names if name not in _SENT} | _COMPUTED
    selected = ", ".join(f"{sql} AS `{name}`" for name, sql in columns.items())
    store.command(
        f"CREATE MATERIALIZED VIEW bench_to_facts TO usage_events AS SELECT {selected} FROM bench_in AS message"
    )
    for level in LEVELS if rollups else ():
        store.command(
            f"CREATE MATERIALIZED VIEW bench_to_{level.table} TO {level.table} AS {rows_from_facts(level, 'true')}"
        )


def _insert(store: Store, file: Path, number: int) -> None:
    wanted = {
        **INSERT_SETTINGS,
        "insert_deduplication_token": f"bench:{number}",
        "input_format_allow_errors_ratio": 1,
    }
    store.command(f"INSERT INTO bench_in FROM INFILE '{file}' SETTINGS {clause(wanted)} FORMAT JSONEachRow")


if __name__ == "__main__":
    tell(run(json.loads(sys.argv[1])))
