"""ClickHouse's compressed blocks: read back whole however they were cut, refused when a byte differs."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.sinks.store.blocks import BlockDecoder, BlockEncoder
from tokentide.sinks.store.city_hash import city_hash_128
from tokentide.sinks.store.errors import StoreError

METHODS = ["LZ4", "ZSTD", "NONE"]


def _pattern(size: int) -> bytes:
    return bytes(n % 251 for n in range(size))


@pytest.mark.parametrize(
    ("size", "digest"),
    [
        (0, "2b9ac064fc9df03d291ee592c340b53c"),
        (3, "c20a85b02619dc106f0edd5cad0dc280"),
        (7, "162bcb0c29db38aada57521ac2344a68"),
        (12, "3f87120e38602718c20c93712b6ca989"),
        (100, "d489710a51d96a83f90e6d0bf9fdd592"),
        (1000, "450f243c877c37445d221cca06d1a19d"),
    ],
)
def test_the_checksum_is_that_of_other_implementations(size: int, digest: str) -> None:
    """The digests come from Go's implementation."""
    assert city_hash_128(_pattern(size)).hex() == digest


@pytest.mark.parametrize("method", METHODS)
@given(parts=st.lists(st.binary(max_size=300), max_size=5), cut=st.integers(1, 50))
def test_what_goes_in_comes_out(method: str, parts: list[bytes], cut: int) -> None:
    encoder, decoder = BlockEncoder(method), BlockDecoder()
    packed = b"".join(encoder.feed(part) for part in parts) + encoder.finish()
    pieces = [packed[at : at + cut] for at in range(0, len(packed), cut)]
    assert b"".join(out for piece in pieces for out in decoder.feed(piece)) == b"".join(parts)


@pytest.mark.parametrize("method", METHODS)
def test_long_streams_are_cut_into_blocks(method: str) -> None:
    encoder = BlockEncoder(method)
    packed = encoder.feed(_pattern(300_000)) + encoder.finish()
    blocks = list(BlockDecoder().feed(packed))
    assert len(blocks) == 5
    assert b"".join(blocks) == _pattern(300_000)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("at", [0, 15, 16, 17, 21, 25, 40])
def test_a_byte_that_differs_is_noticed(method: str, at: int) -> None:
    encoder = BlockEncoder(method)
    packed = bytearray(encoder.feed(_pattern(500)) + encoder.finish())
    packed[at] ^= 1
    found: list[bytes] = []
    # A changed size may leave a block waiting for bytes that never come: nothing comes out either way.
    with contextlib.suppress(StoreError):
        found += BlockDecoder().feed(bytes(packed))
    assert found == []


def test_an_unknown_method_is_told() -> None:
    with pytest.raises(StoreError):
        BlockEncoder("SNAPPY")
