"""Every setting: name, type, unit, default and limits. Read from TOKENTIDE_* or `.env`, checked as a whole."""

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tokentide.schemas.duration import Duration
from tokentide.schemas.errors import UsageError
from tokentide.schemas.kafka_address import KafkaAddress, Security, parse_address

_NOT_SETTINGS = ("TOKENTIDE_FAULT_", "TOKENTIDE_TEST_", "TOKENTIDE_FUZZ_")
_NAME = r"[A-Za-z0-9._-]{1,200}"


class DeadLetterMode(StrEnum):
    """What a dead letter keeps of the message it stands for."""

    REDACTED = "redacted"
    BYTES = "bytes"
    HASH = "hash"


class Settings(BaseSettings):
    """The settings of every command; a field `x` is read from `TOKENTIDE_X`."""

    model_config = SettingsConfigDict(env_prefix="TOKENTIDE_", env_file=".env", extra="ignore", frozen=True)

    store: str = Field(
        default_factory=lambda: f"chdb://{Path.cwd() / 'tokentide-data'}",
        description="ClickHouse: chdb:///path or clickhouse(s)://…",
    )
    kafka: str = Field("embedded://", description="kafka://host:9092[,…] or embedded:// (demo only)")
    kafka_username: str | None = Field(None, description="SASL user name")
    kafka_password: SecretStr | None = Field(None, description="SASL password")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism, used with a user name"
    )
    kafka_tls: bool = Field(False, description="speak TLS to Kafka")
    kafka_tls_ca: str | None = Field(None, description="file with the certificate authority to trust")

    topic: str = Field("usage.events.v1", pattern=_NAME, description="topic of usage events")
    dead_topic: str = Field("usage.dead.v1", pattern=_NAME, description="topic of dead letters")
    alerts_topic: str = Field("usage.alerts.v1", pattern=_NAME, description="topic of changes of alerts")
    group: str = Field("tokentide", pattern=_NAME, description="Kafka consumer group of the workers")
    instance_id: str | None = Field(
        None, pattern=_NAME, description="static membership: a quick restart moves no partition"
    )
    partitions: Annotated[int, Field(ge=1, le=1024)] = Field(4, description="partitions of a topic we create")
    replication: Annotated[int, Field(ge=1, le=9)] = Field(1, description="replicas of a topic we create")
    retention: Duration = Field(timedelta(days=7), description="how long Kafka keeps usage events")
    dead_retention: Duration = Field(timedelta(days=7), description="how long Kafka keeps dead letters")
    compression: Literal["producer", "none", "gzip", "snappy", "lz4", "zstd"] = Field(
        "producer", description="compression.type of the topics"
    )
    session_timeout: Duration = Field(timedelta(seconds=10), description="silence that costs a worker its place")

    event_age_max: Duration = Field(
        timedelta(days=3652), description="older events are refused (10 years, so that traces replay)"
    )
    dead_letters: DeadLetterMode = Field(DeadLetterMode.REDACTED, description="what a dead letter keeps")
    breaker_ratio: Annotated[float, Field(ge=0, le=1)] = Field(
        0.01, description="share of refused messages in a minute that stops a partition; 0 = off"
    )
    breaker_in_row: Annotated[int, Field(ge=0)] = Field(
        100, description="refused messages in a row that stop a partition; 0 = off"
    )
    breaker_minimum: Annotated[int, Field(ge=1)] = Field(
        1000, description="messages a minute must hold before its ratio counts"
    )

    batch_rows: Annotated[int, Field(ge=1, le=50_000)] = Field(50_000, description="most messages in a batch")
    batch_bytes: Annotated[int, Field(ge=65_536, le=32 * 2**20)] = Field(
        16 * 2**20, description="bytes in a batch at most"
    )
    buffer_bytes: Annotated[int, Field(ge=2**20)] = Field(
        256 * 2**20, description="bytes of messages a worker keeps waiting, shared evenly by its partitions"
    )
    linger: Duration = Field(timedelta(milliseconds=250), description="wait before a batch is planned")
    duplicate_window: Duration = Field(timedelta(hours=2), description="how long re-sent events are recognised")
    duplicate_window_rows: Annotated[int, Field(ge=1, le=100_000_000)] = Field(
        1_000_000, description="… and at least this many events per partition"
    )
    duplicate_window_rows_max: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        10_000_000, description="… and at most this many (memory: 20 bytes each)"
    )
    alerts: str = Field("", description="file with the rules of alerts (infra/alerts.yml); '' = defaults, off = none")
    metrics_address: str = Field("", description="host:port of /metrics and /health of a worker; '' = none")
    fsync: bool = Field(True, description="wait for the disk on every insert (off in `demo` and `run`)")
    facts_retention: Duration = Field(timedelta(days=400), description="how long single events are kept")
    replicated: bool = Field(False, description="a ClickHouse server: use Replicated* tables (recommended)")
    cluster: str = Field("", pattern=r"[A-Za-z0-9_.{}-]{0,100}", description="… and ON CLUSTER this name")

    @model_validator(mode="after")
    def _windows_are_ordered(self) -> Self:
        if self.duplicate_window_rows > self.duplicate_window_rows_max:
            raise ValueError("duplicate_window_rows is larger than duplicate_window_rows_max")
        return self

    def kafka_address(self) -> KafkaAddress:
        """Return where Kafka is and how it lets us in.

        Raises:
            UsageError: these settings name no address or no way in that can work.
        """
        password = self.kafka_password.get_secret_value() if self.kafka_password else None
        security = Security(
            self.kafka_username, password, self.kafka_sasl_mechanism, self.kafka_tls, self.kafka_tls_ca
        )
        return parse_address(self.kafka, security)


def load_settings(also: Callable[[Settings], Iterable[str]] | None = None, /, **overrides: Any) -> Settings:
    """Return the settings of the environment and `.env`; `overrides` (not None) win.

    Args:
        also: names further faults of settings, told together with those found here.
    Raises:
        UsageError: lists every fault at once, by the name of its variable.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    faults: list[str] = []
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults = [
            f"{_variable(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()
        ]
        settings = _without(error, given)
    faults += also(settings) if also is not None else ()
    if faults:
        raise UsageError(
            "\n".join([f"{len(faults)} setting(s) cannot be used:", *(f"  {fault}" for fault in faults)])
        )
    return settings


def _without(error: ValidationError, given: dict[str, Any]) -> Settings:
    """Return the settings with defaults in place of what is at fault, so that the rest can be checked."""
    wrong = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
    # A fault of several settings together has no place; its sentence names them.
    together = " ".join(fault["msg"] for fault in error.errors() if not fault["loc"]).split()
    wrong |= Settings.model_fields.keys() & set(together)
    defaults = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    try:
        return Settings(**given | {name: defaults[name] for name in wrong})
    except ValidationError:
        return Settings.model_construct(**defaults | given)


def _variable(where: tuple[int | str, ...]) -> str:
    return f"TOKENTIDE_{where[0]}".upper() if where else "settings"


def unknown_variables() -> list[str]:
    """Return the TOKENTIDE_* variables of the environment that are no setting: most likely misspelt."""
    known = {f"TOKENTIDE_{name.upper()}" for name in Settings.model_fields}
    mine = (name for name in os.environ if name.upper().startswith("TOKENTIDE_"))
    return sorted(name for name in mine if name.upper() not in known and not name.startswith(_NOT_SETTINGS))
