"""Model names: whatever a gateway calls a model, its slug, author and variant are found, or it stays unknown."""

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shared import SHARED, needs_shared

from tokentide.schemas.catalogue import load

SAFE = re.compile(r"[A-Za-z0-9._:/@+-]{1,128}")

ANTHROPIC, DEEPSEEK, GOOGLE, OPENAI = "anthropic", "deepseek", "google", "openai"

# Every main_model of the aider data (85 in its message events, more in the rest), author and slug by hand.
AIDER = {
    "None": ("unknown", "unknown"),
    "anthropic/REDACTED": ("unknown", "unknown"),
    "bedrock/REDACTED": ("unknown", "unknown"),
    "cohere_chat/REDACTED": ("unknown", "unknown"),
    "deepinfra/REDACTED": ("unknown", "unknown"),
    "deepseek/REDACTED": ("unknown", "unknown"),
    "fireworks/REDACTED": ("unknown", "unknown"),
    "fireworks_ai/REDACTED": ("unknown", "unknown"),
    "gemini/REDACTED": ("unknown", "unknown"),
    "github/REDACTED": ("unknown", "unknown"),
    "glhf/REDACTED": ("unknown", "unknown"),
    "groq/REDACTED": ("unknown", "unknown"),
    "huggingface/REDACTED": ("unknown", "unknown"),
    "hyperbolic/REDACTED": ("unknown", "unknown"),
    "lm_studio/REDACTED": ("unknown", "unknown"),
    "mistral/REDACTED": ("unknown", "unknown"),
    "ollama/REDACTED": ("unknown", "unknown"),
    "ollama_chat/REDACTED": ("unknown", "unknown"),
    "openai/REDACTED": ("unknown", "unknown"),
    "openrouter/REDACTED": ("unknown", "unknown"),
    "sambanova/REDACTED": ("unknown", "unknown"),
    "some/REDACTED": ("unknown", "unknown"),
    "vertex_ai/REDACTED": ("unknown", "unknown"),
    "xai/REDACTED": ("unknown", "unknown"),
    "claude-3-5-haiku-20241022": (ANTHROPIC, "anthropic/claude-3.5-haiku"),
    "openrouter/anthropic/claude-3-5-haiku-20241022": (ANTHROPIC, "anthropic/claude-3.5-haiku"),
    "bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0": (ANTHROPIC, "anthropic/claude-3.5-haiku"),
    "claude-3-5-sonnet-20240620": (ANTHROPIC, "anthropic/claude-3.5-sonnet-20240620"),
    "claude-3-5-sonnet-20241022": (ANTHROPIC, "anthropic/claude-3.5-sonnet"),
    "openrouter/anthropic/claude-3.5-sonnet": (ANTHROPIC, "anthropic/claude-3.5-sonnet"),
    "claude-3-7-sonnet-20250219": (ANTHROPIC, "anthropic/claude-3.7-sonnet"),
    "anthropic/claude-3-7-sonnet-20250219": (ANTHROPIC, "anthropic/claude-3.7-sonnet"),
    "openrouter/anthropic/claude-3.7-sonnet": (ANTHROPIC, "anthropic/claude-3.7-sonnet"),
    "claude-3-opus-20240229": (ANTHROPIC, "anthropic/claude-3-opus"),
    "deepseek/deepseek-chat": (DEEPSEEK, "deepseek/deepseek-chat"),
    "openrouter/deepseek/deepseek-chat": (DEEPSEEK, "deepseek/deepseek-chat"),
    "fireworks_ai/accounts/fireworks/models/deepseek-v3": (DEEPSEEK, "deepseek/deepseek-chat"),
    "openrouter/deepseek/deepseek-chat-v3-0324:free": (DEEPSEEK, "deepseek/deepseek-chat-v3-0324"),
    "deepseek/deepseek-coder": (DEEPSEEK, "deepseek/deepseek-coder"),
    "openrouter/deepseek/deepseek-coder": (DEEPSEEK, "deepseek/deepseek-coder"),
    "deepseek/deepseek-reasoner": (DEEPSEEK, "deepseek/deepseek-r1"),
    "fireworks_ai/accounts/fireworks/models/deepseek-r1": (DEEPSEEK, "deepseek/deepseek-r1"),
    "openrouter/deepseek/deepseek-r1": (DEEPSEEK, "deepseek/deepseek-r1"),
    "openrouter/deepseek/deepseek-r1:free": (DEEPSEEK, "deepseek/deepseek-r1"),
    "gemini-1.5-flash": (GOOGLE, "google/gemini-1.5-flash"),
    "gemini/gemini-1.5-flash": (GOOGLE, "google/gemini-1.5-flash"),
    "gemini/gemini-1.5-flash-001": (GOOGLE, "google/gemini-1.5-flash"),
    "gemini/gemini-1.5-flash-002": (GOOGLE, "google/gemini-1.5-flash"),
    "gemini/gemini-1.5-flash-exp-0827": (GOOGLE, "google/gemini-1.5-flash"),
    "gemini/gemini-1.5-flash-latest": (GOOGLE, "google/gemini-1.5-flash"),
    "gemini/gemini-1.5-flash-8b": (GOOGLE, "google/gemini-1.5-flash-8b"),
    "gemini/gemini-1.5-flash-8b-exp-0827": (GOOGLE, "google/gemini-1.5-flash-8b"),
    "gemini/gemini-1.5-flash-8b-exp-0924": (GOOGLE, "google/gemini-1.5-flash-8b"),
    "gemini/gemini-1.5-pro": (GOOGLE, "google/gemini-1.5-pro"),
    "gemini/gemini-1.5-pro-001": (GOOGLE, "google/gemini-1.5-pro"),
    "gemini/gemini-1.5-pro-002": (GOOGLE, "google/gemini-1.5-pro"),
    "gemini/gemini-1.5-pro-exp-0801": (GOOGLE, "google/gemini-1.5-pro"),
    "gemini/gemini-1.5-pro-exp-0827": (GOOGLE, "google/gemini-1.5-pro"),
    "gemini/gemini-1.5-pro-latest": (GOOGLE, "google/gemini-1.5-pro"),
    "gemini/gemini-2.0-flash-exp": (GOOGLE, "google/gemini-2.0-flash-exp"),
    "gemini/gemini-2.0-flash-thinking-exp": (GOOGLE, "google/gemini-2.0-flash-thinking-exp"),
    "gemini/gemini-2.5-flash-preview-04-17": (GOOGLE, "google/gemini-2.5-flash-preview-04-17"),
    "gemini/gemini-2.5-pro-exp-03-25": (GOOGLE, "google/gemini-2.5-pro-exp-03-25"),
    "vertex_ai/gemini-2.5-pro-exp-03-25": (GOOGLE, "google/gemini-2.5-pro-exp-03-25"),
    "openrouter/google/gemini-2.5-pro-exp-03-25:free": (GOOGLE, "google/gemini-2.5-pro-exp-03-25"),
    "gemini/gemini-2.5-pro-preview-03-25": (GOOGLE, "google/gemini-2.5-pro-preview-03-25"),
    "gemini/gemini-exp-1114": (GOOGLE, "google/gemini-exp-1114"),
    "gemini/gemini-exp-1206": (GOOGLE, "google/gemini-exp-1206"),
    "gemini/gemini-gemma-2-27b-it": (GOOGLE, "google/gemma-2-27b-it"),
    "gemini/gemini-gemma-2-9b-it": (GOOGLE, "google/gemma-2-9b-it"),
    "gemini/gemini-pro": (GOOGLE, "google/gemini-pro"),
    "gemini/gemini-pro-vision": (GOOGLE, "google/gemini-pro-vision"),
    "gpt-3.5-turbo": (OPENAI, "openai/gpt-3.5-turbo"),
    "gpt-4": (OPENAI, "openai/gpt-4"),
    "gpt-4-0613": (OPENAI, "openai/gpt-4"),
    "gpt-4.1": (OPENAI, "openai/gpt-4.1"),
    "gpt-4.1-mini": (OPENAI, "openai/gpt-4.1-mini"),
    "gpt-4.5-preview": (OPENAI, "openai/gpt-4.5-preview"),
    "gpt-4o": (OPENAI, "openai/gpt-4o"),
    "openrouter/openai/gpt-4o": (OPENAI, "openai/gpt-4o"),
    "gpt-4o-2024-08-06": (OPENAI, "openai/gpt-4o-2024-08-06"),
    "gpt-4o-mini": (OPENAI, "openai/gpt-4o-mini"),
    "openai/gpt-4o-mini": (OPENAI, "openai/gpt-4o-mini"),
    "o1": (OPENAI, "openai/o1"),
    "openai/o1": (OPENAI, "openai/o1"),
    "openrouter/openai/o1-mini": (OPENAI, "openai/o1-mini"),
    "o1-preview": (OPENAI, "openai/o1-preview"),
    "o3": (OPENAI, "openai/o3"),
    "o3-mini": (OPENAI, "openai/o3-mini"),
    "openrouter/openai/o3-mini": (OPENAI, "openai/o3-mini"),
    "o4-mini": (OPENAI, "openai/o4-mini"),
    # OpenRouter's cloaked preview of GPT-4.1.
    "openrouter/openrouter/quasar-alpha": (OPENAI, "openai/quasar-alpha"),
    "fireworks_ai/accounts/fireworks/models/qwen2p5-coder-32b-instruct": (
        "qwen",
        "qwen/qwen-2.5-coder-32b-instruct",
    ),
    "openrouter/qwen/qwen-2.5-coder-32b-instruct": ("qwen", "qwen/qwen-2.5-coder-32b-instruct"),
    "sambanova/Meta-Llama-3.2-1B-Instruct": ("meta-llama", "meta-llama/llama-3.2-1b-instruct"),
    # A name that moves from model to model is nobody's slug; its author is sure.
    "mistral/codestral-latest": ("mistralai", "mistralai/codestral-latest"),
    "openrouter/mistralai/mistral-large": ("mistralai", "mistralai/mistral-large"),
    "openrouter/x-ai/grok-3-mini-beta": ("x-ai", "x-ai/grok-3-mini"),
    "xai/grok-3-mini-beta": ("x-ai", "x-ai/grok-3-mini"),
    "xai/grok-3-beta": ("x-ai", "x-ai/grok-3"),
    "xai/grok-3-fast-beta": ("x-ai", "x-ai/grok-3-fast"),
    "xai/grok-beta": ("x-ai", "x-ai/grok-beta"),
    # A slip of the keyboard by the person recorded: kept as sent.
    "xai/groq-3-beta": ("x-ai", "x-ai/groq-3-beta"),
    "fake-provider/my-fake-model": ("fake-provider", "fake-provider/my-fake-model"),
}
NOT_LISTED = {"mistral/codestral-latest", "xai/groq-3-beta", "fake-provider/my-fake-model"}


