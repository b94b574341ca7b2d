"""What the engine itself lets anyone do: its configuration, written for one opening.

Source: tried on chDB 4.4: the embedded engine reads users, grants, profiles and constraints from a
configuration file, and enforces them on every connection of the process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

_READ: Final = "GRANT SELECT, SHOW, CHECK, CREATE TEMPORARY TABLE ON *.*"
_WRITE: Final = (
    "GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE TEMPORARY TABLE, DROP, "
    "UNDROP TABLE, TRUNCATE, OPTIMIZE, SHOW, CHECK, KILL QUERY, SYSTEM MERGES, SYSTEM TTL MERGES, "
    "SYSTEM MOVES, SYSTEM VIEWS, dictGet ON *.*"
)
# The database `default` of an embedded engine also looks for files of a table's name, and asks for this
# right before every CREATE; paths themselves are refused by `refusals`.
_LOOK: Final = "GRANT READ ON FILE"
ENGINES: Final = (
    "AggregatingMergeTree", "Atomic", "CollapsingMergeTree", "CoalescingMergeTree", "Join", "Log", "Memory",
    "MergeTree",
    "Null", "ReplacingMergeTree", "Set", "StripeLog", "SummingMergeTree", "TinyLog", "VersionedCollapsingMergeTree",
)  # fmt: skip
# Settings that name files or hosts.
_FIXED: Final = (
    "allow_experimental_ai_functions", "allow_experimental_eval_table_function", "allow_introspection_functions",
    "format_avro_schema_registry_url", "input_format_record_errors_file_path", "output_format_schema",
    "format_schema", "format_schema_source", "rename_files_after_processing", "url_base",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reader may use; only of a read-only store.

    Attributes:
        rows: rows of one answer.
        seconds: one query may run.
        memory_bytes: one query may use.
        rows_read: rows one query may scan.
    """

    rows: int = 1_000_000
    seconds: int = 60
    memory_bytes: int = 2 * 2**30
    rows_read: int = 2_000_000_000

    def settings(self) -> dict[str, int]:
        """Return them under the engine's names."""
        return {
            "max_result_rows": self.rows,
            "max_execution_time": self.seconds,
            "max_memory_usage": self.memory_bytes,
            "max_rows_to_read": self.rows_read,
        }

    def clamped(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return settings with none above its limit; the engine would refuse, and every query with it."""
        most = self.settings()
        return {
            name: str(most[name]) if name in most and not 0 < _number(value) <= most[name] else value
            for name, value in settings.items()
            if name != "readonly"
        }


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0


def write_configuration(folder: Path, memory_bytes: int, limits: Limits | None) -> Path:
    """Write the engine's configuration into folder and return its main file.

    Args:
        folder: private to this process.
        memory_bytes: most memory the engine may use.
        limits: of each query of a read-only store; None for one that may be written.
    """
    users = folder / "users.xml"
    users.write_text(_users(limits), encoding="utf-8")
    main = folder / "config.xml"
    main.write_text(
        f"<clickhouse><max_server_memory_usage>{memory_bytes}</max_server_memory_usage>"
        f"<user_directories><users_xml><path>{escape(str(users))}</path></users_xml></user_directories>"
        "<access_control_improvements><table_engines_require_grant>true</table_engines_require_grant>"
        "</access_control_improvements></clickhouse>",
        encoding="utf-8",
    )
    return main


def _users(limits: Limits | None) -> str:
    grants = _grants(readonly=limits is not None)
    most = {} if limits is None else limits.settings()
    profile: dict[str, str | int] = {"async_insert": 0, "session_timezone": "UTC", **most}
    if limits is not None:
        profile["readonly"] = 2
    return (
        f"<clickhouse><users><default><password></password><grants>{grants}</grants><profile>default</profile>"
        "<networks><ip>::/0</ip></networks><quota>default</quota></default></users>"
        f"<profiles><default>{_elements(profile)}<constraints>{_constraints(most)}</constraints></default></profiles>"
        "<quotas><default/></quotas></clickhouse>"
    )


def _grants(*, readonly: bool) -> str:
    engines = ("Memory",) if readonly else ENGINES
    rights: Sequence[str] = (_READ,) if readonly else (_WRITE, _LOOK)
    return "".join(
        f"<query>{grant}</query>" for grant in (*rights, *(f"GRANT TABLE ENGINE ON {name}" for name in engines))
    )


def _elements(values: Mapping[str, str | int]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def _constraints(most: Mapping[str, int]) -> str:
    # Zero means "no limit" to the engine, so it is kept out by a least value too.
    limited = "".join(f"<{name}><min>1</min><max>{value}</max></{name}>" for name, value in most.items())
    return limited + "".join(f"<{name}><readonly/></{name}>" for name in _FIXED)
