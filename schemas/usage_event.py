"""One request to a model, as a gateway publishes it: the wire contract, version 1.

This model is the authority. The JSON Schema, the Arrow schema, the fast decoder and the ClickHouse columns are
derived from its annotations.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo

from tokentide.schemas.label import Label
from tokentide.schemas.model_faults import broken, first_refusal
from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import EventRefusedError
from tokentide.schemas.strict_json import Repeating, parse_object
from tokentide.schemas.wire_types import (
    MAX_LABELS,
    AccountHash,
    AccountKeyId,
    Aliases,
    App,
    Attempt,
    CacheHit,
    CostSource,
    Count,
    Country,
    ErrorType,
    EventId,
    FinishReason,
    HttpStatus,
    Id,
    Identity,
    Instant,
    Language,
    ModelName,
    Name,
    Operation,
    SampleRate,
    SessionHash,
    Small,
    Status,
    UsageSource,
    Usd,
    Variant,
)

__all__ = ["ALIASES", "FIELDS", "KNOWN", "SCHEMA_MAJOR", "SUBSETS", "TOPIC", "Label", "UsageEvent", "annotations_of"]

TOPIC: Final = "usage.events.v1"
SCHEMA_MAJOR: Final = 1


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class UsageEvent(BaseModel):
    """One attempt at one request. Metadata only: no field can hold a prompt or an answer.

    Unknown fields are ignored and never kept; an explicit null counts as absence.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    event_id: EventId
    """Idempotency key, one per attempt; also the Kafka record key."""
    request_id: Id | None = None
    session_hash: SessionHash | None = None
    attempt: Attempt = 1
    schema_version: Small = SCHEMA_MAJOR
    event_time: Instant
    """When the request completed, UTC."""

    gateway: Name | None = None
    operation: Operation | None = None
    provider: Name | None = None
    """Who served the model."""
    model: ModelName
    """`author/model` or any alias of it, as the gateway knows it."""
    requested_model: ModelName | None = None
    variant: Variant | None = None
    app: App | None = None
    tenant: Name | None = None

    prompt_tokens: Annotated[Count, Aliases(("input_tokens", "tokens_prompt"))]
    """Cached tokens included."""
    completion_tokens: Annotated[Count, Aliases(("output_tokens", "tokens_completion"))]
    """Reasoning tokens included."""
    reasoning_tokens: Annotated[Count, Aliases(("tokens_reasoning",))] | None = None
    cached_tokens: Annotated[Count, Aliases(("tokens_cached",))] | None = None
    cache_write_tokens: Count | None = None
    total_tokens: Count | None = None
    """As the provider said; kept and flagged when it is not prompt + completion."""
    native_prompt_tokens: Annotated[Count, Aliases(("native_tokens_prompt",))] | None = None
    native_completion_tokens: Annotated[Count, Aliases(("native_tokens_completion",))] | None = None
    usage_source: UsageSource | None = None

    tools_offered: Small | None = None
    tool_calls: Small | None = None
    finish_reason: FinishReason | None = None

    status: Status | None = None
    http_status: HttpStatus | None = None
    error_type: ErrorType | None = None
    cancelled: bool | None = None
    stream: bool | None = None
    cache_hit: CacheHit | None = None

    latency_ms: Count | None = None
    ttft_ms: Count | None = None
    """Null unless streamed."""

    cost_usd: Usd | None = None
    """Null when unknown, never 0 for that."""
    cost_source: CostSource | None = None
    is_byok: bool | None = None

    account_hash: AccountHash | None = None
    """HMAC by the gateway, 32 to 64 hex digits; never a raw identity."""
    account_key_id: AccountKeyId | None = None
    billing_country: Country | None = None
    """ISO 3166-1 alpha-2."""
    language: Language | None = None
    """BCP 47 primary tag."""

    labels: Annotated[tuple[Label, ...], Field(max_length=MAX_LABELS), BeforeValidator(_as_tuple)] = ()
    sample_rate: SampleRate | None = None
    """Rate at which requests were classified; the weight is 1/rate."""
    classifier_version: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _canonical(cls, data: Any) -> Any:
        return canonical_names(data) if isinstance(data, Mapping) else data

    @model_validator(mode="after")
    def _subsets(self) -> Self:
        for part, whole, reason in SUBSETS:
            if (getattr(self, part) or 0) > getattr(self, whole):
                raise broken(reason, part, f"more than {whole}, of which it is a part")
        return self

    @classmethod
    def from_message(cls, value: bytes | None) -> Self:
        """Return the event a Kafka record's value holds.

        Raises:
            EventRefusedError: with the first rule broken, by the order of `Reason`, then of the fields.
        """
        data = parse_object(value)
        _refuse_repeated(data)
        _refuse_other_schema(data)
        try:
            return cls.model_validate({name: found for name, found in data.items() if found is not None})
        except ValidationError as fault:
            raise first_refusal(fault, FIELDS, _IDENTITIES) from None

    def to_message(self) -> bytes:
        """Return the record value: compact UTF-8 JSON without absent fields."""
        fields = self.model_dump(mode="json", exclude_none=True, exclude=None if self.labels else {"labels"})
        return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


