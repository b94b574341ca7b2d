"""What a board says where requests do not carry a field."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.grafana.boards import EVERYTHING
from integration.reports.engine import Engine
from support.grafana_macros import Range, expand

from tokentide.reports.grafana.fields import ACCOUNT, COST, COUNTRY, FINISH, LABELS, LANGUAGE, Field, table

HOUR = 1_700_000_000 // 3_600 * 3_600
DAY = Range(HOUR - 5 * 86_400, HOUR + 86_400)
COLUMNS = "received_day, bucket, gateway, author, attempts"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Eight requests: half of them with a country, a quarter priced, none with a language, an account or a label."""
    folder: Path = tmp_path_factory.mktemp("fields")
    made = Engine(str(folder / "engine"))
    made.command(f"INSERT INTO usage_model_1h ({COLUMNS}, unpriced) VALUES (toDate({HOUR}), {HOUR}, 'g', 'a', 8, 6)")
    for country in ("DE", ""):
        values = f"toDate({HOUR}), {HOUR}, 'g', 'a', 4, '{country}'"
        made.command(f"INSERT INTO usage_place_1h ({COLUMNS}, billing_country) VALUES ({values})")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("field", "known", "words"),
    [
        (COUNTRY, 0.5, "50 % of requests carry billing_country"),
        (COST, 0.25, "25 % of requests carry cost_usd"),
        (LANGUAGE, 0, "0 % of requests carry language: send the primary tag of BCP 47, such as en"),
        (ACCOUNT, 0, "0 % of requests carry account_hash: send an HMAC of the account, never the account"),
        (LABELS, 0, "0 % of requests carry labels: send {path, confidence} of a content classifier"),
        (FINISH, 0, "0 % of requests carry finish_reason: send stop, length, tool_calls, content_filter or error"),
    ],
    ids=lambda value: value.name if isinstance(value, Field) else None,
)
def test_the_part_that_carries_a_field_is_said(engine: Engine, field: Field, known: float, words: str) -> None:
    (row,) = engine.query(expand(table([field]), EVERYTHING, DAY), {}).to_pylist()

    assert row == {"Field": field.name, "Known": known, "n": 8, "In words": words}


def test_fields_of_a_population_are_those_of_its_requests(engine: Engine) -> None:
    other = {**EVERYTHING, "author": ["nobody"]}

    (row,) = engine.query(expand(table([COUNTRY]), other, DAY), {}).to_pylist()

    assert (row["n"], row["In words"]) == (0, "no events in this range")
