"""What the partitions of a worker hold together stays within its buffer, however many they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.schemas.settings import Settings
from tokentide.streams.assignment import limits_for

MIB = 2**20


def settings(**values: int) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize(("partitions", "most"), [(1, 16), (4, 16), (8, 16), (16, 8), (32, 4)])
def test_the_buffer_is_shared_evenly_once_whole_batches_do_not_fit(partitions: int, most: int) -> None:
    assert limits_for(settings(), partitions).bytes == most * MIB


@given(partitions=st.integers(1, 500), buffer_mib=st.integers(64, 4096))
def test_a_batch_being_written_and_one_waiting_fit_the_buffer_together(partitions: int, buffer_mib: int) -> None:
    limits = limits_for(settings(buffer_bytes=buffer_mib * MIB), partitions)

    assert 2 * limits.bytes * partitions <= buffer_mib * MIB
    assert limits.bytes <= settings().batch_bytes


def test_a_partition_always_has_room_for_a_message_of_the_greatest_size() -> None:
    assert limits_for(settings(buffer_bytes=MIB), 1000).bytes >= 65_536
