"""The pipeline's own health: what the worker wrote of its log, its batches, its audits and its alerts."""

from typing import Final

from tokentide.reports.computations.counters import bucket_of, complete, ledger, sampled
from tokentide.reports.grafana import span
from tokentide.reports.grafana.statement import filled
from tokentide.reports.levels import HOURLY

_DAY_S: Final = 86_400
_EPOCHS: Final = "(SELECT argMax(epoch, created_at) FROM usage_topics GROUP BY topic)"
_PARTITIONS: Final = (
    "SELECT topic, partition, argMax(confirmed, observed_at) AS settled, argMax(end_offset, observed_at) AS end_, "
    "argMax(append_time, observed_at) AS until, max(observed_at) AS seen FROM usage_watermarks "
    f"WHERE epoch IN {_EPOCHS} GROUP BY topic, partition"
)
_BEHIND: Final = "if(end_ > settled, greatest(0, dateDiff('second', until, now64(3))), 0)"
_RATES: Final = {
    "Refused": "dead_letters_ / nullIf(received_, 0)",
    "Duplicates": "duplicates_ / nullIf(received_, 0)",
    "Dropped": "dropped_ / nullIf(received_, 0)",
}
_GAPS: Final = {
    "Unknown model": "unmapped_ / nullIf(n, 0)",
    "No cost": "unpriced_ / nullIf(n, 0)",
    "No list price": "unlisted_ / nullIf(n, 0)",
    "Late": "late_ / nullIf(n, 0)",
}


def messages() -> str:
    """SQL of what became of the messages, per received day."""
    figures = {name.capitalize(): f"{name}_" for name in ("stored", "duplicates", "dead_letters", "dropped")}
    return _of_days(ledger(), {"Dead letters" if "Dead" in name else name: sql for name, sql in figures.items()})


def message_rates() -> str:
    """SQL of the parts of the messages that were refused, duplicates, or missing in the log."""
    return _of_days(ledger(), {**_RATES, "Messages (n)": "received_"})


def gaps() -> str:
    """SQL of the parts of the accepted events that lack something."""
    return _of_days(complete(), {**_GAPS, "Events (n)": "n"})


def unclassified() -> str:
    """SQL of the part of the sampled events that the classifier could not place."""
    return _of_days(
        sampled(), {"Unclassified": "unclassified_ / nullIf(sampled_, 0)", "Sampled events (n)": "sampled_"}
    )


def _of_days(sql: str, figures: dict[str, str]) -> str:
    size = span.bucket_s(_DAY_S)
    day = bucket_of("received_day", _DAY_S)
    sql = filled(sql.replace("{t}", span.floored(day, size)), {}, {"from_s": span.FROM, "to_s": span.TO})
    listed = ", ".join(f'{column} AS "{name}"' for name, column in figures.items())
    return f"SELECT toDateTime(t, 'UTC') AS time, {listed} FROM (\n{sql}\n)\nORDER BY time"


def partitions() -> str:
    """SQL of every partition: how far it is settled, and how far behind."""
    return (
        'SELECT topic AS "Topic", partition AS "Partition", settled AS "Settled up to", '
        'end_ - least(settled, end_) AS "Messages behind", '
        f'{_BEHIND} AS "Seconds behind", seen AS "Seen at" FROM ({_PARTITIONS}) ORDER BY topic, partition'
    )


def behind() -> str:
    """SQL of one number: how long the slowest partition's oldest unsettled message has waited, in seconds."""
    return f"SELECT max({_BEHIND}) AS seconds FROM ({_PARTITIONS})"


def silence() -> str:
    """SQL of one number: seconds since the newest event was received; none of an empty store."""
    newest = f"(SELECT max(received_day) FROM {HOURLY.table})"
    return (
        "SELECT greatest(0, dateDiff('second', max(received_max), now64(3))) AS seconds "
        f"FROM {HOURLY.table} WHERE received_day = {newest} HAVING count() > 0"
    )


def refused() -> str:
    """SQL of one number: the part of the messages of the range that were refused; 0 where there were none."""
    days = f"received_day >= toDate(toDateTime({span.FROM}, 'UTC'))"
    dead = "sum(arraySum(mapValues(dead)))"
    return (
        f"SELECT ifNull({dead} / nullIf(sum(received), 0), 0) AS rate FROM usage_batches "
        f"WHERE {days} AND $__timeFilter(append_time_max)"
    )


def audits() -> str:
    """SQL of the audits of the range, newest first; one row says so where there was none."""
    found = "usage_audits WHERE $__timeFilter(ran_at)"
    listed = (
        'SELECT toNullable(ran_at) AS "Ran at", toString(scope) AS "Scope", '
        'toNullable(facts) AS "Facts compared (n)", toNullable(mismatches) AS "Differences", '
        'first_difference AS "First difference", '
        f'toNullable(seconds) AS "Seconds" FROM {found}'
    )
    nothing = f"SELECT NULL, 'no audit in this range', NULL, NULL, '', NULL WHERE (SELECT count() FROM {found}) = 0"
    return f'SELECT * FROM (\n{listed}\nUNION ALL {nothing}\n)\nORDER BY "Ran at" DESC LIMIT 100'


def differences() -> str:
    """SQL of one number: differences between facts and rollups that audits of the range found."""
    return "SELECT sum(mismatches) AS differences FROM usage_audits WHERE $__timeFilter(ran_at)"