@pytest.mark.parametrize(("raw", "expected"), AIDER.items())
def test_names_recorded_by_a_real_client(raw: str, expected: tuple[str, str]) -> None:
    name = load().normalise(raw)
    assert (name.author, name.slug) == expected
    assert name.known == (expected[0] != "unknown" and raw not in NOT_LISTED)


def recorded_names() -> Iterator[str]:
    with gzip.open(SHARED / "aider-analytics" / "events_2024-08_2025-04.jsonl.gz", "rt") as lines:
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            if "main_model" in event["properties"]:
                yield str(event["properties"]["main_model"])


@pytest.mark.shared
@needs_shared
def test_no_recorded_name_was_forgotten_above() -> None:
    assert set(recorded_names()) == set(AIDER)


@pytest.mark.parametrize(
    ("raw", "slug", "variant"),
    [
        ("deepseek/deepseek-r1:free", "deepseek/deepseek-r1", "free"),
        ("anthropic/claude-3.7-sonnet:thinking", "anthropic/claude-3.7-sonnet", "thinking"),
        ("anthropic/claude-3.5-sonnet:beta", "anthropic/claude-3.5-sonnet", "beta"),
        ("openai/gpt-4o:extended", "openai/gpt-4o", "extended"),
        ("moonshotai/kimi-k2-0905:exacto", "moonshotai/kimi-k2-0905", "exacto"),
        ("meta-llama/llama-3.3-70b-instruct:nitro", "meta-llama/llama-3.3-70b-instruct", "nitro"),
        ("openrouter/z-ai/glm-4.5-air:FREE", "z-ai/glm-4.5-air", "free"),
        ("acme/own-model:free", "acme/own-model", "free"),
        ("ft:gpt-4o-mini-2024-07-18:acme-gmbh::9xyz", "openai/gpt-4o-mini", "ft"),
        ("openai/ft:gpt-3.5-turbo-0613:acme::1", "openai/gpt-3.5-turbo-0613", "ft"),
        ("ollama/llama3.1:8b", "meta-llama/llama-3.1-8b-instruct", ""),
    ],
)
def test_the_gateways_suffix_is_the_variant(raw: str, slug: str, variant: str) -> None:
    name = load().normalise(raw)
    assert (name.slug, name.variant) == (slug, variant)


