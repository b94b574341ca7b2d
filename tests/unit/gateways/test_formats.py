"""Each format must state what its trace states, leave the rest null, and name the line that is broken."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tokentide.gateways.formats import FORMATS, Population, find_format
from tokentide.schemas.errors import UsageError, UserError

AIDER = {
    "event": "message_send",
    "properties": {
        "main_model": "openrouter/anthropic/claude-3.7-sonnet",
        "prompt_tokens": 1200,
        "completion_tokens": 34,
        "total_tokens": 1234,
        "cost": 0.0041099999,
        "total_cost": 1.5,
    },
    "user_id": "52b5cc12-f16d-45f3-b30c-95ab4ae904ee",
    "time": 1742584372,
}


def messages(path: Path, kind: str, text: str) -> list[dict[str, Any]]:
    path.write_text(text)
    found = FORMATS[kind].read(path, Population("gw"))
    events = [(event, json.loads(event.message)) for event in found]
    assert all(event.key == fields["event_id"].encode() for event, fields in events)
    return [fields for _, fields in events]


def stated(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in ("event_id", "attempt", "schema_version")}


def aider(**changes: Any) -> str:
    return json.dumps(AIDER | {"properties": AIDER["properties"] | changes})  # type: ignore[operator]


def test_azure_states_arrival_and_lengths_and_nothing_else(tmp_path: Path) -> None:
    text = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:03.9799609,4808,10"
    (fields,) = messages(tmp_path / "a.csv", "azure-llm-2023", text)
    assert stated(fields) == {
        "event_time": "2023-11-16T18:17:03.979960Z",
        "gateway": "gw",
        "model": "unknown/unknown",
        "prompt_tokens": 4808,
        "completion_tokens": 10,
    }


def test_azure_rows_apart_by_100_ns_are_two_events(tmp_path: Path) -> None:
    rows = "\n".join(f"2023-11-16 18:17:03.999999{digit},1,1" for digit in range(10))
    text = f"TIMESTAMP,ContextTokens,GeneratedTokens\n{rows}"
    found = messages(tmp_path / "a.csv", "azure-llm-2023", text)
    assert len({fields["event_id"] for fields in found}) == 10
    assert {fields["event_time"] for fields in found} == {"2023-11-16T18:17:03.999999Z"}


def test_mooncake_counts_the_leading_blocks_seen_before(tmp_path: Path) -> None:
    requests = [
        {"timestamp": 0, "input_length": 1300, "output_length": 5, "hash_ids": [0, 1, 2]},
        {"timestamp": 3000, "input_length": 2000, "output_length": 6, "hash_ids": [0, 1, 9, 2]},
        {"timestamp": 3000, "input_length": 1100, "output_length": 7, "hash_ids": [0, 1, 2]},
        {"timestamp": 60500, "input_length": 600, "output_length": 8, "hash_ids": [7, 0]},
    ]
    found = messages(tmp_path / "m.jsonl", "mooncake", "\n".join(map(json.dumps, requests)))
    assert [fields["cached_tokens"] for fields in found] == [0, 1024, 1100, 0]
    assert [fields["event_time"] for fields in found] == [
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:03Z",
        "2024-01-01T00:00:03Z",
        "2024-01-01T00:01:00.500000Z",
    ]
    assert {"prompt_tokens": 2000, "completion_tokens": 6, "model": "unknown/unknown"}.items() <= found[1].items()


def test_mooncake_start_can_be_declared(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"timestamp": 1500, "input_length": 1, "output_length": 1, "hash_ids": []}')
    (event,) = FORMATS["mooncake"].read(path, Population("gw", datetime(2025, 6, 1, tzinfo=UTC)))
    assert event.at_s == datetime(2025, 6, 1, 0, 0, 1, 500_000, tzinfo=UTC).timestamp()


def test_aider_keeps_the_route_rounds_cost_and_sends_no_user(tmp_path: Path) -> None:
    (fields,) = messages(tmp_path / "a.jsonl", "aider-analytics", json.dumps(AIDER))
    assert stated(fields) == {
        "event_time": "2025-03-21T19:12:52Z",
        "gateway": "gw",
        "app": "aider",
        "model": "openrouter/anthropic/claude-3.7-sonnet",
        "prompt_tokens": 1200,
        "completion_tokens": 34,
        "total_tokens": 1234,
        "cost_usd": "0.00411",
        "cost_source": "computed",
    }


@pytest.mark.parametrize(("model", "cost"), [("ollama/x", None), ("openrouter/a/b:free", "0"), ("None", None)])
def test_aider_cost_0_is_unknown_unless_the_model_is_free(tmp_path: Path, model: str, cost: str | None) -> None:
    (fields,) = messages(tmp_path / "a.jsonl", "aider-analytics", aider(main_model=model, cost=0))
    assert fields.get("cost_usd") == cost
    assert ("cost_source" in fields) == (cost is not None)


def test_aider_passes_over_what_is_no_request(tmp_path: Path) -> None:
    other = json.dumps({"event": "launched", "properties": {}, "time": 1})
    assert len(messages(tmp_path / "a.jsonl", "aider-analytics", f"{other}\n{json.dumps(AIDER)}\n{other}")) == 1


def test_aider_exact_repeats_are_two_requests(tmp_path: Path) -> None:
    line = json.dumps(AIDER)
    found = messages(tmp_path / "a.jsonl", "aider-analytics", f"{line}\n{line}")
    assert len({fields["event_id"] for fields in found}) == 2


def usage(path: Path, *lines: bytes) -> list[tuple[bytes | None, bytes, float | None]]:
    path.write_bytes(b"\n".join(lines))
    return [(e.key, e.message, e.at_s) for e in FORMATS["usage-events"].read(path, Population(""))]


GOOD = b'{"model":"a/b", "event_id":"e1","event_time":"2025-03-21T19:12:52Z","input_tokens":1,"output_tokens":2}'


def test_usage_events_go_out_as_they_are(tmp_path: Path) -> None:
    assert usage(tmp_path / "u.jsonl", GOOD) == [(b"e1", GOOD, 1742584372.0)]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"event_id":"e2"', None),
        (b"null", None),
        (b"[1]", None),
        (b"\xff\xfe{}", None),
        (b"[" * 20_000, None),
        (b'{"event_id":7}', None),
        (b'{"event_id":"e3","event_time":"soon","prompt":"secret"}', b"e3"),
        (b'{"event_id":"e4","n":' + b"9" * 5000 + b"}", None),
        (b'{"event_id":"e5","event_time":9e99}', b"e5"),
        (b'{"event_id":"\\ud800"}', b"\xed\xa0\x80"),
    ],
)
def test_usage_events_that_are_wrong_go_out_as_they_are(tmp_path: Path, line: bytes, key: bytes | None) -> None:
    assert [(k, m) for k, m, _ in usage(tmp_path / "u.jsonl", line, GOOD)] == [(key, line), (b"e1", GOOD)]


@pytest.mark.parametrize(
    "extra",
    [
        b',"prompt":"my secret"',
        b',"labels":[{"path":"/Science","confidence":0.5,"text":"my secret"}]',
        b',"labels":[{"path":"/Science/my secret","confidence":0.5}]',
    ],
)
def test_no_unknown_field_of_a_good_event_is_sent(tmp_path: Path, extra: bytes) -> None:
    ((key, message, _),) = usage(tmp_path / "u.jsonl", GOOD[:-1] + extra + b"}")
    assert key == b"e1"
    assert b"my secret" not in message
    fields = json.loads(message)
    assert (fields["prompt_tokens"], fields["completion_tokens"], fields["model"]) == (1, 2, "a/b")


BROKEN = {
    "azure-llm-2023": (
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9,1,1\n",
        ["a,b", "2023-11-16 18:17:03.9,1", "2023-13-16 18:17:03.9,1,1", "2023-11-16 18:17:03.9,-1,1",
         "2023-11-16 18:17:03.9,9999999999,1"],
    ),
    "mooncake": (
        '{"timestamp":0,"input_length":1,"output_length":1,"hash_ids":[]}\n\n',
        ["{", "[]", "{}", '{"timestamp":0,"input_length":1,"output_length":1,"hash_ids":[1.5]}',
         '{"timestamp":0,"input_length":true,"output_length":1,"hash_ids":[]}',
         '{"timestamp":1e999,"input_length":1,"output_length":1,"hash_ids":[]}',
         '{"timestamp":99999999999999999,"input_length":1,"output_length":1,"hash_ids":[]}'],
    ),
    "aider-analytics": (
        json.dumps(AIDER) + "\n\n",
        ['{"event"', aider(prompt_tokens=None), aider(cost="1"), aider(cost=-1), aider(main_model=None),
         aider(main_model="a b c"), json.dumps(AIDER | {"time": "x"}), json.dumps(AIDER | {"time": 10**15}),
         json.dumps(AIDER | {"properties": []}), aider(prompt_tokens=2**31), aider(cost=True)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, (_, lines) in BROKEN.items() for line in lines])
def test_a_broken_line_is_named_by_file_and_number(tmp_path: Path, kind: str, line: str) -> None:
    with pytest.raises(UserError, match=r"trace, line 3: ") as fault:
        messages(tmp_path / "trace", kind, f"{BROKEN[kind][0]}{line}\n")
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3"])
def test_azure_needs_its_header(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="line 1: an azure-llm-2023 file starts with TIMESTAMP"):
        messages(tmp_path / "a.csv", "azure-llm-2023", text)


def test_an_unknown_format_is_a_usage_error_that_lists_them_all() -> None:
    with pytest.raises(UsageError) as fault:
        find_format("csv")
    assert all(name in str(fault.value) for name in ("csv", *FORMATS))
