"""Colours: one for each author, wherever it appears; told apart by colour-blind readers too.

Twelve hues whose least distance (CIE76) is above 15 in normal sight and for each of the three kinds of colour
blindness (matrices of Machado, Oliveira and Fernandes, 2009); a test holds them to it. Authors beyond the table
take a grey by name, and every figure says in words what its colours stand for.
"""

from typing import Any, Final

GREEN, YELLOW, MINT, PINK, TEAL, ROSE = "#5b8c4c", "#d3ca40", "#06e0a6", "#c667b1", "#37987c", "#fface7"
BROWN, SKY, PURPLE, ORANGE, BLUE, LIME = "#9c3a00", "#38aafe", "#963096", "#c57103", "#0970e2", "#a1cb6c"
HUES: Final = (GREEN, YELLOW, MINT, PINK, TEAL, ROSE, BROWN, SKY, PURPLE, ORANGE, BLUE, LIME)
OTHER: Final = "#9a9a9a"
UNKNOWN: Final = "#c4c4c4"
GREYS: Final = ("#8a7f6a", "#6b7a8f", "#a39aa8", "#7d8f86", "#94707a", "#5f6672")

PALETTES: Final[dict[str, dict[str, str]]] = {
    "author": {
        "anthropic": ORANGE,
        "google": BLUE,
        "openai": TEAL,
        "x-ai": PURPLE,
        "deepseek": SKY,
        "qwen": PINK,
        "meta-llama": LIME,
        "mistralai": YELLOW,
        "minimax": ROSE,
        "z-ai": MINT,
        "moonshotai": BROWN,
        "tngtech": GREEN,
    },
    "source": {"proprietary": BROWN, "chinese-oss": YELLOW, "row-oss": TEAL},
    "size": {"small": SKY, "medium": ORANGE, "large": PURPLE},
    "category": {
        "programming": BLUE,
        "roleplay": PINK,
        "technology": TEAL,
        "science": ORANGE,
        "translation": LIME,
        "marketing": YELLOW,
        "marketing/seo": ROSE,
        "legal": BROWN,
        "finance": GREEN,
        "health": MINT,
        "trivia": SKY,
        "academia": PURPLE,
    },
    "continent": {
        "North America": BLUE,
        "Asia": ORANGE,
        "Europe": TEAL,
        "South America": LIME,
        "Oceania": SKY,
        "Africa": BROWN,
    },
}


def describe() -> dict[str, Any]:
    """Return the palettes as one JSON object."""
    return {
        "groups": PALETTES,
        "hues": [BLUE, ORANGE, TEAL, PINK, YELLOW, PURPLE, SKY, BROWN, LIME, GREEN, MINT, ROSE],
        "greys": list(GREYS),
        "other": OTHER,
        "unknown": UNKNOWN,
    }
