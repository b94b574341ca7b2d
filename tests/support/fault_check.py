"""Does the store hold what was published? Every difference is counted as lost or double-counted events.

The statements read plain columns of the tables; what they must give comes from the oracle alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.fault_traffic import Published

LEVELS = {"usage_model_10s": 10, "usage_model_1h": 3600}
_SHOWN = 3


@dataclass
class Verdict:
    """What a case found: events lost, events counted twice (or never sent), and every difference in words."""

    lost: int = 0
    doubled: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.differences)

    def note(self, lost: int, doubled: int, words: str) -> None:
        """Add what one comparison found; the same event is missing in several tables, so the worst counts."""
        self.lost, self.doubled = max(self.lost, lost), max(self.doubled, doubled)
        self.differences.append(words)


def compare(client: Any, expected: Published) -> Verdict:
    """Compare facts, every stored level, its histograms and the balance with the oracle, integer for integer."""
    verdict = Verdict()
    _compare_facts(client, expected, verdict)
    for table, seconds in LEVELS.items():
        _compare_level(client, table, expected.buckets(seconds), verdict)
        if (lengths := _histogram_total(client, table)) != len(expected.accepted):
            verdict.differences.append(f"{table} holds {lengths} prompt lengths, not {len(expected.accepted)}")
    if (found := balance(client)) != (wanted := expected.balance()):
        verdict.differences.append(f"the balance is {found}, not {wanted}")
    return verdict


def _compare_facts(client: Any, expected: Published, verdict: Verdict) -> None:
    columns = client.query("SELECT event_id FROM usage_events").result_columns
    stored = list(columns[0]) if columns else []
    ids, wanted = set(stored), expected.accepted.keys()
    lost, strange = wanted - ids, ids - wanted
    doubled = len(stored) - len(ids)
    if lost or strange or doubled:
        some = ", ".join(sorted([*lost, *strange])[:_SHOWN])
        words = f"facts: {len(lost)} missing, {doubled} twice, {len(strange)} never sent ({some})"
        verdict.note(len(lost), doubled + len(strange), words)
    sums = client.query("SELECT sum(prompt_tokens), sum(completion_tokens), sum(cost_nano) FROM usage_events")
    names = ("prompt_tokens", "completion_tokens", "cost_nano")
    want = tuple(sum(event[name] for event in expected.accepted.values()) for name in names)
    if (found := tuple(int(value or 0) for value in sums.result_rows[0])) != want:
        verdict.differences.append(f"facts: {names} sum to {found}, not {want}")


def _compare_level(client: Any, table: str, wanted: Mapping[int, tuple[int, ...]], verdict: Verdict) -> None:
    found = _level(client, table)
    unequal = [bucket for bucket in wanted.keys() | found.keys() if wanted.get(bucket) != found.get(bucket)]
    if not unequal:
        return
    by = [found.get(bucket, (0,))[0] - wanted.get(bucket, (0,))[0] for bucket in unequal]
    lost, doubled = -sum(each for each in by if each < 0), sum(each for each in by if each > 0)
    some = [(bucket, found.get(bucket), wanted.get(bucket)) for bucket in sorted(unequal)[:_SHOWN]]
    verdict.note(lost, doubled, f"{table}: {len(unequal)} buckets differ (found, wanted): {some}")


def _level(client: Any, table: str) -> dict[int, tuple[int, ...]]:
    rows = client.query(
        "SELECT toUnixTimestamp(bucket), sum(attempts), sum(prompt_tokens), sum(completion_tokens), "
        f"sum(cost_nano), sum(tool_call_requests) FROM {table} GROUP BY bucket"
    ).result_rows
    return {int(row[0]): tuple(int(value) for value in row[1:]) for row in rows}


def _histogram_total(client: Any, table: str) -> int:
    found = client.query(f"SELECT sum(arraySum(mapValues(prompt_hist))) FROM {table}").result_rows
    return int(found[0][0] or 0)


def balance(client: Any) -> dict[str, int]:
    """Sums over the ledger."""
    row = client.query(
        "SELECT sum(received) AS received, sum(stored) AS stored, sum(duplicates) AS duplicates, "
        "sum(arraySum(mapValues(dead))) AS dead, sum(conflicts) AS conflicts, sum(dropped) AS dropped "
        "FROM usage_batches"
    )
    return {name: int(value) for name, value in zip(row.column_names, row.result_rows[0], strict=True)}
