"""Kinds of files that can be replayed: one module each, found by name."""

from typing import Final

from tokentide.gateways.formats import aider_analytics, azure_llm_2023, mooncake, usage_events
from tokentide.gateways.formats.replay_event import DEFAULT_START, Format, Population, ReplayEvent
from tokentide.schemas.errors import UsageError

FORMATS: Final[dict[str, Format]] = {
    known.name: known
    for known in (
        Format(usage_events.NAME, usage_events.read, gateway="", judges=False),
        Format(azure_llm_2023.NAME, azure_llm_2023.read, gateway="azure-llm-2023"),
        Format(mooncake.NAME, mooncake.read, gateway="mooncake"),
        Format(aider_analytics.NAME, aider_analytics.read, gateway="aider"),
    )
}


def find_format(name: str) -> Format:
    """Return the format called `name`.

    Raises:
        UsageError: there is none; names those there are.
    """
    if name not in FORMATS:
        raise UsageError(f"There is no format {name!r}; the formats are {', '.join(FORMATS)}.")
    return FORMATS[name]


__all__ = ["DEFAULT_START", "FORMATS", "Format", "Population", "ReplayEvent", "find_format"]
