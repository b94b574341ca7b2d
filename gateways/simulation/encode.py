"""Columns to NDJSON lines of the wire contract, as a gateway would send them."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import APPS, FAULTS, FINISHES, STATUSES, Columns
from tokentide.gateways.simulation.labels import PATH_NAMES
from tokentide.gateways.simulation.places import COUNTRY_CODES, LANGUAGE_CODES
from tokentide.gateways.simulation.roster import Model
from tokentide.gateways.simulation.routes import PROVIDERS

GATEWAY: Final = "simulated"
KEY_ID: Final = "simulated"
CLASSIFIER: Final = "simulated-1"
_SESSION_MS: Final = 7_200_000
_MIXER: Final = np.uint64(0x9E3779B97F4A7C15)
_ROUTED_BY: Final = 7
"""One in so many requests names its model by a route's alias."""


class Encoder:
    """Writes the events of one run.

    Args:
        run: 12 hex digits that tell the run's ids from any other run's.
        models: the market.
        label_rate: what classified events state as their rate.
    """

    def __init__(self, run: str, models: Sequence[Model], label_rate: float) -> None:
        self._run = run
        self._names = [_model_field(model.slug) for model in models]
        self._routed = [_model_field(f"openrouter/{model.slug}") for model in models]
        self._sampled = f',"sample_rate":{label_rate},"classifier_version":"{CLASSIFIER}"'
        self._accounts: dict[int, str] = {-1: ""}

    def lines(self, events: Columns) -> Iterator[str]:
        """Yield one JSON object with its line end per event."""
        heads, routes, counts = self._heads(events), self._routes(events), _counts(events)
        for parts in zip(heads, routes, counts, _outcomes(events), self._labels(events), strict=True):
            yield "".join(parts)

    def _heads(self, events: Columns) -> Iterator[str]:
        run = self._run
        index, request, attempt = (events[name].tolist() for name in ("index", "request", "attempt"))
        sessions = _sessions(events)
        for number, asked, tries, time_ms, session in zip(
            index, request, attempt, events["time_ms"].tolist(), sessions, strict=True
        ):
            yield (
                f'{{"event_id":"sim-{run}-{number:08x}","request_id":"req-{run}-{asked:08x}",'
                f'"session_hash":"{session:016x}","attempt":{tries},"event_time":{time_ms},'
            )

    def _routes(self, events: Columns) -> Iterator[str]:
        who = [self._account(number) for number in events["account"].tolist()]
        routed = (events["request"] % _ROUTED_BY == 0).tolist()
        named = [
            (self._routed if by_route else self._names)[model]
            for model, by_route in zip(events["model"].tolist(), routed, strict=True)
        ]
        for model, provider, free, app, tenant, account, country, language in zip(
            named,
            _named(PROVIDERS, events["provider"]),
            events["free"].tolist(),
            _named(APPS, events["app"]),
            events["tenant"].tolist(),
            who,
            _optional("billing_country", COUNTRY_CODES, events["country"]),
            _optional("language", LANGUAGE_CODES, events["language"]),
            strict=True,
        ):
            variant = '"variant":"free",' if free else ""
            yield (
                f'"gateway":"{GATEWAY}","operation":"chat","provider":"{provider}",{model}{variant}"app":"{app}",'
                f'"tenant":"tenant-{tenant}",{account}{country}{language}'
            )

    def _account(self, number: int) -> str:
        text = self._accounts.get(number)
        if text is None:
            digest = hashlib.blake2b(f"{self._run}/{number}".encode(), digest_size=16).hexdigest()
            text = self._accounts[number] = f'"account_hash":"{digest}","account_key_id":"{KEY_ID}",'
        return text

    def _labels(self, events: Columns) -> Iterator[str]:
        columns = [events[f"{what}{place}"].tolist() for place in (1, 2, 3) for what in ("path", "confidence")]
        for sampled, *found in zip(events["sampled"].tolist(), *columns, strict=True):
            yield self._label(found) if sampled else "}\n"

    def _label(self, found: list[int]) -> str:
        pairs = zip(found[::2], found[1::2], strict=True)
        labels = ",".join(
            f'{{"path":"{PATH_NAMES[path]}","confidence":{confidence / 1000}}}'
            for path, confidence in pairs
            if path >= 0
        )
        return f',"labels":[{labels}]{self._sampled}}}\n'


def run_id(*facts: object) -> str:
    """Return 12 hex digits that stand for the facts a run follows from."""
    return hashlib.blake2b("\n".join(map(str, facts)).encode(), digest_size=6).hexdigest()


def _model_field(name: str) -> str:
    return f'"model":"{name}",'


def _named(vocabulary: Sequence[str], codes: Any) -> list[str]:
    return [vocabulary[code] for code in codes.tolist()]


def _optional(field: str, vocabulary: Sequence[str], codes: Any) -> list[str]:
    fragments = [*(f'"{field}":"{value}",' for value in vocabulary), ""]
    return [fragments[code] for code in codes.tolist()]


def _sessions(events: Columns) -> list[int]:
    who = (events["account"].astype(np.int64) + 2).astype(np.uint64)
    slot = (events["time_ms"] // _SESSION_MS).astype(np.uint64)
    lone = np.where(events["account"] < 0, events["request"], 0).astype(np.uint64)
    mixed = (who * _MIXER ^ slot) * _MIXER + lone * np.uint64(0xBF58476D1CE4E5B9)
    found: list[int] = (mixed ^ (mixed >> np.uint64(29))).tolist()
    return found


def _counts(events: Columns) -> Iterator[str]:
    names = ("prompt", "completion", "reasoning", "cached", "cache_write", "tools_offered", "tool_calls")
    for prompt, completion, reasoning, cached, write, offered, calls in zip(
        *(events[name].tolist() for name in names), strict=True
    ):
        thought = f'"reasoning_tokens":{reasoning},' if reasoning >= 0 else ""
        read = f'"cached_tokens":{cached},' if cached >= 0 else ""
        kept = f'"cache_write_tokens":{write},' if write >= 0 else ""
        tools = f'"tools_offered":{offered},' if offered >= 0 else ""
        yield (
            f'"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{prompt + completion},'
            f'"usage_source":"provider",{thought}{read}{kept}{tools}"tool_calls":{calls},'
        )


_STATUS_FIELDS: Final = tuple(f'"status":"{name}",' for name in STATUSES)
_FINISH_FIELDS: Final = tuple(f'"finish_reason":"{name}",' for name in FINISHES)
_FAULT_FIELDS: Final = (
    *(f'"http_status":{code},"error_type":"{kind}",' for code, kind in FAULTS[:3]),
    '"http_status":499,"error_type":"client_disconnected","cancelled":true,',
    '"http_status":200,',
)
_YES: Final = ("false", "true")


def _outcomes(events: Columns) -> Iterator[str]:
    names = ("status", "finish", "fault", "stream", "latency", "ttft", "cost", "byok")
    for status, finish, fault, stream, latency, ttft, cost, byok in zip(
        *(events[name].tolist() for name in names), strict=True
    ):
        first = f'"ttft_ms":{ttft},' if ttft >= 0 else ""
        money = f'"cost_usd":"{cost // 10**9}.{cost % 10**9:09d}","cost_source":"provider",' if cost >= 0 else ""
        yield (
            f'{_FINISH_FIELDS[finish]}{_STATUS_FIELDS[status]}{_FAULT_FIELDS[fault]}"stream":{_YES[stream]},'
            f'"latency_ms":{latency},{first}{money}"is_byok":{_YES[byok]}'
        )
