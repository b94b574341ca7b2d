"""Where accounts are billed and what they write in: country and language shares over time."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.curves import WEEK_S, at, day_s
from tokentide.gateways.simulation.published import ASIA, CONTINENTS, COUNTRIES, LANGUAGES, VOLUME_TRILLIONS
from tokentide.gateways.simulation.shares import FULL_FROM, FULL_TO

F64 = NDArray[np.float64]

# Ours: how the countries outside the ten divide their continent, and which languages "other" are.
_OTHERS: Final[Mapping[str, Mapping[str, float]]] = {
    "Asia": {"HK": 22, "TW": 14, "VN": 14, "TH": 14, "ID": 12, "TR": 8, "AE": 8, "IL": 8},
    "Europe": {"FR": 24, "RU": 20, "PL": 12, "ES": 12, "IT": 10, "SE": 8, "CH": 8, "UA": 6},
    "South America": {"BR": 60, "AR": 25, "CL": 15},
    "Oceania": {"AU": 85, "NZ": 15},
    "Africa": {"ZA": 50, "EG": 25, "NG": 25},
}
_TEN_CONTINENT: Final = {"SG": "Asia", "CN": "Asia", "KR": "Asia", "JP": "Asia", "IN": "Asia", "DE": "Europe",
                         "NL": "Europe", "GB": "Europe", "US": "North America", "CA": "North America"}  # fmt: skip
_OTHER_LANGUAGES: Final = {"de": 26, "ja": 18, "ko": 18, "fr": 16, "pt": 12, "pl": 10}
COUNTRY_CODES: Final = (*COUNTRIES, *(code for codes in _OTHERS.values() for code in codes))
LANGUAGE_CODES: Final = (*LANGUAGES, *_OTHER_LANGUAGES)
_ASIAN: Final = np.array(
    [_TEN_CONTINENT.get(code, "") == "Asia" or code in _OTHERS["Asia"] for code in COUNTRY_CODES]
)
# Ours: the language of a country's own and the part of its accounts that write in it rather than in English.
_OWN: Final = {
    "CN": ("zh", 0.6), "TW": ("zh", 0.6), "HK": ("zh", 0.4), "SG": ("zh", 0.1), "RU": ("ru", 0.7), "UA": ("ru", 0.5),
    "ES": ("es", 0.4), "AR": ("es", 0.6), "CL": ("es", 0.6), "US": ("es", 0.01), "TH": ("th", 0.6),
    "DE": ("de", 0.25), "CH": ("de", 0.3), "JP": ("ja", 0.5), "KR": ("ko", 0.4), "FR": ("fr", 0.4), "BR": ("pt", 0.6),
    "PL": ("pl", 0.5),
}  # fmt: skip
_ANY_OTHER: Final = 0.01


def country_shares(time_s: float) -> F64:
    """Return shares of tokens by country at a time, in the order of `COUNTRY_CODES`."""
    base, factor = _window_shares(), _ASIA_FACTOR
    asia = min(0.9, at(ASIA, time_s) * factor)
    whole = float(base[_ASIAN].sum())
    result: F64 = np.where(_ASIAN, base * asia / whole, base * (1 - asia) / (1 - whole))
    return result


def language_shares() -> F64:
    """Return shares of tokens by language, in the order of `LANGUAGE_CODES`."""
    other = 1 - sum(LANGUAGES.values())
    total = sum(_OTHER_LANGUAGES.values())
    return np.array([*LANGUAGES.values(), *(other * weight / total for weight in _OTHER_LANGUAGES.values())])


def language_of_country() -> F64:
    """Return the part of each country's new accounts by language, shape (countries, languages)."""
    return np.array([_languages(code) for code in COUNTRY_CODES])


def _languages(code: str) -> F64:
    parts = np.full(len(LANGUAGE_CODES), _ANY_OTHER / len(LANGUAGE_CODES))
    language, part = _OWN.get(code, ("en", 0.0))
    parts[LANGUAGE_CODES.index(language)] += part
    parts[LANGUAGE_CODES.index("en")] += 1 - float(parts.sum())
    return parts


def _window_shares() -> F64:
    rest = 1 - sum(COUNTRIES.values())
    named = {
        name: sum(COUNTRIES[code] for code, place in _TEN_CONTINENT.items() if place == name) for name in _OTHERS
    }
    left = {name: CONTINENTS[name] - named[name] for name in _OTHERS}
    scale = rest / sum(left.values())
    others = [
        left[name] * scale * weight / sum(codes.values())
        for name, codes in _OTHERS.items()
        for weight in codes.values()
    ]
    return np.array([*COUNTRIES.values(), *others])


def _asia_factor() -> float:
    """Return what the curve of Asia is multiplied with, so that its mean over the window's tokens is the table's."""
    weeks = np.arange(day_s(FULL_FROM), day_s(FULL_TO), WEEK_S) + WEEK_S / 2
    volume = np.array([at(VOLUME_TRILLIONS, week) for week in weeks])
    curve = np.array([at(ASIA, week) for week in weeks])
    return float(_window_shares()[_ASIAN].sum() * volume.sum() / (volume @ curve))


_ASIA_FACTOR: Final = _asia_factor()
