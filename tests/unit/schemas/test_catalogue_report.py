"""Every model, author and date that the study's metrics name: complete, and equal to two sources.

The expectations are written by hand. `second` names where a row was checked besides the table's own source:
`litellm-<version>`: the price list inside that release; `lobehub`: that project's model list (prices, days);
`openrouter-2025-12`: a copy of OpenRouter's list made that month; `page`: a stored page of the author, a hub
or a host; `study`: the study itself; `review`: the reviewer's knowledge only. More: docs/catalogue.md.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest

from tokentide.schemas.catalogue import load


class Expected(NamedTuple):
    named: str  # as in the study, its copies or its digests
    slug: str
    country: str
    open_weights: bool
    total: str | None
    active: str | None
    reasoning: bool
    tool_call: bool
    released: str
    prompt: str
    completion: str
    on: str  # a day on which that price was in force
    second: str


END = "2025-11-30"  # the study's last day
LIST = "2025-12-22"  # the day OpenRouter's list was copied, for models whose author sells no API

EXPECTED = [
    Expected("DeepSeek V3", "deepseek/deepseek-chat", "CN", True, "671", "37", False, True,
             "2024-12-26", "0.27", "1.1", END, "lobehub (day); litellm-1.61.20 (price); page (size)"),
    Expected("DeepSeek Chat V3-0324", "deepseek/deepseek-chat-v3-0324", "CN", True, "671", "37", False, True,
             "2025-03-24", "0.27", "1.1", END, "litellm-1.67.2 (price); page (size)"),
    Expected("DeepSeek R1", "deepseek/deepseek-r1", "CN", True, "671", "37", True, True,
             "2025-01-20", "0.55", "2.19", END, "lobehub, page (day); page (size); litellm-1.61.20"),
    Expected("Kimi K2", "moonshotai/kimi-k2", "CN", True, "1000", "32", False, True,
             "2025-07-11", "0.6", "2.5", END, "litellm-1.75.8 (price); page (size)"),
    Expected("GPT-OSS-120B", "openai/gpt-oss-120b", "US", True, "117", "5.1", True, True,
             "2025-08-05", "0.18", "0.8", END, "study (day); litellm-1.75.8 (price); page (size)"),
    Expected("GPT-OSS-20B", "openai/gpt-oss-20b", "US", True, "21", "3.6", True, True,
             "2025-08-05", "0.18", "0.8", END, "study (month); litellm-1.75.8 (price); page (size)"),
    Expected("Llama 3.3 70B", "meta-llama/llama-3.3-70b-instruct", "US", True, "70", None, False, True,
             "2024-12-06", "0.1", "0.32", LIST, "openrouter-2025-12 (price); page (size)"),
    Expected("Qwen 3 Coder", "qwen/qwen3-coder", "CN", True, "480", "35", False, True,
             "2025-07-22", "1", "5", END, "litellm-1.75.8 (price); page (size)"),
    Expected("Qwen2.5 Coder 32B", "qwen/qwen-2.5-coder-32b-instruct", "CN", True, "32", None, False, False,
             "2024-11-12", "0.18", "0.18", END, "study (Nov 2024); litellm-1.61.20 (price)"),
    Expected("Mistral Small 3", "mistralai/mistral-small-24b-instruct-2501", "FR", True, "24", None, False,
             True, "2025-01-30", "0.1", "0.3", END, "study (Jan 2025); litellm-1.67.2 (price)"),
    Expected("Qwen3 235B A22B Instruct", "qwen/qwen3-235b-a22b-2507", "CN", True, "235", "22", False, True,
             "2025-07-21", "0.071", "0.463", LIST, "study (Jul 2025); openrouter-2025-12 (price)"),
    Expected("Qwen3", "qwen/qwen3-235b-a22b", "CN", True, "235", "22", True, True,
             "2025-04-28", "0.18", "0.54", LIST, "openrouter-2025-12 (price); page (size)"),
    Expected("GLM 4.5", "z-ai/glm-4.5", "CN", True, "355", "32", True, True,
             "2025-07-28", "0.6", "2.2", END, "litellm-1.106.2 (price); page (size)"),
    Expected("GLM 4.5 Air", "z-ai/glm-4.5-air", "CN", True, "106", "12", True, True,
             "2025-07-28", "0.2", "1.1", END, "litellm-1.106.2 (price); page (size)"),
    Expected("Grok Code Fast 1", "x-ai/grok-code-fast-1", "US", False, None, None, True, True,
             "2025-08-28", "0.2", "1.5", END, "page (day); lobehub, litellm-1.79.3 (price)"),
    Expected("Gemini 2.5 Pro", "google/gemini-2.5-pro", "US", False, None, None, True, True,
             "2025-06-17", "1.25", "10", END, "lobehub (day); litellm-1.75.8 (price)"),
    Expected("Gemini 2.5 Flash", "google/gemini-2.5-flash", "US", False, None, None, True, True,
             "2025-06-17", "0.3", "2.5", END, "lobehub (day); litellm-1.75.8 (price)"),
    Expected("Gemini 2.0 Flash", "google/gemini-2.0-flash-001", "US", False, None, None, False, True,
             "2025-02-05", "0.1", "0.4", END, "lobehub (day); litellm-1.79.3 (price)"),
    Expected("Claude 3.5 Sonnet", "anthropic/claude-3.5-sonnet", "US", False, None, None, False, True,
             "2024-10-22", "3", "15", END, "lobehub (day); litellm-1.61.20 (price)"),
    Expected("Claude 3.5 Sonnet, first", "anthropic/claude-3.5-sonnet-20240620", "US", False, None, None,
             False, True, "2024-06-20", "3", "15", END, "lobehub (day); litellm-1.61.20 (price)"),
    Expected("Claude 3.7 Sonnet", "anthropic/claude-3.7-sonnet", "US", False, None, None, True, True,
             "2025-02-24", "3", "15", END, "lobehub (day); litellm-1.61.20 (price)"),
    Expected("Claude 4 Sonnet", "anthropic/claude-sonnet-4", "US", False, None, None, True, True,
             "2025-05-22", "3", "15", END, "lobehub (day, one later: UTC+8); litellm-1.72.6 (price)"),
    Expected("Claude 4.5 Sonnet", "anthropic/claude-sonnet-4.5", "US", False, None, None, True, True,
             "2025-09-29", "3", "15", END, "lobehub (day); litellm-1.106.2 (price)"),
    Expected("GPT-4o Mini", "openai/gpt-4o-mini", "US", False, None, None, False, True,
             "2024-07-18", "0.15", "0.6", END, "lobehub (day); litellm-1.106.2 (price)"),
    Expected("o1 preview", "openai/o1-preview", "US", False, None, None, True, False,
             "2024-09-12", "15", "60", END, "study (day); litellm-1.61.20 (price)"),
    Expected("o1", "openai/o1", "US", False, None, None, True, True,
             "2024-12-05", "15", "60", END, "study (day; lobehub: API 12-17); litellm-1.106.2"),
    Expected("GPT-5", "openai/gpt-5", "US", False, None, None, True, True,
             "2025-08-07", "1.25", "10", END, "lobehub (day); litellm-1.106.2 (price)"),
    Expected("gpt-5-pro", "openai/gpt-5-pro", "US", False, None, None, True, True,
             "2025-10-06", "15", "120", END, "lobehub (day); litellm-1.106.2 (price)"),
    Expected("gpt-4", "openai/gpt-4", "US", False, None, None, False, True,
             "2023-03-14", "30", "60", END, "review (day); litellm-1.106.2, lobehub (price)"),
    Expected("qwen-2-7b-instruct", "qwen/qwen-2-7b-instruct", "CN", True, "7", None, False, False,
             "2024-06-07", "0.054", "0.054", END, "page (price); whatmodel list (Jun 2024)"),
    Expected("granite-4.0-micro", "ibm-granite/granite-4.0-h-micro", "US", True, "3", None, False, True,
             "2025-10-02", "0.017", "0.112", LIST, "page (day); litellm-1.106.2, page (price)"),
    Expected("Llama 4 Maverick", "meta-llama/llama-4-maverick", "US", True, "400", "17", False, True,
             "2025-04-05", "0.15", "0.6", LIST, "openrouter-2025-12 (price); page (size)"),
    Expected("Llama 4", "meta-llama/llama-4-scout", "US", True, "109", "17", False, True,
             "2025-04-05", "0.08", "0.3", LIST, "openrouter-2025-12 (price); page (size)"),
    Expected("MiniMax", "minimax/minimax-m2", "CN", True, "230", "10", True, True,
             "2025-10-27", "0.3", "1.2", END, "litellm-1.106.2 (price); page (size)"),
    Expected("TNGTech", "tngtech/deepseek-r1t2-chimera", "DE", True, "671", "37", True, False,
             "2025-07-02", "0.3", "1.2", LIST, "openrouter-2025-12 (price); page (size); review (day)"),
    Expected("TNGTech", "tngtech/tng-r1t-chimera", "DE", True, "671", "37", True, True,
             "2025-11-26", "0.3", "1.2", LIST, "openrouter-2025-12 (price); page (size)"),
]  # fmt: skip

AUTHORS = {
    "DeepSeek": ("deepseek", "CN"),
    "Qwen": ("qwen", "CN"),
    "Meta LLaMA": ("meta-llama", "US"),
    "Mistral AI": ("mistralai", "FR"),
    "OpenAI": ("openai", "US"),
    "MiniMax": ("minimax", "CN"),
    "Z-AI": ("z-ai", "CN"),
    "TNGTech": ("tngtech", "DE"),
    "MoonshotAI": ("moonshotai", "CN"),
    "Google": ("google", "US"),
    "Anthropic": ("anthropic", "US"),
    "xAI": ("x-ai", "US"),
}

# Names as the study prints them in tables, and the catalogue's slug.
PRINTED = {
    "gemini-2.0-flash": "google/gemini-2.0-flash-001",
    "deepseek-v3-0324": "deepseek/deepseek-chat-v3-0324",
    "claude-3.7-sonnet": "anthropic/claude-3.7-sonnet",
    "claude-sonnet-4": "anthropic/claude-sonnet-4",
    "qwen-2-7b-instruct": "qwen/qwen-2-7b-instruct",
    "gpt-4": "openai/gpt-4",
    "gpt-5-pro": "openai/gpt-5-pro",
    "grok-code-fast-1": "x-ai/grok-code-fast-1",
    "gpt-4o-mini": "openai/gpt-4o-mini",
    "gpt-oss-120b": "openai/gpt-oss-120b",
}


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def usd(pico: int) -> Decimal:
    return Decimal(pico) / 10**6


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row.slug)
def test_the_row_is_complete_and_right(row: Expected) -> None:
    catalogue = load()
    facts = catalogue.facts(row.slug)
    assert facts is not None
    assert facts.author == row.slug.partition("/")[0]
    assert (facts.author_country, facts.open_weights) == (row.country, row.open_weights)
    assert facts.params_total_b == (Decimal(row.total) if row.total else None)
    assert facts.params_active_b == (Decimal(row.active) if row.active else None)
    assert (facts.reasoning, facts.tool_call) == (row.reasoning, row.tool_call)
    assert facts.release_date == date.fromisoformat(row.released)
    price = catalogue.price(row.slug, int(datetime.fromisoformat(row.on).replace(tzinfo=UTC).timestamp() * 1000))
    assert price is not None
    assert (usd(price.prompt_pico), usd(price.completion_pico)) == (
        Decimal(row.prompt),
        Decimal(row.completion),
    )


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row.slug)
def test_an_open_model_has_a_size_and_a_second_source(row: Expected) -> None:
    assert row.second
    assert not row.open_weights or row.total


@pytest.mark.parametrize(("named", "expected"), AUTHORS.items())
def test_every_author_of_the_study_is_known_with_its_home(named: str, expected: tuple[str, str]) -> None:
    author, country = expected
    homes = {facts.author_country for facts in load().models if facts.author == author}
    assert homes == {country}, named


def test_every_author_of_the_study_has_a_complete_model() -> None:
    assert {author for author, _ in AUTHORS.values()} <= {row.slug.partition("/")[0] for row in EXPECTED}


@pytest.mark.parametrize(("printed", "slug"), PRINTED.items())
def test_the_names_in_its_tables_are_understood(printed: str, slug: str) -> None:
    assert load().normalise(printed).slug == slug
