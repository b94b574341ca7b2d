"""Labels to categories: the longest prefix decides, the surest label leads, and the table says what it must."""

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.schemas import taxonomy
from tokentide.schemas.catalogue.catalogue import VERSION
from tokentide.schemas.categories import BUCKETS, CATEGORIES, load
from tokentide.schemas.categories.mapping import TABLE
from tokentide.schemas.categories.page import table
from tokentide.schemas.errors import UserError

PINNED = (2026_11_21_02, 411628200)
KNOWN = sorted(taxonomy.DEEPER | {f"/{top}" for top in taxonomy.TOP_LEVELS})
PATHS = st.sampled_from([*KNOWN, *(f"{path}/Other" for path in KNOWN)])


def test_the_table_is_pinned_to_the_version_of_the_catalogue() -> None:
    assert (VERSION, zlib.crc32(TABLE.read_bytes())) == PINNED


def test_every_prefix_is_a_path_that_can_be_stored() -> None:
    assert [line.prefix for line in load().lines if line.prefix not in KNOWN] == []


def test_every_word_of_both_vocabularies_is_used() -> None:
    assert {line.category for line in load().lines} == set(CATEGORIES)
    assert {line.bucket for line in load().lines} == set(BUCKETS)
    assert (len(CATEGORIES), len(BUCKETS)) == (13, 9)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/Computers & Electronics", ("technology", "others", "Computers & Electronics")),
        ("/Computers & Electronics/Programming", ("programming", "programming", "Programming")),
        ("/Computers & Electronics/Programming/Other", ("programming", "programming", "Other")),
        (
            "/Computers & Electronics/Programming/Development Tools",
            ("programming", "programming", "Development Tools"),
        ),
        ("/Computers & Electronics/Software", ("technology", "others", "Software")),
        (
            "/Computers & Electronics/Software/Business & Productivity Software",
            ("technology", "productivity", "Business & Productivity Software"),
        ),
        ("/Books & Literature/Poetry", ("others", "literature", "Poetry")),
        ("/Books & Literature/Writers Resources", ("roleplay", "literature", "Writers Resources")),
        ("/Adult", ("roleplay", "adult", "Adult")),
        ("/Games/Roleplaying Games", ("roleplay", "roleplay", "Roleplaying Games")),
        ("/Games/Computer & Video Games", ("others", "others", "Computer & Video Games")),
        ("/Internet & Telecom/Web Services", ("technology", "others", "Web Services")),
        ("/Internet & Telecom/Web Services/Affiliate Programs", ("marketing/seo", "others", "Affiliate Programs")),
        (
            "/Science/Computer Science/Machine Learning & Artificial Intelligence",
            ("science", "others", "Machine Learning & Artificial Intelligence"),
        ),
        ("/Sports", ("others", "others", "Sports")),
    ],
)
def test_the_longest_prefix_decides(path: str, expected: tuple[str, str, str]) -> None:
    assert load().classify(path) == expected


def test_a_prefix_ends_where_a_segment_ends() -> None:
    assert load().classify("/Sciences Of Old") == ("others", "others", "Sciences Of Old")


@given(PATHS)
def test_a_class_is_that_of_the_longest_of_all_prefixes(path: str) -> None:
    """Tried one by one, without walking up the path."""
    fitting = [line for line in load().lines if path == line.prefix or path.startswith(line.prefix + "/")]
    longest = max(fitting, key=lambda line: len(line.prefix), default=None)
    expected = (longest.category, longest.bucket) if longest else ("others", "others")
    assert load().classify(path)[:2] == expected


def kept(*labels: tuple[str, int]) -> list[tuple[str, str]]:
    return [(each.category, each.bucket) for each in load().kept(labels)]


def test_half_sure_counts_and_less_does_not() -> None:
    assert kept(("/Science", 500_000)) == [("science", "others")]
    assert kept(("/Science", 499_999)) == []


def test_the_surest_label_leads_and_of_equals_the_first() -> None:
    assert kept(("/Science", 600_000), ("/Health", 700_000)) == [("health", "others"), ("science", "others")]
    assert kept(("/Science", 600_000), ("/Health", 600_000)) == [("science", "others"), ("health", "others")]


def test_a_label_that_adds_no_word_is_left_out() -> None:
    books = ("/Books & Literature/Fan Fiction", 800_000), ("/Books & Literature/Writers Resources", 700_000)
    assert kept(*books, ("/Adult", 900_000)) == [("roleplay", "adult"), ("roleplay", "literature")]


def test_no_word_holds_what_separates_words_in_facts() -> None:
    assert not any("|" in word for word in (*CATEGORIES, *BUCKETS, *KNOWN))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prefix,category\n", "line 1: the columns must be prefix,category,bucket,basis"),
        ("prefix,category,bucket,basis\n/A,fun,others,ours\n", "line 2 column category: 'fun' is none of"),
        ("prefix,category,bucket,basis\n/A,others,fun,ours\n", "line 2 column bucket: 'fun' is none of"),
        ("prefix,category,bucket,basis\n/A,others,others,me\n", "line 2 column basis: 'me' is none of"),
        ("prefix,category,bucket,basis\nA,others,others,ours\n", "line 2 column prefix: 'A' is no path"),
        ("prefix,category,bucket,basis\n/A,others\n", "line 2: 2 cells instead of 4"),
        (
            "prefix,category,bucket,basis\n/B,others,others,ours\n/A,others,others,ours\n",
            "line 3 column prefix: /A must come once, in order",
        ),
    ],
)
def test_a_fault_in_the_table_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "categories.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        load(path)


def test_the_page_shows_the_map_as_it_is() -> None:
    page = Path(__file__).parents[3] / "docs" / "categories.md"
    assert table(load()) in page.read_text(encoding="utf-8")
