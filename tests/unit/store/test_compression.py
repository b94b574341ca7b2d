"""Encodings decode to what was encoded, however the stream is cut, in pieces of bounded size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.sinks.store.compression import accepted, decoded, decoder, encoder
from tokentide.sinks.store.errors import StoreError

NAMES = ["zstd", "lz4", "gzip", "deflate", ""]


@pytest.mark.parametrize("name", NAMES)
@given(parts=st.lists(st.binary(max_size=300), max_size=5), cut=st.integers(1, 50))
def test_what_goes_in_comes_out(name: str, parts: list[bytes], cut: int) -> None:
    stream = encoder(name)
    packed = b"".join(stream.feed(part) for part in parts) + stream.finish()
    unpack = decoder(name)
    pieces = [packed[at : at + cut] for at in range(0, len(packed), cut)]
    assert b"".join(out for piece in pieces for out in decoded(unpack, piece)) == b"".join(parts)


@pytest.mark.parametrize(("name", "most"), [("lz4", 2**20), ("gzip", 2**20), ("deflate", 2**20), ("zstd", 2**23)])
def test_a_bomb_comes_out_in_small_pieces(name: str, most: int) -> None:
    stream = encoder(name)
    packed = stream.feed(bytes(128 * 1024 * 1024)) + stream.finish()
    sizes = [len(piece) for piece in decoded(decoder(name), packed)]
    assert sum(sizes) == 128 * 1024 * 1024
    assert max(sizes) <= most


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", ""),
        ("identity", ""),
        ("br", ""),
        ("gzip, deflate", "gzip"),
        ("lz4;q=0.5, zstd;q=0", "lz4"),
        ("ZSTD", "zstd"),
    ],
)
def test_the_best_known_encoding_of_those_offered_is_taken(header: str, name: str) -> None:
    assert accepted(header) == name


@pytest.mark.parametrize("name", NAMES[:-1])
def test_nonsense_is_refused(name: str) -> None:
    with pytest.raises(StoreError):
        list(decoded(decoder(name), b"this is not compressed at all"))
