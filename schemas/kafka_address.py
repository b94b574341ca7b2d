"""Where the broker is: `kafka://host:9092[,host2:9092]` with SASL and TLS, or `embedded://`."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tokentide.schemas.errors import UsageError

FORM: Final = "kafka://[user:password@]host:9092[,host:9092][?tls=true&ca=FILE&mechanism=NAME] or embedded://"
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
DEFAULT_PORT: Final = 9092


@dataclass(frozen=True, slots=True)
class Security:
    """How to be let in: SASL where a user name is given, TLS where `tls`; no text form holds the password."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = "SCRAM-SHA-512"
    tls: bool = False
    ca_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work, or would send the password readable."""
        if self.mechanism not in MECHANISMS:
            raise UsageError(f"Kafka's SASL mechanism is {self.mechanism!r}, not one of {', '.join(MECHANISMS)}.")
        if (self.username is None) != (self.password is None):
            raise UsageError("Kafka's user name and password must be given together.")
        if self.username is not None and self.mechanism == "PLAIN" and not self.tls:
            raise UsageError("SASL PLAIN without TLS sends Kafka's password readable: switch TLS on or use SCRAM.")

    @property
    def protocol(self) -> str:
        """Kafka's name for it: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
        transport = "SSL" if self.tls else "PLAINTEXT"
        return transport if self.username is None else f"SASL_{transport}"

    def ssl_context(self) -> ssl.SSLContext | None:
        """What TLS trusts; None without TLS.

        Raises:
            UsageError: the certificate authority's file cannot be used.
        """
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"Kafka's certificate authority file {self.ca_file} cannot be used: {error}.") from None


NO_SECURITY: Final = Security()


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """Bootstrap servers as `host:port`, none for the embedded broker, and how to be let in."""

    servers: tuple[str, ...]
    security: Security = NO_SECURITY

    @property
    def embedded(self) -> bool:
        """Whether the broker is the one that the process starts in itself."""
        return not self.servers

    @property
    def bootstrap(self) -> str:
        """The servers, comma separated, as Kafka clients take them."""
        return ",".join(self.servers)

    @property
    def faust_url(self) -> str:
        """The servers as Faust takes them."""
        return ";".join(f"kafka://{server}" for server in self.servers)

    def __str__(self) -> str:
        return "embedded://" if self.embedded else f"kafka://{self.bootstrap}"

    def client_options(self) -> dict[str, Any]:
        """Connection arguments of any aiokafka client.

        Raises:
            UsageError: the certificate authority's file cannot be used.
        """
        security = self.security
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "security_protocol": security.protocol,
            "ssl_context": security.ssl_context(),
        }
        if security.username is not None:
            options |= {
                "sasl_mechanism": security.mechanism,
                "sasl_plain_username": security.username,
                "sasl_plain_password": security.password,
            }
        return options


def parse_address(url: str, security: Security = NO_SECURITY) -> KafkaAddress:
    """Read a broker address; what the URL says of user, TLS and mechanism wins over `security`.

    Raises:
        UsageError: not of the form `FORM`; the message holds no password.
    """
    parts = urlsplit(url)
    if parts.scheme == "embedded" and not (parts.netloc or parts.path.strip("/") or parts.query):
        return KafkaAddress(())
    if parts.scheme != "kafka" or parts.path not in ("", "/") or parts.fragment:
        raise UsageError(f"The Kafka address starts with {parts.scheme or 'nothing'}://…; write {FORM}.")
    login, _, hosts = parts.netloc.rpartition("@")
    servers = tuple(_server(host) for host in hosts.split(","))
    return KafkaAddress(servers, _security(login, dict(parse_qsl(parts.query, keep_blank_values=True)), security))


def _server(text: str) -> str:
    host, colon, port = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "")
    number = port if colon else str(DEFAULT_PORT)
    if not host or not number.isdecimal() or not 0 < int(number) < 65_536:
        raise UsageError(f"The Kafka address names no host:port where it says {text!r}; write {FORM}.")
    return f"{host}:{number}"


def _security(login: str, options: Mapping[str, str], base: Security) -> Security:
    if unknown := set(options) - {"tls", "ca", "mechanism"}:
        raise UsageError(f"The Kafka address knows no option {min(unknown)!r}; write {FORM}.")
    if (tls := options.get("tls")) not in (None, "true", "false"):
        raise UsageError(f"tls={tls} in the Kafka address is neither true nor false.")
    username, colon, password = login.partition(":")
    return Security(
        username=unquote(username) if login else base.username,
        password=(unquote(password) if colon else None) if login else base.password,
        mechanism=options.get("mechanism", base.mechanism).upper(),
        tls=base.tls if tls is None else tls == "true",
        ca_file=options.get("ca", base.ca_file),
    )
