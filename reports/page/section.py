"""A chapter of the page: figures that answer one question of the study."""

from dataclasses import dataclass

from tokentide.reports.page.figure import Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter.

    Attributes:
        id: its stable name.
        title: what it is called.
        lead: what it is about, in one or two sentences.
        figures: in order.
    """

    id: str
    title: str
    lead: str
    figures: tuple[Figure, ...]
