"""Label paths: a closed set, so that none can carry free text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shared import SHARED, needs_shared

from tokentide.schemas import taxonomy


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/News", "/News"),
        ("/News/Politics", "/News"),
        ("/News/Other", "/News/Other"),
        ("/News/Other/More", "/News/Other"),
        ("/Computers & Electronics/Programming/Java (Programming Language)",) * 2,
        ("/Computers & Electronics/Programming/Cobol", "/Computers & Electronics/Programming"),
        ("/Computers & Electronics/Alice's secret", "/Computers & Electronics"),
        ("/Alice's secret", None),
        ("News", None),
        ("/news", None),
        ("/News ", None),
        ("", None),
        ("/", None),
        ("//News", None),
        ("/Other", None),
        ("/News/", "/News"),
        ("/Adult/" + "x" * 121, "/Adult"),
        ("/Adult/" + "x" * 122, None),
    ],
)
def test_a_path_is_cut_to_what_is_known(path: str, kept: str | None) -> None:
    assert taxonomy.cut(path) == kept


@given(st.lists(st.sampled_from(["", "News", "Other", "Sports", "Science", "Computer Science", "x"]), max_size=5))
def test_what_is_kept_is_a_prefix_and_stays(levels: list[str]) -> None:
    path = "/".join(levels)
    kept = taxonomy.cut(path)
    if kept is not None:
        assert path == kept or path.startswith(kept + "/")
        assert taxonomy.cut(kept) == kept


@needs_shared
@pytest.mark.shared
def test_every_published_path_keeps_its_top_level() -> None:
    """Both public lists, read where they lie."""
    folder = SHARED / "google-content-categories"
    paths = (folder / "v1.txt").read_text(encoding="utf-8").split("\n")
    paths += (folder / "v2_excerpt.txt").read_text(encoding="utf-8").split("\n")
    paths = [path for path in paths if path]
    assert len(paths) > 600
    assert all((taxonomy.cut(path) or "").split("/")[1] == path.split("/")[1] for path in paths)
