"""Open a store by its URL: one way in for the embedded engine and for servers."""

from tokentide.sinks.clickhouse.address import Address, ServerAddress, parse_address
from tokentide.sinks.clickhouse.boots import newest_boot, settle
from tokentide.sinks.clickhouse.check_schema import check_schema
from tokentide.sinks.clickhouse.client import connect, memory_default
from tokentide.sinks.clickhouse.embedded import EngineFolder
from tokentide.sinks.clickhouse.migrate import pending
from tokentide.sinks.clickhouse.store import Options, Store
from tokentide.sinks.clickhouse.table_settings import apply_fsync


def open_store(
    url: str,
    *,
    fsync: bool = False,
    readonly: bool = False,
    memory_bytes: int | None = None,
    readers: int = 2,
) -> Store:
    """Open the store at `chdb:///path` or `clickhouse(s)://user:password@host:port/database`.

    An embedded engine that was not closed cleanly is repaired before this returns (if its schema is
    current; else `migrate` repairs it), and gets a new boot id.

    Args:
        url: where the store is.
        fsync: wait for the disk on every insert.
        readonly: refuse commands and inserts; an embedded folder is opened read-only and not repaired.
        memory_bytes: most memory the embedded engine uses; by default half of the machine, 4 GiB at most.
        readers: queries that may run at once.

    Raises:
        UsageError: the URL is no store address.
        UserError: the folder or the server cannot be used; says why.
    """
    address = parse_address(url)
    options = Options(memory_bytes or memory_default(), fsync=fsync, readonly=readonly, readers=readers)
    store = _opened(address, options)
    try:
        _make_ready(store)
    except BaseException:
        store.close()
        raise
    return store


def _opened(address: Address, options: Options) -> Store:
    if isinstance(address, ServerAddress):
        return Store(address, connect(address, options.memory_bytes), options)
    folder = EngineFolder(address.path)
    folder.prepare(readonly=options.readonly)
    client = connect(address, options.memory_bytes, readonly=options.readonly)
    store = Store(address, client, options, folder=folder)
    if not options.readonly:
        store.opening = folder.begin()
    return store


def _make_ready(store: Store) -> None:
    """Settle a store whose tables are current (views of reports may be older); leave any other to `migrate`."""
    if store.readonly:
        store.boot = newest_boot(store) or store.boot
    elif all(migration.repeatable for migration in pending(store)):
        check_schema(store)
        apply_fsync(store)
        settle(store)
