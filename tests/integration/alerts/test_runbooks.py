"""Every query of the runbooks runs on the engine, every class has a page, and links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tokentide.schemas.alert import AlertClass
from tokentide.schemas.alert_rules import Notifications
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.notify.compose import runbook_url

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
QUERIES = [
    pytest.param(query, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, query in enumerate(re.findall(r"```sql\n(.*?)```", page.read_text(), re.DOTALL), 1)
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"chdb://{tmp_path_factory.mktemp('runbooks') / 'store'}") as opened:
        migrate(opened)
        yield opened


@pytest.mark.parametrize("query", QUERIES)
def test_the_queries_of_runbooks_run(store: Store, query: str) -> None:
    assert store.query(query).column_names, "it shows nothing"


def test_every_class_has_a_page_with_two_queries() -> None:
    for kind in AlertClass:
        page = ROOT / runbook_url(Notifications(), kind)
        assert page.read_text().count("```sql") == 2, page
        assert "## Do" in page.read_text()


def test_every_rule_of_prometheus_names_a_place_in_a_runbook() -> None:
    rules = yaml.safe_load((ROOT / "infra" / "prometheus" / "tokentide.rules.yml").read_text())
    for rule in rules["groups"][0]["rules"]:
        page, _, place = rule["annotations"]["runbook_url"].partition("#")
        assert not place or f"\n## {place}\n" in (ROOT / page).read_text(), rule["alert"]
        assert (ROOT / page).is_file()
