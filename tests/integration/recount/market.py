"""Small markets of usage events, made from a source of chance: JSON messages as gateways send them.

Hypothesis and a seed share one generator: both are a `random.Random`. What a market is made to hit: the edges of
hours, days, ISO weeks and of the year, several spellings of a model, list prices that change inside the period,
confidences on both sides of one half and equal ones, costs absent and costs of zero, attempts after the first.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

BEGIN = datetime(2025, 11, 17, tzinfo=UTC)
"""A Monday; the nine weeks from here hold releases, changes of list prices and the turn of the year."""
WEEKS = 9
MODELS = (
    "openai/gpt-5", "openrouter/openai/gpt-5", "openai/gpt-4o-mini:free", "anthropic/claude-3.7-sonnet:thinking",
    "anthropic/claude-3-7-sonnet-20250219", "ANTHROPIC/Claude-Opus-4.5", "deepseek/deepseek-chat", "deepseek-v3",
    "deepseek/deepseek-r1:free", "deepseek/deepseek-v3.2", "deepseek/deepseek-chat-v3-0324", "z-ai/glm-4.7",
    "moonshotai/kimi-k2", "minimax/minimax-m2", "qwen/qwen-2.5-vl-7b-instruct", "qwen/qwen3-vl-235b-a22b-instruct",
    "mistralai/mistral-small-24b-instruct-2501", "mistral-small-3", "nvidia/nemotron-3-nano-30b-a3b",
    "meta-llama/llama-guard-3-8b", "google/gemini-2.0-flash-exp", "x-ai/grok-4", "ai21/jamba-1-5-large",
    "openai/gpt-5.6-sol", "acme/alpha-7b", "acme/beta", "mystery",
)  # fmt: skip
PATHS = (
    "/Computers & Electronics/Programming", "/Computers & Electronics/Programming/Java (Programming Language)",
    "/Computers & Electronics/Programming/Scripting Languages", "/Computers & Electronics", "/Science",
    "/Science/Computer Science/Machine Learning & Artificial Intelligence", "/Games/Roleplaying Games", "/Adult",
    "/Books & Literature", "/Books & Literature/Fan Fiction", "/Games/Computer & Video Games", "/Sports",
    "/Arts & Entertainment", "/Finance/Investing", "/Health", "/Law & Government/Legal",
    "/Jobs & Education/Education", "/Reference/Language Resources/Foreign Language Resources",
)  # fmt: skip
ROUND = (0, 1, 999, 1000, 127, 128, 255, 256, 257)
BROKEN: dict[str, Any] = {
    "prompt_tokens": -1,
    "model": None,
    "cached_tokens": 2**31 - 1,
    "reasoning_tokens": 2**31 - 1,
}
"""Each of these, put into any event, makes it one to refuse."""


def market(chance: Random, count: int, gateways: tuple[str, ...], name: str) -> list[bytes]:
    """Return `count` events with ids of their own, none of them wrong."""
    return [encoded(_event(chance, f"{name}-{nth}", chance.choice(gateways))) for nth in range(count)]


def disturbed(chance: Random, messages: list[bytes]) -> list[bytes]:
    """Repeat some messages, some with another payload, and send some that must be refused."""
    extra = []
    for message in messages:
        fields = json.loads(message)
        match chance.randrange(12):
            case 0:
                extra.append(message)
            case 1:
                extra.append(encoded(fields | {"completion_tokens": fields["completion_tokens"] + 1}))
            case 2:
                broken = chance.choice(sorted(BROKEN))
                extra.append(encoded(fields | {"event_id": fields["event_id"] + "-bad", broken: BROKEN[broken]}))
    return messages + extra


def encoded(fields: dict[str, Any]) -> bytes:
    """Return an event as one JSON object; what is None stays as a null, which is absence too."""
    return json.dumps(fields, separators=(",", ":")).encode()


def _event(chance: Random, name: str, gateway: str) -> dict[str, Any]:
    prompt, completion = _length(chance), _length(chance)
    maybe = _maybe(chance)
    return {
        "event_id": name,
        "event_time": _written(chance, _moment(chance)),
        "gateway": gateway,
        "model": chance.choice(MODELS),
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "attempt": chance.choice([1, 1, 1, 2, 3]),
        "tenant": maybe(chance.choice(["acme", "zeta"])),
        "provider": maybe(chance.choice(["azure", "bedrock", "together"])),
        "reasoning_tokens": maybe(chance.randint(0, completion)),
        "cached_tokens": maybe(chance.randint(0, prompt)),
        "tools_offered": maybe(chance.choice([0, 1, 7])),
        "finish_reason": chance.choice([None, "stop", "length", "tool_calls", "content_filter", "error", "unknown"]),
        "status": chance.choice([None, "ok", "ok", "error", "cancelled"]),
        "is_byok": chance.choice([None, None, False, True]),
        "billing_country": chance.choice([None, "US", "DE", "JP", "UK", "BR", "ZA", "AU", "ZZ"]),
        "language": chance.choice([None, "en", "de", "zh", "yue"]),
    } | {**_cost(chance), **_account(chance), **_class(chance)}


def _maybe(chance: Random) -> Callable[[Any], Any]:
    return lambda value: value if chance.randrange(3) else None


def _length(chance: Random) -> int:
    return chance.choice([chance.choice(ROUND), chance.randrange(300), chance.randrange(20_000), 2**31 - 1 - 2**30])


def _moment(chance: Random) -> datetime:
    """At the edge of an hour, a day or a week, or a second from it, or anywhere."""
    size = chance.choice([timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)])
    edge = BEGIN + chance.randrange(timedelta(weeks=WEEKS) // size) * size
    return edge + chance.choice([timedelta(0), timedelta(seconds=size.total_seconds() - 1), _part(chance, size)])


def _part(chance: Random, size: timedelta) -> timedelta:
    return timedelta(milliseconds=chance.randrange(round(size.total_seconds() * 1000)))


def _written(chance: Random, moment: datetime) -> str | int:
    """The three ways to write a time: UTC, with an offset, in ms."""
    match chance.randrange(3):
        case 0:
            return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case 1:
            return (moment + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S.%f+05:00")
    return round(moment.timestamp() * 1000)


def _cost(chance: Random) -> dict[str, Any]:
    nano = chance.choice([0, 1, chance.randrange(10**6), chance.randrange(10**9), 10**15])
    return {"cost_usd": chance.choice([None, f"{nano // 10**9}.{nano % 10**9:09}", nano / 10**9])}


def _account(chance: Random) -> dict[str, Any]:
    if not chance.randrange(4):
        return {}
    return {"account_hash": f"{chance.randrange(5):032x}", "account_key_id": chance.choice(["k1", "k2"])}


def _class(chance: Random) -> dict[str, Any]:
    """Not looked at, looked at without any label, or with up to three."""
    found: dict[str, Any] = {}
    if chance.randrange(3):
        found["sample_rate"] = chance.choice([1, 1, 0.5, 0.3, 0.05, 0.0025])
    if chance.randrange(3):
        found["labels"] = [_label(chance) for _ in range(chance.randint(1, 3))]
    return found


def _label(chance: Random) -> dict[str, Any]:
    return {"path": chance.choice(PATHS), "confidence": chance.choice([0.49, 0.499999, 0.5, 0.5, 0.500001, 0.7, 1])}
