"""Sentences that several definitions share."""

from typing import Final

from tokentide.reports.formulas import Unit
from tokentide.reports.metric import Definition

SHARE_UNITS: Final = (Unit.TOKENS, Unit.REQUESTS, Unit.USD)
POPULATION: Final = (
    "every accepted event of the store, each counted once; one event is one attempt, a retried request is "
    "one request with several attempts"
)
FILTERS: Final = "none, unless the question names values of a dimension; they restrict both sides"
CLASSIFIED: Final = (
    "requests that were classified, weighted by 1 / sample_rate; those without a label of confidence >= 0.5 "
    "are left out, those whose label has no mapping are `others`"
)
TOKENIZERS: Final = (
    "Tokens are counted by each provider's own tokenizer; tokens of different models are not the same length."
)
COST: Final = (
    "cost_usd is the reported cost; attempts without one count as unpriced, never as free, and are in no cost "
    "share. Where nothing is priced, cost is null."
)
BYOK: Final = "Reported cost includes requests on a customer's own key (BYOK) as the gateway reported them."
FINISH: Final = (
    "Attempts without a finish_reason stay in the denominator; known_share is the part that carries one, so "
    "a low figure beside a low known_share says nothing about tool use."
)
ATTEMPTS: Final = "Rates are per attempt (n): each attempt ends with a finish_reason of its own."
CATALOGUE: Final = (
    "Groups of models come from the catalogue as it is today, also for the past; a model it does not know is "
    "`unknown`."
)
SOURCES: Final = (
    "Open means that the weights can be downloaded, whatever the licence. Chinese means made in mainland China, "
    "Taiwan "
    "or Hong Kong; all other open models are the rest of the world. Closed models are one group wherever they are "
    "from."
)
SAMPLED: Final = (
    "Category shares are conditional on being classified; known_share is the part of all attempts in the bucket "
    "that was."
)
INTERVAL: Final = (
    "low and high are a 95 % interval of the share in the unit asked for. `interval` says how to read it: `design` "
    "(everything was classified, nothing is left to chance), `clustered` (by account), or `lower_bound` (by request: "
    "it knows of no accounts whose requests resemble each other)."
)
PRIMARY: Final = (
    "A request has one primary category, that of its label with the highest confidence; any-label-rate "
    "counts all labels."
)
WEEKS_OR_TOTAL: Final = (
    "Unweighted mean of weeks against total of the period: source-share-summary gives both, mean_share and share."
)
OTHERS: Final = "Without the long tail that has no mapping, as the study's figures: --filter 'category!=others'."
BILLING: Final = "Billing country is where the account is billed, not where its users are."


def share_of(what: str, whole: str, population: str = POPULATION, filters: str = FILTERS) -> Definition:
    """Return the definition of a share in three units."""
    return Definition(
        numerator=f"prompt + completion tokens (or requests, or reported USD) of {what}",
        denominator=f"the same of {whole} in the same bucket or window",
        population=population,
        filters=filters,
    )
