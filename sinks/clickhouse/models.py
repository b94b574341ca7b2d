"""Fill the model table from the catalogue, once per version of the catalogue."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.catalogue import Catalogue, load
from tokentide.sinks.clickhouse.store import Store


def _text(name: str) -> pa.Field:
    return pa.field(name, pa.string(), nullable=False)


_SCHEMA: Final = pa.schema(
    [
        pa.field("catalogue", pa.uint32(), nullable=False),
        *map(_text, ("slug", "author", "name", "author_country")),
        pa.field("open_weights", pa.bool_()),
        pa.field("params_total_b", pa.decimal128(9, 3)),
        pa.field("params_active_b", pa.decimal128(9, 3)),
        pa.field("reasoning", pa.bool_()),
        pa.field("tool_call", pa.bool_()),
        pa.field("release_date", pa.date32()),
        *(pa.field(name, pa.uint64()) for name in ("prompt_pico", "completion_pico", "cached_pico")),
    ]
)


def fill_models(store: Store, catalogue: Catalogue | None = None) -> None:
    """Add the catalogue's models under its version, unless the store has that version."""
    catalogue = catalogue or load()
    sql = "SELECT count() AS models FROM catalogue_models WHERE catalogue = {version:UInt32}"
    if store.rows(sql, {"version": catalogue.version})[0]["models"] == 0:
        rows = pa.Table.from_pylist(list(_rows(catalogue)), _SCHEMA)
        store.insert_unsettled("catalogue_models", rows, f"catalogue:{catalogue.version}:{store.boot}")


def _rows(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    for facts in catalogue.models:
        prices = catalogue.prices(facts.slug)
        newest = prices[-1] if prices else None
        yield {
            **{name: value for name, value in asdict(facts).items() if name in _SCHEMA.names},
            "catalogue": catalogue.version,
            "author_country": facts.author_country or "",
            "prompt_pico": newest and newest.prompt_pico,
            "completion_pico": newest and newest.completion_pico,
            "cached_pico": newest and newest.cached_pico,
        }
