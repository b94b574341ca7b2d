"""Metrics that the oracle does not answer, and why; how an answer is checked."""

from typing import Final

from bench.state_of_ai.answers import Answers

WITHOUT_ORACLE: Final[dict[str, str]] = {}


def check(answers: Answers, metric: str) -> None:
    """Fail with the first differences of a metric's answers."""
    assert metric in answers.oracle, f"{metric} has no oracle, and no reason for it"
    differences = answers.differences(metric)
    wrong = [f"{ask}: {line}" for ask, found in differences for line in found.wrong]
    assert wrong or all(found.rows for _, found in differences), f"{metric}: a question without rows proves nothing"
    assert not wrong, f"{metric}: {len(wrong)} differences\n" + "\n".join(wrong[:12])
