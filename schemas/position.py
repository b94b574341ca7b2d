"""Where a message stands in the log, and what a batch of messages settles."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One partition of one incarnation of a topic.

    `epoch` changes when the topic is recreated, so that equal offsets of two logs never meet.
    """

    epoch: str
    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open offset range [start, end) of one partition: the unit that is planned and written."""

    partition: Partition
    start: int
    end: int

    def token(self, boot: str) -> str:
        """Return the insert deduplication token of this span under one opening of the store.

        Source: docs/protocol.md, "write".
        """
        where = self.partition
        return f"{where.epoch}:{where.topic}:{where.number}:{self.start}:{self.end}:{boot}"
