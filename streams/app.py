"""The Faust app: settings in, agents registered by name, nothing discovered and no I/O."""

import faust
import mode

from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.schemas.settings import Settings
from tokentide.streams.transport import Transport

_NEVER_S = 10.0**8
_FETCH_BYTES = 2 * 2**20
"""Per partition, as compressed: about 10 MiB of events, of which up to three wait in memory."""


class App(faust.App):
    """Faust's app without a data folder: there are no tables to keep in one."""

    def _create_directories(self) -> None:
        """Leave the working folder as it is."""


def build_app(settings: Settings, address: KafkaAddress) -> faust.App:
    """Return the Faust app of a worker, not started.

    Faust fetches and balances; it neither acknowledges nor commits (docs/protocol.md, "In Faust").

    Args:
        settings: all of them.
        address: of Kafka.
    """
    session_s = settings.session_timeout.total_seconds()
    app = App(
        settings.group,
        broker=address.faust_url,
        broker_credentials=_credentials(address),
        value_serializer="raw",
        key_serializer="raw",
        store="memory://",
        agent_supervisor=mode.CrashingSupervisor,
        stream_wait_empty=False,
        stream_buffer_maxsize=4,
        stream_processing_timeout=_NEVER_S,
        broker_commit_interval=_NEVER_S,
        broker_commit_every=int(_NEVER_S),
        broker_commit_livelock_soft_timeout=_NEVER_S,
        broker_session_timeout=session_s,
        broker_heartbeat_interval=session_s / 4,
        broker_rebalance_timeout=max(10.0, session_s),
        broker_request_timeout=max(30.0, session_s),
        consumer_max_fetch_size=_FETCH_BYTES,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance_id,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        web_bind="127.0.0.1",
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    return app


def _credentials(address: KafkaAddress) -> faust.auth.Credentials | None:
    security = address.security
    if security.username is not None:
        return faust.SASLCredentials(
            username=security.username,
            password=security.password,
            mechanism=security.mechanism,
            ssl_context=security.ssl_context(),
        )
    return faust.SSLCredentials(security.ssl_context()) if security.tls else None
