"""Facts made from a seed, written as a worker writes them, and what the store must then hold.

What must hold is worked out from the rows in plain Python (`fact_rows`); none of our SQL is used.
"""

import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from support.fact_rows import (
    CLASSES,
    DIMENSIONS,
    Row,
    added_up,
    class_columns,
    expected_accounts,
    expected_categories,
    expected_places,
    expected_rollups,
)

from tokentide.schemas.columns import FACT_SCHEMA
from tokentide.schemas.position import Partition, Span
from tokentide.schemas.reasons import Reason
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.transforms.group import group
from tokentide.streams.transforms.ledger import Ledger, rollup_block

EPOCH = "cluster.1"
TOPIC = "usage.events.v1"
DAY_MS = 86_400_000
TODAY_MS = round(time.time() * 1000) // DAY_MS * DAY_MS
"""Today: rows of the 10 s level that are older than its retention would be gone at once."""


def partition(number: int = 0, epoch: str = EPOCH) -> Partition:
    """One partition of the test's topic."""
    return Partition(epoch, TOPIC, number)


def span(start: int, end: int, number: int = 0, epoch: str = EPOCH) -> Span:
    """One span of the test's topic."""
    return Span(partition(number, epoch), start, end)


def facts(where: Span, received_ms: int, step_ms: int = 7) -> list[Row]:
    """One fact per offset of a span, received from `received_ms` on, `step_ms` apart.

    What a fact says depends on its offset alone, not on the span that carries it.
    """
    return [
        _fact(where, offset, received_ms + step_ms * place, random.Random(f"{where.partition}:{offset}"))
        for place, offset in enumerate(range(where.start, where.end))
    ]


def _fact(where: Span, offset: int, received_ms: int, chance: random.Random) -> Row:
    model = chance.choice(["a/x", "a/y", "b/x", "other"])
    tokens = lambda: chance.choice([chance.randrange(300), chance.randrange(2**31), 2**31 - 1])  # noqa: E731
    maybe = lambda value: chance.choice([None, value])  # noqa: E731
    here = where.partition
    return {
        **{"epoch": here.epoch, "topic": here.topic, "partition": here.number},
        **{"offset": offset, "batch_start": where.start, "received_at": received_ms},
        **{"payload_hash": chance.getrandbits(64), "rules": 1, "catalogue": 7},
        **{"event_id": f"{here.epoch}-{here.number}-{offset}", "schema_version": 1},
        "event_time": received_ms * 1000 - chance.choice([0, 999, 25_000_000, 140 * 86_400_000_000]),
        **{"used_gateway": chance.choice("gh"), "used_tenant": chance.choice(["", "t"])},
        **{"used_model": model, "used_author": model.partition("/")[0], "used_provider": "p"},
        **{"used_variant": "", "used_byok": chance.choice(["", "yes"])},
        **{"gateway": "g", "model": model.upper(), "attempt": chance.randrange(1, 3)},
        **{"status": chance.choice(["ok", "error", ""]), "flags": 0, "account_hash": "ab" * 16},
        "finish_reason": chance.choice(["stop", "tool_calls", "unknown", ""]),
        **{"prompt_tokens": tokens(), "completion_tokens": tokens()},
        **{"reasoning_tokens": maybe(tokens()), "cached_tokens": maybe(tokens())},
        **{"cache_write_tokens": maybe(tokens()), "tools_offered": maybe(chance.randrange(9))},
        **{"cost_nano": maybe(chance.randrange(10**15)), "list_cost_nano": maybe(chance.randrange(10**12))},
        **{"latency_ms": maybe(chance.getrandbits(32)), "ttft_ms": maybe(chance.randrange(10**5))},
        **{"label_paths": ["/Science", "/Games"], "label_confidences": [900_000, 100_000]},
        **class_columns(chance.sample(CLASSES, chance.randrange(4)), looked_at=chance.random() < 0.5),
        **{"used_country": chance.choice(["", "US", "unknown"]), "used_language": chance.choice(["", "en"])},
        **{"sample_weight": maybe(10 ** chance.randrange(6, 11)), "cancelled": maybe(chance.random() < 0.5)},
        **{"account_key_id": chance.choice("kl"), "app": chance.choice(["", "app one"])},
    }


def table(rows: Sequence[Row]) -> pa.Table:
    """Rows as Arrow in `FACT_SCHEMA`; what a row leaves out is absent."""
    columns = [pa.array([_value(row, field) for row in rows], field.type) for field in FACT_SCHEMA]
    return pa.Table.from_arrays(columns, schema=FACT_SCHEMA)


def _value(row: Row, field: pa.Field) -> Any:
    if field.nullable:
        return row.get(field.name)
    if pa.types.is_list(field.type):
        return row.get(field.name, [])
    return row.get(field.name, "" if pa.types.is_dictionary(field.type) or field.type == pa.string() else 0)


