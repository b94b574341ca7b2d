"""Types of the fields of a usage event: bounds, patterns and closed sets, each said once.

Every string is an enumeration or a short name without sentences; the Arrow schema, the fast decoder, the JSON
Schema and the ClickHouse columns read these annotations.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_COUNT: Final = 2**31 - 1
MAX_COST_NANO: Final = 1_000_000 * 10**9
MIN_SAMPLE_RATE: Final = 1e-4
MAX_LABELS: Final = 16
FIRST_YEAR: Final = 1970
END_YEAR: Final = 2200
TIME_PATTERN: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
COST_PATTERN: Final = r"^[0-9]{1,7}(\.[0-9]{1,9})?$"

_EPOCH: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_END: Final = datetime(END_YEAR, 1, 1, tzinfo=UTC)
END_MS: Final = int(_END.timestamp()) * 1000
_TIME: Final = re.compile(TIME_PATTERN)
_COST: Final = re.compile(COST_PATTERN)


@dataclass(frozen=True, slots=True)
class Aliases:
    """Other wire names under which a field is accepted."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Distinct:
    """Marks a string that differs on nearly every event, so that no dictionary pays."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Marks a string whose refusal reads raw_identity: it must be a hash, never the identity itself."""


def out_of_range(message: str) -> PydanticCustomError:
    """Return the refusal of a value of the right type that lies outside its range."""
    return PydanticCustomError("out_of_range", "{message}", {"message": message})


def wrong_type(message: str) -> PydanticCustomError:
    """Return the refusal of a value of the wrong type."""
    return PydanticCustomError("wrong_type", "{message}", {"message": message})


def read_time(value: object) -> datetime:
    """Return the instant, UTC, of an RFC 3339 text with offset, an integer of unix ms or an aware datetime."""
    if isinstance(value, str):
        value = _time_of_text(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < END_MS:
            raise out_of_range("unix ms outside 1970 to 2199")
        return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)
    if not isinstance(value, datetime):
        raise wrong_type("a time is RFC 3339 text with offset or an integer of unix ms")
    return _time_in_utc(value)


def _time_of_text(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise out_of_range("not RFC 3339 with offset and at most 6 fraction digits")
    try:
        return datetime.fromisoformat(text)
    except ValueError as fault:
        raise out_of_range("no such date or time") from fault


def _time_in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise out_of_range("a time needs an offset from UTC")
    try:
        instant = value.astimezone(UTC)
    except OverflowError as fault:
        raise out_of_range("time outside 1970 to 2199") from fault
    if not _EPOCH <= instant < _END:
        raise out_of_range("time outside 1970 to 2199")
    return instant


def write_time(instant: datetime) -> str:
    """Return RFC 3339 text in UTC with the fraction digits the instant needs."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read_cost(value: object) -> Decimal:
    """Return USD in whole nano-USD: a number is rounded to 9 decimals (half to even), a text must have no more."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise wrong_type("a cost is a number or a decimal string")
    if isinstance(value, str):
        if not _COST.fullmatch(value):
            raise out_of_range("not a decimal string with at most 9 decimals")
        value = Decimal(value)
    if isinstance(value, Decimal) and not value.is_finite():
        raise out_of_range("cost is not finite")
    if not 0 <= value <= MAX_COST_NANO // 10**9:
        raise out_of_range("cost outside 0 to 1,000,000 USD")
    nano = round(value * 10**9) if isinstance(value, int | float) else value.scaleb(9)
    if nano != int(nano):
        raise out_of_range("more than 9 decimals")
    return Decimal(int(nano)).scaleb(-9)


def write_cost(cost: Decimal) -> str:
    """Return a cost as a plain decimal string without trailing zeros."""
    text = format(cost, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def lower(value: object) -> object:
    """Return ASCII text in lower case, so that one hash has one spelling; anything else as it is."""
    return value.lower() if isinstance(value, str) and value.isascii() else value


def _text(pattern: str, maximum: int) -> Any:
    return Field(pattern=pattern, min_length=1, max_length=maximum)


def _hash(minimum: int) -> Any:
    either_case: dict[str, Any] = {"pattern": "^[0-9A-Fa-f]+$"}
    return Field(pattern=_HEX, min_length=minimum, max_length=64, json_schema_extra=either_case)


_NAME: Final = r"^[A-Za-z0-9._:/@+-]+$"
_HEX: Final = r"^[0-9a-f]+$"

EventId = Annotated[str, _text(_NAME, 64), Distinct()]
Id = Annotated[str, _text(_NAME, 128), Distinct()]
Name = Annotated[str, _text(_NAME, 64)]
ModelName = Annotated[str, _text(_NAME, 128)]
Variant = Annotated[str, _text(_NAME, 32)]
Operation = Annotated[str, _text(r"^[a-z][a-z0-9_]*$", 32)]
App = Annotated[str, _text(r"^[A-Za-z0-9._:/@+-]+( [A-Za-z0-9._:/@+-]+){0,4}$", 64)]
"""A name of at most five words; no '?', '#' or '=', so no URL query fits."""
SessionHash = Annotated[str, _hash(16), BeforeValidator(lower), Distinct()]
AccountHash = Annotated[str, _hash(32), BeforeValidator(lower), Distinct(), Identity()]
AccountKeyId = Annotated[str, _text(_NAME, 16)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", min_length=2, max_length=2)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", min_length=2, max_length=3)]

UsageSource = Literal["provider", "estimated", "partial", "none"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "error", "cancelled", "unknown"]
Status = Literal["ok", "error", "cancelled", "timeout", "rate_limited", "blocked"]
CacheHit = Literal["miss", "exact", "semantic", "bypass"]
CostSource = Literal["provider", "computed"]
ErrorType = Literal[
    "authentication",
    "permission",
    "invalid_request",
    "not_found",
    "context_length",
    "content_filter",
    "rate_limit",
    "quota",
    "overloaded",
    "timeout",
    "network",
    "server_error",
    "client_disconnected",
    "unsupported",
    "other",
]
"""What went wrong, by who must act; adapters map their own classes onto these, never a message text."""

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Small = Annotated[int, Field(ge=0, le=65_535)]
Attempt = Annotated[int, Field(ge=1, le=255)]
HttpStatus = Annotated[int, Field(ge=100, le=599)]
SampleRate = Annotated[float, Field(ge=MIN_SAMPLE_RATE, le=1.0)]
Confidence = Annotated[float, Field(ge=0.0, le=1.0)]

Instant = Annotated[
    datetime,
    BeforeValidator(read_time),
    PlainSerializer(write_time, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": TIME_PATTERN},
                {"type": "integer", "minimum": 0, "exclusiveMaximum": END_MS},
            ]
        }
    ),
]
Usd = Annotated[
    Decimal,
    BeforeValidator(read_cost),
    PlainSerializer(write_cost, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": MAX_COST_NANO // 10**9},
                {"type": "string", "pattern": COST_PATTERN},
            ]
        }
    ),
]