def test_a_fine_tune_does_not_keep_its_owners_name() -> None:
    assert "acme" not in " ".join(map(str, load().normalise("ft:gpt-4o-2024-08-06:acme::id")))
    assert "acme" not in " ".join(map(str, load().normalise("ft:unheard-of:acme::id")))


@pytest.mark.parametrize(
    ("raw", "slug"),
    [
        ("azure/gpt-4o", "openai/gpt-4o"),
        ("azure/eu/gpt-4o-2024-08-06", "openai/gpt-4o-2024-08-06"),
        ("bedrock/us-east-1/anthropic.claude-v2:1", "anthropic/claude-2.1"),
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", "anthropic/claude-3.7-sonnet"),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic/claude-sonnet-4.5"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "meta-llama/llama-3.3-70b-instruct"),
        ("amazon.nova-pro-v1:0", "amazon/nova-pro-v1"),
        ("mistral.mistral-large-2407-v1:0", "mistralai/mistral-large-2407"),
        ("us.deepseek.r1-v1:0", "deepseek/deepseek-r1"),
        ("bedrock_converse/openai.gpt-oss-120b-1:0", "openai/gpt-oss-120b"),
        ("vertex_ai/claude-3-5-sonnet@20240620", "anthropic/claude-3.5-sonnet-20240620"),
        ("vertex_ai/meta/llama-4-maverick-17b-128e-instruct-maas", "meta-llama/llama-4-maverick"),
        ("accounts/fireworks/models/llama-v3p1-70b-instruct", "meta-llama/llama-3.1-70b-instruct"),
        ("together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo", "meta-llama/llama-3.3-70b-instruct"),
        ("groq/openai/gpt-oss-20b", "openai/gpt-oss-20b"),
        ("groq/llama-3.3-70b-versatile", "meta-llama/llama-3.3-70b-instruct"),
        ("huggingface/together/deepseek-ai/DeepSeek-R1", "deepseek/deepseek-r1"),
        ("deepinfra/zai-org/GLM-4.5-Air", "z-ai/glm-4.5-air"),
        ("moonshot/kimi-k2-0711-preview", "moonshotai/kimi-k2"),
        ("databricks/databricks-claude-3-7-sonnet", "anthropic/claude-3.7-sonnet"),
        ("openai/gpt-5-2025-08-07", "openai/gpt-5"),
        ("gpt-4-turbo-2024-04-09", "openai/gpt-4-turbo"),
        ("claude-4-sonnet-20250522", "anthropic/claude-sonnet-4"),
        ("Claude-3.7-Sonnet", "anthropic/claude-3.7-sonnet"),
        ("anthropic/claude-3-7-sonnet", "anthropic/claude-3.7-sonnet"),
        ("openai/claude-3-opus-20240229", "anthropic/claude-3-opus"),
    ],
)
def test_routes_dates_and_spellings(raw: str, slug: str) -> None:
    assert load().normalise(raw).slug == slug