def ledger(where: Span, rows: Sequence[Row], dead: int = 0, duplicates: int = 0, dropped: int = 0) -> Ledger:
    """The ledger row of a batch that stored `rows`."""
    times = [row["received_at"] for row in rows] or [TODAY_MS]
    refused = {Reason.MISSING: dead} if dead else {}
    return Ledger(where, len(rows), duplicates, dropped, min(times), max(times), 1, 7, refused)


def write_facts(store: Store, where: Span, rows: Sequence[Row], boot: str | None = None) -> None:
    """Write the facts of a batch."""
    Writer(store).write_facts(table(rows), where, boot or store.boot)


def write_rollups(store: Store, where: Span, rows: Sequence[Row], **balance: int) -> None:
    """Write the rollups and the ledger row of a batch."""
    block = rollup_block(group(table(rows)), ledger(where, rows, **balance))
    Writer(store).write_rollups(block, where, store.boot)


def write(store: Store, where: Span, rows: Sequence[Row]) -> None:
    """Write a whole batch, in the protocol's order."""
    write_facts(store, where, rows)
    write_rollups(store, where, rows)


def assert_whole(store: Store, rows: Iterable[Row]) -> None:
    """Facts are exactly these rows, and every stored level is what they add up to, integer for integer."""
    rows = list(rows)
    assert stored_positions(store) == sorted(_position(row) for row in rows)
    for family, expected in EXPECTED.items():
        tens = expected(rows)
        assert stored_level(store, f"usage_{family}_10s") == tens
        assert stored_level(store, f"usage_{family}_1h") == _coarser(tens, 3600)
    assert stored_accounts(store) == expected_accounts(rows)


EXPECTED = {"model": expected_rollups, "category": expected_categories, "place": expected_places}


def _position(row: Row) -> tuple[str, int, int]:
    return row["epoch"], row["partition"], row["offset"]


def stored_positions(store: Store) -> list[tuple[str, int, int]]:
    """Where each stored fact stood in the log, a doubled one twice."""
    found = store.query("SELECT toString(epoch) AS epoch, partition, `offset` FROM usage_events").to_pylist()
    return sorted(_position(row) for row in found)


def _coarser(level: dict[tuple[Any, ...], dict[str, Any]], seconds: int) -> dict[Any, Any]:
    return added_up([{(day, at - at % seconds, *rest): row} for (day, at, *rest), row in level.items()])


def stored_level(store: Store, name: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Every non-zero measure of a stored level by (received day, bucket second, dimensions), as `fact_rows`."""
    family = name.split("_")[1]
    parts = [keyed(row, family) for row in store.query(f"SELECT * FROM {name}").to_pylist()]
    return added_up(parts)


def stored_accounts(store: Store) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Every non-zero measure of each account, day and so on, as `fact_rows` gives them."""
    return added_accounts(store.query("SELECT * FROM usage_accounts_1d").to_pylist())


def added_accounts(rows: Iterable[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of the account level, added up by their keys."""
    whole: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row.pop(name) for name in ("received_day", "day", *DIMENSIONS["accounts"]))
        first, last = _ms(row.pop("first_event")), _ms(row.pop("last_event"))
        into = whole.setdefault(key, {"first_event": first, "last_event": last})
        into["first_event"], into["last_event"] = min(into["first_event"], first), max(into["last_event"], last)
        for name, value in row.items():
            if _plain(value):
                into[name] = into.get(name, 0) + _plain(value)
    return whole


def keyed(row: Row, family: str = "model") -> dict[tuple[Any, ...], dict[str, Any]]:
    day, bucket, latest = row.pop("received_day"), row.pop("bucket"), row.pop("received_max")
    key = (day, int(bucket), *(row.pop(name) for name in DIMENSIONS[family]))
    values = {name: _plain(value) for name, value in row.items()}
    return {key: {name: value for name, value in values.items() if value} | {"received_max": _ms(latest)}}


def _ms(moment: Any) -> int:
    return round(moment.timestamp() * 1000)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return int.from_bytes(value, "little")
    return dict(value) if isinstance(value, list) else value


class Folder:
    """A store folder: opened, closed, or left as a kill leaves it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"chdb://{path}"
        self._store: Store | None = None
        self._mark = ""

    def open(self) -> Store:
        """Open the store; closes what was open."""
        self.close()
        self._store = open_store(self.url)
        self._mark = (self.path / "tokentide-open.json").read_text()
        return self._store

    def close(self) -> None:
        """Close cleanly."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def crash(self) -> None:
        """Leave the rows as they are and the marks as they were when it was opened, as a kill does."""
        self.close()
        (self.path / "tokentide-clean.json").unlink(missing_ok=True)
        (self.path / "tokentide-open.json").write_text(self._mark)

    def reopen_after_crash(self) -> Store:
        """Crash, then open again, which repairs."""
        self.crash()
        return self.open()
