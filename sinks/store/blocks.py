"""ClickHouse's own compressed blocks (`compress=1`, `decompress=1`), which Go's client uses for lz4 and zstd.

A block is a checksum of 16 bytes, then: its method, its compressed size with these nine bytes, its size, its data.
Source: ClickHouse `src/Compression/CompressedReadBufferBase.cpp`.
"""

import struct
from collections.abc import Iterator
from typing import Final

import lz4.block
import zstandard

from tokentide.sinks.store.city_hash import city_hash_128
from tokentide.sinks.store.errors import StoreError

_CHECKSUM: Final = 16
_HEAD: Final = struct.Struct("<BII")
_LZ4: Final = 0x82
_ZSTD: Final = 0x90
_PLAIN: Final = 0x02
_BLOCK: Final = 64 * 1024
_BLOCK_MAX: Final = 16 * 1024 * 1024
_LEVEL: Final = 1


class BlockEncoder:
    """Packs a stream into compressed blocks.

    Args:
        method: LZ4, ZSTD or NONE, as `network_compression_method` names them.
    """

    def __init__(self, method: str) -> None:
        if method not in {"LZ4", "LZ4HC", "ZSTD", "NONE"}:
            raise StoreError(89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown network_compression_method: {method}")
        self._method = method
        self._waiting = bytearray()

    def feed(self, data: bytes | memoryview) -> bytes:
        """Return the blocks that are full."""
        self._waiting += data
        packed = b""
        while len(self._waiting) >= _BLOCK:
            packed += self._pack(bytes(self._waiting[:_BLOCK]))
            del self._waiting[:_BLOCK]
        return packed

    def finish(self) -> bytes:
        """Return the last block."""
        rest, self._waiting = bytes(self._waiting), bytearray()
        return self._pack(rest) if rest else b""

    def _pack(self, plain: bytes) -> bytes:
        if self._method == "ZSTD":
            method, data = _ZSTD, zstandard.ZstdCompressor(level=_LEVEL).compress(plain)
        elif self._method == "NONE":
            method, data = _PLAIN, plain
        else:
            method, data = _LZ4, lz4.block.compress(plain, store_size=False)
        body = _HEAD.pack(method, len(data) + _HEAD.size, len(plain)) + data
        return city_hash_128(body) + body


class BlockDecoder:
    """Unpacks a stream of compressed blocks."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the blocks that are whole.

        Raises:
            StoreError: a block is not what it says.
        """
        self._waiting += data
        while len(self._waiting) >= _CHECKSUM + _HEAD.size:
            method, packed, size = _HEAD.unpack_from(self._waiting, _CHECKSUM)
            if not _HEAD.size <= packed <= _BLOCK_MAX or size > _BLOCK_MAX:
                raise _broken("its size is out of bounds")
            end = _CHECKSUM + packed
            if len(self._waiting) < end:
                return
            block = bytes(self._waiting[:end])
            del self._waiting[:end]
            yield _unpack(block, method, size)


def _unpack(block: bytes, method: int, size: int) -> bytes:
    body = block[_CHECKSUM:]
    if city_hash_128(body) != block[:_CHECKSUM]:
        raise _broken("its checksum does not match")
    data = body[_HEAD.size :]
    try:
        if method == _LZ4:
            plain = bytes(lz4.block.decompress(data, uncompressed_size=size))
        elif method == _ZSTD:
            plain = zstandard.ZstdDecompressor().decompress(data, max_output_size=size)
        else:
            plain = data if method == _PLAIN else b""
    except (lz4.block.LZ4BlockError, zstandard.ZstdError, MemoryError) as error:
        raise _broken(str(error)) from None
    if len(plain) != size:
        raise _broken("its data does not have the size it names")
    return plain


def _broken(why: str) -> StoreError:
    return StoreError(271, "CANNOT_DECOMPRESS", f"A compressed block of the body cannot be read: {why}")
