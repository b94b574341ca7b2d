"""What a reader may ask: an allow-list of statements, functions and settings, above what the engine enforces.

The engine refuses every write by rights and by its readonly mode (see `grants`). It has no rights for
functions that tell about the machine, and none that keep a reader from a setting; those go by lists here,
on tokens. Statements must also be what the engine's own parser calls READ_ONLY.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from tokentide.sinks.store.errors import StoreError, denied, syntax
from tokentide.sinks.store.hidden_sql import FILTERS
from tokentide.sinks.store.lexer import Token

TABLE_FUNCTIONS: Final = frozenset(
    {"format", "generate_series", "generateseries", "null", "numbers", "numbers_mt", "values", "zeros", "zeros_mt"}
)
_QUERY: Final = frozenset({"SELECT", "WITH", "(", "FROM"})
_DESCRIBE: Final = frozenset({"DESCRIBE", "DESC", "EXISTS"})
_SHOW: Final = frozenset(
    {"TABLES", "DATABASES", "COLUMNS", "FIELDS", "FULL", "INDEX", "INDEXES", "INDICES", "KEYS", "SETTINGS",
     "FUNCTIONS"}
)  # fmt: skip
_EXPLAIN: Final = frozenset({"AST", "SYNTAX", "QUERY", "TREE", "PLAN", "PIPELINE", "ESTIMATE"})
_REVEALING: Final = frozenset(
    {
        "addresstoline", "addresstolinewithinlines", "addresstosymbol", "catboostevaluate", "currentrequesturl",
        "evalmlmethod", "filesystemavailable", "filesystemcapacity", "filesystemunreserved", "fqdn", "fullhostname",
        "generateserialid", "getclienthttpheader", "getmacro", "getoskernelversion", "getserverport",
        "getserversetting", "hascolumnintable", "hostname", "logtrace", "serveruuid", "tcpport",
    }
)  # fmt: skip
_SETTINGS: Final = frozenset(
    {
        "aggregate_functions_null_for_empty", "cancel_http_readonly_queries_on_client_close", "cast_keep_nullable",
        "cast_string_to_dynamic_use_inference",
        "connect_timeout", "count_distinct_implementation", "date_time_input_format", "date_time_output_format",
        "decimal_check_overflow", "extremes", "final", "group_by_use_nulls", "http_receive_timeout",
        "http_send_timeout", "join_algorithm", "join_use_nulls", "limit", "log_comment", "max_block_size",
        "max_bytes_to_read", "max_execution_time", "max_memory_usage", "max_result_bytes", "max_result_rows",
        "max_rows_to_read", "max_threads", "network_compression_method", "network_zstd_compression_level", "offset",
        "prefer_column_name_to_alias", "read_overflow_mode", "readonly", "receive_timeout", "result_overflow_mode",
        "send_timeout", "session_timezone", "timeout_overflow_mode", "totals_mode", "transform_null_in",
        "union_default_mode", FILTERS,
    }
)  # fmt: skip
_SETTING_GROUPS: Final = ("output_format_", "input_format_", "format_csv_", "format_tsv_", "optimize_")
_ENDS: Final = frozenset({"FORMAT", "SELECT", "UNION", "EXCEPT", "INTERSECT", ")"})


def refuse_statement(found: Sequence[Token], kind: str) -> None:
    """Raise StoreError unless this is a SELECT, EXPLAIN, SHOW, DESCRIBE or EXISTS.

    Args:
        found: the statement's tokens.
        kind: the engine parser's class of the statement; UNKNOWN if it cannot read it, and so will not run it.
    """
    reading = _is_reading([token.upper for token in found])
    if kind == "UNKNOWN" and not reading:
        raise syntax(f"Syntax error: no statement of this store starts with {found[0].text[:40]}")
    if kind not in {"READ_ONLY", "UNKNOWN"} or not reading:
        raise StoreError(164, "READONLY", "This store is read-only: SELECT, EXPLAIN, SHOW, DESCRIBE and EXISTS")


def refuse_functions(found: Sequence[Token], functions: Iterable[str], params: Mapping[str, str]) -> None:
    """Raise StoreError if the statement calls what tells about the machine, or a table function not on the list.

    Args:
        found: its tokens.
        functions: lower-case names of the engine's table functions.
        params: query parameters, which may name a function too.
    """
    closed = (frozenset(functions) - TABLE_FUNCTIONS) | _REVEALING
    for index, token in enumerate(found):
        follows = found[index + 1].upper if index + 1 < len(found) else ""
        if token.named and follows == "(" and token.text.lower() in closed:
            raise denied(f"{token.text}() is not open to readers")
        bare = follows != "." and (index == 0 or found[index - 1].upper != ".")
        if token.named and bare and token.text.lower() in _REVEALING - {"hostname"}:
            raise denied(f"{token.text} is not open to readers")
    for value in params.values():
        if value.lower() in _REVEALING:
            raise denied(f"{value} is not open to readers")


def refuse_settings(found: Sequence[Token], given: Mapping[str, str]) -> None:
    """Raise StoreError for a setting that is not on the list, in the request or in the statement."""
    for name in (*given, *assigned(found)):
        if name not in _SETTINGS and not name.startswith(_SETTING_GROUPS):
            raise StoreError(452, "SETTING_CONSTRAINT_VIOLATION", f"Setting {name} is not open to readers")


def assigned(found: Sequence[Token]) -> Iterator[str]:
    """Yield the names that the statement's SETTINGS clauses set, wherever they stand."""
    inside = False
    for index, token in enumerate(found):
        sets = token.named and index + 1 < len(found) and found[index + 1].upper == "="
        before = found[index - 1].upper if index else ""
        if sets and (before == "SETTINGS" or (inside and before == ",")):
            inside = True
            yield token.text
        elif token.upper in _ENDS:
            inside = False


def _is_reading(words: Sequence[str]) -> bool:
    verb, then = words[0], words[1] if len(words) > 1 else ""
    if verb == "SHOW":
        return then in _SHOW or (then == "CREATE" and words[2:3] in (["TABLE"], ["VIEW"]))
    if verb == "EXPLAIN":
        return explained(words) > 0
    return verb in _QUERY or verb in _DESCRIBE


def explained(words: Sequence[str]) -> int:
    """Return where the query that an EXPLAIN explains starts; 0 if it explains anything but a query."""
    for index, word in enumerate(words[1:], start=1):
        if word in _QUERY:
            return index
        option = index + 1 < len(words) and words[index + 1] == "="
        if word not in _EXPLAIN | {"=", ",", ""} and not option and words[index - 1] != "=":
            return 0
    return 0
