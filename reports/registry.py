"""The metric registry: every metric once, in words and as a formula over one rollup family.

Queries, views, docs/metrics.md and whatever draws a metric derive from these entries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tokentide.reports.formulas import Composition, Distribution, Formula, Proportion, Unit
from tokentide.reports.periods import BUCKETS, WINDOWS
from tokentide.schemas.errors import UsageError
from tokentide.schemas.rollup import MODEL_DIMENSIONS, Family


@dataclass(frozen=True, slots=True)
class Definition:
    """What a metric is, in words a reader can recompute it from."""

    numerator: str
    denominator: str
    population: str
    filters: str

    @property
    def sentence(self) -> str:
        """Return the definition as one text."""
        return (
            f"Numerator: {self.numerator}. Denominator: {self.denominator}. "
            f"Population: {self.population}. Filters: {self.filters}."
        )


@dataclass(frozen=True, slots=True)
class Metric:
    """One named, written definition, with the formula that computes it."""

    id: str
    title: str
    study: tuple[str, ...]
    definition: Definition
    unit: str
    units: tuple[Unit, ...]
    dimensions: tuple[str, ...]
    by: str | None
    top: int | None
    view: str
    family: Family
    formula: Formula
    caveats: tuple[str, ...]

    def describe(self) -> dict[str, object]:
        """Return the entry as one JSON object; `units` are the legal values of --unit."""
        return {
            "id": self.id,
            "title": self.title,
            "study": list(self.study),
            "definition": self.definition.sentence,
            "numerator": self.definition.numerator,
            "denominator": self.definition.denominator,
            "population": self.definition.population,
            "filters": self.definition.filters,
            "unit": self.unit,
            "units": [str(unit) for unit in self.units],
            "dimensions": list(self.dimensions),
            "default_dimension": self.by,
            "buckets": list(BUCKETS),
            "windows": list(WINDOWS),
            "family": str(self.family),
            "columns": [column.name for column in self.formula.across],
            "views": [self.view, f"rolling_{self.view}"],
            "caveats": list(self.caveats),
        }


_SHARE_UNITS: Final = (Unit.TOKENS, Unit.REQUESTS, Unit.USD)
_DIMENSIONS: Final = tuple(MODEL_DIMENSIONS)
_POPULATION: Final = (
    "every accepted event of the store, each counted once; one event is one attempt, a retried request is "
    "one request with several attempts"
)
_FILTERS: Final = "none, unless the question names values of a dimension; they restrict both sides"
_TOKENIZERS: Final = (
    "Tokens are counted by each provider's own tokenizer; tokens of different models are not the same length."
)
_COST: Final = (
    "cost_usd is the reported cost; attempts without one count as unpriced, never as free, and are in no cost share."
)
_BYOK: Final = "Reported cost includes requests on a customer's own key (BYOK) as the gateway reported them."
_FINISH: Final = (
    "Attempts without a finish_reason stay in the denominator; known_share is the part that carries one, so "
    "a low figure beside a low known_share says nothing about tool use."
)
_ATTEMPTS: Final = "Rates are per attempt (n): each attempt ends with a finish_reason of its own."

_LIST: Final = (
    Metric(
        id="token-share-by-author",
        title="Share of all tokens",
        study=("O-06",),
        definition=Definition(
            numerator="prompt + completion tokens (or requests, or reported USD) of one author's models",
            denominator="the same of all authors in the same bucket or window",
            population=_POPULATION,
            filters=_FILTERS,
        ),
        unit="ratio",
        units=_SHARE_UNITS,
        dimensions=_DIMENSIONS,
        by="author",
        top=20,
        view="token_share_by_author",
        family=Family.MODEL,
        formula=Composition(),
        caveats=(
            "The author made the model; the provider who served it is another dimension.",
            "Groups beyond the top N of the whole period, and values over the dimension cap, are `other`; "
            "the shares of one bucket sum to 1.",
            "The study's O-06 counts open-weight models only and gives totals; here all models, and tokens "
            "beside the share.",
            _TOKENIZERS,
            _COST,
            _BYOK,
        ),
    ),
    Metric(
        id="tool-call-rate",
        title="Requests that end in a tool call",
        study=("A-03",),
        definition=Definition(
            numerator="attempts whose finish_reason is tool_calls",
            denominator="all attempts",
            population=_POPULATION,
            filters=_FILTERS,
        ),
        unit="ratio",
        units=(Unit.REQUESTS, Unit.TOKENS, Unit.USD),
        dimensions=_DIMENSIONS,
        by=None,
        top=None,
        view="tool_call_rate",
        family=Family.MODEL,
        formula=Proportion("tool_call", known="finish_known", value="rate"),
        caveats=(
            "The study counts tokens of such requests (tool-call-token-share), not requests.",
            _ATTEMPTS,
            _FINISH,
            _COST,
        ),
    ),
    Metric(
        id="tool-call-token-share",
        title="Share of tokens in requests that end in a tool call",
        study=("A-03",),
        definition=Definition(
            numerator="prompt + completion tokens of attempts whose finish_reason is tool_calls",
            denominator="prompt + completion tokens of all attempts",
            population=_POPULATION,
            filters=_FILTERS,
        ),
        unit="ratio",
        units=_SHARE_UNITS,
        dimensions=_DIMENSIONS,
        by=None,
        top=None,
        view="tool_call_token_share",
        family=Family.MODEL,
        formula=Proportion("tool_call", known="finish_known"),
        caveats=(
            "This is the study's definition: a tool was really called; tools merely offered do not count.",
            _FINISH,
            _TOKENIZERS,
            _COST,
        ),
    ),
    Metric(
        id="sequence-length",
        title="Prompt, completion and sequence length",
        study=("A-05", "A-06", "A-08"),
        definition=Definition(
            numerator="prompt tokens, completion tokens, and their sum (total) of each attempt",
            denominator="attempts: the mean is the exact sum divided by n; p50, p90 and p99 are nearest-rank "
            "quantiles, the smallest value with at least p % of all values at or below it, read from a "
            "histogram whose bins are at most 1/128 wide and given as the bin's midpoint (exact below 256, "
            "within 0.4 % above)",
            population=_POPULATION,
            filters=_FILTERS,
        ),
        unit="tokens per request",
        units=(Unit.TOKENS,),
        dimensions=_DIMENSIONS,
        by=None,
        top=None,
        view="sequence_length",
        family=Family.MODEL,
        formula=Distribution(
            (
                ("prompt", ("prompt_tokens",)),
                ("completion", ("completion_tokens",)),
                ("total", ("prompt_tokens", "completion_tokens")),
            )
        ),
        caveats=(
            "Prompt tokens include cached ones, completion tokens include reasoning ones.",
            "Every attempt counts, failed ones with the tokens they report.",
            _TOKENIZERS,
        ),
    ),
)

METRICS: Final[Mapping[str, Metric]] = {entry.id: entry for entry in _LIST}


def metric(metric_id: str) -> Metric:
    """Return the entry of a metric.

    Raises:
        UsageError: there is none; the message lists the ids.
    """
    if metric_id not in METRICS:
        raise UsageError(f"unknown metric '{metric_id}': use one of {', '.join(METRICS)}")
    return METRICS[metric_id]


def describe() -> list[dict[str, object]]:
    """Return every metric as a JSON object."""
    return [entry.describe() for entry in METRICS.values()]
