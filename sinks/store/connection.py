"""One private connection to the embedded engine. Every method blocks; callers use an executor."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tokentide.sinks.store.errors import StoreError, from_engine, syntax
from tokentide.sinks.store.grants import READERS, Limits
from tokentide.sinks.store.statement import Statement

_QUOTED: Final = str.maketrans({"\\": "\\\\", "'": "\\'"})


def quoted(text: str) -> str:
    """Return text as a literal."""
    return f"'{text.translate(_QUOTED)}'"


def backquoted(name: str) -> str:
    """Return name as an identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


@dataclass(frozen=True, slots=True)
class Written:
    """What an insert wrote, views included."""

    rows: int
    size: int


class Connection:
    """A connection with its database and settings; not for two threads at once."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._applied: dict[str, str] = {}
        self._base: dict[str, str] = {}
        self._database = self._home = "default"

    def close(self) -> None:
        """Close; temporary tables go with it."""
        self._handle.close()

    def classify(self, sql: str) -> str:
        """Return the class the engine's parser gives the statement."""
        found = self._handle.classify_query(sql)
        if found["statement_count"] > 1:
            raise syntax("Multi-statements are not allowed")
        name: str = found["query_class"].name
        return name

    def run(self, sql: str, fmt: str = "TabSeparated", params: Mapping[str, str] | None = None) -> Any:
        """Run sql to its end and return the engine's result, which owns the bytes."""
        return self._call(self._handle.query, sql, fmt, params=dict(params or {}))

    def text(self, sql: str) -> str:
        """Return the answer to a small query."""
        answer: str = self.run(sql).bytes().decode()
        return answer

    def stream(self, sql: str, fmt: str, params: Mapping[str, str]) -> Generator[bytes, None, None]:
        """Yield the answer block by block; closing the generator cancels the query."""
        handle = self._handle
        result = self._call(handle.send_query, sql, fmt, params=dict(params))
        ended = False
        try:
            while not ended:
                chunk = self._call(handle.streaming_fetch_result, result)
                ended = chunk is None or chunk.rows_read() == 0
                # The last chunk has no rows but may have totals.
                data = b"" if chunk is None else chunk.bytes()
                # Blocks can be large: the engine's copy must not live on while the next one is made.
                del chunk
                if data:
                    yield data
                del data
        except StoreError:
            ended = True
            raise
        finally:
            if not ended:
                handle.streaming_cancel_query(result)

    def begin_insert(self, head: str, fmt: str) -> "Insertion":
        """Start an insert whose data is given piece by piece."""
        return Insertion(self._handle, self._call(self._handle.send_insert, head, fmt))

    def use(self, database: str) -> None:
        """Use a database for the next statement; an empty name means the one USE chose."""
        wanted = database or self._home
        if wanted != self._database:
            self.run(f"USE {backquoted(wanted)}")
            self._database = wanted

    def apply(self, settings: Mapping[str, str]) -> None:
        """Make exactly these settings hold for the next statement, above those that SET chose.

        Raises:
            StoreError: a setting is unknown, out of range or not to be changed.
        """
        changed = {name: value for name, value in settings.items() if self._applied.get(name) != value}
        self._note_base([name for name in changed if name not in self._base])
        restored = {name: self._base[name] for name in self._applied if name not in settings and name in self._base}
        both = restored | changed
        if both:
            self.run("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in both.items()))
        self._applied = dict(settings)

    def adopt(self, statement: Statement) -> None:
        """Keep what a SET or USE statement just chose as the session's own."""
        if statement.verb == "SET":
            self._applied, self._base = {}, {}
        if statement.verb == "USE":
            self._home = self._database = self.text("SELECT currentDatabase() FORMAT TabSeparatedRaw").strip()

    def bind(self, params: Mapping[str, str]) -> None:
        """Set query parameters for an insert, which takes none along."""
        if params:
            self.run("SET " + ", ".join(f"param_{name} = {quoted(value)}" for name, value in params.items()))

    def restrict(self, limits: Limits, *, gives_up_writing: bool) -> None:
        """Give up every right but a reader's, for good: the profile's constraints and readonly=2 see to it.

        Args:
            limits: of each query.
            gives_up_writing: the connection has the role of writers.
        """
        if gives_up_writing:
            self.run("SET ROLE NONE")
            self.run(f"SET profile = {quoted(READERS)}")
        wanted = ", ".join(f"{name} = {value}" for name, value in limits.settings().items())
        self.run(f"SET {wanted}, readonly = 2")
        self._base |= {name: str(value) for name, value in limits.settings().items()}

    def _note_base(self, names: Sequence[str]) -> None:
        if names:
            listed = ", ".join(map(quoted, names))
            lines = self.text(
                f"SELECT name, value FROM system.settings WHERE name IN ({listed}) FORMAT TabSeparatedRaw"  # noqa: S608
            )
            self._base |= dict(line.split("\t", 1) for line in lines.splitlines() if "\t" in line)

    @staticmethod
    def _call(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except RuntimeError as error:
            raise from_engine(error) from None


class Insertion:
    """An insert under way."""

    def __init__(self, handle: Any, stream: Any) -> None:
        self._handle = handle
        self._stream = stream

    def append(self, data: bytes) -> None:
        """Give the engine more data."""
        self._try(self._handle.insert_append, self._stream, data)

    def finish(self) -> Written:
        """Commit what was given."""
        result = self._try(self._handle.insert_done, self._stream)
        return Written(result.rows_written(), result.bytes_written())

    def cancel(self) -> None:
        """Give up; blocks already written stay."""
        try:
            self._handle.insert_cancel(self._stream)
        except RuntimeError:
            return

    @staticmethod
    def _try(function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except RuntimeError as error:
            raise from_engine(error) from None
