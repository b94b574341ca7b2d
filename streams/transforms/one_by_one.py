"""Messages of a spoilt block, each parsed alone and typed, then gathered into columns.

msgspec keeps the last of two equal keys and says nothing, so each message must also prove that it has none. Every
string has two quotes, and a third if one is escaped in it; so a message has at least the quotes of the strings its
struct explains (each key that has a value, each text), and if it has no more, no key was repeated, unknown or null.
A message that does not prove it is returned. (Depth and UTF-8 of what msgspec skips need no look here: it skips
unknown fields only, so such a message is never proven.)
"""

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokentide.streams.transforms.parse_schema import LabelStruct, Shape, Whole, parse_schema
from tokentide.streams.transforms.prescan import MALFORMED, Group, Parsed

_QUOTES_PER_LABEL: Final = 6
_whole: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(Whole).decode


def one_by_one(group: Group, shape: Shape, parsed: Parsed) -> Group:
    """Add the proven messages of a group to `parsed` as a table, the malformed as suspects; return the others."""
    typed, structs = _typed(group, parsed.suspects)
    if not structs:
        return typed
    table = _table(structs, parse_schema(shape))
    proven = _quotes(typed.values) == _explained(table)
    if proven.all():
        _keep(table, typed.rows, parsed)
        return Group()
    _keep(table.filter(pa.array(proven)), list(compress(typed.rows, proven)), parsed)
    return typed.only(np.flatnonzero(~proven).tolist())


def _keep(table: pa.Table, rows: list[int], parsed: Parsed) -> None:
    parsed.tables.append(table)
    parsed.rows += rows


def _typed(group: Group, suspects: list[int]) -> tuple[Group, list[Any]]:
    structs: list[Any] = []
    places: list[int] = []
    for at, value in enumerate(group.values):
        try:
            structs.append(_whole(value))
            places.append(at)
        except MALFORMED:
            suspects.append(group.rows[at])
    return (group if len(places) == len(group) else group.only(places)), structs


def _table(structs: Sequence[Any], schema: pa.Schema) -> pa.Table:
    columns = zip(*map(msgspec.structs.astuple, structs), strict=True)
    arrays = [
        pa.array(_plain(column) if pa.types.is_list(field.type) else column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.table(arrays, schema=schema)


def _plain(column: Sequence[list[LabelStruct] | None]) -> list[Any]:
    return [labels and [(label.path, label.confidence) for label in labels] for labels in column]


def _quotes(values: Sequence[bytes]) -> npt.NDArray[np.int64]:
    return np.fromiter((value.count(b'"') for value in values), np.int64, len(values))


def _explained(table: pa.Table) -> npt.NDArray[np.int64]:
    """Return the quotes of each row's known keys with values, their texts, and their labels' keys and paths."""
    quotes = np.zeros(table.num_rows, np.int64)
    for field, chunks in zip(table.schema, table.columns, strict=True):
        column = chunks.chunk(0)
        if column.null_count == len(column):
            continue
        weight = 4 if pa.types.is_string(field.type) else 2
        quotes += weight * column.is_valid().to_numpy(zero_copy_only=False)
        if pa.types.is_list(field.type):
            quotes += _QUOTES_PER_LABEL * column.value_lengths().fill_null(0).to_numpy()
    return quotes
