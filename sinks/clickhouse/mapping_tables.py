"""Fill the tables of content categories and of countries, once per version of the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from tokentide.schemas import categories, places
from tokentide.schemas.catalogue.catalogue import VERSION
from tokentide.sinks.clickhouse.store import Store

_CATEGORY_COLUMNS: Final = ("prefix", "category", "bucket", "basis")
_PLACE_COLUMNS: Final = ("code", "name", "continent")


def fill_categories(store: Store) -> None:
    """Add the lines of the category map under the catalogue's version, unless the store has that version."""
    lines = categories.load().lines
    _fill(
        store, "catalogue_categories", {name: [getattr(line, name) for line in lines] for name in _CATEGORY_COLUMNS}
    )


def fill_places(store: Store) -> None:
    """Add the countries under the catalogue's version, unless the store has that version."""
    lines = places.load().lines
    _fill(store, "catalogue_places", {name: [getattr(line, name) for line in lines] for name in _PLACE_COLUMNS})


def _fill(store: Store, table: str, texts: Mapping[str, Sequence[str]]) -> None:
    sql = f"SELECT count() AS found FROM {table} WHERE catalogue = {{version:UInt32}}"
    if store.rows(sql, {"version": VERSION})[0]["found"]:
        return
    rows = len(next(iter(texts.values())))
    columns = {"catalogue": pa.array([VERSION] * rows, pa.uint32())}
    columns |= {name: pa.array(values, pa.string()) for name, values in texts.items()}
    schema = pa.schema([pa.field(name, column.type, nullable=False) for name, column in columns.items()])
    store.insert_unsettled(table, pa.table(columns, schema), f"{table}:{VERSION}:{store.boot}")
