"""A real Metadata request over a plain socket: the only honest answer to "is the broker ready?"."""

import socket
import struct
from dataclasses import dataclass

METADATA_KEY = 3
METADATA_VERSION = 1


@dataclass(frozen=True)
class Metadata:
    """What a broker says of its cluster: ids of the live brokers, and the controller (-1: none yet)."""

    brokers: tuple[int, ...]
    controller: int


def metadata(port: int, *, host: str = "127.0.0.1", timeout_s: float = 2.0) -> Metadata:
    """Ask the broker on `port`.

    Raises:
        OSError: nothing listens there, or it does not answer within `timeout_s`.
    """
    client = b"tokentide-probe"
    header = struct.pack(">hhih", METADATA_KEY, METADATA_VERSION, 1, len(client)) + client
    request = header + struct.pack(">i", 0)
    with socket.create_connection((host, port), timeout=timeout_s) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (length,) = struct.unpack(">i", _read(connection, 4))
        return parse(_read(connection, length))


def parse(response: bytes) -> Metadata:
    """Read a Metadata v1 response, correlation id first, topics ignored."""
    (count,) = struct.unpack_from(">i", response, 4)
    at = 8
    brokers = []
    for _ in range(count):
        (node,) = struct.unpack_from(">i", response, at)
        brokers.append(node)
        at = _skip_string(response, at + 4) + 4
        at = _skip_string(response, at)
    (controller,) = struct.unpack_from(">i", response, at)
    return Metadata(tuple(sorted(brokers)), controller)


def _skip_string(response: bytes, at: int) -> int:
    length: int = struct.unpack_from(">h", response, at)[0]
    return at + 2 + max(length, 0)


def _read(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            raise ConnectionError("the broker closed the connection")
        data += part
    return data
