"""A plan: where the batch in flight ends, kept in the metadata of the fenced Kafka commit."""

import json
from dataclasses import dataclass
from typing import Final

RULES: Final = 1
"""Version of the accept, duplicate and grouping rules."""

KNOWN_RULES: Final = (RULES,)
"""Versions whose batches this program finishes: the newest and, once there is one, the one before."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The rules and the catalogue a batch is decided by."""

    rules: int
    catalogue: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The batch [start, end): durable before its first write, so every retry by anyone writes the same.

    `boot` is the opening of the store it is to be written under; `window` is how many acceptances back
    duplicates are recognised in it: whoever finishes the batch judges alike.
    """

    start: int
    end: int
    versions: Versions
    boot: str
    window: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A committed offset with what its metadata says; `offset` confirms everything before it.

    `by_hand`: an operator chose the offset, and no batch has been recorded since.
    """

    offset: int
    epoch: str
    plan: Plan | None = None
    by_hand: bool = False

    def metadata(self) -> str:
        """Return the commit metadata: compact JSON, well below Kafka's 4096 bytes."""
        fields: dict[str, object] = {"epoch": self.epoch}
        if self.by_hand:
            fields["by_hand"] = True
        if self.plan is not None:
            versions = self.plan.versions
            fields |= {"end": self.plan.end, "rules": versions.rules}
            fields |= {"catalogue": versions.catalogue, "boot": self.plan.boot, "window": self.plan.window}
        return json.dumps(fields, separators=(",", ":"))


def parse_commit(offset: int, metadata: str) -> Commit:
    """Read a commit back; metadata that is not ours (an operator's offset reset) carries no plan."""
    try:
        fields = json.loads(metadata)
        epoch, by_hand = str(fields["epoch"]), bool(fields.get("by_hand"))
        if "end" not in fields:
            return Commit(offset, epoch, by_hand=by_hand)
        versions = Versions(int(fields["rules"]), int(fields["catalogue"]))
        plan = Plan(offset, int(fields["end"]), versions, str(fields["boot"]), int(fields["window"]))
    except (ValueError, KeyError, TypeError):
        return Commit(offset, "", by_hand=True)
    return Commit(offset, epoch, plan, by_hand)
