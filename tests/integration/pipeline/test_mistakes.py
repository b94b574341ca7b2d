"""A user's own mistake is one clear sentence and an exit code, and leaves nothing half-written behind."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.command import Ended, tokentide
from support.messages import message

from tokentide.sinks.clickhouse.opening import open_store

NOWHERE = "127.0.0.1:1"
SEND = ("send", "--model", "m", "--prompt-tokens", "1", "--completion-tokens", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with one good file, `events.jsonl`."""
    (tmp_path / "events.jsonl").write_bytes(message() + b"\n")
    return tmp_path


def assert_one_sentence(ended: Ended, code: int, *words: str) -> None:
    """One line on standard error that holds `words`, nothing on standard output, and the exit code."""
    assert ended.code == code, ended
    assert ended.out == ""
    assert ended.err.startswith("tokentide: ")
    assert ended.err.count("\n") == 1, ended.err
    for word in words:
        assert word in ended.err


def assert_nothing_written(folder: Path) -> None:
    """Only the file that was there is there."""
    assert [path.name for path in folder.iterdir()] == ["events.jsonl"]


def test_check_config_names_every_fault_at_once(folder: Path) -> None:
    ended = tokentide(
        *("worker", "--check-config"),
        cwd=folder,
        TOKENTIDE_KAFKA="http://broker:9092",
        TOKENTIDE_STORE="mysql://root:hunter2@db/x",
        TOKENTIDE_PARTITIONS="0",
        TOKENTIDE_LINGER="soon",
        TOKENTIDE_DEAD_LETTERS="all",
    )

    assert (ended.code, ended.out) == (2, "")
    lines = ended.err.splitlines()
    assert lines[0] == "tokentide: 5 setting(s) cannot be used:"
    named = ("DEAD_LETTERS", "KAFKA", "LINGER", "PARTITIONS", "STORE")
    assert sorted(line.split()[0].rstrip(":") for line in lines[1:]) == [f"TOKENTIDE_{name}" for name in named]
    assert "hunter2" not in ended.err
    assert_nothing_written(folder)


def test_check_config_prints_what_can_be_used_without_its_passwords(folder: Path) -> None:
    ended = tokentide(
        *("worker", "--check-config", "--kafka", "kafka://broker:9092"),
        cwd=folder,
        TOKENTIDE_KAFKA_USERNAME="tide",
        TOKENTIDE_KAFKA_PASSWORD="hunter2",
        TOKENTIDE_STORE="clickhouse://tide:hunter3@db:8123/x",
    )

    assert (ended.code, ended.err) == (0, "")
    assert "can be used" in ended.out.splitlines()[-1]
    assert "hunter" not in ended.out
    assert_nothing_written(folder)


@pytest.mark.parametrize(
    "command", [("run", "events.jsonl"), ("worker",), ("migrate",), ("publish", "events.jsonl"), SEND]
)
def test_an_unreachable_kafka_is_named(folder: Path, command: tuple[str, ...]) -> None:
    store = f"chdb://{folder}/store"
    ended = tokentide(*command, cwd=folder, TOKENTIDE_KAFKA=f"kafka://{NOWHERE}", TOKENTIDE_STORE=store)

    assert_one_sentence(ended, 1, NOWHERE, "cannot be reached")
    assert_nothing_written(folder)


@pytest.mark.parametrize("command", [("run", "events.jsonl"), ("query", "tool-call-rate"), ("audit",), ("migrate",)])
def test_an_unreachable_clickhouse_is_named_without_its_password(folder: Path, command: tuple[str, ...]) -> None:
    ended = tokentide(*command, "--store", f"clickhouse://tide:hunter2@{NOWHERE}/x", cwd=folder)

    assert_one_sentence(ended, 1, NOWHERE, "connection refused")
    assert "hunter2" not in ended.err
    assert_nothing_written(folder)


