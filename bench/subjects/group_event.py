"""Decode and group one event in Python, as quickly as that goes: the plain agent's work per message.

The measures of the model family in dictionaries, one entry per (bucket, dimensions). Left out in its favour:
patterns of strings, model names and prices, duplicates, dead letters, any store.
"""

from typing import Annotated, Any, Final

import msgspec

from tokentide.schemas.rollup import BUCKET_S

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Small = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Long = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
STATUSES: Final = ("ok", "error", "cancelled", "timeout", "rate_limited", "blocked", None)
FINISHES: Final = ("stop", "length", "tool_calls", "content_filter", "error", "cancelled", "unknown")
_STATUS: Final = {word: place for place, word in enumerate(STATUSES)}
_FINISH: Final = {word: len(STATUSES) + place for place, word in enumerate(FINISHES)}
_SUMS: Final = len(STATUSES) + len(FINISHES)
_MEASURES: Final = _SUMS + 21
_HISTOGRAMS: Final = 5
MONTH_MS: Final = 10 * 365 * 86_400_000
LEAD_MS: Final = 600_000


class Event(msgspec.Struct, gc=False):
    """Every field of the wire contract with its type and range."""

    event_id: Text
    event_time: Annotated[int, msgspec.Meta(ge=0, lt=7_258_118_400_000)]
    model: Long
    prompt_tokens: Count
    completion_tokens: Count
    request_id: Long | None = None
    session_hash: Text | None = None
    attempt: Annotated[int, msgspec.Meta(ge=1, le=255)] = 1
    schema_version: Small = 1
    gateway: Text | None = None
    operation: Text | None = None
    provider: Text | None = None
    requested_model: Long | None = None
    variant: Text | None = None
    app: Text | None = None
    tenant: Text | None = None
    reasoning_tokens: Count | None = None
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    total_tokens: Count | None = None
    native_prompt_tokens: Count | None = None
    native_completion_tokens: Count | None = None
    usage_source: Text | None = None
    tools_offered: Small | None = None
    tool_calls: Small | None = None
    finish_reason: Text | None = None
    status: Text | None = None
    http_status: Annotated[int, msgspec.Meta(ge=100, le=599)] | None = None
    error_type: Text | None = None
    cancelled: bool | None = None
    stream: bool | None = None
    cache_hit: Text | None = None
    latency_ms: Count | None = None
    ttft_ms: Count | None = None
    cost_usd: Annotated[str, msgspec.Meta(max_length=17)] | float | None = None
    cost_source: Text | None = None
    is_byok: bool | None = None
    account_hash: Annotated[str, msgspec.Meta(min_length=32, max_length=64)] | None = None
    account_key_id: Text | None = None
    billing_country: Annotated[str, msgspec.Meta(min_length=2, max_length=2)] | None = None
    language: Annotated[str, msgspec.Meta(min_length=2, max_length=3)] | None = None
    labels: list[Any] = []
    sample_rate: Annotated[float, msgspec.Meta(ge=1e-4, le=1)] | None = None
    classifier_version: Text | None = None


_decode = msgspec.json.Decoder(Event).decode


class Groups:
    """Sums per (10-second bucket, dimensions), and a count of what was refused."""

    def __init__(self) -> None:
        self.grouped = 0
        self.refused = 0
        self.rows: dict[tuple[Any, ...], tuple[list[int], list[dict[int, int]]]] = {}

    def take(self, message: bytes, timestamp_ms: int) -> None:
        """Decode one message and add it to its group, or count it as refused."""
        try:
            event = _decode(message)
            cost = _nano(event.cost_usd)
        except ValueError:
            self.refused += 1
            return
        if not _sound(event, timestamp_ms):
            self.refused += 1
            return
        byok = "" if event.is_byok is None else "yes" if event.is_byok else "no"
        key = (
            event.event_time // (1000 * BUCKET_S),
            event.gateway,
            event.tenant,
            event.model,
            event.provider,
            event.variant,
            byok,
        )
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = [0] * _MEASURES, [{} for _ in range(_HISTOGRAMS)]
        _add(event, cost, *row)
        self.grouped += 1


def _sound(event: Event, timestamp_ms: int) -> bool:
    prompt = event.prompt_tokens
    return (
        (event.cached_tokens or 0) <= prompt
        and (event.cache_write_tokens or 0) <= prompt
        and (event.reasoning_tokens or 0) <= event.completion_tokens
        and event.status in _STATUS
        and (event.finish_reason is None or event.finish_reason in _FINISH)
        and -LEAD_MS <= timestamp_ms - event.event_time <= MONTH_MS
    )


def _nano(cost: str | float | None) -> int | None:
    if cost is None:
        return None
    if isinstance(cost, str):
        whole, _, part = cost.partition(".")
        return int(whole) * 10**9 + int(part.ljust(9, "0"))
    return round(cost * 10**9)


def _add(event: Event, cost: int | None, sums: list[int], histograms: list[dict[int, int]]) -> None:
    prompt, completion = event.prompt_tokens, event.completion_tokens
    total = prompt + completion
    sums[_STATUS[event.status]] += 1
    n = _SUMS
    sums[n] += 1
    sums[n + 1] += event.attempt == 1
    if event.finish_reason is not None:
        sums[_FINISH[event.finish_reason]] += 1
        sums[n + 2] += 1
    sums[n + 3] += prompt
    sums[n + 4] += completion
    if event.reasoning_tokens is not None:
        sums[n + 5] += event.reasoning_tokens
        sums[n + 6] += 1
    if event.cached_tokens is not None:
        sums[n + 7] += event.cached_tokens
        sums[n + 8] += 1
    sums[n + 9] += event.cache_write_tokens or 0
    if event.tools_offered is not None:
        sums[n + 10] += event.tools_offered > 0
        sums[n + 11] += 1
    if cost is None:
        sums[n + 12] += 1
    else:
        sums[n + 13] += cost
        sums[n + 14] += cost * cost
    sums[n + 15] += total * total
    if event.finish_reason == "tool_calls":
        sums[n + 16] += 1
        sums[n + 17] += total
        sums[n + 18] += total * total
        sums[n + 19] += cost or 0
        sums[n + 20] += (cost or 0) ** 2
    values = (prompt, completion, total, event.latency_ms, event.ttft_ms)
    for histogram, value in zip(histograms, values, strict=True):
        if value is not None:
            shift = value.bit_length() - 8
            place = value if shift < 0 else (shift << 7) + (value >> shift)
            histogram[place] = histogram.get(place, 0) + 1
