"""Random events and what the metrics must say about them, computed event by event in plain Python.

Nothing here comes from the code under test: rollup rows, histogram bins, buckets, windows, ranks and
shares are written out a second time, from the words of the contract.
"""

import bisect
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

DIMENSIONS = ("gateway", "tenant", "model", "author", "provider", "variant", "byok")
COUNTS = (
    "attempts", "requests", "finish_known", "prompt_tokens", "completion_tokens", "tool_call_requests",
    "tool_call_tokens", "tool_call_cost_nano", "cost_nano", "unpriced",
)  # fmt: skip
BUCKET_SECONDS = {"10s": 10, "1m": 60, "1h": 3600, "1d": 86400}


@dataclass(frozen=True)
class Event:
    at: int
    received: int
    dims: dict[str, str]
    first_attempt: bool
    prompt: int
    completion: int
    finish: str
    cost: int | None

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    @property
    def called_tool(self) -> bool:
        return self.finish == "tool_calls"


def random_events(seed: int, count: int, start: int, span: int) -> list[Event]:
    """Bursty times, skewed groups, missing fields, prices and lengths over nine orders of magnitude."""
    rng = random.Random(seed)
    bursts = [start + rng.randrange(span) for _ in range(6)]
    return [_event(rng, start, span, bursts) for _ in range(count)]


def _event(rng: random.Random, start: int, span: int, bursts: list[int]) -> Event:
    at = start + rng.randrange(span)
    if rng.random() < 0.5:
        at = min(start + span - 1, rng.choice(bursts) + rng.randrange(90))
    author = rng.choices(["openai", "anthropic", "qwen", "deepseek", "other", "unknown"], [9, 7, 5, 3, 1, 1])[0]
    dims = {
        "gateway": rng.choice(["eu", "us"]),
        "tenant": rng.choice(["", "acme"]),
        "model": f"{author}/m{rng.randrange(3)}",
        "author": author,
        "provider": rng.choice(["", "azure", "bedrock"]),
        "variant": rng.choice(["", "free"]),
        "byok": rng.choice(["yes", "no", ""]),
    }
    return Event(
        at=at,
        received=at + rng.choice([0, 1, 86400, 3 * 86400]),
        dims=dims,
        first_attempt=rng.random() < 0.9,
        prompt=rng.choice([0, rng.randrange(300), int(10 ** rng.uniform(0, 9.3))]),
        completion=rng.choice([0, rng.randrange(300), int(10 ** rng.uniform(0, 6))]),
        finish=rng.choice(["stop", "tool_calls", "length", ""]),
        cost=rng.choice([None, 0, rng.randrange(10**9)]),
    )


def bin_of(value: int) -> int:
    """Exponent and seven mantissa bits, by division; a value below 128 is its own bin."""
    exponent = 0
    while value >> exponent >= 256:
        exponent += 1
    if value < 128:
        return value
    return (exponent + 1) * 128 + (value >> exponent) - 128


def rollup(events: Iterable[Event], size: int) -> list[dict[str, Any]]:
    """Group events into rows per (received day, bucket, dimensions), as a stored level holds them."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for event in events:
        day, bucket = event.received - event.received % 86400, event.at - event.at % size
        key = (day, bucket, *event.dims.values())
        row = rows.setdefault(key, _empty_row(day, bucket, event.dims))
        _count(row, event)
    return list(rows.values())


def _empty_row(day: int, bucket: int, dims: dict[str, str]) -> dict[str, Any]:
    counts = dict.fromkeys((*COUNTS, "received_max"), 0)
    maps: dict[str, dict[int, int]] = {name: {} for name in ("prompt_hist", "completion_hist", "total_hist")}
    return {"received_day": day, "bucket": bucket, **dims, **counts, **maps}


def _count(row: dict[str, Any], event: Event) -> None:
    row["attempts"] += 1
    row["requests"] += event.first_attempt
    row["finish_known"] += event.finish != ""
    row["prompt_tokens"] += event.prompt
    row["completion_tokens"] += event.completion
    row["cost_nano"] += event.cost or 0
    row["unpriced"] += event.cost is None
    row["received_max"] = max(row["received_max"], event.received)
    if event.called_tool:
        row["tool_call_requests"] += 1
        row["tool_call_tokens"] += event.total
        row["tool_call_cost_nano"] += event.cost or 0
    for name, value in (("prompt", event.prompt), ("completion", event.completion), ("total", event.total)):
        bins = row[f"{name}_hist"]
        bins[bin_of(value)] = bins.get(bin_of(value), 0) + 1


@dataclass
class Cell:
    """The events of one bucket or window and one group; complete before a figure is read."""

    events: list[Event] = field(default_factory=list)

    @cached_property
    def n(self) -> int:
        return len(self.events)

    @cached_property
    def tokens(self) -> int:
        return sum(event.total for event in self.events)

    @cached_property
    def requests(self) -> int:
        return sum(event.first_attempt for event in self.events)

    @cached_property
    def cost(self) -> int:
        return sum(event.cost or 0 for event in self.events)

    @cached_property
    def unpriced(self) -> int:
        return sum(event.cost is None for event in self.events)

    @property
    def priced(self) -> bool:
        return self.unpriced < self.n

    def volume(self, unit: str) -> int:
        return {"tokens": self.tokens, "requests": self.requests, "usd": self.cost}[unit]

    @cached_property
    def tools(self) -> "Cell":
        return Cell([event for event in self.events if event.called_tool])


Cells = dict[int, dict[str, Cell]]


def bucket_start(at: int, bucket: str) -> int:
    """The start of a calendar bucket, by the calendar (a week starts on Monday)."""
    moment = datetime.fromtimestamp(at, UTC)
    if bucket == "1w":
        year, week, _ = moment.isocalendar()
        return int(datetime.fromisocalendar(year, week, 1).replace(tzinfo=UTC).timestamp())
    return 0 if bucket == "all" else at - at % BUCKET_SECONDS[bucket]


def by_bucket(events: Iterable[Event], bucket: str, group: Callable[[Event], str]) -> Cells:
    cells: Cells = defaultdict(lambda: defaultdict(Cell))
    for event in events:
        cells[bucket_start(event.at, bucket)][group(event)].events.append(event)
    return cells


def by_window(events: list[Event], ends: Iterable[int], window: int, group: Callable[[Event], str]) -> Cells:
    """For each window end, the events whose 10-second bucket lies wholly in [end - window, end)."""
    ordered = sorted(events, key=lambda event: event.at)
    times = [event.at for event in ordered]
    cells: Cells = defaultdict(lambda: defaultdict(Cell))
    for end in set(ends):
        low, high = bisect.bisect_left(times, end - window), bisect.bisect_left(times, end)
        for event in ordered[low:high]:
            cells[end][group(event)].events.append(event)
    return cells


def top_groups(events: Iterable[Event], dimension: str, unit: str, top: int) -> Callable[[Event], str]:
    """Name an event's group: one of the `top` largest by volume, else `other`."""
    cells: dict[str, Cell] = defaultdict(Cell)
    for event in events:
        cells[event.dims[dimension]].events.append(event)
    ranked = sorted((name for name in cells if name != "other"), key=lambda name: (-cells[name].volume(unit), name))
    kept = set(ranked[:top])
    return lambda event: event.dims[dimension] if event.dims[dimension] in kept else "other"


