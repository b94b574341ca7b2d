"""The topics Kafka must hold: what they should be, creating them, and what an existing one differs in."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion, TopicAlreadyExistsError, for_code

from tokentide.schemas.errors import UserError
from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.streams.brokers.admin import open_admin, partition_counts

EVENTS: Final = "usage.events.v1"
DEAD: Final = "usage.dead.v1"
MESSAGE_BYTES_MAX: Final = 2**20
TIMESTAMP_TYPE: Final = "message.timestamp.type"
APPEND_TIME: Final = "LogAppendTime"
_RETRY_S: Final = 0.05
# Only with these do offsets and times mean what the delivery protocol takes them for.
_VITAL: Final = {
    TIMESTAMP_TYPE: "an old event_time can make Kafka delete a record at once",
    "cleanup.policy": "Kafka drops records that have the same key",
}


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic should be; `retention` counts from the broker's append time."""

    name: str
    partitions: int = 4
    replication: int = 1
    retention: timedelta = timedelta(days=7)
    compression: str = "producer"
    message_bytes_max: int = MESSAGE_BYTES_MAX

    def settings(self) -> dict[str, str]:
        """Kafka's settings of the topic."""
        return {
            TIMESTAMP_TYPE: APPEND_TIME,
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention // timedelta(milliseconds=1)),
            "compression.type": self.compression,
            "max.message.bytes": str(self.message_bytes_max),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting of a topic that is not as specified; `found` is None where the broker does not tell."""

    topic: str
    setting: str
    found: str | None
    wanted: str

    @property
    def vital(self) -> bool:
        """Whether records can be lost by it."""
        return self.setting in _VITAL

    def __str__(self) -> str:
        found = "not told by the broker" if self.found is None else f"{self.found!r}"
        harm = f": {_VITAL[self.setting]}" if self.vital else ""
        return f"Topic {self.topic} has {self.setting} {found}, not {self.wanted!r}{harm}."


@dataclass(frozen=True, slots=True)
class TopicReport:
    """A topic as it is now."""

    name: str
    created: bool
    partitions: int
    differences: tuple[Difference, ...] = ()


def compare(spec: TopicSpec, partitions: int, settings: Mapping[str, str | None]) -> tuple[Difference, ...]:
    """What an existing topic differs in from `spec`, vital differences first."""
    wanted = {"partitions": str(spec.partitions), **spec.settings()}
    found = {"partitions": str(partitions), **settings}
    differences = [
        Difference(spec.name, name, found.get(name), value)
        for name, value in wanted.items()
        if found.get(name) != value
    ]
    return tuple(sorted(differences, key=lambda difference: not difference.vital))


async def ensure_topics(address: KafkaAddress, specs: Sequence[TopicSpec]) -> list[TopicReport]:
    """Create what is missing and report every topic; an existing topic is never changed.

    Raises:
        UserError: Kafka cannot be reached, or refuses to create a topic.
    """
    async with open_admin(address) as client:
        known = await partition_counts(client)
        missing = [spec for spec in specs if spec.name not in known]
        created = await _create(client, missing) if missing else set()
        counts = await _until_served(client, {spec.name for spec in specs})
        settings = await _settings(client, [spec.name for spec in specs if spec.name not in created])
    return [_report(spec, counts[spec.name], settings.get(spec.name)) for spec in specs]


def _report(spec: TopicSpec, partitions: int, settings: Mapping[str, str | None] | None) -> TopicReport:
    """A topic whose settings were not asked for was created as specified."""
    differences = () if settings is None else compare(spec, partitions, settings)
    return TopicReport(spec.name, settings is None, partitions, differences)


async def _until_served(client: Any, names: set[str]) -> dict[str, int]:
    # A topic exists before every broker knows it and before its partitions have leaders.
    while True:
        counts = await partition_counts(client, served_only=True)
        if names <= counts.keys():
            return counts
        await asyncio.sleep(_RETRY_S)


async def partition_count(address: KafkaAddress, topic: str) -> int | None:
    """Partitions of `topic`; None where it does not exist (asking never creates it).

    Raises:
        UserError: Kafka cannot be reached.
    """
    async with open_admin(address) as client:
        return (await partition_counts(client)).get(topic)


async def _create(client: Any, specs: Sequence[TopicSpec]) -> set[str]:
    """Names of those created here: another process may have been quicker."""
    new = [NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=spec.settings()) for spec in specs]
    try:
        answer = await client.create_topics(new)
    except (IncompatibleBrokerVersion, AttributeError):
        # A mock cluster names no controller, on which aiokafka stumbles.
        names = ", ".join(spec.name for spec in specs)
        raise UserError(f"The broker has no topic {names} and cannot be asked to create it.") from None
    created = set()
    for name, code, reason in (entry[:3] for entry in answer.topic_errors):
        if code == 0:
            created.add(name)
        elif code != TopicAlreadyExistsError.errno:
            raise UserError(f"Kafka does not create topic {name}: {reason or for_code(code).__name__}.")
    return created


async def _settings(client: Any, topics: Sequence[str]) -> dict[str, dict[str, str | None]]:
    settings: dict[str, dict[str, str | None]] = {topic: {} for topic in topics}
    if not topics:
        return settings
    try:
        answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in topics])
    except IncompatibleBrokerVersion:
        return settings
    for resource in (resource for answer in answers for resource in answer.resources):
        if resource[0]:
            raise UserError(
                f"Kafka does not tell the settings of topic {resource[3]}: {for_code(resource[0]).__name__}."
            )
        settings[resource[3]] = {entry[0]: entry[1] for entry in resource[4]}
    return settings
