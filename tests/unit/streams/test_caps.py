"""Dimension caps: first come, first kept, in offset order, per received day, decided by written facts."""

import numpy as np
import pyarrow as pa

from tokentide.streams.transforms.caps import DimensionCaps

DAY = 20_000


def capped(caps: DimensionCaps, values: list[str], days: list[int] | None = None) -> list[str]:
    """Cap a batch and take it as written."""
    stamps = np.array(days or [DAY] * len(values), np.int64)
    used, _ = caps.trial().apply(stamps, "app", pa.array(values, pa.string()).dictionary_encode())
    used = used.to_pylist()
    for day, value in zip(stamps.tolist(), used, strict=True):
        caps.restore(day, "app", [value])
    return used


def test_the_first_values_in_offset_order_keep_their_names() -> None:
    assert capped(DimensionCaps(2), ["z", "a", "z", "m", "a", "b"]) == ["z", "a", "z", "other", "a", "other"]


def test_places_are_held_over_batches() -> None:
    caps = DimensionCaps(2)
    assert capped(caps, ["a"]) == ["a"]
    assert capped(caps, ["b", "c", "a"]) == ["b", "other", "a"]


def test_a_new_day_starts_empty_even_within_a_batch() -> None:
    caps = DimensionCaps(1)
    assert capped(caps, ["a", "b", "b", "a"], [DAY, DAY, DAY + 1, DAY + 1]) == ["a", "other", "b", "other"]


def test_absence_and_other_take_no_place() -> None:
    assert capped(DimensionCaps(1), ["", "other", "a", "", "b"]) == ["", "other", "a", "", "other"]


def test_a_trial_changes_nothing_until_the_batch_is_written() -> None:
    caps = DimensionCaps(1)
    column = pa.array(["a"]).dictionary_encode()
    for value in ("a", "b"):
        column = pa.array([value]).dictionary_encode()
        used, over = caps.trial().apply(np.array([DAY]), "app", column)
        assert used.to_pylist() == [value]
        assert not over.any()


def test_dimensions_are_capped_apart_and_rows_are_counted() -> None:
    trial = DimensionCaps(1).trial()
    days = np.full(4, DAY)
    column = pa.array(["a", "b", "b", "c"]).dictionary_encode()
    _, over = trial.apply(days, "app", column)
    trial.apply(days, "model", pa.array(["x"] * 4).dictionary_encode())
    assert over.tolist() == [False, True, True, True]
    assert dict(trial.capped) == {"app": 3}


def test_words_of_the_dictionary_that_no_row_uses_take_no_place() -> None:
    """Rows dropped as duplicates leave their words behind in the dictionary."""
    column = pa.DictionaryArray.from_arrays(pa.array([1, 1], pa.int32()), pa.array(["gone", "kept"]))
    used, _ = DimensionCaps(1).trial().apply(np.full(2, DAY), "app", column)
    assert used.to_pylist() == ["kept", "kept"]


def test_only_two_days_are_remembered() -> None:
    caps = DimensionCaps(5)
    for day in (DAY, DAY + 1, DAY + 2):
        caps.restore(day, "app", ["a"])
    assert caps.used(DAY, "app") == frozenset()
    assert caps.used(DAY + 1, "app") == caps.used(DAY + 2, "app") == {"a"}
