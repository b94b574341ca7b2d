"""Settings: every fault at once, addresses with their login, and what a file's replay does not judge."""

from pathlib import Path

import pytest

from tokentide.cli.run import _for_files
from tokentide.schemas.errors import UsageError
from tokentide.schemas.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's `.env`."""
    monkeypatch.chdir(tmp_path)


def also(settings: Settings) -> list[str]:
    """A check that only a room can make."""
    return [f"TOKENTIDE_STORE: {settings.store} will not do with {settings.partitions} partitions"]


def test_faults_of_values_and_of_rooms_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENTIDE_PARTITIONS", "none")
    monkeypatch.setenv("TOKENTIDE_STORE", "here")

    with pytest.raises(UsageError) as told:
        load_settings(also, linger="soon")

    head, *faults = str(told.value).splitlines()
    assert head == "3 setting(s) cannot be used:"
    named = sorted(fault.split(":")[0].strip() for fault in faults)
    assert named == ["TOKENTIDE_LINGER", "TOKENTIDE_PARTITIONS", "TOKENTIDE_STORE"]
    assert "here will not do with 4 partitions" in faults[-1]


def test_a_fault_of_two_settings_together_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENTIDE_DUPLICATE_WINDOW_ROWS", "2000000")
    monkeypatch.setenv("TOKENTIDE_DUPLICATE_WINDOW_ROWS_MAX", "1000000")
    monkeypatch.setenv("TOKENTIDE_STORE", "here")

    with pytest.raises(UsageError, match=r"2 setting(.|\n)*duplicate_window_rows is larger(.|\n)*here will not do"):
        load_settings(also)


def test_a_login_of_its_own_settings_reaches_every_client() -> None:
    settings = load_settings(kafka="kafka://one:9092", kafka_username="tide", kafka_password="hunter2")

    options = settings.kafka_address().client_options()

    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("tide", "hunter2")


def test_the_ratio_breaker_judges_a_file_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().breaker_ratio == 0.01
    assert _for_files(load_settings()).breaker_ratio == 0
    assert _for_files(load_settings()).breaker_in_row == 100
    monkeypatch.setenv("TOKENTIDE_BREAKER_RATIO", "0.01")
    assert _for_files(load_settings()).breaker_ratio == 0.01
