"""Each message looked at alone, before any is joined with another: length, one JSON object, id and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard, cast

import msgspec
import pyarrow as pa

from tokentide.schemas.strict_json import MAX_BYTES
from tokentide.streams.transforms.parse_schema import Head, Shape, shape_of

MALFORMED: Final = (ValueError, RecursionError, OverflowError)
"""What msgspec raises for a message it cannot read (a depth bomb is a RecursionError)."""

_head: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(Head).decode


@dataclass(slots=True)
class Group:
    """Messages of one shape, in order: their index, their bytes, and the id each was seen to carry."""

    rows: list[int] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, start: int, end: int) -> "Group":
        """Return the messages from `start` to before `end`."""
        return Group(self.rows[start:end], self.values[start:end], self.ids[start:end])

    def only(self, places: Sequence[int]) -> "Group":
        """Return the messages at these places."""
        return Group(
            [self.rows[at] for at in places], [self.values[at] for at in places], [self.ids[at] for at in places]
        )


@dataclass(slots=True)
class Parsed:
    """Tables of wire columns with the index of each of their rows, and the indexes of suspects."""

    tables: list[pa.Table] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    suspects: list[int] = field(default_factory=list)


def prescan(values: Sequence[bytes | None], start: int, end: int) -> tuple[dict[Shape, Group], list[int]]:
    """Return the messages of values[start:end] that may be joined, by shape, and the indexes of the others."""
    rows = list(range(start, end))
    part = list(values[start:end])
    if not _all_sized(part):
        return _prescan_each(values, rows)
    try:
        heads = list(map(_head, part))
    except MALFORMED:
        return _prescan_each(values, rows)
    return _grouped(Group(rows, part, []), heads), []


def _all_sized(part: list[bytes | None]) -> TypeGuard[list[bytes]]:
    return None not in part and max(map(len, cast("list[bytes]", part)), default=0) <= MAX_BYTES


def _prescan_each(values: Sequence[bytes | None], rows: list[int]) -> tuple[dict[Shape, Group], list[int]]:
    heads, suspects, sound = [], [], Group()
    for index in rows:
        value = values[index]
        try:
            if value is None or len(value) > MAX_BYTES:
                raise ValueError("nothing to look into")
            heads.append(_head(value))
        except MALFORMED:
            suspects.append(index)
        else:
            sound.rows.append(index)
            sound.values.append(value)
    return _grouped(sound, heads), suspects


def _grouped(group: Group, heads: list[Any]) -> dict[Shape, Group]:
    """Return the messages by shape; nearly always all have the same."""
    group.ids = [head.event_id for head in heads]
    times, costs = {type(head.event_time) for head in heads}, {type(head.cost_usd) for head in heads}
    if len(times) == 1 and (len(costs) == 1 or str not in costs):
        return {shape_of(heads[0]): group}
    places: dict[Shape, list[int]] = {}
    for at, head in enumerate(heads):
        places.setdefault(shape_of(head), []).append(at)
    return {shape: group.only(found) for shape, found in places.items()}
