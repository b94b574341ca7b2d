"""Facts in their content classes: each once for its primary class, and once more for every other one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tokentide.streams.transforms.facts import Facts, coded, codes_of

I64 = NDArray[np.int64]
Rows = NDArray[np.bool_]

SEPARATOR: Final = "|"
_PRIMARY: Final = ("used_category", "used_bucket", "used_sub_tag")


@dataclass(frozen=True, slots=True)
class Entries:
    """Facts times classes, those of a fact together, its primary class first.

    Attributes:
        fact: the row of the fact, shape (m,).
        category, bucket, sub_tag: the class.
        primary: whether the class is the fact's primary one, shape (m,).
        any_category: whether the fact's first entry with this category, by a label, shape (m,).
        any_bucket: the same of its bucket.
    """

    fact: I64
    category: pa.DictionaryArray
    bucket: pa.DictionaryArray
    sub_tag: pa.DictionaryArray
    primary: Rows
    any_category: Rows
    any_bucket: Rows


def classified(facts: Facts) -> I64:
    """Return the rows of facts that were classified, with a result or without."""
    category = facts.text("used_category")
    texts = np.array([text != "" for text in category.dictionary.to_pylist()], np.bool_)
    return np.flatnonzero(texts[codes_of(category)])


def entries(facts: Facts) -> Entries:
    """Return the entries of facts all of which were classified, at least one."""
    counts, labels = facts.texts("used_labels")
    bare = counts == 0
    own = _joined([facts.text(name).filter(pa.array(bare)) for name in _PRIMARY])
    fact = np.concatenate([np.repeat(np.arange(facts.rows), counts), np.flatnonzero(bare)])
    order = np.argsort(fact, kind="stable")
    fact = fact[order]
    encoded = pa.concat_arrays([labels, own]).take(pa.array(order)).dictionary_encode()
    category, bucket, sub_tag = _parts(encoded)
    primary = np.ones(len(fact), np.bool_)
    primary[1:] = fact[1:] != fact[:-1]
    labelled = ~bare[fact]
    return Entries(
        fact,
        category,
        bucket,
        sub_tag,
        primary,
        first_of(fact, codes_of(category)) & labelled,
        first_of(fact, codes_of(bucket)) & labelled,
    )


def _joined(words: list[pa.DictionaryArray]) -> pa.Array:
    return pc.binary_join_element_wise(*(column.cast(pa.string()) for column in words), SEPARATOR)


def _parts(column: pa.DictionaryArray) -> list[pa.DictionaryArray]:
    """Split each class into its three words."""
    words = [text.split(SEPARATOR) for text in column.dictionary.to_pylist()]
    return [coded(codes_of(column), [word[place] for word in words]) for place in range(len(_PRIMARY))]


def first_of(fact: I64, codes: I64) -> Rows:
    """Tell which entries, at least one, are the first of their fact with their code."""
    _, places = np.unique(fact * (codes.max() + 1) + codes, return_index=True)
    first = np.zeros(len(fact), np.bool_)
    first[places] = True
    return first
