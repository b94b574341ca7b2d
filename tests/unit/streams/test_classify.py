"""Labels of whole batches are classified as those of one event are, and places as they are used."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.schemas import taxonomy
from tokentide.schemas.categories import load
from tokentide.streams.transforms.classify import classify
from tokentide.streams.transforms.facts import Facts

PATHS = st.sampled_from(sorted(taxonomy.DEEPER)) | st.sampled_from(["/Adult", "/Sports", "/Science/Other"])
CONFIDENCES = st.sampled_from([0, 499_999, 500_000, 700_000, 1_000_000])
EVENTS = st.lists(
    st.tuples(st.lists(st.tuples(PATHS, CONFIDENCES), max_size=5), st.none() | st.just(20_000_000)),
    min_size=1,
    max_size=12,
)


@given(EVENTS)
@settings(max_examples=300, deadline=None)
def test_a_batch_is_classified_like_its_events(events: list[tuple[list[tuple[str, int]], int | None]]) -> None:
    found = pa.table(classify(Facts(batch(events)), load())).to_pylist()
    for (labels, rate), row in zip(events, found, strict=True):
        kept = load().kept(labels)
        assert row["used_labels"] == ["|".join(each) for each in kept]
        looked_at = bool(labels) or rate is not None
        primary = kept[0] if kept else ("unclassified", "unclassified", "") if looked_at else ("", "", "")
        assert (row["used_category"], row["used_bucket"], row["used_sub_tag"]) == tuple(primary)


def batch(events: list[tuple[list[tuple[str, int]], int | None]]) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "label_paths": pa.array([[path for path, _ in labels] for labels, _ in events], pa.list_(pa.string())),
            "label_confidences": pa.array(
                [[sure for _, sure in labels] for labels, _ in events], pa.list_(pa.uint32())
            ),
            "sample_weight": pa.array([rate for _, rate in events], pa.uint64()),
        }
    )


def test_a_batch_without_labels_pays_for_none() -> None:
    found = classify(Facts(batch([([], None)] * 3)), load())
    assert {name: column.to_pylist() for name, column in found.items()} == {
        **{name: [""] * 3 for name in ("used_category", "used_bucket", "used_sub_tag")},
        "used_labels": [[]] * 3,
    }
    assert len(np.unique(found["used_category"].indices.to_numpy())) == 1
