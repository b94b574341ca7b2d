"""Tables that a request brings along as files of a multipart form."""

import re
from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, web

from tokentide.sinks.store.connection import Connection, backquoted
from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.hidden_sql import refuse_structure
from tokentide.sinks.store.request import Request

_FIELD_MAX: Final = 16 * 1024 * 1024
_TABLE_MAX: Final = 256 * 1024 * 1024
_PARTS_MAX: Final = 1000
_WORD: Final = re.compile(r"\w+", re.ASCII)


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
        fmt = options.get(f"{self.name}_format", "TabSeparated")
        refuse_structure(structure)
        if not _WORD.fullmatch(fmt):
            raise StoreError(73, "UNKNOWN_FORMAT", f"Unknown format {fmt}")
        self.drop(connection)
        connection.run(f"CREATE TEMPORARY TABLE {backquoted(self.name)} ({structure}) ENGINE = Memory")
        insertion = connection.begin_insert(f"INSERT INTO {backquoted(self.name)}", fmt)
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


async def read_form(http: web.Request, request: Request, most: int = _TABLE_MAX) -> list[ExternalTable]:
    """Read a multipart body: its fields join the request's options, its files become tables.

    Args:
        http: the request as it arrives.
        request: gets the fields.
        most: bytes that the whole body may have.

    Raises:
        StoreError: a part cannot be read, or there is too much of it.
    """
    tables: list[ExternalTable] = []
    left, parts = most, 0
    async for part in await http.multipart():
        parts += 1
        if not isinstance(part, BodyPartReader) or part.name is None or parts > _PARTS_MAX:
            raise StoreError(36, "BAD_ARGUMENTS", "Unreadable part of a multipart body, or too many parts")
        # A client of Go names its tables with an empty file name.
        is_table = "filename" in part.headers.get("Content-Disposition", "")
        data = await _read(part, min(left, _TABLE_MAX if is_table else _FIELD_MAX))
        left -= len(data)
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
