"""Tables that a request brings along as files of a multipart form."""

from dataclasses import dataclass

from aiohttp import BodyPartReader, MultipartReader, web

from tokentide.sinks.store.connection import Connection, backquoted
from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.request import Request

_FIELD_MAX = 16 * 1024 * 1024
_TABLE_MAX = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExternalTable:
    """One table of a request.

    Attributes:
        name: its name for this request.
        data: its rows.
    """

    name: str
    data: bytes

    def create(self, connection: Connection, options: dict[str, str]) -> None:
        """Create and fill it as a temporary table.

        Raises:
            StoreError: its structure is missing or its data does not fit.
        """
        structure = options.get(f"{self.name}_structure") or self._numbered(options)
        if not structure:
            raise StoreError(36, "BAD_ARGUMENTS", f"External table {self.name} needs {self.name}_structure")
        self.drop(connection)
        connection.run(f"CREATE TEMPORARY TABLE {backquoted(self.name)} ({structure}) ENGINE = Memory")
        insertion = connection.begin_insert(
            f"INSERT INTO {backquoted(self.name)}", options.get(f"{self.name}_format", "TabSeparated")
        )
        try:
            insertion.append(self.data)
            insertion.finish()
        except StoreError:
            insertion.cancel()
            raise

    def drop(self, connection: Connection) -> None:
        """Remove it, if it is there."""
        connection.run(f"DROP TEMPORARY TABLE IF EXISTS {backquoted(self.name)}")

    def _numbered(self, options: dict[str, str]) -> str:
        types = options.get(f"{self.name}_types", "")
        return ", ".join(f"_{number} {kind}" for number, kind in enumerate(filter(None, types.split(",")), start=1))


async def read_form(http: web.Request, request: Request) -> list[ExternalTable]:
    """Read a multipart body: its fields join the request's options, its files become tables."""
    tables: list[ExternalTable] = []
    async for part in await http.multipart():
        if isinstance(part, MultipartReader) or not isinstance(part, BodyPartReader) or part.name is None:
            raise StoreError(36, "BAD_ARGUMENTS", "Unreadable part of a multipart body")
        is_table = part.filename is not None
        data = await _read(part, _TABLE_MAX if is_table else _FIELD_MAX)
        if is_table:
            tables.append(ExternalTable(part.name, data))
        else:
            request.options[part.name] = data.decode("utf-8", "replace")
    return tables


async def _read(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        if len(data) > most:
            raise StoreError(36, "BAD_ARGUMENTS", f"{part.name} is longer than {most} bytes")
    return bytes(data)
