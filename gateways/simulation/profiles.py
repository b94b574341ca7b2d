"""What each author's models are used for: shares of tokens by product category, at two or more days.

Set from the study's author profiles (C-05 to C-10) and the mixes of open weights (O-11, O-12); whatever a
profile leaves open is divided by `_REST`.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.curves import at
from tokentide.gateways.simulation.published import PROGRAMMING, SUB_TAGS
from tokentide.gateways.simulation.roster import Model

F64 = NDArray[np.float64]

CATEGORIES: Final = (
    "programming", "technology", "science", "roleplay", "translation", "marketing", "marketing/seo", "legal",
    "finance", "health", "trivia", "academia", "others",
)  # fmt: skip
"""The study's twelve product categories, and what maps to none."""
PROGRAMMING_AT: Final = CATEGORIES.index("programming")
ROLEPLAY_AT: Final = CATEGORIES.index("roleplay")
OTHERS_AT: Final = CATEGORIES.index("others")

_REST: Final = {
    "technology": 22, "science": 14, "translation": 14, "marketing": 8, "marketing/seo": 3, "legal": 6,
    "finance": 8, "health": 7, "trivia": 5, "academia": 6, "others": 20, "programming": 8, "roleplay": 9,
}  # fmt: skip
_Days = tuple[tuple[str, Mapping[str, float]], ...]
_PROFILES: Final[Mapping[str, _Days]] = {
    "anthropic": (
        ("2025-05-01", {"programming": 0.40, "technology": 0.44, "roleplay": 0.03}),
        ("2025-11-30", {"programming": 0.66, "technology": 0.18, "roleplay": 0.02}),
    ),
    "google": (
        ("2025-05-01", {"programming": 0.08, "science": 0.11, "legal": 0.05, "roleplay": 0.06}),
        ("2025-11-30", {"programming": 0.18, "science": 0.10, "legal": 0.05, "roleplay": 0.04}),
    ),
    "x-ai": (
        ("2025-05-01", {"programming": 0.45, "technology": 0.15, "roleplay": 0.08}),
        ("2025-09-01", {"programming": 0.84, "technology": 0.06, "roleplay": 0.02}),
        ("2025-11-15", {"programming": 0.83, "technology": 0.06, "roleplay": 0.02}),
        ("2025-11-24", {"programming": 0.60, "technology": 0.14, "roleplay": 0.10, "academia": 0.07}),
    ),
    "openai": (
        ("2025-01-01", {"science": 0.55, "programming": 0.06, "technology": 0.10, "roleplay": 0.06}),
        ("2025-05-01", {"science": 0.42, "programming": 0.08, "technology": 0.14, "roleplay": 0.06}),
        ("2025-11-30", {"science": 0.13, "programming": 0.29, "technology": 0.29, "roleplay": 0.05}),
    ),
    "deepseek": (
        ("2025-05-01", {"roleplay": 0.46, "others": 0.22, "programming": 0.07, "technology": 0.10}),
        ("2025-11-30", {"roleplay": 0.44, "others": 0.22, "programming": 0.13, "technology": 0.08}),
    ),
    "qwen": (
        ("2025-05-01", {"programming": 0.42, "technology": 0.12, "roleplay": 0.12}),
        ("2025-08-15", {"programming": 0.58, "technology": 0.10, "roleplay": 0.08}),
        ("2025-10-01", {"programming": 0.42, "technology": 0.08, "roleplay": 0.30}),
        ("2025-11-24", {"programming": 0.55, "technology": 0.10, "roleplay": 0.08}),
    ),
    "z-ai": (("2025-08-01", {"programming": 0.58, "technology": 0.12, "roleplay": 0.16}),),
    "moonshotai": (("2025-08-01", {"programming": 0.50, "technology": 0.12, "roleplay": 0.16}),),
    "minimax": (("2025-08-01", {"programming": 0.66, "technology": 0.14, "roleplay": 0.04}),),
    "row-oss": (
        ("2025-05-01", {"roleplay": 0.70, "programming": 0.04, "technology": 0.05}),
        ("2025-11-30", {"roleplay": 0.68, "programming": 0.10, "technology": 0.05}),
    ),
    "": (("2025-05-01", {}),),
}
_HELD: Final = frozenset({"openai", "google", "deepseek", "row-oss"})
"""Profiles whose programming share is published, or follows from what is."""
_PLAIN_PATHS: Final[Mapping[str, Mapping[str, float]]] = {
    "technology": {
        "/Computers & Electronics/Software": 0.3, "/Computers & Electronics/Enterprise Technology": 0.2,
        "/Computers & Electronics/Computer Security": 0.12, "/Computers & Electronics/Networking": 0.1,
        "/Computers & Electronics/Consumer Electronics": 0.1, "/Computers & Electronics/Computer Hardware": 0.08,
        "/Internet & Telecom/Mobile & Wireless": 0.1,
    },
    "marketing": {"/Business & Industrial/Advertising & Marketing": 1.0},
    "marketing/seo": {"/Internet & Telecom/Web Services/Search Engine Optimization & Marketing": 1.0},
    "legal": {
        "/Law & Government/Legal": 0.6, "/Law & Government/Government": 0.3, "/Law & Government/Public Safety": 0.1,
    },
    "finance": {
        "/Finance/Investing": 0.35, "/Finance/Banking": 0.2, "/Finance/Accounting & Auditing": 0.2,
        "/Business & Industrial/Business Finance": 0.25,
    },
    "trivia": {"/Arts & Entertainment/Fun & Trivia": 0.6, "/Reference/General Reference": 0.4},
    "academia": {
        "/Jobs & Education/Education": 0.5, "/Reference/Humanities": 0.25, "/People & Society/Social Sciences": 0.25,
    },
    "others": {
        "/Arts & Entertainment/Movies": 0.25, "/Arts & Entertainment/Humor": 0.2, "/Travel & Transportation": 0.15,
        "/Food & Drink": 0.15, "/Pets & Animals": 0.1, "/News": 0.15,
    },
}  # fmt: skip
PATHS: Final[Mapping[str, Mapping[str, float]]] = {**SUB_TAGS, **_PLAIN_PATHS}
"""Per product category, the content paths its prompts carry, and how often."""


