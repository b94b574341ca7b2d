"""The rules file: defaults, what may be said in part, and every fault at once."""

from pathlib import Path

import pytest

from tokentide.schemas.alert_rules import WATCHABLE, load_rules, parse_rules
from tokentide.schemas.errors import UsageError


def test_an_empty_file_watches_everything_with_the_defaults() -> None:
    rules = parse_rules("")
    assert [watch.name for watch in rules.enabled] == list(WATCHABLE)
    assert (rules.thresholds.fast.window_s, rules.thresholds.slow.window_s) == (900, 7_200)
    assert rules == load_rules(None)


def test_a_track_can_be_named_in_part() -> None:
    fast = parse_rules("thresholds: {fast: {delta_pp: 8}}").thresholds.fast
    assert (fast.delta_pp, fast.delta_logit, fast.window_s) == (8, 0.18, 900)


def test_a_watch_can_be_off() -> None:
    rules = parse_rules("watch: {model: {enabled: false}, author: {top: 5}}")
    assert "model" not in [watch.name for watch in rules.enabled]
    assert rules.watch["author"].top == 5


def test_every_fault_is_told_at_once_by_the_path_of_its_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(
        "thresholds: {fast: {window: 7m}, z_open: 1}\n"
        "watch: {weather: {}, model: {top: 0, colour: red}}\n"
        "notify: {alertmanager: nowhere}\n"
    )
    with pytest.raises(UsageError) as raised:
        load_rules(file)
    words = str(raised.value)
    assert words.startswith("mine.yml: 6 fault(s):")
    for key in (
        "thresholds.fast.window",
        "thresholds.z_open",
        "watch.weather",
        "watch.model.top",
        "notify.alertmanager",
    ):
        assert key in words


@pytest.mark.parametrize("text", ["[1]", "a: [", "watch: {model: }", "watch: 3"])
def test_what_is_no_rules_file_is_told_in_words(text: str) -> None:
    with pytest.raises(UsageError, match=r"alerts\.yml"):
        parse_rules(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.yml: cannot be read"):
        load_rules(tmp_path / "gone.yml")
