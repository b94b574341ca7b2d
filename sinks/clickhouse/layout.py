"""How the tables are laid out on the store, and the DDL text that follows from the declared columns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tokentide.schemas.columns import FACT_COLUMNS, Column
from tokentide.schemas.errors import UserError
from tokentide.schemas.rollup import MODEL_DIMENSIONS
from tokentide.schemas.rollup_columns import (
    KEY_COLUMNS,
    LEDGER_COLUMNS,
    LEVEL_COLUMNS,
    RECEIVED_DAY,
    ROLLUP_COLUMNS,
    RollupColumn,
    merge_expression,
)
from tokentide.sinks.clickhouse.settings import WINDOW_SETTINGS, clause

_ENGINES: Final = ("MergeTree", "AggregatingMergeTree", "ReplacingMergeTree")
_NAME: Final = re.compile(r"[A-Za-z0-9_.{}-]{1,100}")
_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")

_CODECS: Final = {
    "offset": "Delta(8), ZSTD(1)",
    "batch_start": "Delta(8), ZSTD(1)",
    "received_at": "Delta(8), ZSTD(1)",
    "event_time": "Delta(8), ZSTD(1)",
    # Hashes have nothing to compress, unless they come again: level 3 finds the copies.
    "payload_hash": "NONE",
    "account_hash": "ZSTD(3)",
    "session_hash": "ZSTD(3)",
}
_CODEC: Final = "ZSTD(1)"
_NUMBER_CODEC: Final = "T64, ZSTD(1)"
_NUMBER: Final = re.compile(r"(Nullable\()?UInt(32|64)\)?")


@dataclass(frozen=True, slots=True)
class Layout:
    """What differs from one installation to the next.

    Attributes:
        replicated: Replicated* engines: token and part commit together, so no repair is needed.
        cluster: name for ON CLUSTER, or '' for one node.
        facts_retention: how long single events are kept; whole days.
    """

    replicated: bool = False
    cluster: str = ""
    facts_retention: timedelta = timedelta(days=400)

    @property
    def facts_days(self) -> int:
        """Days that facts are kept, rounded up, at least one."""
        return max(1, -(-self.facts_retention // timedelta(days=1)))


def render(sql: str, layout: Layout) -> str:
    """Return the text of a migration with its placeholders filled.

    Raises:
        UserError: the cluster's name is no name.
        KeyError: the migration names an unknown placeholder.
    """
    values = _values(layout)
    return _PLACEHOLDER.sub(lambda found: values[found[1]], sql)


def _values(layout: Layout) -> dict[str, str]:
    prefix = "Replicated" if layout.replicated else ""
    ledger = (RECEIVED_DAY, *LEDGER_COLUMNS)
    return {
        **{engine: prefix + engine for engine in _ENGINES},
        "on_cluster": _on_cluster(layout.cluster),
        "window": clause(WINDOW_SETTINGS),
        "facts_days": str(layout.facts_days),
        "fact_columns": _lines(_fact(column) for column in FACT_COLUMNS),
        "rollup_columns": _lines(column.definition for column in ROLLUP_COLUMNS),
        "level_columns": _lines(_packed(column) for column in LEVEL_COLUMNS),
        "ledger_columns": _lines(_packed(column) for column in ledger),
        "dimensions": ", ".join(MODEL_DIMENSIONS),
        "level_names": _names(LEVEL_COLUMNS),
        "level_names_by_hour": _names(LEVEL_COLUMNS).replace("`bucket`", "toStartOfHour(bucket) AS bucket"),
        "ledger_names": _names(ledger),
        "merged_level": _lines(_merged()),
    }


def _on_cluster(cluster: str) -> str:
    if cluster and not _NAME.fullmatch(cluster):
        raise UserError(f"TOKENTIDE_CLUSTER: {cluster!r} is no cluster name")
    return f"ON CLUSTER '{cluster}'" if cluster else ""


def _fact(column: Column) -> str:
    fitting = _NUMBER_CODEC if _NUMBER.fullmatch(column.clickhouse) else _CODEC
    return f"`{column.name}` {column.clickhouse} CODEC({_CODECS.get(column.name, fitting)})"


def _packed(column: RollupColumn) -> str:
    return f"{column.definition} CODEC({_CODEC})"


def _merged() -> Iterable[str]:
    """Yield the columns of a coarser level: dimensions, latest arrival and every merged measure."""
    yield from (f"level.{name} AS {name}" for name in MODEL_DIMENSIONS)
    for column in LEVEL_COLUMNS[len(KEY_COLUMNS) :]:
        merged = merge_expression(column).replace("`" + column.name + "`", f"level.`{column.name}`")
        yield f"{merged} AS `{column.name}`"


def _lines(parts: Iterable[str]) -> str:
    return ",\n    ".join(parts)


def _names(columns: Iterable[RollupColumn]) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)
