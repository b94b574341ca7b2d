"""Where a worker shows its metrics: `host:port`."""

from dataclasses import dataclass

from tokentide.schemas.errors import UsageError


@dataclass(frozen=True, slots=True)
class MetricsAddress:
    """A host to listen on and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_metrics_address(text: str) -> MetricsAddress:
    """Return the address that `text` names.

    Raises:
        UsageError: it is not host:port.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"TOKENTIDE_METRICS_ADDRESS is {text!r}: write host:port, such as 127.0.0.1:9464")
    return MetricsAddress(host, int(port))
