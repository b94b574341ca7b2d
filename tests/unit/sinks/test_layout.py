"""DDL follows from the declared columns and the installation's layout; nothing is left to fill."""

from datetime import timedelta

import pytest

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.layout import Layout, render
from tokentide.sinks.clickhouse.migration_files import Migration, migrations


@pytest.mark.parametrize("layout", [Layout(), Layout(replicated=True, cluster="main")])
def test_every_migration_is_filled_whole(layout: Layout) -> None:
    for migration in migrations():
        for statement in migration.statements(layout):
            assert "{{" not in statement
            assert statement.startswith(("CREATE ", "ALTER ", "DROP VIEW ")), statement[:40]


def test_versions_are_distinct_and_ascend() -> None:
    versions = [migration.version for migration in migrations()]
    assert versions == sorted(set(versions))


def test_statements_can_be_run_again() -> None:
    for migration in migrations():
        for statement in migration.statements(Layout()):
            words = ("IF NOT EXISTS", "OR REPLACE", "MODIFY QUERY", "DROP VIEW IF EXISTS")
            assert any(each in statement for each in words), statement[:60]


def test_a_cluster_gets_replicated_engines_on_every_node() -> None:
    text = "\n".join(part for m in migrations() for part in m.statements(Layout(replicated=True, cluster="main")))
    stored = [line for line in text.splitlines() if line.startswith("ENGINE = ")]
    assert stored
    assert all("Replicated" in line or line == "ENGINE = Null" for line in stored)
    assert text.count("ON CLUSTER 'main'") == sum(len(m.statements(Layout())) for m in migrations())


def test_one_node_has_no_cluster_and_no_replicas() -> None:
    text = "\n".join(part for m in migrations() for part in m.statements(Layout()))
    assert "CLUSTER" not in text
    assert "Replicated" not in text


def test_a_cluster_name_cannot_carry_sql() -> None:
    with pytest.raises(UserError, match="TOKENTIDE_CLUSTER"):
        render("{{on_cluster}}", Layout(cluster="x' ; DROP TABLE usage_events"))


@pytest.mark.parametrize(("kept", "days"), [(timedelta(days=400), 400), (timedelta(hours=25), 2), (timedelta(0), 1)])
def test_facts_are_kept_whole_days(kept: timedelta, days: int) -> None:
    assert Layout(facts_retention=kept).facts_days == days


def test_comments_and_separators_are_no_statements() -> None:
    text = "-- a word; of comment\nCREATE VIEW IF NOT EXISTS a AS\nSELECT ';' AS s;\n\nALTER TABLE b;\n"
    assert Migration(1, "x", text).statements(Layout()) == [
        "CREATE VIEW IF NOT EXISTS a AS\nSELECT ';' AS s",
        "ALTER TABLE b",
    ]
