"""One market through broker, worker and store answers every metric as SQL over its raw events does."""

import pytest
from integration.recount.conftest import Both
from integration.recount.questions import disagreements, questions
from integration.recount.second import METRICS


def test_the_balance_is_what_the_messages_say(both: Both) -> None:
    fates = {row["fate"]: row["n"] for row in both.recount.rows("SELECT fate, count(*) AS n FROM told GROUP BY fate")}
    assert (both.balance.stored, both.balance.duplicates, both.balance.conflicts) == (
        fates["stored"], fates["duplicate"], fates["conflict"],
    )  # fmt: skip
    assert both.balance.dead_letters == fates["dead"] + fates["conflict"]


@pytest.mark.parametrize("metric", METRICS)
def test_both_implementations_agree(both: Both, metric: str) -> None:
    asked = list(questions(metric))
    found = [each for one in asked for each in disagreements(both.store, both.recount, one)]
    assert asked
    assert found[:10] == []
