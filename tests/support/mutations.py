"""Good messages made doubtful: values, keys, spaces and bytes changed, so that every rule is touched."""

import random
from collections.abc import Callable, Sequence

_TOKENS = [
    b"null", b"true", b"false", b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1e-999", b"5.0",
    b"5e0", b"-0", b"-0.0", b"-1", b"0", b"01", b"1.", b".5", b"+1", b"2147483647", b"2147483648",
    b"9223372036854775808", b"1" * 400, b"1" * 5000, b"0.1234567891", b"1000000", b"1000000.1", b"1e6",
    b"1e-10", b"0.0001", b"0.00009", b'""', b'"5"', b'"a"', b'"\\u0000"', b'"\\ud800"', b'"\\ud83d\\ude00"',
    b'"\\u00e9"', b'"\xc3\xa9"', b'"\xff"', b'"\xed\xa0\x80"', b'"a\\/b"', b'"a b"', b'"a\\nb"', b'"\n"',
    b'"?q=1"', b'"' + b"x" * 64 + b'"', b'"' + b"x" * 65 + b'"', b'"' + b"x" * 128 + b'"',
    b'"' + b"x" * 129 + b'"', b'"0.1"', b'"0.1234567890"', b'"1e3"', b'"-1"', b'"1000000.000000001"',
    b'"2025-12-31T23:59:59Z"', b'"2025-02-30T00:00:00Z"', b'"2025-12-31T23:59:59.1234567Z"',
    b'"2025-12-31T23:59:59+14:00"', b'"2025-12-31T23:59:59"', b'"2025-12-31 23:59:59Z"',
    b'"2025-12-31T23:59:60Z"', b'"0000-01-01T00:00:00Z"', b'"2025-12-31T24:00:00Z"',
    b'"9999-12-31T23:59:59-23:59"', b'"1969-12-31T23:59:59Z"', b'"2025-12-31T23:59:59+24:00"',
    b"1767225599999", b"-5", b"7258118400000", b"{}", b"[]", b"[null]", b"[1]", b"[[]]", b"[{}]",
    b'{"a":{"a":1,"a":2}}', b"[" * 70 + b"]" * 70, b"[" * 60 + b"]" * 60,
    b'[{"path":"/News","confidence":1}]',
    b'[{"path":"/News/Other","confidence":0.5},{"path":"/Sports/x","confidence":0}]',
    b'[{"path":"/News","path":"/News","confidence":1}]', b'[{"path":"/News","confidence":1,"more":"x"}]',
    b'[{"path":"/Nope","confidence":1}]', b'[{"path":"/News","confidence":1.1}]',
    b'[{"path":null,"confidence":1}]', b'[{"path":"/News"}]', b'[{"confidence":1,"path":"/News"},null]',
    b'[{"path":"/News","confidence":"1"}]',
    b"[" + b",".join([b'{"path":"/News","confidence":1}'] * 17) + b"]", b'"0123456789abcdef0123456789ABCDEF"',
    b'"0123456789abcdef"', b'"DE"', b'"de"', b'"stop"', b'"ok"',
]  # fmt: skip
"""Values put in place of others: edges of every type, and JSON that is none."""

_JUNK = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r\n", b"\t", b" ", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"//", b"1", b"-",
]  # fmt: skip


def _tokens(raw: bytes) -> list[bytes]:
    """Split a message into its members, roughly: good enough to move and repeat them."""
    return raw.strip()[1:-1].replace(b',"', b'\x1f"').split(b"\x1f")


def _joined(members: Sequence[bytes]) -> bytes:
    return b"{" + b",".join(members) + b"}"


def _change_value(raw: bytes, draw: random.Random) -> bytes:
    members = _tokens(raw)
    at = draw.randrange(len(members))
    key = members[at].partition(b":")[0]
    members[at] = key + b":" + draw.choice(_TOKENS)
    return _joined(members)


def _repeat_member(raw: bytes, draw: random.Random) -> bytes:
    members = _tokens(raw)
    member = draw.choice(members)
    if draw.random() < 0.5:
        member = member.partition(b":")[0] + b":" + draw.choice(_TOKENS)
    members.insert(draw.randrange(len(members) + 1), member)
    return _joined(members)


def _drop_member(raw: bytes, draw: random.Random) -> bytes:
    members = _tokens(raw)
    del members[draw.randrange(len(members))]
    return _joined(members)


def _shuffle(raw: bytes, draw: random.Random) -> bytes:
    members = _tokens(raw)
    draw.shuffle(members)
    return _joined(members)


_NAMES = [
    b"input_tokens", b"output_tokens", b"tokens_prompt", b"tokens_completion", b"native_tokens_prompt",
    b"tokens_cached", b"tokens_reasoning", b"native_tokens_completion", b"unknown", b"", b"mod\\u0065l",
    b"\\u0065vent_id", b"Model", b"model ", b"labels", b"cost_usd", b"event_time", b"sample_rate", b"attempt",
    b"schema_version", b"account_hash", b"stream",
]  # fmt: skip


def _rename(raw: bytes, draw: random.Random) -> bytes:
    members = _tokens(raw)
    at = draw.randrange(len(members))
    members[at] = b'"' + draw.choice(_NAMES) + b'":' + members[at].partition(b":")[2]
    return _joined(members)


def _add_member(raw: bytes, draw: random.Random) -> bytes:
    members = _tokens(raw)
    added = b'"' + draw.choice(_NAMES) + b'":' + draw.choice(_TOKENS)
    members.insert(draw.randrange(len(members) + 1), added)
    return _joined(members)


def _pretty(raw: bytes, draw: random.Random) -> bytes:
    gap = draw.choice([b"\n", b"\r\n", b" ", b"\t", b"\r", b"\n\n  "])
    return gap + _joined([gap + member.replace(b":", b" :" + gap, 1) for member in _tokens(raw)]) + gap


def _flip(raw: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw))
    return raw[:at] + bytes([draw.randrange(256)]) + raw[at + 1 :]


def _insert(raw: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + draw.choice(_JUNK) + raw[at:]


def _cut(raw: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(raw))
    return raw[:start] if draw.random() < 0.5 else raw[:start] + raw[start + draw.randrange(1, 9) :]


_FRAMES = [
    b"[%b]", b"%b%b", b"%b\n%b", b" %b ", b"\xef\xbb\xbf%b", b"%b,", b"null", b"", b"5", b'"x"', b"%b\x00",
]  # fmt: skip


def _wrap(raw: bytes, draw: random.Random) -> bytes:
    return draw.choice(
        [b"[%b]", b"%b%b", b"%b\n%b", b" %b ", b"\xef\xbb\xbf%b", b"%b,", b"null", b"", b"5", b'"x"', b"%b\x00"]
    ).replace(b"%b", raw)


_MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    _change_value, _change_value, _change_value, _repeat_member, _drop_member, _shuffle, _rename, _rename,
    _add_member, _add_member, _pretty, _flip, _insert, _cut, _wrap,
]  # fmt: skip


def mutated(raw: bytes, draw: random.Random) -> bytes:
    """Return a message with one to three mutations."""
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        if raw:
            raw = draw.choice(_MUTATIONS)(raw, draw)
    return raw
