"""Where an account is billed: countries and their continents."""

from tokentide.schemas.places.countries import CONTINENTS, UNKNOWN, Countries, Country, load

__all__ = ["CONTINENTS", "UNKNOWN", "Countries", "Country", "load"]
