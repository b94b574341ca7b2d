"""The embedded broker: librdkafka's mock cluster in this process, for demos and tests, never production.

In memory; 5 MiB or 100,000 record batches kept per partition (the oldest are dropped, so publishers wait for
the consumer); no protection against re-sent batches, no topic creation by protocol, no SASL or TLS.
"""

import ctypes
import secrets
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from tokentide.schemas.errors import UserError
from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.streams.brokers import librdkafka

ALL_BROKERS: Final = -1
REBALANCE_DELAY_MS: Final = 300


class EmbeddedBroker:
    """A mock cluster of `brokers` brokers (ids from 1) on loopback ports; `with` starts and ends it.

    Attributes:
        cluster_id: random per start, so that positions of two starts are never taken for one another.
    """

    def __init__(self, brokers: int = 1, *, rebalance_delay_ms: int = REBALANCE_DELAY_MS) -> None:
        self.cluster_id = f"embedded-{secrets.token_hex(8)}"
        self._brokers = brokers
        self._delay_ms = rebalance_delay_ms
        self._library: Any = None
        self._client: int | None = None
        self._cluster: int | None = None

    def start(self) -> Self:
        """Start the cluster.

        Raises:
            UserError: the extra `[embedded]` is not installed, or the library refuses.
        """
        self._library = librdkafka.load()
        reason = ctypes.create_string_buffer(512)
        self._client = self._library.rd_kafka_new(0, self._quiet(), reason, len(reason))
        if self._client is None:
            raise UserError(f"The embedded broker cannot start: {reason.value.decode()}.")
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, self._brokers)
        if self._cluster is None:
            self.close()
            raise UserError("The embedded broker cannot listen on a loopback port.")
        self._call("group_initial_rebalance_delay_ms", self._delay_ms)
        return self

    def close(self) -> None:
        """End it; everything it held is gone. Safe to call twice."""
        cluster, self._cluster = self._cluster, None
        client, self._client = self._client, None
        if cluster is not None:
            self._library.rd_kafka_mock_cluster_destroy(cluster)
        if client is not None:
            self._library.rd_kafka_destroy(client)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def bootstrap(self) -> str:
        """`host:port` of every broker, comma separated."""
        servers: bytes = self._call("cluster_bootstraps")
        return servers.decode()

    @property
    def address(self) -> KafkaAddress:
        """Where clients connect."""
        return KafkaAddress(tuple(self.bootstrap.split(",")))

    def create_topic(self, name: str, partitions: int = 4) -> None:
        """Create a topic (clients would otherwise get one with 4 partitions at first use).

        Raises:
            UserError: the topic is there already, or the count is not possible.
        """
        self._checked(f"create topic {name} with {partitions} partitions", "topic_create", name, partitions, 1)

    def delete_topic(self, name: str) -> None:
        """Delete a topic and what it held."""
        self._checked(f"delete topic {name}", "topic_delete", name)

    def set_down(self, broker: int) -> None:
        """Close the connections of `broker` and refuse new ones."""
        self._checked(f"take broker {broker} down", "broker_set_down", broker)

    def set_up(self, broker: int) -> None:
        """Let `broker` serve again."""
        self._checked(f"bring broker {broker} up", "broker_set_up", broker)

    def set_round_trip(self, milliseconds: int, broker: int = ALL_BROKERS) -> None:
        """Delay every answer; longer than a client's request time-out, an answer is lost after the fact."""
        self._checked("delay answers", "broker_set_rtt", broker, milliseconds)

    def set_leader(self, topic: str, partition: int, broker: int) -> None:
        """Move the leader of a partition."""
        self._checked(f"move the leader of {topic}/{partition}", "partition_set_leader", topic, partition, broker)

    def set_group_coordinator(self, group: str, broker: int) -> None:
        """Move the coordinator of a consumer group."""
        self._checked(f"move the coordinator of {group}", "coordinator_set", "group", group, broker)

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Drop the records below offset `before`, as retention would."""
        what = f"delete records of {topic}/{partition}"
        self._checked(what, "partition_delete_records", topic, partition, before)

    def fail_requests(self, api_key: int, errors: Sequence[int]) -> None:
        """Answer the next requests of `api_key` with these Kafka error codes, one each, unserved."""
        codes = (ctypes.c_int * len(errors))(*errors)
        self._call("push_request_errors_array", api_key, len(errors), codes)

    def serve_requests(self, api_key: int) -> None:
        """Forget the errors still queued for `api_key`."""
        self._call("clear_request_errors", api_key)

    def fail_topic(self, topic: str, error: int) -> None:
        """Answer metadata requests for `topic` with a Kafka error code; 0 heals it."""
        self._call("topic_set_error", topic, error)

    def set_rebalance_delay(self, milliseconds: int) -> None:
        """How long a new group waits for more members."""
        self._call("group_initial_rebalance_delay_ms", milliseconds)

    def track_requests(self) -> None:
        """Start to remember which requests arrive."""
        self._call("start_request_tracking")

    def requests(self) -> list[int]:
        """API keys of the requests since `track_requests`, in order of arrival."""
        count = ctypes.c_size_t()
        found = self._call("get_requests", ctypes.byref(count))
        keys = [int(self._library.rd_kafka_mock_request_api_key(found[index])) for index in range(count.value)]
        self._library.rd_kafka_mock_request_destroy_array(found, count.value)
        return keys

    def _quiet(self) -> Any:
        # The handle that carries the cluster is a client without servers, and would warn of that.
        settings = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(settings, b"log_level", b"3", None, 0)
        return settings

    def _call(self, name: str, *arguments: Any) -> Any:
        if self._cluster is None:
            raise UserError("The embedded broker is not running.")
        function = getattr(self._library, f"rd_kafka_mock_{name}")
        return function(self._cluster, *(each.encode() if isinstance(each, str) else each for each in arguments))

    def _checked(self, what: str, name: str, *arguments: Any) -> None:
        code = self._call(name, *arguments)
        if code:
            reason = self._library.rd_kafka_err2str(code).decode()
            raise UserError(f"The embedded broker cannot {what}: {reason}.")
