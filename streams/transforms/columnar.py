"""Many proven messages parsed at once, and those that spoil a parse found.

What passes here is rows = messages with the ids the pre-scan saw; everything else is a suspect and is read alone.
"""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.json as arrow_json

from tokentide.schemas.strict_json import MAX_DEPTH, too_deep
from tokentide.streams.transforms.one_by_one import one_by_one
from tokentide.streams.transforms.parse_schema import Shape, parse_schema
from tokentide.streams.transforms.prescan import Group, Parsed

LEAF: Final = 256
"""Messages read alone at most, when nothing tells which of them spoils a parse."""
FEW: Final = 8
"""Messages for which reading them alone is cheaper than another columnar parse."""

SPOILT: Final = (pa.ArrowException, ValueError, OverflowError)
"""What Arrow raises over values it cannot take."""

_ROW: Final = re.compile(r"in row (\d+)\Z")


class MisalignedError(ValueError):
    """A parse returned other rows than the messages it was given."""


def parse(group: Group, shape: Shape, parsed: Parsed, wary: bool) -> bool:
    """Parse a group into `parsed`, every message either as a row or as a suspect.

    Args:
        group: messages proven alone, all of one shape.
        shape: their shape.
        parsed: receives tables, rows and suspects.
        wary: expect a spoilt group and do not try it as a whole first.

    Returns:
        Whether the group was, or would have been, spoilt.
    """
    if not wary:
        try:
            parsed.tables.append(_table(group, shape))
            parsed.rows += group.rows
        except SPOILT:
            pass
        else:
            return False
    before = len(parsed.suspects)
    unproven = one_by_one(group, shape, parsed)
    if len(unproven) <= FEW:
        parsed.suspects += unproven.rows
    else:
        _parse_parts(unproven, shape, parsed)
    return len(parsed.suspects) > before


def _parse_parts(group: Group, shape: Shape, parsed: Parsed) -> None:
    waiting = [group]
    while waiting:
        part = waiting.pop()
        if not part:
            continue
        try:
            parsed.tables.append(_table(part, shape))
            parsed.rows += part.rows
        except SPOILT as fault:
            waiting += reversed(_split(part, str(fault), parsed.suspects))


def _table(group: Group, shape: Shape) -> pa.Table:
    joined = b"\n".join(group.values)
    if not joined.isascii():
        joined.decode("utf-8")
    if _nesting(joined, len(group)) and any(map(too_deep, group.values)):
        raise MisalignedError("a message nests too deep")
    table = arrow_json.read_json(
        pa.BufferReader(joined),
        read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(joined) + 1),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=parse_schema(shape), unexpected_field_behavior="ignore"
        ),
    )
    if not _aligned(table.column("event_id"), group.ids):
        raise MisalignedError("the rows are not the messages")
    return table


def _nesting(joined: bytes, messages: int) -> bool:
    """Tell whether any message could nest too deep: each has one bracket at least, one may have the rest."""
    text = np.frombuffer(joined, np.uint8)
    brackets = sum(int(np.count_nonzero(text == ord(bracket))) for bracket in "{[")
    return brackets - messages >= MAX_DEPTH


def _aligned(column: pa.ChunkedArray, ids: list[str]) -> bool:
    """Tell whether the rows are the messages: as many, with the same ids in the same order."""
    return column.num_chunks == 1 and bool(column.chunk(0).equals(pa.array(ids, pa.string())))


def _split(group: Group, fault: str, suspects: list[int]) -> list[Group]:
    """Return the parts of a spoilt group still worth parsing; the row a fault names becomes a suspect."""
    row = _ROW.search(fault)
    if row and int(row[1]) < len(group):
        at = int(row[1])
        suspects.append(group.rows[at])
        return [group.part(0, at), group.part(at + 1, len(group))]
    if len(group) > LEAF:
        half = len(group) // 2
        return [group.part(0, half), group.part(half, len(group))]
    suspects += group.rows
    return []
