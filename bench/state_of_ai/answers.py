"""Answers of a store about a simulated market, and of the market about itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.state_of_ai.asked import request
from bench.state_of_ai.compare import Difference, compare
from tokentide.reports.answer import run
from tokentide.sinks.clickhouse.store import Store

Row = dict[str, Any]
_ROWS_OF: Mapping[str, tuple[str, ...]] = {"retention-flags": ("flag", "cohort")}
"""What tells rows of one group apart where a group may have several."""


@dataclass
class Answers:
    """What a store answers, and what the simulator counted and set.

    Attributes:
        store: holds this market alone.
        oracle: metrics of `oracle.json`.
        parameters: of `parameters.json`.
    """

    store: Store
    oracle: Mapping[str, Any]
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, store: Store, market: Path) -> "Answers":
        """Read the market's files."""
        oracle, parameters = (json.loads((market / f"{name}.json").read_text()) for name in ("oracle", "parameters"))
        return cls(store, oracle["metrics"], parameters)

    def rows(self, metric: str, **ask: Any) -> list[Row]:
        """Return the rows of a question, asked as the oracle's file words it."""
        return run(self.store.query, request(metric, ask)).rows

    def differences(self, metric: str) -> list[tuple[Mapping[str, Any], Difference]]:
        """Return, question by question of the oracle, how the answer differs."""
        return [(each["ask"], self._difference(metric, each)) for each in self.oracle[metric]["questions"]]

    def _difference(self, metric: str, asked: Mapping[str, Any]) -> Difference:
        answer = run(self.store.query, request(metric, asked["ask"]))
        expected = asked["rows"]
        named = {name for row in expected for name in row}
        return compare(
            answer.rows,
            expected,
            [name for name in ("bucket", *answer.keys, *_ROWS_OF.get(metric, ())) if name in named],
        )
