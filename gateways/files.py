"""Lines of a plain, `.gz` or `.zst` file, one at a time; one sentence names what is wrong with it."""

import gzip
import importlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from tokentide.schemas.errors import UserError

LINE_BYTES_MAX: Final = 1_000_000
_ZSTD_MODULES: Final = ("compression.zstd", "backports.zstd")


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end.

    `number` counts from 1 and includes blank lines, as editors do.
    """

    path: Path
    number: int
    text: bytes

    def fault(self, what: str) -> UserError:
        """Return the error that says `what` is wrong with this line."""
        return UserError(f"{self.path}, line {self.number}: {what}")


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of `path` that are not blank; memory stays bounded by one line.

    Raises:
        UserError: missing, unreadable, truncated or damaged file, or a line no Kafka record can hold.
    """
    try:
        with _open(path) as file:
            yield from _split(path, file)
    except EOFError:
        raise UserError(f"{path} is truncated: its compressed data ends too early.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{path} is not a whole gzip file: {error}.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def _split(path: Path, file: BinaryIO) -> Iterator[Line]:
    number = 0
    while text := _readline(path, file):
        number += 1
        line = Line(path, number, text.rstrip(b"\r\n"))
        if len(line.text) > LINE_BYTES_MAX:
            raise line.fault(f"it is longer than {LINE_BYTES_MAX} bytes, more than a Kafka record can hold.")
        if line.text and not line.text.isspace():
            yield line


def _readline(path: Path, file: BinaryIO) -> bytes:
    try:
        return file.readline(LINE_BYTES_MAX + 3)
    except Exception as error:
        # Each zstd library has an error class of its own; it can only be named once it is imported.
        if type(error).__name__ == "ZstdError":
            raise UserError(f"{path} is not a whole zstd file: {error}.") from None
        raise


def _open(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    if path.suffix == ".zst":
        return _open_zstd(path)
    return path.open("rb")


def _open_zstd(path: Path) -> BinaryIO:
    for module in _ZSTD_MODULES:
        try:
            return cast(BinaryIO, importlib.import_module(module).open(path, "rb"))
        except ModuleNotFoundError:
            continue
    raise UserError(f"{path} is zstd-compressed: run `pip install 'tokentide[worker]'` to read it.")
