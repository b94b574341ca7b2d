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
_ENGINE: Final = "GRANT TABLE ENGINE ON {}"
ENGINES: Final = (
    "AggregatingMergeTree", "Atomic", "CollapsingMergeTree", "CoalescingMergeTree", "Join", "Log", "Memory",
    "MergeTree",
    "Null", "ReplacingMergeTree", "Set", "StripeLog", "SummingMergeTree", "TinyLog", "VersionedCollapsingMergeTree",
)  # fmt: skip
# Settings that name files or hosts, hold SQL as text, or change how SQL is read.
_FIXED: Final = (
    "additional_result_filter", "allow_experimental_ai_functions", "allow_experimental_eval_table_function",
    "allow_experimental_kusto_dialect", "allow_experimental_polyglot_dialect", "allow_experimental_prql_dialect",
    "allow_introspection_functions", "dialect", "enable_json_ast_dialect", "enable_trino_dialect",
    "format_avro_schema_registry_url", "format_display_secrets_in_show_and_select", "format_schema",
    "format_schema_source", "format_template_resultset", "format_template_row",
    "input_format_record_errors_file_path", "output_format_schema", "parallel_replicas_custom_key",
    "rename_files_after_processing", "schema_inference_hints", "send_logs_level", "url_base",
)  # fmt: skip
READERS: Final = "readers"
"""Name of the settings profile whose constraints bound a reader, and of what a reader lacks: the role WRITERS."""
WRITERS: Final = "writers"


@dataclass(frozen=True, slots=True)
class Limits:
    """What readers may use.

    Attributes:
        rows: rows of one answer.
        answer_bytes: uncompressed size of one answer.
        seconds: one query may run.
        memory_bytes: one query may use.
        rows_read: rows one query may scan.
        threads: of one query.
        at_once: queries that run; the next ones wait.
        wait_s: how long they wait before they are told to come back.
        connections: open at a time.
        sql_bytes: one statement.
        body_bytes: the tables that one request brings along.
        body_s: a request may take to arrive.
    """

    rows: int = 1_000_000
    answer_bytes: int = 512 * 2**20
    seconds: int = 60
    memory_bytes: int = 2 * 2**30
    rows_read: int = 2_000_000_000
    threads: int = 4
    at_once: int = 8
    wait_s: float = 20.0
    connections: int = 200
    sql_bytes: int = 2**18
    body_bytes: int = 32 * 2**20
    body_s: float = 30.0

    def settings(self) -> dict[str, int]:
        """Return them under the engine's names."""
        return {
            "max_result_rows": self.rows,
            "max_result_bytes": self.answer_bytes,
            "max_execution_time": self.seconds,
            "max_memory_usage": self.memory_bytes,
            "max_rows_to_read": self.rows_read,
            "max_threads": self.threads,
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


def write_configuration(folder: Path, memory_bytes: int, limits: Limits | None, *, readonly: bool) -> Path:
    """Write the engine's configuration into folder and return its main file.

    Args:
        folder: private to this process.
        memory_bytes: most memory the engine may use.
        limits: of readers; None if there are none.
        readonly: nobody writes, so the rights to do so are not given at all.
    """
    users = folder / "users.xml"
    users.write_text(_users(limits, readonly=readonly), encoding="utf-8")
    main = folder / "config.xml"
    main.write_text(
        f"<clickhouse><max_server_memory_usage>{memory_bytes}</max_server_memory_usage>"
        "<display_name>tokentide</display_name>"
        f"<user_directories><users_xml><path>{escape(str(users))}</path></users_xml></user_directories>"
        "</clickhouse>",
        encoding="utf-8",
    )
    return main


def _users(limits: Limits | None, *, readonly: bool) -> str:
    """Return the one user's rights: those of a reader, and in a role that readers give up those of a writer."""
    shared: dict[str, str | int] = {"async_insert": 0, "session_timezone": "UTC"}
    most = {} if limits is None else limits.settings()
    role = "" if readonly else f"<roles><{WRITERS}><grants>{_queries(_write())}</grants></{WRITERS}></roles>"
    grants = _queries((_READ, _ENGINE.format("Memory"), *(() if readonly else (f"GRANT {WRITERS}",))))
    strict = {**shared, **most, "readonly": 2}
    return (
        f"<clickhouse>{role}<users><default><password></password><grants>{grants}</grants>"
        "<profile>default</profile><networks><ip>::/0</ip></networks><quota>default</quota></default></users>"
        f"<profiles>{_profile('default', strict if readonly else shared, most if readonly else {})}"
        f"{_profile(READERS, strict, most)}</profiles><quotas><default/></quotas></clickhouse>"
    )


def _write() -> tuple[str, ...]:
    return (_WRITE, _LOOK, *(_ENGINE.format(name) for name in ENGINES))


def _queries(grants: Sequence[str]) -> str:
    return "".join(f"<query>{grant}</query>" for grant in grants)


def _profile(name: str, values: Mapping[str, str | int], most: Mapping[str, int]) -> str:
    return f"<{name}>{_elements(values)}<constraints>{_constraints(most)}</constraints></{name}>"


def _elements(values: Mapping[str, str | int]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def _constraints(most: Mapping[str, int]) -> str:
    # Zero means "no limit" to the engine, so it is kept out by a least value too.
    limited = "".join(f"<{name}><min>1</min><max>{value}</max></{name}>" for name, value in most.items())
    return limited + "".join(f"<{name}><readonly/></{name}>" for name in _FIXED)
