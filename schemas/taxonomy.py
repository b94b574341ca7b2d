"""Content category paths that may be stored: a closed set, so that a label can hold no free text.

The names are those of Google's content categories (top levels of versions 1 and 2), deepened where the study's
product categories need it. A deeper path is cut to its longest known prefix; a path whose top level is unknown
is refused. `<known path>/Other` is kept, as version 2 writes it.

Source: cloud.google.com/natural-language/docs/categories.
"""

from functools import lru_cache
from typing import Final

TOP_LEVELS: Final = frozenset({
    "Adult", "Arts & Entertainment", "Autos & Vehicles", "Beauty & Fitness", "Books & Literature",
    "Business & Industrial", "Computers & Electronics", "Finance", "Food & Drink", "Games", "Health",
    "Hobbies & Leisure", "Home & Garden", "Internet & Telecom", "Jobs & Education", "Law & Government",
    "News", "Online Communities", "People & Society", "Pets & Animals", "Real Estate", "Reference",
    "Science", "Sensitive Subjects", "Shopping", "Sports", "Travel", "Travel & Transportation",
})  # fmt: skip
"""First level of both versions; version 2 renames Travel."""

DEEPER: Final = frozenset({
    "/Arts & Entertainment/Fun & Trivia",
    "/Arts & Entertainment/Humor",
    "/Arts & Entertainment/Movies",
    "/Arts & Entertainment/Music & Audio",
    "/Arts & Entertainment/TV & Video",
    "/Books & Literature/Fan Fiction",
    "/Books & Literature/Poetry",
    "/Books & Literature/Writers Resources",
    "/Business & Industrial/Advertising & Marketing",
    "/Business & Industrial/Business Finance",
    "/Business & Industrial/Business Services",
    "/Computers & Electronics/Computer Hardware",
    "/Computers & Electronics/Computer Security",
    "/Computers & Electronics/Consumer Electronics",
    "/Computers & Electronics/Electronics & Electrical",
    "/Computers & Electronics/Enterprise Technology",
    "/Computers & Electronics/Networking",
    "/Computers & Electronics/Programming",
    "/Computers & Electronics/Programming/Development Tools",
    "/Computers & Electronics/Programming/Java (Programming Language)",
    "/Computers & Electronics/Programming/Scripting Languages",
    "/Computers & Electronics/Software",
    "/Computers & Electronics/Software/Business & Productivity Software",
    "/Finance/Accounting & Auditing",
    "/Finance/Banking",
    "/Finance/Credit & Lending",
    "/Finance/Insurance",
    "/Finance/Investing",
    "/Games/Computer & Video Games",
    "/Games/Roleplaying Games",
    "/Health/Health Conditions",
    "/Health/Medical Facilities & Services",
    "/Health/Mental Health",
    "/Health/Pharmacy",
    "/Health/Public Health",
    "/Internet & Telecom/Mobile & Wireless",
    "/Internet & Telecom/Web Services",
    "/Internet & Telecom/Web Services/Affiliate Programs",
    "/Internet & Telecom/Web Services/Search Engine Optimization & Marketing",
    "/Jobs & Education/Education",
    "/Jobs & Education/Jobs",
    "/Law & Government/Government",
    "/Law & Government/Legal",
    "/Law & Government/Public Safety",
    "/People & Society/Social Sciences",
    "/Reference/General Reference",
    "/Reference/Humanities",
    "/Reference/Language Resources",
    "/Reference/Language Resources/Foreign Language Resources",
    "/Science/Biological Sciences",
    "/Science/Chemistry",
    "/Science/Computer Science",
    "/Science/Computer Science/Machine Learning & Artificial Intelligence",
    "/Science/Mathematics",
    "/Science/Physics",
})  # fmt: skip
"""Known paths below a top level: those the study's product categories are read from, and their siblings."""

MAX_PATH: Final = 128
_KNOWN: Final = frozenset(f"/{name}" for name in TOP_LEVELS) | DEEPER


@lru_cache(maxsize=4096)
def cut(path: str) -> str | None:
    """Return the longest prefix of `path` that the taxonomy knows, or None when not even its top level is known.

    Args:
        path: "/Top Level/Second/…", at most 128 characters, exact English names.
    """
    if len(path) > MAX_PATH:
        return None
    levels = path.split("/")
    for depth in range(len(levels), 1, -1):
        prefix = "/".join(levels[:depth])
        if prefix in _KNOWN or (depth > 2 and levels[depth - 1] == "Other" and prefix[:-6] in _KNOWN):
            return prefix
    return None
