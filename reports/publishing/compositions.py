"""The compositions that are published: each a partition of the traffic into members."""

from dataclasses import dataclass
from typing import Final

_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Composition:
    """How the members of a composition are read from the facts.

    Attributes:
        name: what the published rows are filed under.
        member: SQL of an event's member.
        population: SQL of which events belong to it.
        weight: SQL of how many events one event stands for.
    """

    name: str
    member: str
    population: str = "1"
    weight: str = "1"


COMPOSITIONS: Final = {
    one.name: one
    for one in (
        Composition("model", "used_model"),
        Composition("country", "used_country", "used_country != ''"),
        Composition("language", "used_language", "used_language != ''"),
        Composition(
            "category",
            "used_category",
            "used_category NOT IN ('', 'unclassified')",
            f"ifNull(sample_weight, {_MICRO}) / {_MICRO}",
        ),
    )
}
"""By name. Authors, source groups, sizes and continents are sums of published members, so they tell nothing new."""
