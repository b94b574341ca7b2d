"""Tables that people review: a CSV with a header, lines in the order of their first column, each once."""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from tokentide.schemas.errors import UserError

T = TypeVar("T")

ReadLine = Callable[[str, list[str]], T]
"""Makes an entry of the cells of one line; its first argument says where the line stands."""


def read_table(path: Path, columns: tuple[str, ...], read_line: ReadLine[T]) -> list[T]:
    """Return the entries of a table.

    Raises:
        UserError: the file or a line in it is at fault; the message names both.
    """
    try:
        with path.open(encoding="utf-8", newline="") as text:
            return list(_entries(path.name, text, columns, read_line))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path.name}: cannot be read: {error}") from error


def _entries(file: str, text: Iterable[str], columns: tuple[str, ...], read_line: ReadLine[T]) -> Iterator[T]:
    reader = csv.reader(text, strict=True)
    if tuple(next(reader, ())) != columns:
        raise UserError(f"{file} line 1: the columns must be {','.join(columns)}")
    before = ""
    for cells in reader:
        where = f"{file} line {reader.line_num}"
        if len(cells) != len(columns):
            raise UserError(f"{where}: {len(cells)} cells instead of {len(columns)}")
        entry = read_line(where, cells)
        if cells[0] <= before:
            raise UserError(f"{where} column {columns[0]}: {cells[0]} must come once, in order")
        before = cells[0]
        yield entry
