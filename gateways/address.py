"""Where Kafka is and how to be let in: `kafka://user:password@host:9092,host2:9092?tls=true`."""

import ssl
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tokentide.schemas.errors import UsageError

MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_FORM: Final = "kafka://[user:password@]host:9092[,host:9092][?tls=true&ca=FILE&mechanism=NAME]"
_SWITCH: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """Bootstrap servers with SASL and TLS settings; the password is in no text form of it."""

    servers: tuple[str, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = "SCRAM-SHA-512"
    tls: bool = False
    ca_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not work or would send a password in the clear.

        Raises:
            UsageError: names the setting.
        """
        if not self.servers or not all(map(_is_server, self.servers)):
            raise UsageError(f"The Kafka address names no host:port; write {_FORM}.")
        if self.mechanism not in MECHANISMS:
            raise UsageError(f"Kafka's SASL mechanism is {self.mechanism!r}, not one of {', '.join(MECHANISMS)}.")
        if (self.username is None) != (self.password is None):
            raise UsageError("Kafka's user name and password must be given together.")
        if self.username is not None and self.mechanism == "PLAIN" and not self.tls:
            raise UsageError("SASL PLAIN without TLS sends Kafka's password readable: set tls=true or use SCRAM.")

    def __str__(self) -> str:
        return f"kafka://{','.join(self.servers)}"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the address that `url` spells.

        Raises:
            UsageError: not of the form above; the message holds no password.
        """
        parts = urlsplit(url)
        if parts.scheme != "kafka" or parts.path not in ("", "/") or parts.fragment:
            raise UsageError(f"The Kafka address starts with {parts.scheme or 'nothing'}://…; write {_FORM}.")
        login, _, hosts = parts.netloc.rpartition("@")
        username, colon, password = login.partition(":")
        return cls(
            servers=tuple(hosts.split(",")),
            username=unquote(username) if login else None,
            password=unquote(password) if colon else None,
            **_options(parts),
        )

    def client_options(self) -> dict[str, Any]:
        """Return the connection arguments of an aiokafka client.

        Raises:
            UsageError: the certificate authority's file cannot be read.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "security_protocol": self._protocol(),
        }
        if self.tls:
            options["ssl_context"] = _tls(self.ca_file)
        if self.username is not None:
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def _protocol(self) -> str:
        transport = "SSL" if self.tls else "PLAINTEXT"
        return transport if self.username is None else f"SASL_{transport}"


def _is_server(server: str) -> bool:
    host, _, port = server.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) < 65536


def _options(parts: SplitResult) -> dict[str, Any]:
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    options: dict[str, Any] = {}
    if "tls" in given:
        options["tls"] = _SWITCH.get(tls := given.pop("tls"))
        if options["tls"] is None:
            raise UsageError(f"tls={tls} in the Kafka address is neither true nor false.")
    if "ca" in given:
        options["ca_file"] = given.pop("ca")
    if "mechanism" in given:
        options["mechanism"] = given.pop("mechanism").upper()
    if given:
        raise UsageError(f"The Kafka address knows no option {sorted(given)[0]!r}; write {_FORM}.")
    return options


def _tls(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"Kafka's certificate authority file {ca_file} cannot be used: {error}.") from None
