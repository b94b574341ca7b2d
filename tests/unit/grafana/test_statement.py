"""From a question to Grafana's SQL: variables in place of filters, macros in place of bounds."""

import pytest

from tokentide.reports.grafana import span
from tokentide.reports.grafana.statement import Asked, filled, literal, rows, table
from tokentide.reports.grafana.variables import VARIABLES, marked, restricted
from tokentide.schemas.errors import UsageError


def test_a_filter_of_a_variable_becomes_a_condition_that_all_lifts() -> None:
    sql = restricted("x IN {only_0:Array(String)}", {"only_0": ["$model"]}, {"model": "x"})

    assert sql == (
        "$__conditionalAll(has([${model:singlequote}], if(toString(x) = '', '(none)', toString(x))), $model)"
    )


def test_a_filter_of_a_panel_stays_as_it_is() -> None:
    assert restricted("x IN {only_0:Array(String)}", {"only_0": ["a"]}, {}) == "x IN {only_0:Array(String)}"


def test_a_variable_without_its_filter_is_an_error_when_generating() -> None:
    with pytest.raises(ValueError, match="no filter on model"):
        restricted("1", {"only_0": ["$model"]}, {"model": "x"})


def test_parameters_are_filled_and_variables_left() -> None:
    sql = filled("{a:UInt32} {b:Array(String)} ${a:singlequote}", {"a": 1, "b": ["x'y", "\\"]}, {})

    assert sql == "1 ['x\\'y', '\\\\'] ${a:singlequote}"


def test_a_parameter_without_value_is_an_error_when_generating() -> None:
    with pytest.raises(KeyError):
        filled("{a:UInt32}", {}, {})


@pytest.mark.parametrize(("value", "text"), [("it's", "'it\\'s'"), (["a"], "['a']"), (7, "7")])
def test_literals(value: object, text: str) -> None:
    assert literal(value) == text


def test_all_variables_apply_to_model_rows_and_no_model_to_places() -> None:
    assert [each.name for each in Asked("volume").variables] == ["gateway", "tenant", "author", "model"]
    assert [each.name for each in Asked("country-share").variables] == ["gateway", "tenant", "author"]
    assert set(marked(VARIABLES)) == {"gateway", "tenant", "author", "model"}


def test_a_variable_does_not_override_what_a_panel_fixes() -> None:
    assert "author" not in [each.name for each in Asked("volume", filters={"author": ["openai"]}).variables]


def test_the_unit_is_a_variable_only_where_there_is_a_choice() -> None:
    assert "${unit:singlequote}" in rows(Asked("token-share-by-author"))
    assert "${unit" not in rows(Asked("agentic-share"))


def test_what_the_registry_refuses_is_refused_here() -> None:
    with pytest.raises(UsageError, match="no dimension"):
        rows(Asked("volume", by="billing_country"))


def test_short_buckets_are_for_recent_ranges_only() -> None:
    sql = span.bucket_s()

    assert sql.startswith("multiIf($__interval_s <= 10 AND ")
    assert sql.endswith(", 604800)")
    assert span.bucket_s(86_400) == "multiIf($__interval_s <= 86400, 86400, 604800)"


def test_a_table_names_its_columns_as_asked() -> None:
    sql = table(Asked("author-profile", total=True), {"share": "Share"}, "Category", "Author")

    assert sql.startswith("SELECT if(toString(part) = '', '(none)', toString(part)) AS \"Author\", ")
    assert 'share AS "Share"' in sql