def category_shares(models: tuple[Model, ...], time_s: float) -> F64:
    """Return each model's shares of tokens by category at a time: shape (models, categories), rows sum to 1."""
    known = {key: _shares(days, time_s) for key, days in _PROFILES.items()}
    return np.array([known[_profile(model)] for model in models])


def programming_at(time_s: float) -> float:
    """Return the share of programming among tokens with a product category at a time."""
    return at(PROGRAMMING, time_s)


def steerable(models: tuple[Model, ...]) -> NDArray[np.bool_]:
    """Return which models' use of programming the study leaves open, so that the total can be met by them."""
    return np.array([_profile(model) not in _HELD for model in models])


def steered(shares: F64, volume: F64, target: float, free: NDArray[np.bool_]) -> F64:
    """Return `shares` with programming exchanged for other work until it is `target` of all categorised tokens.

    Roleplay and what maps to nothing keep their shares; one odds factor serves every model that may change.

    Args:
        shares: shape (models, categories), rows sum to 1.
        volume: tokens of each model, any unit.
        target: programming tokens / tokens with a product category.
        free: which models may change.
    """
    wanted = target * float(volume @ (1 - shares[:, OTHERS_AT])) / float(volume.sum())
    low, high = -12.0, 12.0
    for _ in range(50):
        middle = (low + high) / 2
        found = float(volume @ _exchanged(shares, middle, free)[:, PROGRAMMING_AT]) / float(volume.sum())
        low, high = (middle, high) if found < wanted else (low, middle)
    return _exchanged(shares, high, free)


def _exchanged(shares: F64, log_odds: float, free: NDArray[np.bool_]) -> F64:
    fixed = shares[:, ROLEPLAY_AT] + shares[:, OTHERS_AT]
    movable = 1 - fixed
    part = shares[:, PROGRAMMING_AT] / movable
    factor = np.where(free, np.exp(log_odds), 1.0)
    new = factor * part / (1 - part + factor * part)
    result = shares * ((1 - new) / (1 - part))[:, None]
    result[:, PROGRAMMING_AT] = new * movable
    for kept in (ROLEPLAY_AT, OTHERS_AT):
        result[:, kept] = shares[:, kept]
    return result


def _profile(model: Model) -> str:
    if model.group == "row-oss":
        return "row-oss"
    return model.author if model.author in _PROFILES else ""


def _shares(days: _Days, time_s: float) -> F64:
    named = {name for _, shares in days for name in shares}
    given = {name: at(tuple((day, shares.get(name, 0.0)) for day, shares in days), time_s) for name in named}
    rest = {name: weight for name, weight in _REST.items() if name not in given}
    left = 1 - sum(given.values())
    total = sum(rest.values())
    filled = given | {name: left * weight / total for name, weight in rest.items()}
    return np.array([filled[name] for name in CATEGORIES])
