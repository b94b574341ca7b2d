"""The embedded engine of one folder: opened locked down, repaired, and shared by private connections."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.address import EmbeddedAddress
from tokentide.sinks.clickhouse.boots import newest_boot, settle
from tokentide.sinks.clickhouse.check_schema import check_schema
from tokentide.sinks.clickhouse.client import connect, memory_default
from tokentide.sinks.clickhouse.embedded import EngineFolder
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Options, Store
from tokentide.sinks.clickhouse.table_settings import apply_fsync
from tokentide.sinks.store.connection import Connection, quoted
from tokentide.sinks.store.errors import StoreError, from_engine
from tokentide.sinks.store.grants import Limits, write_configuration

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = 64
_EXTRA: Final = 4
_AGAIN_S: Final = 0.1
_MARK: Final = "/* request "


class Engine:
    """One opening of one folder.

    Attributes:
        boot: its random id, named by the tokens of inserts.
        version: the engine's.
        timezone: the engine's.
        table_functions: lower-case names of all it knows.
        readonly: it was opened for readers only.
        limits: of readers; None if there are none.
    """

    def __init__(self, path: Path, store: Store, first: Connection, private: Path, limits: Limits | None) -> None:
        self.path = path
        self.boot = store.boot
        self.readonly = store.readonly
        self.limits = limits
        self.version, self.timezone = first.text("SELECT version(), timezone()").rstrip("\n").split("\t")
        names = first.text("SELECT lower(name) FROM system.table_functions")
        self.table_functions = frozenset(names.split())
        self._store = store
        self._first = first
        self._private = private
        self._killing = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="query")
        self._helpers = ThreadPoolExecutor(_EXTRA, thread_name_prefix="kill")

    def connect(self) -> Connection:
        """Open a private connection."""
        return Connection(_handle(str(self.path)))

    def connect_reader(self) -> Connection:
        """Open a private connection that has given up all rights but a reader's."""
        connection = self.connect()
        if self.limits is not None:
            connection.restrict(self.limits, gives_up_writing=not self.readonly)
        return connection

    async def run(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Run a blocking call of a request beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*args, **options))

    async def kill(self, marker: str) -> None:
        """Ask the engine to cancel the query that carries the marker."""
        await asyncio.get_running_loop().run_in_executor(self._helpers, self._kill, marker)

    def doubt(self, marker: str) -> None:
        """Note that an insert began whose outcome is unknown until `trust`."""
        self._store.doubt("http", marker)

    def trust(self, marker: str) -> None:
        """Note that the insert ended well."""
        self._store.trust("http", marker)

    def close(self) -> None:
        """Close; the folder is marked clean unless an insert's outcome is unknown."""
        ending = threading.Thread(target=self._threads.shutdown)
        ending.start()
        while ending.is_alive():
            self._kill("")
            ending.join(_AGAIN_S)
        self._helpers.shutdown(wait=True)
        self._store.close()
        self._first.close()
        shutil.rmtree(self._private, ignore_errors=True)

    def _kill(self, marker: str) -> None:
        with self._killing:
            mark = comment(marker) if marker else _MARK
            self._first.run(f"KILL QUERY WHERE startsWith(query, {quoted(mark)}) ASYNC")


def comment(marker: str) -> str:
    """Return the comment that marks a query in the engine's list of processes."""
    return f"{_MARK}{marker} */ "


def open_engine(
    path: Path,
    *,
    limits: Limits | None = None,
    readonly: bool = False,
    memory_bytes: int | None = None,
    fsync: bool = False,
) -> Engine:
    """Open the engine at path, repaired and with the current schema.

    Args:
        path: the engine's folder; made if missing, unless for readers.
        limits: of readers; None if there will be none.
        readonly: open for readers only.
        memory_bytes: most memory of the engine.
        fsync: wait for the disk on every insert.

    Raises:
        UserError: the folder is locked, unwritable or not a store; says why.
    """
    path = path.resolve()
    memory = memory_bytes or memory_default()
    folder = EngineFolder(path)
    folder.prepare(readonly=readonly)
    if readonly:
        open_store(f"chdb://{path}", memory_bytes=memory).close()
    private = Path(tempfile.mkdtemp(prefix="tokentide-store-"))
    config = write_configuration(private, memory, limits, readonly=readonly)
    try:
        first = Connection(_handle(f"{path}?config-file={config}{'&mode=ro' if readonly else ''}"))
        per_query = min(memory, limits.memory_bytes) if limits is not None and readonly else memory
        options = Options(per_query, fsync=fsync, readonly=readonly, readers=2)
        address = EmbeddedAddress(path)
        store = Store(address, connect(address, per_query, readonly=options.readonly), options, folder=folder)
        _prepare(store, folder)
    except StoreError as error:
        shutil.rmtree(private, ignore_errors=True)
        raise UserError(f"store {path}: the engine cannot open this folder: {error.text}") from None
    return Engine(path, store, first, private, limits)


def _prepare(store: Store, folder: EngineFolder) -> None:
    if store.readonly:
        store.boot = newest_boot(store) or store.boot
        return
    store.opening = folder.begin()
    migrate(store)
    check_schema(store)
    apply_fsync(store)
    settle(store)


def _handle(where: str) -> Any:
    try:
        from chdb import _chdb
    except ImportError:
        raise UserError("tokentide store needs the embedded engine: pip install 'tokentide[embedded]'") from None
    try:
        return _chdb.connect(where)  # type: ignore[attr-defined]
    except RuntimeError as error:
        raise from_engine(error) from None
