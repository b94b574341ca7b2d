"""The market that sample traffic is drawn from: real model names, invented shares and habits."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the sample market.

    Attributes:
        slug: `author/model`.
        providers: who serves it.
        share: its part of requests, in parts of the sum over all models.
        nano_per_token: nano-USD per prompt and completion token; a sample, no price list.
        lengths: median prompt and completion tokens.
        tool_rate: share of answers that call tools.
        reasoning: share of completion tokens that are reasoning.
        speed: median time to first token (ms) and completion tokens per second.
    """

    slug: str
    providers: tuple[str, ...]
    share: int
    nano_per_token: tuple[int, int]
    lengths: tuple[int, int]
    tool_rate: float = 0.05
    reasoning: float = 0.0
    speed: tuple[int, int] = (600, 60)


MODELS: Final = (
    Model("anthropic/claude-sonnet-4.5", ("anthropic", "bedrock"), 95, (3000, 15000), (9000, 420), 0.38, 0.1),
    Model("anthropic/claude-opus-4.5", ("anthropic",), 22, (5000, 25000), (12000, 520), 0.42, 0.2),
    Model("anthropic/claude-haiku-4.5", ("anthropic", "vertex"), 30, (1000, 5000), (4200, 230), 0.25),
    Model("anthropic/claude-3.7-sonnet", ("anthropic",), 14, (3000, 15000), (7000, 400), 0.3),
    Model("openai/gpt-5", ("openai", "azure"), 48, (1250, 10000), (4800, 640), 0.22, 0.6, (1400, 70)),
    Model("openai/gpt-5-mini", ("openai", "azure"), 55, (250, 2000), (2600, 380), 0.18, 0.5, (900, 90)),
    Model("openai/gpt-4o-mini", ("openai",), 44, (150, 600), (1300, 160), 0.08),
    Model("openai/gpt-4.1", ("openai", "azure"), 18, (2000, 8000), (2800, 260), 0.15),
    Model("openai/gpt-oss-120b", ("groq", "deepinfra"), 33, (50, 250), (2100, 330), 0.12, 0.4, (250, 240)),
    Model("google/gemini-2.5-flash", ("google", "vertex"), 82, (300, 2500), (3900, 240), 0.14, 0.2, (450, 130)),
    Model("google/gemini-2.5-pro", ("google", "vertex"), 40, (1250, 10000), (7600, 610), 0.17, 0.5, (1600, 80)),
    Model("google/gemini-2.5-flash-lite", ("google",), 36, (100, 400), (1800, 120), 0.04),
    Model("google/gemma-3-27b-it", ("deepinfra",), 12, (90, 160), (900, 180)),
    Model("deepseek/deepseek-chat-v3-0324", ("deepseek", "fireworks"), 62, (200, 770), (2600, 210), 0.05),
    Model("deepseek/deepseek-v3.2", ("deepseek", "novita"), 41, (229, 343), (3300, 260), 0.11, 0.2),
    Model(
        "deepseek/deepseek-r1-0528",
        ("deepseek", "together"),
        25,
        (500, 2150),
        (1700, 900),
        0.02,
        0.75,
        (1900, 45),
    ),
    Model("qwen/qwen3-coder", ("alibaba", "deepinfra"), 38, (220, 950), (8200, 310), 0.31),
    Model("qwen/qwen3-235b-a22b", ("alibaba", "together"), 20, (200, 600), (1500, 350), 0.06, 0.5),
    Model("x-ai/grok-code-fast-1", ("xai",), 90, (200, 1500), (10500, 280), 0.45, 0.3, (700, 150)),
    Model("x-ai/grok-4", ("xai",), 16, (3000, 15000), (5200, 560), 0.2, 0.6, (2100, 60)),
    Model("moonshotai/kimi-k2", ("moonshot", "groq"), 24, (570, 2300), (4100, 270), 0.24),
    Model("z-ai/glm-4.6", ("zai",), 28, (390, 1900), (5600, 300), 0.28, 0.3),
    Model("minimax/minimax-m2", ("minimax",), 26, (255, 1000), (4800, 310), 0.3, 0.3),
    Model("meta-llama/llama-3.3-70b-instruct", ("together", "groq"), 31, (100, 320), (1100, 190), 0.04),
    Model("mistralai/mistral-nemo", ("mistral", "deepinfra"), 34, (20, 40), (1500, 220)),
)
"""Twenty-five models of eleven authors."""

GATEWAYS: Final = {"edge-eu": 45, "edge-us": 40, "edge-ap": 15}
TENANTS: Final = {
    "acme": 30,
    "globex": 22,
    "initech": 15,
    "umbrella": 12,
    "hooli": 11,
    "stark": 6,
    "wayne": 4,
}
APPS: Final = {"coder": 40, "chat": 28, "support-bot": 14, "roleplay": 10, "search": 8}
COUNTRIES: Final = {
    "US": 34,
    "DE": 12,
    "IN": 11,
    "SG": 9,
    "CN": 9,
    "GB": 7,
    "FR": 6,
    "BR": 5,
    "JP": 4,
    "KR": 3,
}
LANGUAGES: Final = {"en": 82, "zh": 5, "ru": 3, "es": 3, "de": 3, "fr": 2, "ja": 2}
CATEGORIES: Final = {
    "/Computers & Electronics/Programming": 46,
    "/Arts & Entertainment": 18,
    "/Science": 10,
    "/Business & Industrial": 9,
    "/Finance": 7,
    "/Reference/Language Resources": 6,
    "/Health": 4,
}
