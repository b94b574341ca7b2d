"""The checksum of ClickHouse's compressed blocks: CityHash128 of its version 1.0.2, which later ones do not equal.

Pure arithmetic modulo 2⁶⁴; about 10 MB a second.
Source: the CityHash 1.0.2 algorithm (Pike, Alakuijala), tried against clickhouse-go's own checks.
"""

import struct
from typing import Final

_MASK: Final = (1 << 64) - 1
_K0: Final = 0xC3A5C85C97CB3127
_K1: Final = 0xB492B66FBE98F273
_K2: Final = 0x9AE16A3B2F90404F
_K3: Final = 0xC949D7C7509E6557
_MIX: Final = 0x9DDFEA08EB382D69
_ROUND: Final = 128


def city_hash_128(data: bytes) -> bytes:
    """Return the 16 bytes that stand before a compressed block: the low half, then the high one."""
    size = len(data)
    if size >= 16:
        return struct.pack("<QQ", *_seeded(data[16:], _word(data, 0) ^ _K3, _word(data, 8)))
    if size >= 8:
        return struct.pack("<QQ", *_seeded(b"", _word(data, 0) ^ (size * _K0 & _MASK), _word(data, size - 8) ^ _K1))
    return struct.pack("<QQ", *_seeded(data, _K0, _K1))


def _seeded(data: bytes, low: int, high: int) -> tuple[int, int]:
    if len(data) < _ROUND:
        return _short(data, low, high)
    x, y, z = low, high, len(data) * _K1 & _MASK
    v0 = _rotate(y ^ _K1, 49) * _K1 + _word(data, 0) & _MASK
    v1 = _rotate(v0, 42) * _K1 + _word(data, 8) & _MASK
    w0 = _rotate(y + z, 35) * _K1 + x & _MASK
    w1 = _rotate(x + _word(data, 88), 53) * _K1 & _MASK
    rounds = len(data) // _ROUND
    words = struct.unpack_from(f"<{16 * rounds}Q", data)
    for at in range(0, len(words), 8):
        a, b, c, d, e, f, g, h = words[at : at + 8]
        x = _rotate(x + y + v0 + c, 37) * _K1 & _MASK ^ w1
        y = _rotate(y + v1 + g, 42) * _K1 & _MASK ^ v0
        z = _rotate(z ^ w0, 33)
        v0, v1 = _weak(a, b, c, d, v1 * _K1, x + w0)
        w0, w1 = _weak(e, f, g, h, z + w1, y)
        z, x = x, z
    y = y + _rotate(w0, 37) * _K0 + z & _MASK
    x = x + _rotate(v0 + z, 49) * _K0 & _MASK
    end, rest = len(data), len(data) - rounds * _ROUND
    for back in range(32, rest + 32, 32):
        a, b, c, d = struct.unpack_from("<4Q", data, end - back)
        y = _rotate(y - x, 42) * _K0 + v1 & _MASK
        w0 = w0 + c & _MASK
        x = _rotate(x, 49) * _K0 + w0 & _MASK
        w0 = w0 + v0 & _MASK
        v0, v1 = _weak(a, b, c, d, v0, v1)
    x, y = _pair(x, v0), _pair(y, w0)
    return _pair(x + v1 & _MASK, w1) + y & _MASK, _pair(x + w1 & _MASK, y + v1 & _MASK)


def _short(data: bytes, a: int, b: int) -> tuple[int, int]:
    size = len(data)
    if size <= 16:
        a = _shift(a * _K1) * _K1 & _MASK
        c = b * _K1 + _tiny(data) & _MASK
        d = _shift(a + (_word(data, 0) if size >= 8 else c))
    else:
        c = _pair(_word(data, size - 8) + _K1 & _MASK, a)
        d = _pair(b + size & _MASK, c + _word(data, size - 16) & _MASK)
        a = a + d & _MASK
        for at in range(0, size - 16, 16):
            a = (a ^ _shift(_word(data, at) * _K1) * _K1 & _MASK) * _K1 & _MASK
            b ^= a
            c = (c ^ _shift(_word(data, at + 8) * _K1) * _K1 & _MASK) * _K1 & _MASK
            d ^= c
    a, b = _pair(a, c), _pair(d, b)
    return a ^ b, _pair(b, a)


def _tiny(data: bytes) -> int:
    """Return the 64-bit hash of at most 16 bytes."""
    size = len(data)
    if size > 8:
        a, b = _word(data, 0), _word(data, size - 8)
        return _pair(a, _rotate(b + size, size)) ^ b
    if size >= 4:
        first, last = struct.unpack_from("<I", data)[0], struct.unpack_from("<I", data, size - 4)[0]
        return _pair(size + (first << 3) & _MASK, last)
    if not size:
        return _K2
    y, z = data[0] + (data[size >> 1] << 8), size + (data[-1] << 2)
    return _shift(y * _K2 ^ z * _K3) * _K2 & _MASK


def _weak(a: int, b: int, c: int, d: int, one: int, two: int) -> tuple[int, int]:
    one += a
    start = one & _MASK
    two = _rotate(two + one + d, 21)
    one += b + c
    return one + d & _MASK, two + _rotate(one, 44) + start & _MASK


def _pair(low: int, high: int) -> int:
    a = (low ^ high) * _MIX & _MASK
    b = (high ^ a ^ a >> 47) * _MIX & _MASK
    return (b ^ b >> 47) * _MIX & _MASK


def _shift(value: int) -> int:
    value &= _MASK
    return value ^ value >> 47


def _rotate(value: int, by: int) -> int:
    value &= _MASK
    return (value >> by | value << 64 - by) & _MASK


def _word(data: bytes, at: int) -> int:
    word: int = struct.unpack_from("<Q", data, at)[0]
    return word
