"""Opening a store that must exist already, for commands that only read it."""

from tokentide.schemas.errors import UserError
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.address import EmbeddedAddress, parse_address
from tokentide.sinks.clickhouse.migrate import pending
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store


def open_existing(url: str | None) -> Store:
    """Open the store of the settings or of `url`; one that was not closed cleanly is repaired first.

    Raises:
        UserError: there is no store there, or its schema is older than this program.
    """
    where = load_settings(store=url).store
    address = parse_address(where)
    if isinstance(address, EmbeddedAddress) and not address.path.is_dir():
        raise UserError(f"There is no store at {where} yet: `tokentide migrate` makes one.")
    store = open_store(where)
    try:
        if pending(store):
            raise UserError(f"The store at {where} needs `tokentide migrate` first.")
    except BaseException:
        store.close()
        raise
    return store
