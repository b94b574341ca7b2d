"""How the tables are laid out on the store, and the DDL text that follows from the declared columns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tokentide.schemas.alert_columns import ALERT_COLUMNS
from tokentide.schemas.columns import FACT_COLUMNS, Column
from tokentide.schemas.errors import UserError
from tokentide.schemas.rollup import Family
from tokentide.schemas.rollup_columns import (
    ACCOUNT_SHAPE,
    LEDGER_COLUMNS,
    RECEIVED_DAY,
    ROLLUP_COLUMNS,
    SHAPES,
    RollupColumn,
    Shape,
)
from tokentide.sinks.clickhouse.levels import ACCOUNT_LEVEL, LEVELS, TOTAL_LEVEL, WRITTEN
from tokentide.sinks.clickhouse.recompute import rows_from_facts
from tokentide.sinks.clickhouse.settings import WINDOW_SETTINGS, clause

__all__ = ["LEVELS", "WRITTEN", "Layout", "render"]

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
_BEFORE: Final = {"used_country": "billing_country", "used_language": "language"}
"""What a column holds for facts written before it was there."""
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
        "add_fact_columns": _added((column.name, _fact(column)) for column in FACT_COLUMNS),
        "rollup_columns": _lines(column.definition for column in ROLLUP_COLUMNS),
        "add_rollup_columns": _added((column.name, column.definition) for column in ROLLUP_COLUMNS),
        "ledger_columns": _lines(_packed(column) for column in ledger),
        "ledger_names": _names(ledger),
        "alert_columns": _lines(column.definition for column in ALERT_COLUMNS),
        **_level_values("", SHAPES[Family.MODEL]),
        **{
            name: value
            for family, shape in SHAPES.items()
            for name, value in _level_values(f"{family}_", shape).items()
        },
        **_level_values("accounts_", ACCOUNT_SHAPE),
        **_level_values("total_", TOTAL_LEVEL.shape),
        "accounts_from_facts": rows_from_facts(ACCOUNT_LEVEL, "1"),
    }


def _level_values(prefix: str, shape: Shape) -> dict[str, str]:
    """Return what a migration says of one family; the model family's words go without prefix, too."""
    names = _names(shape.columns)
    return {
        f"{prefix}level_columns": _lines(_packed(column) for column in shape.columns),
        f"{prefix}dimensions": ", ".join(shape.dimension_names),
        f"{prefix}level_names": names,
        f"{prefix}level_names_by_hour": names.replace("`bucket`", "toStartOfHour(bucket) AS bucket"),
        f"{prefix}merged_level": _lines(_merged(shape)),
        f"add_{prefix}level_columns": _added((column.name, _packed(column)) for column in shape.columns),
    }


def _on_cluster(cluster: str) -> str:
    if cluster and not _NAME.fullmatch(cluster):
        raise UserError(f"TOKENTIDE_CLUSTER: {cluster!r} is no cluster name")
    return f"ON CLUSTER '{cluster}'" if cluster else ""


def _fact(column: Column) -> str:
    fitting = _NUMBER_CODEC if _NUMBER.fullmatch(column.clickhouse) else _CODEC
    default = f" DEFAULT {_BEFORE[column.name]}" if column.name in _BEFORE else ""
    return f"`{column.name}` {column.clickhouse}{default} CODEC({_CODECS.get(column.name, fitting)})"


def _packed(column: RollupColumn) -> str:
    return f"{column.definition} CODEC({_CODEC})"


def _added(columns: Iterable[tuple[str, str]]) -> str:
    """Return the clauses of an ALTER that adds whatever columns are missing, each in its place."""
    place, clauses = "FIRST", []
    for name, definition in columns:
        clauses.append(f"ADD COLUMN IF NOT EXISTS {definition} {place}")
        place = f"AFTER `{name}`"
    return _lines(clauses)


def _merged(shape: Shape) -> Iterable[str]:
    """Yield the columns of a coarser level: dimensions and everything merged."""
    yield from (f"level.{name} AS {name}" for name in shape.dimension_names)
    for merged in shape.merged:
        yield f"{merged.function}(level.`{merged.column.name}`) AS `{merged.column.name}`"


def _lines(parts: Iterable[str]) -> str:
    return ",\n    ".join(parts)


def _names(columns: Iterable[RollupColumn]) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)