@pytest.mark.parametrize(
    ("raw", "slug"),
    [
        ("deepseek-chat-v3-0324", "deepseek/deepseek-chat-v3-0324"),
        ("gpt-4o-2024-11-20", "openai/gpt-4o-2024-11-20"),
        ("kimi-k2-0905-preview", "moonshotai/kimi-k2-0905"),
        ("gpt-3.5-turbo-0613", "openai/gpt-3.5-turbo-0613"),
        ("gpt-3.5-turbo-0125", "openai/gpt-3.5-turbo"),
        ("claude-3-5-sonnet-20240620", "anthropic/claude-3.5-sonnet-20240620"),
    ],
)
def test_a_date_is_dropped_only_where_the_catalogue_has_no_such_model(raw: str, slug: str) -> None:
    assert load().normalise(raw).slug == slug


@pytest.mark.parametrize("raw", ["sonnet", "gemini-flash-latest", "some-model", "gpt", "r1"])
def test_a_bare_name_that_is_not_one_model_stays_unknown(raw: str) -> None:
    name = load().normalise(raw)
    assert (name.slug, name.author, name.known) == (raw, "unknown", False)


@pytest.mark.parametrize("raw", [None, "", "  ", "None", "null", "REDACTED", "openrouter/REDACTED", "/", "///", "::"])
def test_no_name_is_unknown(raw: str | None) -> None:
    assert load().normalise(raw) == ("unknown", "unknown", "", False)


