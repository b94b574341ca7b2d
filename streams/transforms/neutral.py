"""Columns that add nothing: what a row of one family holds in the columns of another."""

import numpy as np
import pyarrow as pa


def neutral(kind: pa.DataType, rows: int) -> pa.Array:
    """Return `rows` zeros, empty strings, lists or maps of an Arrow type."""
    if pa.types.is_map(kind):
        keys, items = pa.array([], kind.key_type), pa.array([], kind.item_type)
        return pa.MapArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), keys, items)
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], kind.value_type))
    if pa.types.is_dictionary(kind):
        return neutral(kind.value_type, rows).dictionary_encode()
    if pa.types.is_string(kind):
        return pa.repeat(pa.scalar("", kind), rows)
    if pa.types.is_fixed_size_binary(kind):
        return pa.Array.from_buffers(kind, rows, [None, pa.py_buffer(bytes(rows * kind.byte_width))])
    return pa.array(np.zeros(rows, f"u{kind.bit_width // 8}")).view(kind)


def completed(columns: dict[str, pa.Array], schema: pa.Schema, rows: int) -> pa.RecordBatch:
    """Return a batch of `schema` from some of its columns, the others neutral."""
    arrays = [columns[field.name] if field.name in columns else neutral(field.type, rows) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
