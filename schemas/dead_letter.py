"""A refused message, as it goes to Kafka: why, where it stands, and as much of it as the mode allows."""

import base64
import hashlib
from typing import Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field

from tokentide.schemas.position import Partition
from tokentide.schemas.reasons import Reason
from tokentide.schemas.redaction import redact
from tokentide.schemas.refusal import Refusal

TOPIC: Final = "usage.dead.v1"
MAX_KEPT_BYTES: Final = 512 * 1024
"""A larger message is never kept as bytes: its letter would not fit into a record."""

Mode = Literal["redacted", "bytes", "hash"]


class DeadLetter(BaseModel):
    """Why one message was refused.

    What can be replayed depends on the mode: `bytes` exactly what came; `redacted` the message without what was
    illegal or unknown; `hash` nothing, it only tells whether two messages are the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason
    field: str
    """Canonical name of the field at fault; "" when the whole message is."""
    detail: str
    """Words that repeat no value of the message."""
    epoch: str
    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    timestamp_ms: int
    """Kafka timestamp of the record, ms since 1970."""
    size_bytes: int = Field(ge=0)
    sha256: str
    """Of the record's value, hex."""
    mode: Mode
    payload: dict[str, Any] | str | None = None
    """redacted: the fields (`redact`); bytes: base64; hash: none."""

    @classmethod
    def of(
        cls,
        value: bytes | None,
        *,
        refusal: Refusal,
        partition: Partition,
        offset: int,
        timestamp_ms: int,
        mode: str = "redacted",
    ) -> Self:
        """Return the letter for the record at `offset`; it depends on the arguments alone."""
        raw = value or b""
        kept: Mode = "hash" if mode == "bytes" and len(raw) > MAX_KEPT_BYTES else _mode(mode)
        return cls(
            reason=refusal.reason,
            field=refusal.field,
            detail=refusal.detail,
            epoch=partition.epoch,
            topic=partition.topic,
            partition=partition.number,
            offset=offset,
            timestamp_ms=timestamp_ms,
            size_bytes=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            mode=kept,
            payload=_payload(value, kept),
        )

    @classmethod
    def from_message(cls, value: bytes) -> Self:
        """Return the letter a record of the dead letter topic holds."""
        return cls.model_validate_json(value)

    def without_payload(self) -> Self:
        """Return the letter that only tells where, why and which message."""
        return self.model_copy(update={"mode": "hash", "payload": None})

    def to_message(self) -> bytes:
        """Return the record value: compact UTF-8 JSON."""
        return self.model_dump_json(exclude_none=True).encode()

    @property
    def identity(self) -> str:
        """The position of the refused message; a letter sent twice has it twice."""
        return f"{self.epoch}:{self.topic}:{self.partition}:{self.offset}"

    @property
    def key(self) -> bytes:
        """The record key: the identity."""
        return self.identity.encode()


def _mode(mode: str) -> Mode:
    return next(each for each in get_args(Mode) if each == mode)


def _payload(value: bytes | None, mode: Mode) -> dict[str, Any] | str | None:
    if mode == "redacted":
        return redact(value)
    if mode == "bytes" and value is not None:
        return base64.b64encode(value).decode("ascii")
    return None
