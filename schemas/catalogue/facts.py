"""What the catalogue says of a model: facts that do not change, and the prices in force over time."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

PICO_PER_USD: Final = 10**12
NANO_PER_PICO: Final = 1000


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model. None means that no source says; nothing here is guessed.

    `params_total_b` and `params_active_b` are billions of parameters; `open_weights` means that the
    weights can be downloaded, whatever the licence; `author_country` is ISO 3166-1 alpha-2.
    """

    slug: str
    author: str
    name: str
    author_country: str | None
    open_weights: bool | None
    params_total_b: Decimal | None
    params_active_b: Decimal | None
    reasoning: bool | None
    tool_call: bool | None
    release_date: date | None
    aliases: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Price:
    """A list price in integer pico-USD per token, in force from `valid_from_ms` (unix ms, UTC).

    USD per million tokens times 10^6 is pico-USD per token, so six decimals of a published price stay exact.
    """

    valid_from_ms: int
    prompt_pico: int
    completion_pico: int
    cached_pico: int | None

    @property
    def charged_cached_pico(self) -> int:
        """The price of a cached prompt token: the prompt price where no discount is published."""
        return self.prompt_pico if self.cached_pico is None else self.cached_pico


def list_cost_nano(price: Price, prompt: int, completion: int, cached: int = 0) -> int:
    """Return what the tokens cost at list price, in nano-USD, rounded half up once, after summing.

    Args:
        price: The price in force at event time.
        prompt: Prompt tokens, the cached ones included.
        completion: Completion tokens, the reasoning ones included.
        cached: Cached tokens, part of `prompt`; an unknown count is 0.

    Every step is an integer below 2^63 for counts below 2^31 (the table refuses prices above 2,000 USD per
    million), so the same three multiplications, one sum and `(pico + 500) // 1000` can run on int64 arrays.
    """
    pico = (
        (prompt - cached) * price.prompt_pico
        + cached * price.charged_cached_pico
        + completion * price.completion_pico
    )
    return (pico + NANO_PER_PICO // 2) // NANO_PER_PICO
