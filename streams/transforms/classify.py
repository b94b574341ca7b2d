"""The content classes of events, from the labels they carry: which count, which is the primary one."""

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.categories import KEPT_FROM, NOT_CLASSIFIED, CategoryMap, Class
from tokentide.streams.transforms.classes import SEPARATOR, first_of
from tokentide.streams.transforms.facts import Facts, coded
from tokentide.streams.transforms.neutral import neutral

I64 = NDArray[np.int64]

_NOT_LOOKED_AT: Final = Class("", "", "")


def classify(events: Facts, mapping: CategoryMap) -> dict[str, pa.Array]:
    """Return the columns `used_category`, `used_bucket`, `used_sub_tag` and `used_labels`.

    Exactly `CategoryMap.kept` of each event's labels. An event that carries labels or a sample rate was
    classified; one with no label that is sure enough is `unclassified`; all others have ''.

    Args:
        events: rows of `EVENT_SCHEMA`.
        mapping: from paths to classes.
    """
    counts, paths = events.texts("label_paths")
    rate = events.numbers("sample_weight")
    looked_at = (counts > 0) | (np.ones(events.rows, np.bool_) if rate.known is None else rate.known)
    encoded = paths.dictionary_encode()
    classes = [mapping.classify(path) for path in encoded.dictionary.to_pylist()]
    event, label = _kept(counts, encoded, events.listed_numbers("label_confidences"), classes)
    primary = np.where(looked_at, len(classes), len(classes) + 1)
    primary[event[::-1]] = label[::-1]  # of an event's labels the first is written last
    words = [*classes, NOT_CLASSIFIED, _NOT_LOOKED_AT]
    return {
        "used_category": coded(primary, [each.category for each in words]),
        "used_bucket": coded(primary, [each.bucket for each in words]),
        "used_sub_tag": coded(primary, [each.sub_tag for each in words]),
        "used_labels": _lists(event, label, classes, events.rows),
    }


def _kept(counts: I64, paths: pa.DictionaryArray, confidence: I64, classes: list[Class]) -> tuple[I64, I64]:
    """Return the event and the class (its place in `classes`) of each label that counts, best first."""
    event = np.repeat(np.arange(len(counts)), counts)
    sure = np.flatnonzero(confidence >= KEPT_FROM)
    best = sure[np.lexsort((sure, -confidence[sure], event[sure]))]
    event, label = event[best], paths.indices.to_numpy(zero_copy_only=False).astype(np.int64)[best]
    if not len(event):
        return event, label
    new = first_of(event, _numbered([one.category for one in classes])[label])
    new |= first_of(event, _numbered([one.bucket for one in classes])[label])
    return event[new], label[new]


def _numbered(words: list[str]) -> I64:
    places = {word: place for place, word in enumerate(dict.fromkeys(words))}
    return np.array([places[word] for word in words], np.int64)


def _lists(event: I64, label: I64, classes: list[Class], rows: int) -> pa.Array:
    if not len(event):
        return neutral(pa.list_(pa.string()), rows)
    ends = np.concatenate([[0], np.cumsum(np.bincount(event, minlength=rows))]).astype(np.int32)
    texts = pa.array([SEPARATOR.join(each) for each in classes], pa.string())
    return pa.ListArray.from_arrays(pa.array(ends), texts.take(pa.array(label)))
