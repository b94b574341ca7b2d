"""What a client's words about sockets and retries become."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from tokentide.sinks.clickhouse.address import ServerAddress
from tokentide.sinks.clickhouse.unreachable import is_unreachable, nothing_answers

WHERE = ServerAddress("store.example.org", 8123, tls=False, user="me", database="d", password="secret")  # noqa: S106


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("HTTPConnectionPool(host='x'): Max retries exceeded (Caused by NewConnectionError: [Errno 111] "
         "Connection refused)", "connection refused"),
        ("NameResolutionError: Failed to resolve", "unknown host"),
        ("Read timed out. (read timeout=300)", "no answer in time"),
        ("SSLError(CERTIFICATE_VERIFY_FAILED)", "its certificate is not trusted"),
        ("Connection aborted., RemoteDisconnected", "connection failed"),
    ],
)  # fmt: skip
def test_the_sentence_names_the_store_and_what_failed(words: str, cause: str) -> None:
    told = str(nothing_answers(WHERE, OperationalError(words)))
    assert told == (
        f"store clickhouse://me@store.example.org:8123/d: nothing answers at store.example.org:8123 ({cause})"
    )


def test_an_answer_with_a_code_is_an_answer() -> None:
    assert is_unreachable(OperationalError("connection reset"))
    assert not is_unreachable(DatabaseError("Code: 241", code=241))
    assert not is_unreachable(ValueError("no"))
