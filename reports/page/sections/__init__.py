"""The chapters of the page, in the order of the study."""

from typing import Final

from tokentide.reports.page.figure import Figure
from tokentide.reports.page.section import Section
from tokentide.reports.page.sections import agentic, categories, cost, overview, places, quality, retention, sources

SECTIONS: Final[tuple[Section, ...]] = (
    overview.SECTION,
    sources.SECTION,
    agentic.SECTION,
    categories.SECTION,
    places.SECTION,
    retention.SECTION,
    cost.SECTION,
    quality.SECTION,
)
FIGURES: Final[tuple[Figure, ...]] = tuple(figure for section in SECTIONS for figure in section.figures)
