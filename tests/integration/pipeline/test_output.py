"""What other programs read of the commands: one JSON object on the last line, lists of flat objects."""

import json
from pathlib import Path
from typing import Any

from support.command import tokentide
from support.messages import clean, message

BALANCE = {
    "received": int,
    "stored": int,
    "duplicates": int,
    "conflicts": int,
    "dead_letters": int,
    "dropped": int,
    "in_flight": int,
    "by_reason": dict,
    "seconds": float,
    "events_per_second": float,
}


def last_line(out: str) -> dict[str, Any]:
    """The object on the last line."""
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert {name: type(found[name]) for name in BALANCE} == BALANCE
    return found


def test_run_audit_and_query_speak_json(tmp_path: Path) -> None:
    good = clean(30)
    bad = [
        b"not an event",
        message(event_id="bad-1", prompt_tokens=-1),
        good[3].replace(b'"latency_ms":', b'"ttft_ms":'),
    ]
    (tmp_path / "day.jsonl").write_bytes(b"\n".join([*good, good[0], *bad]) + b"\n")
    store = ("--store", f"chdb://{tmp_path}/store")

    run = tokentide("run", "day.jsonl", *store, "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    balance = last_line(run.out)
    assert balance.keys() == BALANCE.keys()
    assert {name: balance[name] for name in ("received", "stored", "duplicates", "conflicts", "dead_letters")} == {
        "received": 34,
        "stored": 30,
        "duplicates": 1,
        "conflicts": 1,
        "dead_letters": 3,
    }
    assert (balance["dropped"], balance["in_flight"]) == (0, 0)
    assert balance["by_reason"] == {"not_an_object": 1, "out_of_range": 1, "conflict": 1}

    audit = tokentide("audit", *store, "--json", cwd=tmp_path)
    assert audit.code == 0, audit.err
    assert last_line(audit.out).items() >= {name: balance[name] for name in list(BALANCE)[:8]}.items()

    query = tokentide("query", "token-share-by-author", *store, "--bucket", "1h", "--format", "json", cwd=tmp_path)
    assert (query.code, query.err) == (0, "")
    rows = json.loads(query.out)
    assert [row["author"] for row in rows] == ["anthropic"]
    assert sum(row["requests"] for row in rows) == 30
    for row in rows:
        assert row["bucket"] == "2025-12-31T23:00:00Z"
        assert all(isinstance(row[name], int | float) for name in ("tokens", "requests", "cost_usd", "share"))
        assert not any(isinstance(value, dict | list) for value in row.values())


def test_a_broken_promise_is_exit_code_1_and_says_what_is_broken(tmp_path: Path) -> None:
    """The audit must not only hold: it must fail when a fact is missing."""
    (tmp_path / "day.jsonl").write_bytes(b"\n".join(clean(20)))
    store = ("--store", f"chdb://{tmp_path}/store")
    assert tokentide("run", "day.jsonl", *store, cwd=tmp_path).code == 0
    lose_one_fact(tmp_path / "store")

    audit = tokentide("audit", *store, "--json", cwd=tmp_path)

    assert audit.code == 1
    found = last_line(audit.out)
    assert found["holds"] is False
    assert found["faults"]
    assert "Traceback" not in audit.err


def lose_one_fact(path: Path) -> None:
    """Delete a fact behind the back of the ledger."""
    from tokentide.sinks.clickhouse.opening import open_store

    with open_store(f"chdb://{path}") as opened:
        opened.command("DELETE FROM usage_events WHERE event_id = 'gen-0-7'")


def test_a_file_of_garbage_is_no_success_and_leaves_a_sound_store(tmp_path: Path) -> None:
    (tmp_path / "wrong.jsonl").write_bytes(b"\n".join(b"line %d" % (number % 3) for number in range(900)))
    store = ("--store", f"chdb://{tmp_path}/store")

    run = tokentide("run", "wrong.jsonl", *store, "--json", cwd=tmp_path)

    assert run.code == 1
    assert "more than 100 messages in a row were refused" in run.err.splitlines()[-1]
    assert "Traceback" not in run.err
    audit = tokentide("audit", *store, "--json", cwd=tmp_path)
    assert audit.code == 0
    assert last_line(audit.out)["stored"] == 0
