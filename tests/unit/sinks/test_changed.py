"""A repair reads again only what came after the checkpoint; block numbers of parts tell."""

from datetime import date

from tokentide.sinks.clickhouse.changed import highest_block

DAY = date(2026, 3, 4)


def test_the_newest_known_block_of_a_day_is_the_highest_of_its_parts_however_they_were_merged() -> None:
    parts = frozenset({"20260304_1_6_1", "20260304_7_7_0", "20260304_8_12_2_14", "20260305_90_90_0"})

    assert highest_block({"usage_events": parts}, "usage_events", DAY) == 12


def test_of_a_day_or_table_the_checkpoint_does_not_know_every_block_is_new() -> None:
    known = {"usage_events": frozenset({"20260305_90_90_0"})}

    assert highest_block(known, "usage_events", DAY) == 0
    assert highest_block(known, "usage_model_10s", DAY) == 0
