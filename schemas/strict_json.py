"""JSON read strictly: one object, bounded depth and size, repeated keys remembered, no NaN.

The exact reference for what counts as a JSON object; the columnar path accepts only what passes here too.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import EventRefusedError

MAX_BYTES: Final = 65_536
MAX_DEPTH: Final = 64

_HUGE_DIGITS: Final = 25
_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class Repeating(dict[str, Any]):
    """A JSON object in which some keys came more than once (the last value of each is kept)."""

    repeated: frozenset[str] = frozenset()


def parse_object(value: bytes | None) -> dict[str, Any]:
    """Return the one JSON object that `value` is.

    Nested or not, an object with repeated keys comes back as `Repeating`. Integers of more than 25 digits
    are cut to 25, which is out of every field's range as well.

    Raises:
        EventRefusedError: too_large, not_utf8 or not_an_object.
    """
    text = _text(value)
    try:
        parsed = _DECODER.decode(text)
    except (ValueError, RecursionError) as fault:
        raise EventRefusedError(Reason.NOT_AN_OBJECT, "", "the message is not one JSON object") from fault
    if not isinstance(parsed, dict):
        raise EventRefusedError(Reason.NOT_AN_OBJECT, "", "the message is JSON, but not an object")
    return parsed


def _text(value: bytes | None) -> str:
    if value is None:
        raise EventRefusedError(Reason.NOT_AN_OBJECT, "", "the record has no value")
    if len(value) > MAX_BYTES:
        raise EventRefusedError(Reason.TOO_LARGE, "", f"the message is larger than {MAX_BYTES} bytes")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise EventRefusedError(Reason.NOT_UTF8, "", "the message is not valid UTF-8") from fault
    if too_deep(value):
        raise EventRefusedError(Reason.NOT_AN_OBJECT, "", f"the message nests deeper than {MAX_DEPTH} levels")
    return text


def too_deep(value: bytes) -> bool:
    """Tell whether JSON text nests deeper than `MAX_DEPTH`, without recursion."""
    if value.count(b"{") + value.count(b"[") <= MAX_DEPTH:
        return False
    depth = 0
    for token in _BRACKETS.finditer(value):
        mark = token.group()[:1]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > MAX_DEPTH:
            return True
    return False


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    names = [name for name, _ in pairs]
    repeating = Repeating(plain)
    repeating.repeated = frozenset(name for name in plain if names.count(name) > 1)
    return repeating


def _integer(digits: str) -> int:
    return int(digits[:_HUGE_DIGITS])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_refuse_constant)