class Refuses(BaseHTTPRequestHandler):
    """A ClickHouse that lets nobody in; answers as a server does."""

    def do_POST(self) -> None:
        """Refuse."""
        body = (
            b"Code: 516. DB::Exception: tide: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)"
        )
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(403)
        self.send_header("X-ClickHouse-Exception-Code", "516")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def refusing_server() -> Iterator[str]:
    """`host:port` of it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_wrong_password_is_called_that(folder: Path, refusing_server: str) -> None:
    ended = tokentide("run", "events.jsonl", "--store", f"clickhouse://tide:hunter2@{refusing_server}/x", cwd=folder)

    assert_one_sentence(ended, 1, "refuses user tide with this password")
    assert "hunter2" not in ended.err
    assert_nothing_written(folder)


@pytest.mark.parametrize("command", [("run", "events.jsonl"), ("migrate",)])
def test_a_store_below_a_file_cannot_be_made(folder: Path, command: tuple[str, ...]) -> None:
    ended = tokentide(*command, "--store", f"chdb://{folder}/events.jsonl/store", cwd=folder)

    assert_one_sentence(ended, 1, "events.jsonl/store", "cannot be made")
    assert_nothing_written(folder)


def test_a_store_that_another_process_holds_is_not_shared(folder: Path) -> None:
    url = f"chdb://{folder}/store"
    with open_store(url):
        for command in (("run", "events.jsonl"), ("audit",)):
            ended = tokentide(*command, "--store", url, cwd=folder)
            assert_one_sentence(ended, 1, "another process holds this folder", "tokentide store")


def test_files_are_refused_before_anything_is_made(folder: Path) -> None:
    store = ("--store", f"chdb://{folder}/store")
    whole = gzip.compress(message() * 1_000)
    gone = folder.parent / "gone.gz"
    gone.write_bytes(whole[: len(whole) // 2])

    assert_one_sentence(tokentide("run", str(gone), *store, cwd=folder), 1, "gone.gz is truncated")
    assert_one_sentence(
        tokentide("run", "none.jsonl", *store, cwd=folder), 1, "none.jsonl cannot be read: No such file"
    )
    unknown = tokentide("run", "events.jsonl", "--format", "nonsense", *store, cwd=folder)
    assert_one_sentence(unknown, 2, "'nonsense'", "usage-events", "azure-llm-2023", "mooncake", "aider-analytics")
    other = tokentide("run", "events.jsonl", "--format", "azure-llm-2023", *store, cwd=folder)
    assert_one_sentence(other, 1, "events.jsonl, line 1", "TIMESTAMP,ContextTokens,GeneratedTokens")
    assert_nothing_written(folder)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("nonsense",), ("'nonsense'", "token-share-by-author")),
        (("tool-call-rate", "--from", "yesterday"), ("--from", "'yesterday'")),
        (("tool-call-rate", "--bucket", "5m"), ("5m", "10s")),
        (("tool-call-rate", "--format", "xml"), ("'xml'", "table, json, csv")),
        (("tool-call-rate", "--filter", "author"), ("--filter", "dimension=value")),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_before_the_store_is_opened(
    folder: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    ended = tokentide("query", *options, "--store", f"chdb://{folder}/store", cwd=folder)

    assert_one_sentence(ended, 2, *words)
    assert_nothing_written(folder)


@pytest.mark.parametrize("command", [("query", "tool-call-rate"), ("audit",)])
def test_reading_makes_no_store(folder: Path, command: tuple[str, ...]) -> None:
    ended = tokentide(*command, "--store", f"chdb://{folder}/store", cwd=folder)

    assert_one_sentence(ended, 1, f"no store at chdb://{folder}/store")
    assert_nothing_written(folder)


def test_a_refused_event_is_not_sent(folder: Path) -> None:
    ended = tokentide(*SEND, "--field", "cached_tokens=2", "--kafka", f"kafka://{NOWHERE}", cwd=folder)

    assert_one_sentence(ended, 1, "refused before sending", "cached_exceeds_prompt", "cached_tokens")
