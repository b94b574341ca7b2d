"""Good messages made doubtful, by named classes: every rule of the decoder is touched by some of them.

`mutant` returns what it made and which classes it used, so that a fuzz can count that each took part.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from support.doubtful_values import ALPHABETS, JUNK, NAMES, NUMBERS, NUMERIC, TEXTUAL, TOKENS

Change = Callable[[bytes, random.Random], bytes]

TEN_MEGABYTES = 10 * 2**20
MESSAGE_MOST = 65_536


class Mutant(NamedTuple):
    """Messages made of one good message, and the names of the classes that made them."""

    values: tuple[bytes, ...]
    kinds: frozenset[str]


def _members(raw: bytes) -> list[bytes]:
    """Split a message into its members, roughly: good enough to move and repeat them."""
    return raw.strip()[1:-1].replace(b',"', b'\x1f"').split(b"\x1f")


def _joined(members: Sequence[bytes]) -> bytes:
    return b"{" + b",".join(members) + b"}"


def _with_value(raw: bytes, draw: random.Random, value: bytes, names: Sequence[bytes] = ()) -> bytes:
    """Give a member another value: mostly one of `names`, which is added if it is not there."""
    members = _members(raw)
    at = draw.randrange(len(members))
    key = b'"' + draw.choice(names) + b'"' if names and draw.random() < 0.8 else members[at].partition(b":")[0]
    there = [place for place, member in enumerate(members) if member.startswith((key + b":", b"{" + key + b":"))]
    if there and draw.random() < 0.95:
        members[there[0]] = key + b":" + value
    else:
        members.insert(at, key + b":" + value)
    return _joined(members)


def _literal(text: str, draw: random.Random) -> bytes:
    """Spell a text as JSON: as it is, escaped, or some of its characters escaped that need not be."""
    how = draw.randrange(3)
    if how == 0:
        return json.dumps(text).encode()
    if how == 1:
        return json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")
    spelt = (f"\\u{ord(each):04x}" if ord(each) < 0x10000 and draw.random() < 0.5 else each for each in text)
    return ('"' + "".join(each if len(each) > 1 else json.dumps(each)[1:-1] for each in spelt) + '"').encode()


# Bytes.


def _flip(raw: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw))
    return raw[:at] + bytes([draw.randrange(256)]) + raw[at + 1 :]


def _insert(raw: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + draw.choice(JUNK) + raw[at:]


def _cut(raw: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(raw))
    return raw[:start] if draw.random() < 0.5 else raw[:start] + raw[start + draw.randrange(1, 9) :]


def _encoded(raw: bytes, draw: random.Random) -> bytes:
    text = raw.decode("utf-8", "replace")
    return text.encode(draw.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"]), "replace")


def _noise(raw: bytes, draw: random.Random) -> bytes:
    return draw.randbytes(draw.randrange(1, 200))


# The structure of the JSON.


def _change_value(raw: bytes, draw: random.Random) -> bytes:
    return _with_value(raw, draw, draw.choice(TOKENS), NAMES)


def _drop_member(raw: bytes, draw: random.Random) -> bytes:
    members = _members(raw)
    del members[draw.randrange(len(members))]
    return _joined(members)


def _shuffle(raw: bytes, draw: random.Random) -> bytes:
    members = _members(raw)
    draw.shuffle(members)
    return _joined(members)


def _rename(raw: bytes, draw: random.Random) -> bytes:
    members = _members(raw)
    at = draw.randrange(len(members))
    members[at] = b'"' + draw.choice(NAMES) + b'":' + members[at].partition(b":")[2]
    return _joined(members)


def _add_member(raw: bytes, draw: random.Random) -> bytes:
    members = _members(raw)
    added = b'"' + draw.choice(NAMES) + b'":' + draw.choice(TOKENS)
    members.insert(draw.randrange(len(members) + 1), added)
    return _joined(members)


def _pretty(raw: bytes, draw: random.Random) -> bytes:
    gap = draw.choice([b"\n", b"\r\n", b" ", b"\t", b"\r", b"\n\n  "])
    return gap + _joined([gap + member.replace(b":", b" :" + gap, 1) for member in _members(raw)]) + gap


_FRAMES = [
    b"[%b]", b"%b%b", b"%b\n%b", b" %b ", b"\xef\xbb\xbf%b", b"%b,", b"null", b"", b"5", b'"x"', b"%b\x00",
    b'{"a":%b}', b"\n%b", b"%b\r\n",
]  # fmt: skip


def _wrap(raw: bytes, draw: random.Random) -> bytes:
    return draw.choice(_FRAMES).replace(b"%b", raw)


# Numbers.


def _number(raw: bytes, draw: random.Random) -> bytes:
    """Write another number, often one beside a bound, in any spelling, in place of a number."""
    return _with_value(raw, draw, _any_number(draw), NUMERIC)


def _any_number(draw: random.Random) -> bytes:
    how = draw.randrange(4)
    if how == 0:
        return draw.choice(NUMBERS)
    if how == 1:
        near = draw.choice([0, 1, 100, 255, 599, 65_535, 10**6, 2**31, 2**32, 2**53, 2**63, 2**64, 1_767_225_600_000])
        return b"%d" % (near + draw.randrange(-2, 3))
    if how == 2:
        return repr(draw.uniform(-2, 2) * 10.0 ** draw.randrange(-12, 12)).encode()
    digits = b"%d" % draw.randrange(10 ** draw.randrange(1, 30))
    return digits[:1] + b"." + digits[1:] + draw.choice([b"", b"e3", b"E-2", b"e+1"])


# Unicode.


def _unicode(raw: bytes, draw: random.Random) -> bytes:
    """Write a text of one plane, or of several, as a value or as a name."""
    first, last = draw.choice(ALPHABETS)
    text = "".join(chr(draw.randint(first, last)) for _ in range(draw.choice([1, 2, 5, 64, 65])))
    if draw.random() < 0.3:
        text = draw.choice(["a", "ok", "acme", "/News"]) + text
    literal = _literal(text, draw)
    if draw.random() < 0.2:
        return _joined([*_members(raw), literal + b":1"])
    return _with_value(raw, draw, literal, TEXTUAL)


def _escaped(raw: bytes, draw: random.Random) -> bytes:
    """Spell a name or a value with escapes that mean the same."""
    members = _members(raw)
    at = draw.randrange(len(members))
    places = [place for place, byte in enumerate(members[at]) if chr(byte).isalpha()]
    if places:
        place = draw.choice(places)
        members[at] = members[at][:place] + b"\\u%04x" % members[at][place] + members[at][place + 1 :]
    return _joined(members)


# Nesting.


def _nested(raw: bytes, draw: random.Random) -> bytes:
    """Nest a value around the deepest level allowed, or as a bomb."""
    depth = draw.choice([1, 2, 20, 60, 61, 62, 63, 64, 65, 200, 5_000, 30_000])
    inner, outer = draw.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'[{"path":', b"}]")])
    core = draw.choice([b"1", b"null", b'"]"', b'"}{"'])
    value = inner * depth + core + outer * (depth if draw.random() < 0.9 else depth - 1)
    return _with_value(raw, draw, value, [b"unknown", b"more", b"labels"])


# Long strings.


def _long(raw: bytes, draw: random.Random) -> bytes:
    """Fill a string to about the longest that a field, or a message, may have."""
    length = draw.choice([16, 17, 32, 33, 64, 65, 128, 129, MESSAGE_MOST - len(raw) - 40, MESSAGE_MOST])
    return _with_value(raw, draw, b'"' + draw.choice([b"a", b"F", b"\xc3\xa9", b"\\n"]) * length + b'"', TEXTUAL)


def _ten_megabytes(raw: bytes, draw: random.Random) -> bytes:
    return _with_value(raw, draw, b'"' + draw.choice([b"a", b"\x00", b"\xff", b'"', b"{"]) * TEN_MEGABYTES + b'"')


# Keys that come twice.


def _repeat_member(raw: bytes, draw: random.Random) -> bytes:
    """Repeat a member, as it is or with another value, under its name, its alias or its name escaped."""
    members = _members(raw)
    member = draw.choice(members)
    key, _, value = member.partition(b":")
    if draw.random() < 0.3 and len(key) > 2:
        key = b'"\\u%04x' % key[1] + key[2:]
    members.insert(
        draw.randrange(len(members) + 1), key + b":" + (value if draw.random() < 0.5 else draw.choice(TOKENS))
    )
    return _joined(members)


_TWO_NAMES = [
    (b"prompt_tokens", b"input_tokens"),
    (b"tokens_prompt", b"input_tokens"),
    (b"cached_tokens", b"tokens_cached"),
]


def _two_names(raw: bytes, draw: random.Random) -> bytes:
    pair = [b'"' + name + b'":' + draw.choice([b"null", b"5", b"1000"]) for name in draw.choice(_TWO_NAMES)]
    return _joined([*_members(raw), *pair])


CLASSES: Mapping[str, tuple[Change, ...]] = {
    "bytes": (_flip, _insert, _cut, _encoded, _noise),
    "structure": (_change_value, _change_value, _drop_member, _shuffle, _rename, _add_member, _pretty, _wrap),
    "numbers": (_number,),
    "unicode": (_unicode, _escaped),
    "nesting": (_nested,),
    "long strings": (_long,),
    "repeated keys": (_repeat_member, _repeat_member, _two_names),
}
"""Mutations of one message by class. Two more make messages of their own: "10 MB" and "split"."""

KINDS = frozenset({*CLASSES, "10 MB", "split"})
_SPLITS = 0.06
_HUGE = 0.0005
_PLAIN = tuple(CLASSES)


def mutated(raw: bytes, draw: random.Random) -> bytes:
    """Return a message with one to three mutations."""
    return _changed(raw, draw)[0]


def _changed(raw: bytes, draw: random.Random) -> tuple[bytes, frozenset[str]]:
    kinds = draw.choices(_PLAIN, k=draw.choice([1, 1, 1, 2, 3]))
    for kind in kinds:
        if raw:
            raw = draw.choice(CLASSES[kind])(raw, draw)
    return raw, frozenset(kinds)


def mutant(raw: bytes, draw: random.Random) -> Mutant:
    """Return a good message changed: mostly one message, or the two halves that it was split into."""
    chance = draw.random()
    if chance < _HUGE:
        return Mutant((_ten_megabytes(raw, draw),), frozenset({"10 MB"}))
    if chance < _HUGE + _SPLITS:
        return _split(raw, draw)
    changed, kinds = _changed(raw, draw)
    return Mutant((changed,), kinds)


def _split(raw: bytes, draw: random.Random) -> Mutant:
    """Return one message over two: cut anywhere or between members, each half perhaps closed for itself."""
    kinds = frozenset({"split"})
    if draw.random() < 0.3:
        raw, more = _changed(raw, draw)
        kinds |= more
    at = raw.find(b',"', draw.randrange(len(raw) + 1)) if draw.random() < 0.5 else draw.randrange(len(raw) + 1)
    first, second = (raw[:at], raw[at:]) if at >= 0 else (raw, b"")
    if draw.random() < 0.3:
        first, second = first + b"}", b"{" + second.lstrip(b",")
    elif draw.random() < 0.2:
        first, second = first + b"\n", second + b"\n"
    return Mutant((first, second), kinds)