SUBSETS: Final = (
    ("cached_tokens", "prompt_tokens", Reason.CACHED_EXCEEDS_PROMPT),
    ("cache_write_tokens", "prompt_tokens", Reason.CACHED_EXCEEDS_PROMPT),
    ("reasoning_tokens", "completion_tokens", Reason.REASONING_EXCEEDS_COMPLETION),
)


def annotations_of(name: str) -> tuple[Any, ...]:
    """Return the markers (`Aliases`, `Distinct`, `Identity`, bounds) on a field, optional or not."""
    field = UsageEvent.model_fields[name]
    marks = [*field.metadata]
    for part in get_args(field.annotation):
        marks += getattr(part, "__metadata__", ())
    return tuple(each for mark in marks for each in (mark.metadata if isinstance(mark, FieldInfo) else (mark,)))


FIELDS: Final = tuple(UsageEvent.model_fields)
ALIASES: Final[Mapping[str, str]] = {
    alias: name
    for name in FIELDS
    for mark in annotations_of(name)
    if isinstance(mark, Aliases)
    for alias in mark.names
}
KNOWN: Final = frozenset(FIELDS) | frozenset(ALIASES)
"""Every wire name that means something to us, aliases included."""
_IDENTITIES: Final = frozenset(
    name for name in FIELDS if any(isinstance(mark, Identity) for mark in annotations_of(name))
)
_LABEL_FIELDS: Final = frozenset(Label.model_fields)


def canonical_names(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields under their canonical names.

    Raises:
        PydanticCustomError: duplicate_key, when a field comes under two of its names.
    """
    named = dict(data)
    for alias, name in ALIASES.items():
        value = named.pop(alias, None)
        if value is None:
            continue
        if named.get(name) is not None:
            raise broken(Reason.DUPLICATE_KEY, name, "the field comes under two of its names")
        named[name] = value
    return named


def _refuse_repeated(data: dict[str, Any]) -> None:
    repeated = data.repeated & KNOWN if isinstance(data, Repeating) else frozenset()
    for field in FIELDS:
        if repeated & {field, *(alias for alias, name in ALIASES.items() if name == field)}:
            raise EventRefusedError(Reason.DUPLICATE_KEY, field, "the field comes more than once")
    labels = data.get("labels")
    for label in labels if isinstance(labels, list) else ():
        if isinstance(label, Repeating) and label.repeated & _LABEL_FIELDS:
            raise EventRefusedError(Reason.DUPLICATE_KEY, "labels", "a label repeats one of its keys")


def _refuse_other_schema(data: Mapping[str, Any]) -> None:
    major = data.get("schema_version")
    if type(major) is int and 0 <= major <= 65_535 and major != SCHEMA_MAJOR:
        raise EventRefusedError(Reason.UNKNOWN_SCHEMA, "schema_version", f"only major {SCHEMA_MAJOR} is known")
