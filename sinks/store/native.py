"""ClickHouse's Native format with the additions that a protocol revision asks for.

The engine writes Native as files have it. A client that names a revision (`client_protocol_version`: Go's)
expects what the protocol between servers has: a block info before each block, and after the type of each column
a marker for serializations of its own. Where a column ends is known only by its type, so every value is stepped
over here.
Source: ClickHouse `src/Formats/NativeWriter.cpp`; block info since 54405, the marker since 54454.
"""

from collections.abc import Callable
from typing import Final

from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.native_types import Type, read_type

FIRST_REVISION: Final = 54454
# Field 1: is_overflows = false; field 2: bucket_num = -1; 0: the end.
_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_NO_MARKER: Final = b"\x00"
_DIGIT: Final = 7


def revised(data: bytes, types: Callable[[str], Type] = read_type) -> bytes:
    """Return whole blocks of plain Native as a client of FIRST_REVISION or later expects them.

    Args:
        data: one block or several.
        types: reads a type's name.

    Raises:
        StoreError: a column has a type whose values cannot be stepped over.
    """
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        at = _block(data, at, parts, types)
    return b"".join(parts)


def _block(data: bytes, at: int, parts: list[bytes], types: Callable[[str], Type]) -> int:
    columns, after = varint(data, at)
    rows, after = varint(data, after)
    parts += (_BLOCK_INFO, data[at:after])
    at = after
    for _ in range(columns):
        _, after = _text(data, at)
        name, after = _text(data, after)
        kind = types(name)
        parts += (data[at:after], _NO_MARKER)
        end = kind.skip(data, kind.skip_prefix(data, after), rows) if rows else after
        parts.append(data[after:end])
        at = end
    if at > len(data):
        raise StoreError(1002, "UNKNOWN_EXCEPTION", "A block of the engine ends too early")
    return at


def _text(data: bytes, at: int) -> tuple[str, int]:
    length, at = varint(data, at)
    return data[at : at + length].decode(), at + length


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number of variable length at this place, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += _DIGIT
