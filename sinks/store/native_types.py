"""Types by name, as far as needed to step over their values in the Native format.

Source: ClickHouse's serializations in bulk: a column's state prefixes come first, parts before wholes, then
its streams one after another; tried against the engine for every type here.
"""

import functools
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from tokentide.sinks.store.errors import StoreError

_WIDTHS: Final = {
    1: ("Int8", "UInt8", "Bool", "Enum8", "Nothing"),
    2: ("Int16", "UInt16", "Date", "Enum16", "BFloat16"),
    4: ("Int32", "UInt32", "Float32", "Date32", "DateTime", "Decimal32", "IPv4", "Time"),
    8: ("Int64", "UInt64", "Float64", "DateTime64", "Decimal64", "Time64"),
    16: ("Int128", "UInt128", "UUID", "IPv6", "Decimal128"),
    32: ("Int256", "UInt256", "Decimal256"),
}
_WIDTH: Final = {name: width for width, names in _WIDTHS.items() for name in names}
_GEO: Final = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "Polygon": "Array(Ring)",
    "MultiLineString": "Array(LineString)",
    "MultiPolygon": "Array(Polygon)",
}
_SHAPE: Final = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)
_MEMBER: Final = re.compile(r"(?:\w+|`(?:[^`\\]|\\.)*`)\s+(?=[A-Z])", re.DOTALL)
_QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|.", re.DOTALL)
_DECIMALS: Final = ((9, 4), (18, 8), (38, 16), (76, 32))
_KEYS_IN_DICTIONARY: Final = 1 << 9
_KEY_WIDTH: Final = 0xFF


class Type(Protocol):
    """Knows how its values lie in a column."""

    def skip_prefix(self, data: bytes, at: int) -> int:
        """Return where the state before the values ends."""

    def skip(self, data: bytes, at: int, rows: int) -> int:
        """Return where the values of rows rows end."""


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Values of one width."""

    width: int

    def skip_prefix(self, _: bytes, at: int) -> int:
        return at

    def skip(self, _: bytes, at: int, rows: int) -> int:
        return at + self.width * rows


@dataclass(frozen=True, slots=True)
class _Text:
    """Texts, each after its length."""

    def skip_prefix(self, _: bytes, at: int) -> int:
        return at

    def skip(self, data: bytes, at: int, rows: int) -> int:
        for _ in range(rows):
            length = data[at]
            at += 1
            if length >= 0x80:
                length, shift = length & 0x7F, 7
                while True:
                    byte = data[at]
                    at += 1
                    length |= (byte & 0x7F) << shift
                    if byte < 0x80:
                        break
                    shift += 7
            at += length
        return at


@dataclass(frozen=True, slots=True)
class _Nullable:
    """A byte for each row, then the values."""

    inner: Type

    def skip_prefix(self, data: bytes, at: int) -> int:
        return self.inner.skip_prefix(data, at)

    def skip(self, data: bytes, at: int, rows: int) -> int:
        return self.inner.skip(data, at + rows, rows)


@dataclass(frozen=True, slots=True)
class _Array:
    """The end of each row's part, then the parts; maps and nested columns too."""

    inner: Type

    def skip_prefix(self, data: bytes, at: int) -> int:
        return self.inner.skip_prefix(data, at)

    def skip(self, data: bytes, at: int, rows: int) -> int:
        end = at + 8 * rows
        return self.inner.skip(data, end, _number(data, end - 8) if rows else 0)


@dataclass(frozen=True, slots=True)
class _Tuple:
    """One column after the other."""

    parts: tuple[Type, ...]

    def skip_prefix(self, data: bytes, at: int) -> int:
        for part in self.parts:
            at = part.skip_prefix(data, at)
        return at

    def skip(self, data: bytes, at: int, rows: int) -> int:
        if not self.parts:
            return at + rows
        for part in self.parts:
            at = part.skip(data, at, rows)
        return at


@dataclass(frozen=True, slots=True)
class _LowCardinality:
    """A version before all; a dictionary, then the rows' places in it."""

    inner: Type

    def skip_prefix(self, _: bytes, at: int) -> int:
        return at + 8

    def skip(self, data: bytes, at: int, rows: int) -> int:
        if not rows:
            return at
        flags = _number(data, at)
        at += 8
        if flags & _KEYS_IN_DICTIONARY:
            at = self.inner.skip(data, at + 8, _number(data, at))
        width = 1 << (flags & _KEY_WIDTH)
        return at + 8 + width * _number(data, at)


@functools.lru_cache(maxsize=1024)
def read_type(name: str) -> Type:
    """Return the type of this name.

    Raises:
        StoreError: values of this type cannot be stepped over.
    """
    found = _SHAPE.fullmatch(name.strip())
    head, inside = (found[1], split(found[2] or "")) if found else (name, [])
    if head in _GEO:
        return read_type(_GEO[head])
    if head in _WIDTH or head.startswith("Interval"):
        return _Fixed(_WIDTH.get(head, 8))
    if head not in _COMPOUND:
        text = f"Native with client_protocol_version cannot carry {name}: convert it, or ask for another format"
        raise StoreError(48, "NOT_IMPLEMENTED", text)
    return _COMPOUND[head](inside)


def _decimal(inside: list[str]) -> Type:
    return _Fixed(next(width for digits, width in _DECIMALS if int(inside[0]) <= digits))


def _low_cardinality(inside: list[str]) -> Type:
    """Return it with the type of its dictionary, which knows no null."""
    inner = read_type(inside[0])
    return _LowCardinality(inner.inner if isinstance(inner, _Nullable) else inner)


def _member(text: str) -> Type:
    """Return the type of a tuple's member, which may have a name."""
    return read_type(_MEMBER.sub("", text.strip(), count=1) if _MEMBER.match(text.strip()) else text)


_COMPOUND: Final[dict[str, Callable[[list[str]], Type]]] = {
    "String": lambda _: _Text(),
    "FixedString": lambda inside: _Fixed(int(inside[0])),
    "Decimal": _decimal,
    "Nullable": lambda inside: _Nullable(read_type(inside[0])),
    "Array": lambda inside: _Array(read_type(inside[0])),
    "Map": lambda inside: _Array(_Tuple(tuple(map(read_type, inside)))),
    "Nested": lambda inside: _Array(_Tuple(tuple(map(_member, inside)))),
    "Tuple": lambda inside: _Tuple(tuple(map(_member, inside))),
    "SimpleAggregateFunction": lambda inside: read_type(inside[-1]),
    "LowCardinality": _low_cardinality,
}


def split(inside: str) -> list[str]:
    """Return the arguments of a type, split at the commas of its own level."""
    parts, depth = [""], 0
    for piece in _QUOTED.findall(inside):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts if part.strip()]


def _number(data: bytes, at: int) -> int:
    number: int = struct.unpack_from("<Q", data, at)[0]
    return number
