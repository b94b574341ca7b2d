"""What Grafana and its ClickHouse data source make of a panel's SQL before it is sent, as they document it.

Variables: https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/ (`singlequote`).
Macros: https://grafana.com/docs/plugins/grafana-clickhouse-datasource/latest/query-editor/
`$__conditionalAll` is expanded first, in the browser, then variables, then the other macros in the backend.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ALL = "$__all"
_CONDITIONAL = "$__conditionalAll("
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)")

MACROS = frozenset(
    ("timeFilter", "timeFilter_ms", "dateFilter", "dateTimeFilter", "fromTime", "toTime", "fromTime_ms", "toTime_ms")
    + ("interval_s", "timeInterval", "timeInterval_ms", "conditionalAll", "adHocFilters")
)
"""The documented set; a dashboard may use no other."""


@dataclass(frozen=True)
class Range:
    """A time range in epoch seconds, and the width of one point of the panel."""

    start_s: int
    end_s: int
    interval_s: int = 60


def expand(sql: str, values: Mapping[str, str | list[str]], period: Range) -> str:
    """Return the SQL that is sent."""
    return _macros(_variables(_conditions(sql, values), values), period)


def _conditions(sql: str, values: Mapping[str, str | list[str]]) -> str:
    """Keep a condition unless its variable stands at All; nothing chosen counts as All."""
    while (start := sql.rfind(_CONDITIONAL)) >= 0:
        first = start + len(_CONDITIONAL)
        comma, end = _arguments(sql, first)
        chosen = values[sql[comma + 1 : end].strip().removeprefix("$")]
        everything = "".join(chosen) in ("", ALL)
        sql = sql[:start] + ("1=1" if everything else sql[first:comma]) + sql[end + 1 :]
    return sql


def _arguments(sql: str, first: int) -> tuple[int, int]:
    """Return where the comma between the two arguments stands, and the closing bracket."""
    depth, comma = 1, -1
    for place in range(first, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[place], 0)
        if sql[place] == "," and depth == 1:
            assert comma < 0, "conditionalAll has more than two arguments"
            comma = place
        if depth == 0:
            return comma, place
    raise AssertionError("conditionalAll is not closed")


def _variables(sql: str, values: Mapping[str, str | list[str]]) -> str:
    def one(found: re.Match[str]) -> str:
        value = values[found[1] or found[3]]
        if found[2] is None:
            return value if isinstance(value, str) else ",".join(value)
        assert found[2] == "singlequote"
        return ",".join(map(_quoted, [value] if isinstance(value, str) else value))

    return _VARIABLE.sub(one, sql)


def _quoted(value: str) -> str:
    escaped = value.replace("'", "\\'")
    return f"'{escaped}'"


def _macros(sql: str, period: Range) -> str:
    start, end = f"toDateTime({period.start_s})", f"toDateTime({period.end_s})"
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {start} AND \1 <= {end}", sql)
    for name, text in (("fromTime", start), ("toTime", end), ("interval_s", str(period.interval_s))):
        sql = re.sub(rf"\$__{name}\b", text, sql)
    assert "$" not in sql, sql[sql.index("$") :][:60]
    return sql
