"""What the store must hold once a log is settled, worked out message by message. Imports nothing of ours."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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


def place_measures_of(event: dict[str, Any]) -> dict[str, int]:
    """The additive measures of one event in the place family."""
    names = ("attempts", "requests", "prompt_tokens", "completion_tokens", "cost_nano", "unpriced")
    names += ("tokens_sq", "cost_sq")
    whole = measures_of(event)
    return {name: whole[name] for name in names}


def category_measures_of(event: dict[str, Any]) -> dict[str, int]:
    """Sums of weights by the primary label: an event sent at a rate of 1 in 10 stands for ten, in millionths."""
    prompt, completion, weight = event["prompt_tokens"], event["completion_tokens"], _weight(event)
    total = prompt + completion
    return {
        **{"n": 1, "w": weight, "w2": weight * weight, "wt": weight * total, "w2t": weight * weight * total},
        **{"wtt": weight * total * total, "wp": weight * prompt, "wo": weight * completion},
    }


def account_measures_of(event: dict[str, Any]) -> dict[str, int]:
    """The additive measures of one event in the table of accounts."""
    whole, total = measures_of(event), event["prompt_tokens"] + event["completion_tokens"]
    names = ("attempts", "requests", "cost_nano", "unpriced", "tool_call_requests", "tool_call_tokens")
    weight = _weight(event) if "labels" in event else 0  # what was not classified stands for nothing else
    weights = {"w": weight, "wt": weight * total}
    return {name: whole[name] for name in names} | {"tokens": total} | weights


def _weight(event: dict[str, Any]) -> int:
    return round(1_000_000 / event.get("sample_rate", 1.0))


@dataclass(frozen=True)
class Family:
    """What one family of levels adds up.

    Attributes:
        stored: levels with a table of their own, one per received day.
        views: levels that are read views.
        time: the column of the bucket.
        dimensions: by which rows are compared here, as columns and as fields of an event.
        measures: of one event.
        counts: the measure that counts events.
        counted: whether an event belongs to the family.
    """

    name: str
    stored: tuple[str, ...]
    views: tuple[str, ...]
    time: str
    dimensions: dict[str, str]
    measures: Callable[[dict[str, Any]], dict[str, int]]
    counts: str = "attempts"
    counted: Callable[[dict[str, Any]], bool] = lambda event: True

    @property
    def measured(self) -> tuple[str, ...]:
        """Names of the measures, in order."""
        return tuple(self.measures({"prompt_tokens": 0, "completion_tokens": 0, "attempt": 1}))


_ROUTE = {"gateway": "gateway", "tenant": "tenant"}
_MODEL = _ROUTE | {"model": "model"}
_STORED, _VIEWS = ("10s", "1h"), ("1m", "1d", "1w")
FAMILIES = (
    Family("model", _STORED, _VIEWS, "bucket", _MODEL, measures_of),
    Family(
        *("category", _STORED, _VIEWS, "bucket", _MODEL, category_measures_of, "n"),
        counted=lambda event: "labels" in event,
    ),
    Family(
        *("place", _STORED, _VIEWS, "bucket"),
        _ROUTE | {"billing_country": "billing_country", "language": "language"},
        place_measures_of,
    ),
    Family(
        *("accounts", ("1d",), (), "day", _MODEL | {"account_hash": "account_hash"}, account_measures_of),
        counted=lambda event: "account_hash" in event,
    ),
)


HISTOGRAMS: dict[str, Callable[[dict[str, Any]], int | None]] = {
    "prompt_hist": lambda event: event["prompt_tokens"],
    "completion_hist": lambda event: event["completion_tokens"],
    "total_hist": lambda event: event["prompt_tokens"] + event["completion_tokens"],
    "latency_hist": lambda event: event.get("latency_ms"),
}


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

    def level(self, family: Family, level: str, *, by_day: bool) -> dict[Key, dict[str, int]]:
        """Sums by ([received day,] bucket, dimensions)."""
        sums: dict[Key, Counter[str]] = defaultdict(Counter)
        for message in self.stored():
            if family.counted(message.fields):
                sums[_key(family, message, level, by_day)].update(family.measures(message.fields))
        return {key: {name: row[name] for name in family.measured} for key, row in sums.items()}

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


def _key(family: Family, message: Message, level: str, by_day: bool) -> Key:
    event = message.fields
    bucket = bucket_of(event["event_time"], level)
    key = (bucket, *(event.get(name, "") for name in family.dimensions.values()))
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
