"""What a figure can be split by: stored columns of a cube, and groups derived from them at read time.

A derived group is looked up, not stored: what the catalogue says of a model, or the continent of a country.
So a correction of the catalogue corrects the past too. `usage` is the alias of the rows read.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from tokentide.schemas.rollup import MODEL_DIMENSIONS


class Origin(StrEnum):
    """Where the rows of a figure come from."""

    MODEL = "model"
    CATEGORY = "category"
    PLACE = "place"
    ACCOUNTS = "accounts"
    LEDGER = "ledger"
    CATALOGUE = "catalogue"


READY: Final = frozenset(Origin)
"""Origins whose tables a store has."""

UNKNOWN: Final = "unknown"
"""What a group is called where neither the catalogue nor the event says."""

CHINA: Final = ("CN", "TW", "HK")
"""Countries of authors whose open models count as Chinese: the study includes Taiwan and Hong Kong."""

_SIZE: Final = (
    "multiIf(isNull({0}), 'unknown', assumeNotNull({0}) < 15, 'small', assumeNotNull({0}) < 70, 'medium', 'large')"
)
_FLAG: Final = "multiIf(isNull({0}), 'unknown', assumeNotNull({0}), 'yes', 'no')"
_ORDER: Final = "dense_rank() OVER (PARTITION BY author ORDER BY release_date)"
_BLENDED: Final = "(3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6"
_OF_MODEL: Final[Mapping[str, str]] = {
    "source": (
        "multiIf(isNull(open_weights), 'unknown', NOT assumeNotNull(open_weights), 'proprietary', "
        f"author_country IN {CHINA}, 'chinese-oss', 'row-oss')"
    ),
    "open": _FLAG.format("open_weights"),
    "size_class": _SIZE.format("params_total_b"),
    "active_size_class": _SIZE.format("params_active_b"),
    "reasoning": _FLAG.format("catalogue.reasoning"),
    "release_quarter": (
        "if(isNull(release_date), 'unknown', concat(toString(toYear(assumeNotNull(release_date))), '-Q', "
        "toString(toQuarter(assumeNotNull(release_date)))))"
    ),
    "release_order": (
        f"multiIf(isNull(release_date), 'unknown', {_ORDER} = 1, '1st', {_ORDER} = 2, '2nd', {_ORDER} = 3, '3rd', "
        f"{_ORDER} <= 6, '4th to 6th', '7th or later')"
    ),
    "price_tier": (
        f"multiIf(isNull(prompt_pico) OR isNull(completion_pico), 'unknown', {_BLENDED} = 0, 'free', "
        f"{_BLENDED} < 0.5, 'budget', {_BLENDED} < 3, 'mid', {_BLENDED} < 15, 'premium', 'luxury')"
    ),
}
"""Groups of a model: an expression over a row of `models`."""

_PLACES: Final = ("gateway", "tenant", "author", "billing_country", "language")
_CATEGORIES: Final = ("gateway", "tenant", "model", "author", "category", "bucket_category", "sub_tag")
_ACCOUNTS: Final = ("gateway", "tenant", "model", "variant", "category", "app")
_STORED: Final[Mapping[Origin, tuple[str, ...]]] = {
    Origin.MODEL: MODEL_DIMENSIONS,
    Origin.CATEGORY: _CATEGORIES,
    Origin.PLACE: _PLACES,
    Origin.ACCOUNTS: _ACCOUNTS,
    Origin.LEDGER: (),
    Origin.CATALOGUE: (),
}

MODEL_GROUPS: Final = tuple(_OF_MODEL)
MODEL_GROUPS_VIEW: Final = "model_groups"
"""Every model of the catalogue with the groups it belongs to."""


def model_groups() -> str:
    """Return the SELECT of `model_groups`."""
    groups = ",\n    ".join(f"{expression} AS {name}" for name, expression in _OF_MODEL.items())
    # the catalogue's own columns are hidden behind an alias, so that a group may bear the name of one
    return f"SELECT slug,\n    {groups}\nFROM models AS catalogue"


def _of_model(name: str) -> str:
    pairs = f"(SELECT arraySort(groupArray((slug, {name}))) FROM {MODEL_GROUPS_VIEW})"
    slugs, groups = f"tupleElement({pairs}, 1)", f"tupleElement({pairs}, 2)"
    return f"transform(usage.model, {slugs}, {groups}, '{UNKNOWN}')"


def _continent() -> str:
    pairs = "(SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places)"
    codes, continents = f"tupleElement({pairs}, 1)", f"tupleElement({pairs}, 2)"
    return f"transform(usage.billing_country, {codes}, {continents}, '{UNKNOWN}')"


def _derived(origin: Origin) -> dict[str, str]:
    """Return the SQL of the groups that a cube's columns allow."""
    found: dict[str, str] = {}
    if "model" in _STORED[origin]:
        found |= {name: _of_model(name) for name in MODEL_GROUPS}
    if "billing_country" in _STORED[origin]:
        found["continent"] = _continent()
    if origin is Origin.ACCOUNTS:
        # the account table keeps no author; a normalised model name begins with it
        slug = "toString(usage.model)"
        found["author"] = f"if(position({slug}, '/') > 0, splitByChar('/', {slug})[1], '{UNKNOWN}')"
    return found


def dimensions(origin: Origin) -> Mapping[str, str]:
    """Return what rows of an origin can be split and filtered by: name → SQL over the alias `usage`."""
    return {name: f"usage.{name}" for name in _STORED[origin]} | _derived(origin)


def stored(origin: Origin) -> tuple[str, ...]:
    """Return the dimension columns of a cube."""
    return _STORED[origin]


def common(origins: Iterable[Origin]) -> tuple[str, ...]:
    """Return the dimensions that all of these have, in the order of the first."""
    first, *others = (dimensions(origin) for origin in origins)
    return tuple(name for name in first if all(name in other for other in others))
