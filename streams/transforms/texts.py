"""Columns of strings: those that repeat as dictionaries, checked once per value; the others byte by byte."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal, get_args, get_origin

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import MaxLen, MinLen

from tokentide.schemas.columns import CATEGORY, bare_type
from tokentide.schemas.usage_event import annotations_of
from tokentide.schemas.wire_types import lower

Doubt = npt.NDArray[np.bool_]

_ABSENT: Final = pa.array([""], pa.string())


@dataclass(frozen=True, slots=True)
class Rule:
    """What a legal value of a string field looks like."""

    shortest: int
    longest: int
    pattern: re.Pattern[str]
    choices: frozenset[str]

    def accepts(self, text: str) -> bool:
        """Tell whether the model accepts this value."""
        if self.choices:
            return text in self.choices
        return self.shortest <= len(text) <= self.longest and self.pattern.fullmatch(text) is not None

    def alphabet(self) -> bytes:
        """Return the bytes a value may consist of; the pattern is one class, repeated."""
        return bytes(byte for byte in range(128) if self.pattern.fullmatch(chr(byte)))


@cache
def rule(name: str) -> Rule:
    """Return the rule of a string field, read from the model's annotation."""
    kind, _ = bare_type(name)
    if get_origin(kind) is Literal:
        return Rule(0, 0, re.compile(""), frozenset(get_args(kind)))
    marks = annotations_of(name)
    shortest = next(mark.min_length for mark in marks if isinstance(mark, MinLen))
    longest = next(mark.max_length for mark in marks if isinstance(mark, MaxLen))
    pattern = next(mark.pattern for mark in marks if hasattr(mark, "pattern"))
    return Rule(shortest, longest, re.compile(pattern), frozenset())


@lru_cache(maxsize=65_536)
def _legal(name: str, text: str) -> bool:
    return rule(name).accepts(text)


def categories(name: str, column: pa.Array, doubt: Doubt) -> pa.Array:
    """Return strings as a dictionary with '' for absence; rows with an illegal value are marked."""
    if column.null_count == len(column):
        return _dictionary(np.zeros(len(column), np.int32), _ABSENT)
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    legal = np.array([_legal(name, text) for text in texts] + [True])
    codes = encoded.indices.fill_null(len(texts)).to_numpy()
    if not legal.all():
        doubt |= ~legal[codes]
    if column.null_count == 0:
        return _dictionary(codes, encoded.dictionary)
    if "" in texts:  # illegal, and yet a word: a store refuses a dictionary that has one twice
        return _dictionary(np.where(codes == len(texts), texts.index(""), codes), encoded.dictionary)
    return _dictionary(codes, pa.concat_arrays([encoded.dictionary, _ABSENT]))


def _dictionary(codes: npt.NDArray[np.int32], words: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, CATEGORY.index_type), words)


@cache
def _alphabet(name: str) -> bytes:
    return rule(name).alphabet()


def distinct_texts(name: str, column: pa.Array, doubt: Doubt) -> pa.Array:
    """Return strings with '' for absence; rows with an illegal value are marked."""
    if column.null_count == len(column):
        return pa.repeat(_ABSENT[0], len(column))
    if not _spelt_with(_alphabet(name), column):
        column = _respelt(name, column, doubt)
    lengths = pc.binary_length(column)
    allowed = rule(name)
    ends = pc.min_max(lengths).as_py()
    if ends["min"] < allowed.shortest or ends["max"] > allowed.longest:
        sizes = lengths.fill_null(allowed.shortest).to_numpy()
        doubt |= (sizes < allowed.shortest) | (sizes > allowed.longest)
    return column.fill_null("") if column.null_count else column


def _spelt_with(alphabet: bytes, column: pa.Array) -> bool:
    start, end = _extent(column)
    return not column.buffers()[2][start:end].to_pybytes().translate(None, alphabet)


def _extent(column: pa.Array) -> tuple[int, int]:
    offsets = np.frombuffer(column.buffers()[1], np.int32)
    return int(offsets[column.offset]), int(offsets[column.offset + len(column)])


def _respelt(name: str, column: pa.Array, doubt: Doubt) -> pa.Array:
    """Return the column with hashes in lower case; rows that still hold another character are marked."""
    if any(getattr(mark, "func", None) is lower for mark in annotations_of(name)):
        column = pc.ascii_lower(column)
    fine = pc.fill_null(pc.match_substring_regex(column, rule(name).pattern.pattern), True)
    doubt |= ~fine.to_numpy(zero_copy_only=False)
    return column