@pytest.mark.parametrize(
    ("raw", "slug", "author"),
    [
        ("acme/own-model", "acme/own-model", "acme"),
        ("groq/acme/own-model", "acme/own-model", "acme"),
        ("groq/own-model", "own-model", "unknown"),
        ("xai/grok-99", "x-ai/grok-99", "x-ai"),
        ("meta/llama-99", "meta-llama/llama-99", "meta-llama"),
        ("a/b/c", "a/b/c", "unknown"),
        ("Acme Corp/Größe 1", "acme-corp/gr-e-1", "acme-corp"),
        ("acme/own-model-20250101", "acme/own-model-20250101", "acme"),
    ],
)
def test_an_unlisted_name_keeps_its_spelling_and_a_plain_author(raw: str, slug: str, author: str) -> None:
    assert load().normalise(raw) == (slug, author, "", False)


pieces = st.sampled_from(
    ["openrouter", "azure", "us", "accounts", "models", "gemini", "meta", "anthropic.claude-v2:1", "gpt-4o", "ft:"]
    + ["databricks", "databricks-", "us.anthropic.", "llama-v3p1", "-v1:0", "-20250101", ":free", "/", "@", "qwen"]
    + ["REDACTED", "none", "openai", "-", ".", "@cf", "deepseek", "x" * 120]
)
names = st.text(max_size=300) | st.lists(pieces | st.text(max_size=5), max_size=12).map("".join)


@given(names | st.lists(pieces, max_size=8).map("/".join))
def test_any_text_gives_a_safe_and_stable_name(raw: str) -> None:
    catalogue = load()
    name = catalogue.normalise(raw)
    for part in (name.slug, name.author):
        assert SAFE.fullmatch(part)
    assert name.variant == "" or SAFE.fullmatch(name.variant)
    assert catalogue.normalise(raw) == name
    again = catalogue.normalise(name.slug)
    assert (again.slug, again.author, again.known, again.variant) == (name.slug, name.author, name.known, "")
    assert name.known == (catalogue.facts(name.slug) is not None)


@given(st.sampled_from([facts.slug for facts in load().models]), st.data())
def test_case_route_and_points_do_not_matter(slug: str, data: st.DataObject) -> None:
    route = data.draw(st.sampled_from(["", "openrouter/", "litellm_proxy/", "OpenRouter/", "vertex_ai/", "azure/"]))
    raw = route + data.draw(st.sampled_from([slug, slug.upper(), slug.replace(".", "-"), slug.replace(".", "_")]))
    assert load().normalise(raw).slug == slug


def test_what_it_remembers_is_bounded() -> None:
    catalogue = load()
    for number in range(20_000):
        catalogue.normalise(f"acme/model-{number}")
    assert catalogue._name.cache_info().currsize <= 16_384
