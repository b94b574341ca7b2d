"""Which broker a test runs against, and when a missing Java is a failure."""

import pytest
from support import broker


@pytest.mark.parametrize(
    ("choice", "kind", "docker", "chosen"),
    [
        ("auto", "any", False, ["embedded", "jvm"]),
        ("auto", "any", True, ["embedded", "docker"]),
        ("auto", "real", False, ["jvm"]),
        ("auto", "real", True, ["docker"]),
        ("auto", "embedded", True, ["embedded"]),
        ("jvm", "any", True, ["jvm"]),
        ("docker", "any", False, ["docker"]),
        ("embedded", "any", True, ["embedded"]),
        ("embedded", "real", False, []),
        ("jvm", "embedded", False, []),
    ],
)
def test_providers(choice: str, kind: str, docker: bool, chosen: list[str]) -> None:
    assert broker.providers_for(choice, kind, docker) == chosen


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A machine without Java, and the list of what was skipped."""
    skipped: set[str] = set()
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(broker, "_skipped", skipped)
    return skipped


def test_without_java_a_test_is_skipped_and_remembered(bare: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Java is not installed"):
        broker.require_jvm()
    assert len(bare) == 1


def test_in_ci_a_missing_java_is_a_failure(bare: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI must run the tests on the JVM Kafka"):
        broker.require_jvm()
    assert not bare


def test_the_run_ends_with_a_loud_line_about_what_was_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Terminal:
        def section(self, title: str, **_: object) -> None:
            said.append(title)

        def line(self, text: str) -> None:
            said.append(text)

    monkeypatch.setattr(broker, "_skipped", {"Maven is not installed"})
    broker.pytest_terminal_summary(Terminal())
    assert said == ["THE REAL KAFKA WAS NOT TESTED", "Maven is not installed"]
