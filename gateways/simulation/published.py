"""The study's published figures that this market is set from, each under its id.

They are inputs of the scenario `state-of-ai-2025` and reference lines, never expected values of a metric.
What is not listed here was not set: it may emerge, or not.

Source: A. Aubakirova et al., State of AI: An Empirical 100 Trillion Token Study, OpenRouter and a16z, 2025.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Knots = tuple[tuple[str, float], ...]
"""(day, value) pairs; between two days a curve is linear, outside them constant."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One parameter set from the study.

    Attributes:
        name: the parameter.
        study: the study's id of the figure or table.
        published: what the study says, in its own unit.
        value: what the scenario is given for it.
    """

    name: str
    study: str
    published: str
    value: object


VOLUME_TRILLIONS: Final[Knots] = (
    *(("2023-11-01", 0.08), ("2024-05-01", 0.25), ("2024-11-03", 0.5), ("2025-02-03", 1.05)),
    *(("2025-05-05", 2.0), ("2025-07-07", 3.6), ("2025-09-01", 5.1), ("2025-11-30", 7.0)),
)
CHINESE_OSS: Final[Knots] = (
    *(("2023-11-01", 0.010), ("2024-10-20", 0.024), ("2024-12-09", 0.012), ("2024-12-23", 0.014)),
    *(("2025-01-20", 0.060), ("2025-02-10", 0.140), ("2025-03-31", 0.130), ("2025-05-12", 0.110)),
    *(("2025-06-16", 0.120), ("2025-07-14", 0.200), ("2025-08-04", 0.297), ("2025-08-18", 0.270)),
    *(("2025-09-15", 0.140), ("2025-10-13", 0.148), ("2025-11-10", 0.175), ("2025-11-30", 0.170)),
)
ROW_OSS: Final[Knots] = (
    *(("2023-11-01", 0.30), ("2024-05-01", 0.30), ("2024-11-03", 0.205), ("2025-01-20", 0.177)),
    *(("2025-03-17", 0.143), ("2025-05-12", 0.112), ("2025-07-14", 0.092), ("2025-08-11", 0.100)),
    *(("2025-09-15", 0.112), ("2025-10-20", 0.128), ("2025-11-30", 0.148)),
)
CHINESE_CLOSED: Final = 0.033
OSS_AUTHOR_TRILLIONS: Final[Mapping[str, float]] = {
    "deepseek": 14.37, "qwen": 5.59, "meta-llama": 3.96, "mistralai": 2.92, "openai": 1.65,
    "minimax": 1.26, "z-ai": 1.18, "tngtech": 1.13, "moonshotai": 0.92, "google": 0.82,
}  # fmt: skip
PROMPT_MEAN: Final[Knots] = (
    ("2023-11-01", 1450), ("2024-03-01", 1500), ("2025-01-01", 3000), ("2025-05-05", 4200), ("2025-11-30", 6100),
)  # fmt: skip
COMPLETION_MEAN: Final[Knots] = (
    *(("2023-11-01", 145), ("2024-03-01", 150), ("2025-01-01", 250), ("2025-05-05", 320), ("2025-11-30", 400)),
)
PROGRAMMING_PROMPT_MEAN: Final[Knots] = (
    *(("2023-11-01", 5000), ("2024-11-01", 12000), ("2025-04-01", 20500), ("2025-11-30", 21500)),
)
PROGRAMMING: Final[Knots] = (
    *(("2025-05-05", 0.11), ("2025-06-02", 0.17), ("2025-07-14", 0.27), ("2025-09-01", 0.44)),
    *(("2025-10-06", 0.50), ("2025-11-30", 0.52)),
)
SUB_TAGS: Final[Mapping[str, Mapping[str, float]]] = {
    "roleplay": {
        "/Games/Roleplaying Games": 0.58, "/Books & Literature/Writers Resources": 0.156, "/Adult": 0.154,
        "/Books & Literature/Fan Fiction": 0.11,
    },
    "programming": {
        "/Computers & Electronics/Programming/Other": 0.672,
        "/Computers & Electronics/Programming/Development Tools": 0.264,
        "/Computers & Electronics/Programming/Scripting Languages": 0.04,
        "/Computers & Electronics/Programming/Java (Programming Language)": 0.024,
    },
    "translation": {
        "/Reference/Language Resources/Foreign Language Resources": 0.511,
        "/Reference/Language Resources/Other": 0.489,
    },
    "science": {
        "/Science/Computer Science/Machine Learning & Artificial Intelligence": 0.804, "/Science/Mathematics": 0.08,
        "/Science/Physics": 0.05, "/Science/Chemistry": 0.03, "/Science/Biological Sciences": 0.036,
    },
    "health": {
        "/Health/Health Conditions": 0.24, "/Health/Medical Facilities & Services": 0.22,
        "/Health/Mental Health": 0.20, "/Health/Pharmacy": 0.18, "/Health/Public Health": 0.16,
    },
}  # fmt: skip
COUNTRIES: Final[Mapping[str, float]] = {
    "US": 0.4717, "SG": 0.0921, "DE": 0.0751, "CN": 0.0601, "KR": 0.0288,
    "NL": 0.0265, "GB": 0.0252, "CA": 0.0190, "JP": 0.0177, "IN": 0.0162,
}  # fmt: skip
CONTINENTS: Final[Mapping[str, float]] = {
    "Asia": 0.2861, "Europe": 0.2132, "South America": 0.0121, "Oceania": 0.0118, "Africa": 0.0046,
}  # fmt: skip
ASIA: Final[Knots] = (("2024-11-03", 0.13), ("2025-03-01", 0.20), ("2025-07-01", 0.275), ("2025-11-30", 0.31))
LANGUAGES: Final[Mapping[str, float]] = {"en": 0.8287, "zh": 0.0495, "ru": 0.0247, "es": 0.0143, "th": 0.0103}
FOUNDATIONAL_AT_5: Final = 0.40
FOUNDATIONAL: Final = (
    ("anthropic/claude-sonnet-4", "2025-05"),
    ("google/gemini-2.5-pro", "2025-06"),
    ("openai/gpt-4o-mini", "2024-07"),
)
LOSERS: Final = ("google/gemini-2.0-flash-001", "meta-llama/llama-4-maverick")
BOOMERANGS: Final = (
    ("deepseek/deepseek-r1", "2025-04", 3),
    ("deepseek/deepseek-chat-v3-0324", "2025-07", 2),
)
WHALE_MONTH: Final = "2025-05"
CACHED: Final = 0.90

SETTINGS: Final = (
    Setting("tokens a week", "D-02", "about 0.5T in 2024, > 1T Feb 2025, > 5T Sep 2025, about 7T latest",
            VOLUME_TRILLIONS),
    Setting("share of Chinese OSS", "O-03, O-04", "weekly mean 13.0 %, low 1.2 % late 2024, near 30 % in some weeks",
            CHINESE_OSS),
    Setting("share of rest-of-world OSS", "O-03", "mean of weeks 13.7 %; all OSS about a third at the end", ROW_OSS),
    Setting("share of closed models of Chinese authors", "O-03", "70 % proprietary rest of world; 3.3 % left over",
            CHINESE_CLOSED),
    Setting("tokens by OSS author", "O-06", "ten totals, trillions; set as ratios within each source group",
            OSS_AUTHOR_TRILLIONS),
    Setting("mean prompt tokens", "A-05", "1.5K to > 6K", PROMPT_MEAN),
    Setting("mean completion tokens", "A-06", "150 to 400", COMPLETION_MEAN),
    Setting("mean prompt tokens of programming", "A-07, A-09", "routinely > 20K, 3 to 4 times the others",
            PROGRAMMING_PROMPT_MEAN),
    Setting("share of programming", "C-01", "about 11 % to > 50 % of tokens with a category", PROGRAMMING),
    Setting("sub-tags within a category", "C-03, C-04", "roleplaying games 58, writers 15.6, adult 15.4; "
            "programming/other > 67, tools 26.4; foreign language 51.1; machine learning 80.4; health none > 25",
            SUB_TAGS),
    Setting("tokens by country", "G-03", "ten countries; the other 16.76 % by the continents of G-02", COUNTRIES),
    Setting("tokens by continent", "G-02", "of the countries outside the ten only: the tables contradict each other",
            CONTINENTS),
    Setting("share of Asia over time", "G-01", "about 13 % to about 31 % (of spend)", ASIA),
    Setting("tokens by language", "G-04", "five languages and 7.25 % other", LANGUAGES),
    Setting("retention of a foundational cohort at month 5", "R-01, R-02", "about 40 %", FOUNDATIONAL_AT_5),
    Setting("foundational cohorts", "R-01, R-02", "Claude 4 Sonnet May 2025, Gemini 2.5 Pro June 2025, "
            "GPT-4o Mini July 2024", FOUNDATIONAL),
    Setting("models without a foundational cohort", "R-03", "Gemini 2.0 Flash, Llama 4 Maverick", LOSERS),
    Setting("boomerang cohorts", "R-04", "R1 April 2025 at month 3, V3-0324 July 2025 at month 2", BOOMERANGS),
    Setting("cached part of prompts that use a cache", "P-04", "Claude 4 Sonnet $1.937 at list prices 3 and 15",
            CACHED),
    Setting("one large account", "A-03", "a short burst of tool calls in May 2025", WHALE_MONTH),
)  # fmt: skip
"""Every parameter that is set from the study; author profiles (C-05 to C-10, O-11, O-12) stand in `profiles.py`."""
