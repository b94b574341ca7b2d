"""Content labels in two vocabularies: product categories and the nine buckets of the study's method."""

from tokentide.schemas.categories.mapping import (
    BUCKETS,
    CATEGORIES,
    KEPT_FROM,
    NOT_CLASSIFIED,
    OTHERS,
    UNCLASSIFIED,
    CategoryMap,
    Class,
    load,
)

__all__ = [
    "BUCKETS",
    "CATEGORIES",
    "KEPT_FROM",
    "NOT_CLASSIFIED",
    "OTHERS",
    "UNCLASSIFIED",
    "CategoryMap",
    "Class",
    "load",
]