def nearest_rank(values: list[int], percent: int) -> int:
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


SHARE_OF = {"tokens": "token_share", "requests": "request_share", "usd": "cost_share"}
Answers = dict[tuple[int, str], dict[str, Any]]


def composition(cells: Cells, unit: str) -> Answers:
    """Shares of all groups of the same bucket, in three units."""
    answers: Answers = {}
    for time, groups in cells.items():
        tokens = sum(cell.tokens for cell in groups.values())
        requests = sum(cell.requests for cell in groups.values())
        cost = sum(cell.cost for cell in groups.values())
        for group, cell in groups.items():
            shares = {
                "token_share": ratio(cell.tokens, tokens),
                "request_share": ratio(cell.requests, requests),
                "cost_share": ratio(cell.cost, cost) if cell.priced else None,
            }
            known = ratio(cell.n - cell.unpriced, cell.n) if unit == "usd" else 1.0
            answers[time, group] = {
                **volumes(cell), **shares, "share": shares[SHARE_OF[unit]], "known_share": known,
            }  # fmt: skip
    return answers


def tool_calls(cells: Cells, unit: str) -> Answers:
    """Within each group, the part that ended in a tool call, in three units."""
    answers: Answers = {}
    for time, groups in cells.items():
        for group, cell in groups.items():
            tools = cell.tools
            shares = {
                "token_share": ratio(tools.tokens, cell.tokens),
                "request_share": ratio(tools.n, cell.n),
                "cost_share": ratio(tools.cost, cell.cost) if cell.priced else None,
            }
            answers[time, group] = {
                **volumes(cell), **shares, "share": shares[SHARE_OF[unit]],
                "tool_call_tokens": tools.tokens, "tool_call_requests": tools.n,
                "tool_call_cost_usd": tools.cost / 1e9 if cell.priced else None,
                "known_share": ratio(sum(event.finish != "" for event in cell.events), cell.n),
            }  # fmt: skip
    return answers


def lengths(cells: Cells) -> Answers:
    """Mean and nearest-rank quantiles of the lengths themselves, no histogram."""
    answers: Answers = {}
    for time, groups in cells.items():
        for group, cell in groups.items():
            row: dict[str, Any] = {**volumes(cell), "known_share": 1.0}
            for name in ("prompt", "completion", "total"):
                values = [getattr(event, name) for event in cell.events]
                row[f"{name}_mean"] = sum(values) / len(values)
                row |= {f"{name}_p{percent}": nearest_rank(values, percent) for percent in (50, 90, 99)}
            answers[time, group] = row
    return answers


def volumes(cell: Cell) -> dict[str, Any]:
    return {
        "n": cell.n, "requests": cell.requests, "tokens": cell.tokens, "unpriced": cell.unpriced,
        "cost_usd": cell.cost / 1e9 if cell.priced else None,
    }  # fmt: skip


QUANTILE_ERROR = 0.01


def differences(answers: Answers, rows: Iterable[dict[str, Any]], by: str | None) -> list[str]:
    """Say where rows differ from the oracle: integers exactly, floats to 1e-9, quantiles within 1 %."""
    found = {(seconds(row), row[by] if by else ""): row for row in rows}
    faults = [f"{key}: missing" for key in answers.keys() - found.keys()]
    faults += [f"{key}: not expected" for key in found.keys() - answers.keys()]
    for key in answers.keys() & found.keys():
        for name, expected in answers[key].items():
            if not _close(name, expected, found[key][name]):
                faults.append(f"{key} {name}: {found[key][name]} instead of {expected}")
    return sorted(faults)


def seconds(row: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(row["bucket"]).timestamp()) if "bucket" in row else 0


def _close(name: str, expected: Any, found: Any) -> bool:
    if expected is None or found is None:
        return expected is found
    if "_p" in name and name[-2:].isdigit():
        return abs(found - expected) <= QUANTILE_ERROR * expected
    if isinstance(expected, int):
        return isinstance(found, int) and found == expected
    return math.isclose(found, expected, rel_tol=1e-9)
