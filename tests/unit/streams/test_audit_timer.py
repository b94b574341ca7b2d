"""Who audits, and that an audit that fails stops nothing."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from faust.types import TP

from tokentide.streams.audit_timer import AuditTimer
from tokentide.streams.threads import Threads

NOW = datetime(2026, 3, 5, tzinfo=UTC)


class Broken:
    """A store that answers nothing."""

    asked = 0

    def rows(self, *_: Any) -> Any:
        self.asked += 1
        raise ValueError("no answer")

    query = rows


@pytest.mark.parametrize(("owned", "asked"), [({TP("usage", 0)}, 1), ({TP("usage", 1), TP("other", 0)}, 0)])
async def test_the_owner_of_the_first_partition_audits_and_goes_on_when_it_cannot(
    owned: set[TP], asked: int, caplog: pytest.LogCaptureFixture
) -> None:
    store = Broken()
    timer = AuditTimer(store, "usage", lambda: owned, Threads("test"), lambda: NOW)  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING):
        await timer.tick()
    assert (store.asked, len(caplog.records)) == (asked, asked)
