"""Traffic made for alerts: a small market of even requests, so that small volumes show clear shifts."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tokentide.gateways.formats import ReplayEvent

MODELS = {
    "anthropic/claude-sonnet-4.5": ("anthropic", 30),
    "openai/gpt-5": ("openai", 25),
    "openai/gpt-4o-mini": ("azure", 10),
    "google/gemini-2.5-flash": ("google", 20),
    "deepseek/deepseek-r1-0528": ("deepseek", 15),
}
COUNTRIES = {"US": 50, "DE": 30, "IN": 20}
LANGUAGES = {"en": 80, "zh": 20}
LABELS = {"/Computers & Electronics/Programming": 60, "/Health": 40}
DAY_S = 86_400


@dataclass(frozen=True)
class Change:
    """What is different from a second on: weights of some choice, and fields of some events."""

    from_s: int
    to_s: int = 2**40
    models: Mapping[str, float] = field(default_factory=dict)
    countries: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)
    rate: float = 1.0
    tools: float | None = None
    errors: float | None = None
    tokens: float = 1.0
    account: str | None = None


@dataclass(frozen=True)
class Traffic:
    """Events from `start` to `end` (unix seconds), `per_hour` of them, with changes."""

    start: int
    end: int
    per_hour: float
    changes: tuple[Change, ...] = ()
    seed: int = 1

    def events(self) -> Iterator[ReplayEvent]:
        """Yield the events in order of time."""
        random = Random(self.seed)
        at, index = float(self.start), 0
        while True:
            now = [change for change in self.changes if change.from_s <= at < change.to_s]
            rate = self.per_hour
            for change in now:
                rate *= change.rate
            at += 3600 / rate if rate > 0 else 60.0
            if at >= self.end:
                return
            if rate > 0:
                yield self._event(random, at, index, now)
                index += 1

    def _event(self, random: Random, at: float, index: int, now: list[Change]) -> ReplayEvent:
        model = _pick(random, {name: weight for name, (_, weight) in MODELS.items()}, now, "models")
        tokens = round(1000 * (0.8 + 0.4 * random.random()))
        tools, errors = 0.2, 0.02
        account = f"{int(random.random() ** 2 * 500):032x}"
        for change in now:
            tokens = round(tokens * change.tokens)
            tools = tools if change.tools is None else change.tools
            errors = errors if change.errors is None else change.errors
            account = change.account or account
        failed = random.random() < errors
        at_ms = int(at * 1000)
        name = f"{self.seed:04x}{index:012x}{random.getrandbits(48):012x}"
        fields: dict[str, Any] = {
            "event_id": name,
            "event_time": at_ms,
            "gateway": "edge",
            "model": model,
            "provider": MODELS.get(model, ("new", 0))[0],
            "prompt_tokens": tokens,
            "completion_tokens": tokens // 4,
            "reasoning_tokens": tokens // 10,
            "finish_reason": "error" if failed else "tool_calls" if random.random() < tools else "stop",
            "status": "error" if failed else "ok",
            "billing_country": _pick(random, COUNTRIES, now, "countries"),
            "language": _pick(random, LANGUAGES, now, "languages"),
            "account_hash": account,
            "account_key_id": "k1",
            "cost_usd": f"0.{tokens:09d}",
            "labels": [{"path": _pick(random, LABELS, [], ""), "confidence": 0.9}],
        }
        return ReplayEvent(name.encode(), json.dumps(fields, separators=(",", ":")).encode(), at_ms / 1000)


def _pick(random: Random, weights: Mapping[str, float], now: list[Change], what: str) -> str:
    weights = dict(weights)
    for change in now:
        for name, factor in (getattr(change, what) if what else {}).items():
            weights[name] = weights.get(name, 1.0) * factor
    chosen = random.random() * sum(weights.values())
    for name, weight in weights.items():
        chosen -= weight
        if chosen < 0:
            return name
    return name


Make = Callable[[int], tuple[Change, ...]]
"""From the second something happens to what happens."""

SCENARIOS: dict[str, Make] = {
    "nothing": lambda at: (),
    "author-lost": lambda at: (Change(at, models={"anthropic/claude-sonnet-4.5": 0.05}),),
    "author-lost-and-back": lambda at: (Change(at, at + 4 * 3600, models={"anthropic/claude-sonnet-4.5": 0.02}),),
    "model-moves-provider": lambda at: (Change(at, models={"openai/gpt-5": 0.1, "openai/gpt-4o-mini": 3.0}),),
    "launch": lambda at: (Change(at, models={"x-ai/grok-4": 40.0}),),
    "volume-drop": lambda at: (Change(at, rate=0.2),),
    "no-data": lambda at: (Change(at, rate=0.0),),
    "tools": lambda at: (Change(at, tools=0.7),),
    "errors": lambda at: (Change(at, errors=0.4),),
    "longer": lambda at: (Change(at, tokens=4.0),),
    "country": lambda at: (Change(at, countries={"IN": 8.0}),),
    "whale": lambda at: (Change(at, models={"deepseek/deepseek-r1-0528": 12.0}, account="f" * 32, rate=2.0),),
}
