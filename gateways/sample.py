"""Sample traffic: usage events of an invented market, the same for the same seed.

For demos and benchmarks; every message is a valid event. Nobody's data is in it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from typing import Any, Final

from tokentide.gateways.formats.replay_event import ReplayEvent
from tokentide.gateways.market import APPS, CATEGORIES, COUNTRIES, GATEWAYS, LANGUAGES, MODELS, TENANTS, Model

BENCH_BYTES: Final = 739
BENCH_FIELDS: Final = 30
START: Final = datetime(2026, 1, 5, tzinfo=UTC)
_ACCOUNTS: Final = 4000
_FAULTS: Final = (
    ("rate_limited", 429, "rate_limit"),
    ("error", 500, "server_error"),
    ("timeout", 504, "timeout"),
    ("error", 400, "context_length"),
)
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Loss:
    """An author that loses most of its traffic to the others.

    Args:
        author: who.
        at: from when on.
        left: part of its traffic that stays.
    """

    author: str
    at: datetime
    left: float


@dataclass(frozen=True, slots=True)
class Sample:
    """How much sample traffic, of when.

    Args:
        events: number of events.
        seed: another seed is other traffic, with other ids.
        start: time of the first event.
        span: time from the first event to the end; arrivals spread evenly over it.
        loss: what happens in it, if anything.
    """

    events: int
    seed: int = 1
    start: datetime = START
    span: timedelta = timedelta(hours=2)
    loss: Loss | None = None


def sample_events(sample: Sample) -> Iterator[ReplayEvent]:
    """Yield `sample.events` valid events in order of time."""
    draw = _Draw(sample)
    for index in range(sample.events):
        fields = draw.event(index)
        yield ReplayEvent(fields["event_id"].encode(), _encode(fields).encode(), draw.at_s(index))


def bench_events(sample: Sample) -> Iterator[ReplayEvent]:
    """Yield events of exactly 30 fields and 739 bytes each: only the length of request_id is bent to that."""
    draw = _Draw(sample)
    for index in range(sample.events):
        fields = _thirty(draw.event(index))
        message = _encode(fields | {"request_id": ""})
        fields["request_id"] = _padding(fields["event_id"], BENCH_BYTES - len(message))
        yield ReplayEvent(fields["event_id"].encode(), _encode(fields).encode(), draw.at_s(index))


class _Draw:
    """Draws events one by one from the market."""

    def __init__(self, sample: Sample) -> None:
        self._random = Random(sample.seed)  # noqa: S311 - no secret, and it must repeat
        self._seed = sample.seed
        self._start_s = sample.start.timestamp()
        self._step_s = sample.span.total_seconds() / max(sample.events, 1)
        self._models = _spread({model: model.share for model in MODELS})
        self._after = (float("inf"), self._models) if sample.loss is None else _after(sample.loss)
        self._pools = [_spread(weights) for weights in (GATEWAYS, TENANTS, APPS, COUNTRIES, LANGUAGES)]
        self._categories = _spread(CATEGORIES)
        self._accounts = [_hash(f"{sample.seed}/account/{number}") for number in range(_ACCOUNTS)]

    def at_s(self, index: int) -> float:
        """Return the time of event `index` in unix seconds, to the millisecond."""
        return round(self._start_s + index * self._step_s, 3)

    def event(self, index: int) -> dict[str, Any]:
        """Return the fields of event `index`; must be called for every index in turn."""
        random = self._random.random
        since_s, after = self._after
        model = self._pick(after if self.at_s(index) >= since_s else self._models)
        fields = self._route(index, model) | self._tokens(model)
        if random() < 0.02:
            return fields | self._failure(fields)
        fields |= self._answer(model, fields)
        if random() < 0.2:
            fields |= self._content()
        return fields

    def _route(self, index: int, model: Model) -> dict[str, Any]:
        gateway, tenant, app, country, language = map(self._pick, self._pools)
        # The product of two uniform draws: few accounts carry most of the traffic.
        account = self._accounts[int(self._random.random() * self._random.random() * _ACCOUNTS)]
        event_id = f"{self._seed & 0xFFFF:04x}{index:012x}{self._random.getrandbits(64):016x}"
        return {
            "event_id": event_id,
            "request_id": f"req-{event_id[4:16]}",
            "session_hash": account[-24:],
            "attempt": 1,
            "event_time": int(self.at_s(index) * 1000 + 0.5),
            "gateway": gateway,
            "operation": "chat",
            "provider": self._pick(model.providers),
            "model": model.slug,
            "app": app,
            "tenant": tenant,
            "account_hash": account,
            "account_key_id": "sample",
            "billing_country": country,
            "language": language,
        }

    def _tokens(self, model: Model) -> dict[str, Any]:
        prompt = self._around(model.lengths[0], 1.1, 400_000)
        completion = self._around(model.lengths[1], 1.0, 32_000)
        random = self._random.random
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "reasoning_tokens": int(completion * model.reasoning * random()),
            "cached_tokens": int(prompt * random()) // 128 * 128 if random() < 0.45 else 0,
            "total_tokens": prompt + completion,
            "usage_source": "provider",
        }

    def _answer(self, model: Model, tokens: Mapping[str, int]) -> dict[str, Any]:
        random = self._random.random
        calls_tools = random() < model.tool_rate
        first = self._around(model.speed[0], 0.4, 60_000)
        cost = _cost(model, tokens)
        answer = {
            "tools_offered": 3 + int(20 * random()) if calls_tools or random() < 0.3 else 0,
            "tool_calls": 1 + int(3 * random() ** 2) if calls_tools else 0,
            "finish_reason": "tool_calls" if calls_tools else "length" if random() < 0.04 else "stop",
            "status": "ok",
            "http_status": 200,
            "stream": random() < 0.7,
            "latency_ms": first + 1000 * tokens["completion_tokens"] // model.speed[1],
            "cost_usd": f"{cost // 10**9}.{cost % 10**9:09d}",
            "cost_source": "provider",
        }
        return answer | {"ttft_ms": first} if answer["stream"] else answer

    def _failure(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        status, code, kind = self._pick(_FAULTS)
        return {
            "completion_tokens": 0,
            "reasoning_tokens": 0,
            "cached_tokens": 0,
            "total_tokens": fields["prompt_tokens"],
            "finish_reason": "error",
            "status": status,
            "http_status": code,
            "error_type": kind,
            "stream": False,
            "latency_ms": self._around(300, 0.8, 120_000),
        }

    def _content(self) -> dict[str, Any]:
        label = {
            "path": self._pick(self._categories),
            "confidence": round(0.5 + self._random.random() / 2, 3),
        }
        return {"labels": [label], "sample_rate": 0.2, "classifier_version": "sample-1"}

    def _around(self, median: int, spread: float, maximum: int) -> int:
        """Return a whole number ≥ 1, log-normally distributed about `median`."""
        return min(maximum, max(1, int(median * exp(spread * self._random.gauss(0, 1)))))

    def _pick(self, pool: Any) -> Any:
        return pool[int(self._random.random() * len(pool))]


def _spread(weights: Mapping[Any, int]) -> list[Any]:
    """Return each thing as often as its weight says, so that drawing one is a single index."""
    return [thing for thing, weight in weights.items() for _ in range(weight)]


def _after(loss: Loss) -> tuple[float, list[Any]]:
    """Return from when an author has lost its traffic, and the models as often as they are used then."""
    left = {model: loss.left if model.slug.startswith(f"{loss.author}/") else 1.0 for model in MODELS}
    return loss.at.timestamp(), _spread({model: round(20 * model.share * left[model]) for model in MODELS})


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=24).hexdigest()


def _cost(model: Model, tokens: Mapping[str, int]) -> int:
    """Return nano-USD; a cached prompt token costs a tenth of a fresh one."""
    prompt, completion = model.nano_per_token
    fresh = tokens["prompt_tokens"] - tokens["cached_tokens"]
    return fresh * prompt + tokens["cached_tokens"] * prompt // 10 + tokens["completion_tokens"] * completion


_DEFAULTS: Final[Mapping[str, Any]] = {
    "tools_offered": 0,
    "tool_calls": 0,
    "cost_usd": "0.000000000",
    "cost_source": "provider",
    "ttft_ms": 0,
}
_LEFT_OUT: Final = ("error_type", "labels", "sample_rate", "classifier_version", "usage_source")


def _thirty(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in fields.items() if name not in _LEFT_OUT}
    return kept | {name: value for name, value in _DEFAULTS.items() if name not in kept}


def _padding(event_id: str, size: int) -> str:
    return (event_id * 4)[:size]
