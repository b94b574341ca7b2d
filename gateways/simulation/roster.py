"""The models of the market: real names from the catalogue, invented strengths.

A model's pull rises over about two weeks from its release and halves every `half_life` weeks. Within an author
(and for open weights within a source group) tokens divide by pull.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from tokentide.schemas.catalogue.catalogue import Catalogue, load
from tokentide.schemas.catalogue.facts import ModelFacts

CHINA: Final = frozenset({"CN", "TW", "HK"})
"""Places of development counted as Chinese by the study."""
UNMAPPED: Final = "in-house/experimental-7b"
"""A name the catalogue does not know."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the market.

    Attributes:
        slug: catalogue slug.
        author: who made it.
        group: `chinese-oss`, `row-oss`, `proprietary` or `unknown`.
        strength: pull at its height.
        half_life: weeks after which the pull has halved.
        free: part of its requests on the `free` variant.
        reasoning: flagged as a reasoning model.
        released_s: unix seconds.
        facts: catalogue facts; None of a model the catalogue does not know.
    """

    slug: str
    author: str
    group: str
    strength: float
    half_life: float
    free: float
    reasoning: bool
    released_s: float
    facts: ModelFacts | None


# slug: strength, half-life in weeks, part on the free variant
_STRENGTHS: Final = {
    "openai/gpt-3.5-turbo": (10, 20, 0), "openai/gpt-4": (4, 20, 0), "openai/gpt-4-1106-preview": (6, 14, 0),
    "openai/gpt-4-turbo": (5, 14, 0), "openai/gpt-4o-2024-05-13": (8, 12, 0), "openai/gpt-4o": (8, 24, 0),
    "openai/gpt-4o-mini": (14, 30, 0), "openai/o1": (2, 12, 0), "openai/o3-mini": (3, 14, 0),
    "openai/gpt-4.1": (8, 20, 0), "openai/gpt-4.1-mini": (9, 24, 0), "openai/gpt-4.1-nano": (3, 16, 0),
    "openai/o4-mini": (4, 14, 0), "openai/o3": (2, 14, 0), "openai/gpt-5": (12, 16, 0),
    "openai/gpt-5-mini": (9, 20, 0), "openai/gpt-5-nano": (4, 20, 0), "openai/gpt-5-codex": (5, 12, 0),
    "openai/gpt-5-pro": (0.05, 20, 0), "openai/gpt-5.1": (9, 20, 0),
    "anthropic/claude-2.1": (6, 14, 0), "anthropic/claude-3-opus": (5, 12, 0),
    "anthropic/claude-3-haiku": (7, 16, 0), "anthropic/claude-3.5-sonnet-20240620": (14, 16, 0),
    "anthropic/claude-3.5-sonnet": (24, 18, 0), "anthropic/claude-3.5-haiku": (4, 20, 0),
    "anthropic/claude-3.7-sonnet": (30, 12, 0), "anthropic/claude-sonnet-4": (44, 14, 0),
    "anthropic/claude-opus-4": (5, 10, 0), "anthropic/claude-opus-4.1": (4, 10, 0),
    "anthropic/claude-sonnet-4.5": (60, 20, 0), "anthropic/claude-haiku-4.5": (14, 20, 0),
    "anthropic/claude-opus-4.5": (14, 20, 0),
    "google/gemini-pro": (4, 14, 0.3), "google/gemini-1.5-pro": (6, 14, 0), "google/gemini-1.5-flash": (9, 20, 0),
    "google/gemini-2.0-flash-exp": (6, 10, 1), "google/gemini-2.0-flash-001": (22, 22, 0),
    "google/gemini-2.0-flash-lite-001": (5, 20, 0), "google/gemini-2.5-pro-exp-03-25": (7, 6, 1),
    "google/gemini-2.5-pro-preview": (8, 5, 0), "google/gemini-2.5-flash-preview-05-20": (8, 5, 0),
    "google/gemini-2.5-flash": (26, 24, 0), "google/gemini-2.5-pro": (24, 24, 0),
    "google/gemini-2.5-flash-lite": (8, 24, 0), "google/gemini-3-pro-preview": (14, 20, 0),
    "x-ai/grok-beta": (2, 12, 0), "x-ai/grok-3": (5, 12, 0), "x-ai/grok-3-mini": (4, 14, 0),
    "x-ai/grok-4": (8, 12, 0), "x-ai/grok-code-fast-1": (60, 16, 0), "x-ai/grok-4-fast": (24, 8, 0),
    "x-ai/grok-4.1-fast": (30, 20, 0),
    "mistralai/mistral-large": (4, 20, 0), "mistralai/mistral-medium-3": (4, 20, 0),
    "mistralai/codestral-2508": (3, 20, 0),
    "amazon/nova-lite-v1": (2, 30, 0), "amazon/nova-pro-v1": (2, 30, 0), "perplexity/sonar": (3, 30, 0),
    "mancer/weaver": (1, 30, 0), "inflection/inflection-3-pi": (1, 20, 0),
    "qwen/qwen-max": (2, 40, 0), "qwen/qwen-plus": (2, 40, 0), "qwen/qwen-turbo": (3, 40, 0),
    "qwen/qwen3-coder-plus": (3, 30, 0), "qwen/qwen3-max": (4, 30, 0),
    "deepseek/deepseek-coder": (2, 14, 0), "deepseek/deepseek-v2.5": (4, 16, 0),
    "deepseek/deepseek-chat": (16, 14, 0.3), "deepseek/deepseek-r1": (20, 14, 0.35),
    "deepseek/deepseek-chat-v3-0324": (30, 18, 0.35), "deepseek/deepseek-r1-0528": (14, 14, 0.3),
    "deepseek/deepseek-chat-v3.1": (14, 12, 0.2), "deepseek/deepseek-v3.2-exp": (14, 20, 0),
    "qwen/qwen-2-7b-instruct": (0.3, 30, 0), "qwen/qwen-2.5-72b-instruct": (5, 20, 0.2),
    "qwen/qwen-2.5-coder-32b-instruct": (4, 20, 0.2), "qwen/qwq-32b": (5, 10, 0.3),
    "qwen/qwen3-235b-a22b": (5, 12, 0.3), "qwen/qwen3-32b": (3, 20, 0), "qwen/qwen3-30b-a3b": (3, 20, 0.2),
    "qwen/qwen3-235b-a22b-2507": (7, 20, 0), "qwen/qwen3-coder": (26, 14, 0.25),
    "qwen/qwen3-next-80b-a3b-instruct": (3, 20, 0),
    "moonshotai/kimi-k2": (9, 12, 0.2), "moonshotai/kimi-k2-0905": (7, 14, 0),
    "moonshotai/kimi-k2-thinking": (5, 20, 0),
    "z-ai/glm-4.5": (8, 12, 0), "z-ai/glm-4.5-air": (7, 16, 0.5), "z-ai/glm-4.6": (12, 20, 0),
    "minimax/minimax-01": (0.5, 14, 0), "minimax/minimax-m1": (1, 10, 0), "minimax/minimax-m2": (30, 16, 0.4),
    "tencent/hunyuan-a13b-instruct": (1, 14, 0.5), "01-ai/yi-34b-chat": (2, 20, 0),
    "meta-llama/llama-2-70b-chat": (4, 20, 0), "meta-llama/llama-3-70b-instruct": (6, 14, 0),
    "meta-llama/llama-3-8b-instruct": (4, 14, 0.2), "meta-llama/llama-3.1-70b-instruct": (7, 16, 0),
    "meta-llama/llama-3.1-8b-instruct": (6, 26, 0.2), "meta-llama/llama-3.2-3b-instruct": (1.5, 20, 0.2),
    "meta-llama/llama-3.3-70b-instruct": (12, 26, 0.2), "meta-llama/llama-4-maverick": (12, 10, 0.3),
    "meta-llama/llama-4-scout": (4, 12, 0.2),
    "mistralai/mistral-7b-instruct-v0.1": (4, 16, 0), "mistralai/mixtral-8x7b-instruct": (6, 16, 0),
    "mistralai/mistral-nemo": (10, 34, 0.2), "mistralai/mistral-small-24b-instruct-2501": (5, 20, 0.3),
    "mistralai/mistral-small-3.2-24b-instruct": (6, 26, 0.3), "mistralai/devstral-small": (3, 20, 0),
    "openai/gpt-oss-120b": (12, 30, 0.1), "openai/gpt-oss-20b": (6, 26, 0.3),
    "tngtech/deepseek-r1t-chimera": (5, 12, 0.9), "tngtech/deepseek-r1t2-chimera": (10, 24, 0.9),
    "google/gemma-2-9b-it": (3, 24, 0.3), "google/gemma-2-27b-it": (2, 24, 0),
    "google/gemma-3-27b-it": (6, 26, 0.4), "google/gemma-3-12b-it": (3, 26, 0.2),
    "gryphe/mythomax-l2-13b": (8, 30, 0), "undi95/remm-slerp-l2-13b": (2, 30, 0),
    "nousresearch/hermes-3-llama-3.1-405b": (5, 24, 0.3), "microsoft/wizardlm-2-8x22b": (6, 24, 0),
    "sao10k/l3-lunaris-8b": (3, 26, 0), "sao10k/l3.3-euryale-70b": (3, 24, 0), "thedrummer/rocinante-12b": (3, 26, 0),
    "cohere/command-r-plus": (2, 20, 0), "nvidia/llama-3.1-nemotron-70b-instruct": (2, 16, 0),
    "ibm-granite/granite-4.0-h-micro": (0.3, 30, 0), "nvidia/nemotron-nano-9b-v2": (1, 20, 0.7),
}  # fmt: skip


def source_group(facts: ModelFacts | None) -> str:
    """Return the study's source group of a model."""
    if facts is None or facts.open_weights is None:
        return "unknown"
    if not facts.open_weights:
        return "proprietary"
    return "chinese-oss" if facts.author_country in CHINA else "row-oss"


def roster(catalogue: Catalogue | None = None) -> tuple[Model, ...]:
    """Return the models, the unmapped one last.

    Raises:
        KeyError: the catalogue lacks a model of the market.
    """
    known = catalogue or load()
    models = tuple(_model(known, slug) for slug in _STRENGTHS)
    return (*models, Model(UNMAPPED, "in-house", "unknown", 1, 1000, 0, False, 0, None))


def _model(catalogue: Catalogue, slug: str) -> Model:
    facts = catalogue.facts(slug)
    if facts is None or facts.release_date is None:
        raise KeyError(slug)
    strength, half_life, free = _STRENGTHS[slug]
    released = datetime.combine(facts.release_date, time(), UTC).timestamp()
    return Model(
        slug, facts.author, source_group(facts), strength, half_life, free, bool(facts.reasoning), released, facts
    )
