"""What a partition remembers: kept between generations while nobody else wrote, else read from facts."""

from typing import Final

from tokentide.schemas.position import Partition
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.planner import memory_holds
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.deduplicate import DuplicateWindow
from tokentide.streams.transforms.settle import Known

_KEPT_MOST: Final = 64


class MemoryKeeper:
    """Recalls the memory of a partition at an offset; blocking, called in threads.

    Memory comes from facts alone and never holds an offset at or beyond the asked one, so every
    worker that settles a batch decides it alike.
    """

    def __init__(self, writer: Writer, settings: Settings) -> None:
        self._writer = writer
        self._settings = settings
        self._kept: dict[Partition, tuple[int, Known]] = {}

    def recall(self, partition: Partition, start: int, ledger_end: int | None, capacity: int | None) -> Known:
        """Return what was accepted before `start`.

        Args:
            partition: whose memory.
            start: nothing at or beyond this offset is remembered.
            ledger_end: where the store's ledger ends.
            capacity: the window of an inherited plan; None chooses one.
        """
        upto, known = self._kept.pop(partition, (-1, None))
        if known is not None and memory_holds(upto, start, ledger_end) and capacity in (None, known.window.capacity):
            return known
        return self._read(partition, start, capacity or self._capacity(partition))

    def keep(self, partition: Partition, upto: int, known: Known) -> None:
        """Keep a memory that holds everything before `upto`, for the next assignment."""
        self._kept[partition] = (upto, known)
        while len(self._kept) > _KEPT_MOST:
            del self._kept[next(iter(self._kept))]

    def _read(self, partition: Partition, start: int, capacity: int) -> Known:
        writer = self._writer
        window = DuplicateWindow(capacity)
        window.restore(*writer.restore_window(partition, start, capacity))
        caps = DimensionCaps()
        for (day, dimension), values in writer.restore_caps(partition, start).items():
            caps.restore(day, dimension, values)
        return Known(window, caps, writer.last_append_ms(partition, start))

    def _capacity(self, partition: Partition) -> int:
        """Return N: the duplicate window at the rate of its own length, within the set bounds."""
        settings = self._settings
        recent = self._writer.stored_within(partition, settings.duplicate_window.total_seconds())
        return min(max(recent, settings.duplicate_window_rows), settings.duplicate_window_rows_max)
