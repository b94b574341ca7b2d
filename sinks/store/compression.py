"""HTTP content encodings, both ways and piece by piece: zstd, lz4 (frames), gzip and deflate."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

import lz4.frame
import zstandard

from tokentide.sinks.store.errors import StoreError

_PIECE: Final = 64 * 1024
_ZSTD_STEP: Final = 128
_LEVEL: Final = 1
_GZIP: Final = 31


class Encoder(Protocol):
    """Compresses a stream."""

    def feed(self, data: bytes | memoryview) -> bytes:
        """Return what can be sent after adding data."""

    def finish(self) -> bytes:
        """Return the rest of the stream."""


class Decoder(Protocol):
    """Decompresses a stream."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield pieces of bounded size."""


class _Plain:
    def feed(self, data: bytes | memoryview) -> bytes:
        return data if isinstance(data, bytes) else bytes(data)

    def finish(self) -> bytes:
        return b""


class _PlainDecoder:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Zlib:
    def __init__(self, window: int) -> None:
        self._stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, window)

    def feed(self, data: bytes | memoryview) -> bytes:
        return self._stream.compress(data)

    def finish(self) -> bytes:
        return self._stream.flush()


class _ZlibDecoder:
    def __init__(self, window: int) -> None:
        self._stream = zlib.decompressobj(window)

    def feed(self, data: bytes) -> Iterator[bytes]:
        rest = data
        while rest:
            yield self._stream.decompress(rest, _PIECE * 16)
            rest = self._stream.unconsumed_tail


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor(level=_LEVEL).compressobj()

    def feed(self, data: bytes | memoryview) -> bytes:
        return self._stream.compress(data)

    def finish(self) -> bytes:
        return self._stream.flush()


class _ZstdDecoder:
    """Reads one frame after another, in small steps: four bytes can stand for a block of 128 KiB."""

    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True)

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_STEP):
            yield self._stream.decompress(data[start : start + _ZSTD_STEP])


class _Lz4:
    def __init__(self) -> None:
        self._stream = lz4.frame.LZ4FrameCompressor()
        self._begun = False

    def feed(self, data: bytes | memoryview) -> bytes:
        start = b"" if self._begun else bytes(self._stream.begin())
        self._begun = True
        return start + bytes(self._stream.compress(bytes(data)))

    def finish(self) -> bytes:
        return self.feed(b"") + bytes(self._stream.flush())


class _Lz4Decoder:
    def __init__(self) -> None:
        self._stream = lz4.frame.LZ4FrameDecompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        rest = data
        while rest or not (self._stream.needs_input or self._stream.eof):
            yield bytes(self._stream.decompress(rest, max_length=_PIECE * 16))
            rest = self._stream.unused_data or b"" if self._stream.eof else b""
            if self._stream.eof:
                self._stream = lz4.frame.LZ4FrameDecompressor()


_ENCODERS: Final[dict[str, Callable[[], Encoder]]] = {
    "zstd": _Zstd,
    "lz4": _Lz4,
    "gzip": lambda: _Zlib(_GZIP),
    "deflate": lambda: _Zlib(zlib.MAX_WBITS),
}
_DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "": _PlainDecoder,
    "identity": _PlainDecoder,
    "zstd": _ZstdDecoder,
    "lz4": _Lz4Decoder,
    "gzip": lambda: _ZlibDecoder(_GZIP),
    "x-gzip": lambda: _ZlibDecoder(_GZIP),
    "deflate": lambda: _ZlibDecoder(zlib.MAX_WBITS),
}
_BROKEN: Final[tuple[type[Any], ...]] = (zlib.error, zstandard.ZstdError, RuntimeError, EOFError)


def encoder(name: str) -> Encoder:
    """Return a fresh encoder; an empty name copies."""
    return _ENCODERS[name]() if name else _Plain()


def accepted(header: str) -> str:
    """Return the encoding to answer with, of those an Accept-Encoding header offers; empty for none."""
    offered = {
        name.strip().lower()
        for name, _, weight in (part.partition(";") for part in header.split(","))
        if weight.replace(" ", "") not in {"q=0", "q=0.0"}
    }
    return next((name for name in _ENCODERS if name in offered), "")


def decoder(name: str) -> Decoder:
    """Return a fresh decoder for a Content-Encoding.

    Raises:
        StoreError: the encoding is not one of ours.
    """
    made = _DECODERS.get(name.strip().lower())
    if made is None:
        raise StoreError(89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown Content-Encoding: {name}")
    return made()


def decoded(stream: Decoder, data: bytes) -> Iterator[bytes]:
    """Yield the pieces that data decodes to.

    Raises:
        StoreError: data is not what its encoding says.
    """
    try:
        yield from stream.feed(data)
    except _BROKEN as error:
        raise StoreError(271, "CANNOT_DECOMPRESS", f"The body cannot be decompressed: {error}") from None
