"""From a content path to a product category, a bucket of the study's method and a sub-tag, by longest prefix.

The rule is a table, categories.csv, made to be reviewed line by line; `basis` says where a line comes from:
`method` (a path the study's method names), `figure` (what its figures imply: writers' resources and adult
content inside roleplay, machine learning inside science) or `ours`. Editing it is a new catalogue version.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from tokentide.schemas.errors import UserError
from tokentide.schemas.ordered_table import read_table

TABLE: Final = Path(__file__).with_name("categories.csv")
COLUMNS: Final = ("prefix", "category", "bucket", "basis")

OTHERS: Final = "others"
UNCLASSIFIED: Final = "unclassified"
CATEGORIES: Final = (
    "programming",
    "roleplay",
    "marketing",
    "marketing/seo",
    "technology",
    "science",
    "translation",
    "legal",
    "finance",
    "health",
    "trivia",
    "academia",
    OTHERS,
)
"""Product categories, the vocabulary of the study's figures."""
BUCKETS: Final = (
    "programming",
    "roleplay",
    "translation",
    "general-knowledge",
    "productivity",
    "education",
    "literature",
    "adult",
    OTHERS,
)
"""The nine buckets of the study's method."""
BASES: Final = ("method", "figure", "ours")

KEPT_FROM: Final = 500_000
"""Least confidence of a label that counts, millionths: 0.5 does, less does not."""


class Class(NamedTuple):
    """What a label says in both vocabularies.

    `sub_tag` is the last segment of its path as the taxonomy knows it, and names the part of the category.
    """

    category: str
    bucket: str
    sub_tag: str


NOT_CLASSIFIED: Final = Class(UNCLASSIFIED, UNCLASSIFIED, "")
"""Of an attempt that was looked at, with no label of enough confidence."""


class Line(NamedTuple):
    """One line of the table."""

    prefix: str
    category: str
    bucket: str
    basis: str


class CategoryMap:
    """The table, indexed; every answer is a pure function of its file."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(lines)
        self._by_prefix: Mapping[str, Line] = {line.prefix: line for line in self.lines}
        self._found = lru_cache(maxsize=4096)(self._find)

    def classify(self, path: str) -> Class:
        """Return the class of a path, by its longest prefix of whole segments; `others` if there is none."""
        return self._found(path)

    def _find(self, path: str) -> Class:
        sub_tag = path.rpartition("/")[2]
        prefix = path
        while prefix:
            if line := self._by_prefix.get(prefix):
                return Class(line.category, line.bucket, sub_tag)
            prefix = prefix.rpartition("/")[0]
        return Class(OTHERS, OTHERS, sub_tag)

    def kept(self, labels: Iterable[tuple[str, int]]) -> tuple[Class, ...]:
        """Return the classes an attempt counts for, the primary one first; empty if no label is sure enough.

        Labels below `KEPT_FROM` are dropped; of two equally sure the earlier goes first. A class that adds
        neither a category nor a bucket to those before it is left out.

        Args:
            labels: path and confidence in millionths, in the order they were sent.
        """
        ranked = sorted((label for label in labels if label[1] >= KEPT_FROM), key=lambda label: -label[1])
        classes: list[Class] = []
        for path, _ in ranked:
            each = self.classify(path)
            news = each.category not in {one.category for one in classes}
            if news or each.bucket not in {one.bucket for one in classes}:
                classes.append(each)
        return tuple(classes)


@lru_cache(maxsize=4)
def load(path: Path = TABLE) -> CategoryMap:
    """Return the map of a file, read once per process.

    Raises:
        UserError: the file or a line in it is at fault; the message names both.
    """
    return CategoryMap(read_table(path, COLUMNS, _line))


def _line(where: str, cells: list[str]) -> Line:
    line = Line(*cells)
    for column, words in (("category", CATEGORIES), ("bucket", BUCKETS), ("basis", BASES)):
        if getattr(line, column) not in words:
            raise UserError(f"{where} column {column}: {getattr(line, column)!r} is none of {', '.join(words)}")
    if not line.prefix.startswith("/") or line.prefix.endswith("/"):
        raise UserError(f"{where} column prefix: {line.prefix!r} is no path")
    return line
