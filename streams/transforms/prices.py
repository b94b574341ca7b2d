"""What tokens cost at the catalogue's list price in force at event time, for whole columns."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.schemas.catalogue.catalogue import Catalogue
from tokentide.streams.transforms.facts import Numbers
from tokentide.streams.transforms.keys import Factor, grouped, number_factor

I64 = NDArray[np.int64]

_DAY_MS: Final = 86_400_000
_PICO_PER_NANO: Final = 1_000


@dataclass(frozen=True, slots=True)
class Billed:
    """What a list price is looked up by, per row.

    Attributes:
        slugs: distinct normalised model names; slug_codes: the place of each row's name in them, shape (n,).
        variants, variant_codes: the same for the variant.
        event_ms: event time, unix ms, shape (n,).
    """

    slugs: list[str]
    slug_codes: I64
    variants: list[str]
    variant_codes: I64
    event_ms: I64


def list_costs(billed: Billed, prompt: I64, completion: I64, cached: I64, catalogue: Catalogue) -> Numbers:
    """Return the list cost of each row in nano-USD, rounded half up; not known where no price is.

    Exactly `schemas.catalogue.facts.list_cost_nano` of each row, in int64.

    Args:
        billed: model, variant and time of the rows.
        prompt: prompt tokens, cached ones included, shape (n,).
        completion: completion tokens, shape (n,).
        cached: cached tokens, 0 where unknown, shape (n,).
        catalogue: where prices stand.
    """
    prices, row_of = _prices(billed, catalogue)
    prompt_pico, completion_pico, cached_pico, known = prices[:, row_of]
    pico = (prompt - cached) * prompt_pico + cached * cached_pico + completion * completion_pico
    return Numbers(((pico + _PICO_PER_NANO // 2) // _PICO_PER_NANO).astype(np.uint64), known.astype(np.bool_))


def _prices(billed: Billed, catalogue: Catalogue) -> tuple[I64, I64]:
    """Return (prompt, completion, cached, known) per distinct (model, variant, day), and the one of each row.

    A price takes force at a midnight UTC, so one look-up holds for a UTC day.
    """
    days = billed.event_ms // _DAY_MS
    groups = grouped(
        [
            Factor(billed.slug_codes, len(billed.slugs)),
            Factor(billed.variant_codes, len(billed.variants)),
            number_factor(days),
        ]
    )
    rows = groups.order[groups.starts]
    wanted = zip(
        billed.slug_codes[rows].tolist(),
        billed.variant_codes[rows].tolist(),
        days[rows].tolist(),
        strict=True,
    )
    found = [catalogue.price(billed.slugs[slug], day * _DAY_MS, billed.variants[var]) for slug, var, day in wanted]
    prices = [
        (0, 0, 0, 0) if price is None else (price.prompt_pico, price.completion_pico, price.charged_cached_pico, 1)
        for price in found
    ]
    return np.array(prices, np.int64).reshape(-1, 4).T, groups.group
