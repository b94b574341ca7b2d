"""A consumer group of one member and a dead-letter topic, both as files: they outlive the process, as Kafka does."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faust.types import TP

from tokentide.schemas.dead_letter import DeadLetter
from tokentide.streams.plan import Commit, parse_commit
from tokentide.streams.planner import LogRange


class FileGroup:
    """What a partition loop asks of its member; `position` is where the next fetch begins."""

    heartbeat_age_s = 0.0

    def __init__(self, folder: Path, ends: dict[int, int]) -> None:
        self._folder = folder
        self._ends = ends
        self.seeks: Counter[int] = Counter()
        self.fetched = {number: self._read(number)[0] if self._file(number).exists() else 0 for number in ends}

    async def fenced_commit(self, tp: TP, commit: Commit, generation: int) -> None:
        draft = self._folder / "commit.draft"
        draft.write_text(json.dumps([commit.offset, commit.metadata()]))
        draft.replace(self._file(tp.partition))

    async def committed(self, tp: TP) -> Commit | None:
        return parse_commit(*self._read(tp.partition)) if self._file(tp.partition).exists() else None

    async def log_range(self, tp: TP) -> LogRange:
        return LogRange(0, self._ends[tp.partition])

    async def position(self, tp: TP) -> int:
        return self.fetched[tp.partition]

    async def seek_back(self, tp: TP, offset: int) -> int:
        self.seeks[tp.partition] += 1
        self.fetched[tp.partition] = offset
        return self.seeks[tp.partition]

    def _file(self, number: int) -> Path:
        return self._folder / f"commit-{number}"

    def _read(self, number: int) -> tuple[int, str]:
        offset, metadata = json.loads(self._file(number).read_text())
        return offset, metadata


class FileDeadLetters:
    """Letters by their key, so that a letter sent again is one letter, as for a reader of the topic."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "dead"

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        with self._file.open("ab") as file:
            for letter in letters:
                file.write(letter.key + b"\n")

    def positions(self) -> set[tuple[int, int]]:
        """(partition, offset) of every letter."""
        keys = self._file.read_text().split() if self._file.exists() else []
        return {(int(partition), int(offset)) for *_, partition, offset in (key.split(":") for key in keys)}


def read_commits(folder: Path) -> dict[str, Any]:
    """What the group committed, by file name."""
    return {file.name: json.loads(file.read_text()) for file in sorted(folder.glob("commit-*"))}
