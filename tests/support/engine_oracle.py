"""What the store must hold once a log is settled, worked out message by message. Imports nothing of ours."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from support.engine_log import DAY_MS, Message
from support.fact_rows import bin_of

Key = tuple[Any, ...]
_WEEK_S = 7 * 86_400
_MONDAY_S = 4 * 86_400
"""1970-01-05 was a Monday."""
SECONDS = {"10s": 10, "1m": 60, "1h": 3600, "1d": 86_400}


def fact_of(message: Message) -> Key:
    """What the stored fact says, beside where it stands in the log."""
    event = message.fields
    return (
        *(event["event_id"], message.received_ms, event["event_time"], event["model"], event["gateway"]),
        *(event.get("tenant", ""), event["prompt_tokens"], event["completion_tokens"]),
        *(event.get("reasoning_tokens"), event.get("cached_tokens"), event.get("cost_nano")),
        *(event.get("finish_reason", ""), event.get("status", ""), event["attempt"]),
    )


def measures_of(event: dict[str, Any]) -> dict[str, int]:
    """The additive measures of one event in the model family."""
    total, cost = event["prompt_tokens"] + event["completion_tokens"], event.get("cost_nano", 0)
    tool = event.get("finish_reason") == "tool_calls"
    return {
        "attempts": 1,
        "requests": int(event["attempt"] == 1),
        "prompt_tokens": event["prompt_tokens"],
        "completion_tokens": event["completion_tokens"],
        "reasoning_tokens": event.get("reasoning_tokens", 0),
        "reasoning_known": int("reasoning_tokens" in event),
        "cached_tokens": event.get("cached_tokens", 0),
        "cost_nano": cost,
        "unpriced": int("cost_nano" not in event),
        "status_ok": int(event.get("status") == "ok"),
        "status_error": int(event.get("status") == "error"),
        "finish_stop": int(event.get("finish_reason") == "stop"),
        "finish_length": int(event.get("finish_reason") == "length"),
        "tool_call_requests": int(tool),
        "tool_call_tokens": total * tool,
        "tokens_sq": total * total,
        "cost_sq": cost * cost,
    }


HISTOGRAMS: dict[str, Callable[[dict[str, Any]], int | None]] = {
    "prompt_hist": lambda event: event["prompt_tokens"],
    "completion_hist": lambda event: event["completion_tokens"],
    "total_hist": lambda event: event["prompt_tokens"] + event["completion_tokens"],
    "latency_hist": lambda event: event.get("latency_ms"),
}
MEASURES = tuple(measures_of({"prompt_tokens": 0, "completion_tokens": 0, "attempt": 1}))


def bucket_of(event_ms: int, level: str) -> int:
    """First second of the bucket; weeks begin on Monday."""
    second = event_ms // 1000
    if level == "1w":
        return (second - _MONDAY_S) // _WEEK_S * _WEEK_S + _MONDAY_S
    return second // SECONDS[level] * SECONDS[level]


class Oracle:
    """Facts, levels, balance and dead letters of whole logs."""

    def __init__(self, logs: dict[int, list[Message]]) -> None:
        self._logs = logs
        self.ends = {partition: len(log) for partition, log in logs.items()}

    @property
    def messages(self) -> int:
        return sum(self.ends.values())

    @property
    def facts(self) -> dict[tuple[int, int], Key]:
        """By (partition, offset)."""
        return {
            (partition, message.offset): fact_of(message)
            for partition, log in self._logs.items()
            for message in log
            if message.outcome == "stored"
        }

    @property
    def dead(self) -> set[tuple[int, int]]:
        """Where each dead letter stood."""
        return {
            (partition, message.offset)
            for partition, log in self._logs.items()
            for message in log
            if message.outcome in {"garbage", "conflict"}
        }

    def balance(self) -> dict[int, dict[str, int]]:
        """The balance sheet of each partition."""
        return {partition: _sheet(log) for partition, log in self._logs.items()}

    def level(self, level: str, *, by_day: bool) -> dict[Key, dict[str, int]]:
        """Sums by ([received day,] bucket, gateway, tenant, model)."""
        sums: dict[Key, Counter[str]] = defaultdict(Counter)
        for message in self.stored():
            sums[_key(message, level, by_day)].update(measures_of(message.fields))
        return {key: {name: row[name] for name in MEASURES} for key, row in sums.items()}

    def histogram(self, name: str, level: str) -> dict[int, dict[int, int]]:
        """Bins and counts by bucket."""
        bins: dict[int, Counter[int]] = defaultdict(Counter)
        for message in self.stored():
            value = HISTOGRAMS[name](message.fields)
            if value is not None:
                bins[bucket_of(message.fields["event_time"], level)][bin_of(value)] += 1
        return {bucket: dict(counts) for bucket, counts in bins.items()}

    def stored(self) -> Iterator[Message]:
        """Every message whose event must be stored."""
        for log in self._logs.values():
            yield from (message for message in log if message.outcome == "stored")


def _key(message: Message, level: str, by_day: bool) -> Key:
    event = message.fields
    bucket = bucket_of(event["event_time"], level)
    key = (bucket, event["gateway"], event.get("tenant", ""), event["model"])
    return (message.received_ms // DAY_MS, *key) if by_day else key


def _sheet(log: Iterable[Message]) -> dict[str, int]:
    counts = Counter(message.outcome for message in log)
    return {
        "received": counts.total(),
        "stored": counts["stored"],
        "duplicates": counts["duplicate"],
        "conflicts": counts["conflict"],
        "dead": counts["conflict"] + counts["garbage"],
        "dropped": 0,
    }
