"""What the parsers are told to look for: derived from the wire model, aliases included.

A time or a cost comes as text or as a number, and a columnar parse wants one type per column: so messages are
grouped by their `Shape` and each group is parsed with a schema of its own.
"""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal, NamedTuple, get_origin

import msgspec
import pyarrow as pa

from tokentide.schemas.columns import bare_type
from tokentide.schemas.usage_event import ALIASES, FIELDS

LABELS: Final = pa.list_(pa.struct([("path", pa.string()), ("confidence", pa.float64())]))


class Shape(NamedTuple):
    """Whether a message's time is text (else a number) and its cost text (else a number or absent)."""

    text_time: bool
    text_cost: bool


@cache
def parse_schema(shape: Shape) -> pa.Schema:
    """Return the Arrow types of the wire names, as messages of this shape write them."""
    return pa.schema([(wire, _wire_type(ALIASES.get(wire, wire), shape)) for wire in (*FIELDS, *ALIASES)])


def _wire_type(name: str, shape: Shape) -> pa.DataType:
    kind, _ = bare_type(name)
    if kind is datetime:
        return pa.string() if shape.text_time else pa.int64()
    if kind is Decimal:
        return pa.string() if shape.text_cost else pa.float64()
    if kind is str or get_origin(kind) is Literal:
        return pa.string()
    return {int: pa.int64(), float: pa.float64(), bool: pa.bool_()}.get(kind, LABELS)


_INT64: Final = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_SEEN_BY_HEAD: Final = {str: str, datetime: _INT64 | str, Decimal: float | str | None}

Head: Final = msgspec.defstruct(
    "Head",
    [
        (name, _SEEN_BY_HEAD[bare_type(name)[0]], *((None,) if bare_type(name)[1] else ()))
        for name in ("event_id", "event_time", "cost_usd")
    ],
    gc=False,
)
"""The tiny struct each message is proven against: one complete JSON object with an id and a time."""


class LabelStruct(msgspec.Struct, gc=False):
    """A label with both of its keys."""

    path: str
    confidence: float


def _struct_type(name: str) -> Any:
    kind, _ = bare_type(name)
    if kind is int:
        return _INT64 | None
    if kind in _SEEN_BY_HEAD and kind is not str:
        return _SEEN_BY_HEAD[kind]
    if kind is str or get_origin(kind) is Literal:
        return str | None
    return {float: float | None, bool: bool | None}.get(kind, list[LabelStruct] | None)


Whole: Final = msgspec.defstruct(
    "Whole",
    [(wire, _struct_type(ALIASES.get(wire, wire)), None) for wire in (*FIELDS, *ALIASES)],
    gc=False,
)
"""Every wire name with its type: what a message of a spoilt block is read into, alone."""


def shape_of(head: Any) -> Shape:
    """Return the shape of a message from its head."""
    return Shape(type(head.event_time) is str, type(head.cost_usd) is str)
