"""What the catalogue says of a model's price and of its place among its author's releases."""

from typing import Final

from tokentide.schemas.catalogue.catalogue import load

UNKNOWN: Final = "unknown"
_TIERS: Final = ((0.5, "budget"), (3, "mid"), (15, "premium"))


def price_tier(slug: str) -> str:
    """Return the class of a model's newest list price, three prompt tokens to one completion token."""
    prices = load().prices(slug)
    if not prices:
        return UNKNOWN
    micro = 3 * prices[-1].prompt_pico + prices[-1].completion_pico
    if not micro:
        return "free"
    return next((name for limit, name in _TIERS if micro < limit * 4_000_000), "luxury")


def release_order(slug: str) -> str:
    """Return which of its author's releases a model was; models of one day are one release."""
    facts = load().facts(slug)
    if facts is None or facts.release_date is None:
        return UNKNOWN
    days = {each.release_date for each in load().models if each.author == facts.author and each.release_date}
    place = sorted(days).index(facts.release_date) + 1
    if place > 3:
        return "4th to 6th" if place <= 6 else "7th or later"
    return ("1st", "2nd", "3rd")[place - 1]
