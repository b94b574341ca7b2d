"""TEMPORARY stand-in."""

from dataclasses import dataclass
from typing import Any


@dataclass
class DeadLetter:
    body: dict[str, Any]
    key: bytes

    @classmethod
    def of(
        cls, value: Any, *, refusal: Any, partition: Any, offset: int, timestamp_ms: int, mode: Any
    ) -> "DeadLetter":
        return cls(
            {"reason": refusal.reason, "field": refusal.field},
            f"{partition.epoch}:{partition.topic}:{partition.number}:{offset}".encode(),
        )

    def to_message(self) -> bytes:
        import json

        return json.dumps(self.body).encode()
