"""The README's commands and its code, as they stand there."""

import gzip
import json
import os
import re
import subprocess
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.command import SCRIPT
from support.providers import Broker

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Fenced blocks of the README in `language` ('' for none)."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def aider_line(second: int) -> str:
    tokens = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
    properties = {"main_model": "gpt-4o", "cost": 0.01, **tokens}
    return json.dumps({"event": "message_send", "properties": properties, "time": 1_730_000_000 + second})


def test_the_three_commands_work_as_written(tmp_path: Path) -> None:
    """Replay a trace, ask for a metric, audit: one after the other in one folder."""
    commands = next(block for block in blocks("") if "tokentide run" in block).splitlines()
    with gzip.open(tmp_path / "trace.jsonl.gz", "wt") as trace:
        trace.write("\n".join(aider_line(second) for second in range(50)))
    environment = {**os.environ, "PATH": f"{SCRIPT.parent}:{os.environ['PATH']}"}

    answers = [
        subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        for line in commands
    ]

    assert len(answers) == 3
    assert re.search(r"^stored +50$", answers[0].stdout, re.MULTILINE)
    assert re.search(r"openai +100", answers[1].stdout)
    assert "everything adds up" in answers[2].stdout


@pytest.mark.broker("embedded")
async def test_the_producer_snippet_publishes(broker: Broker) -> None:
    """Its names are the gateway's own: an id and a time."""
    snippet = blocks("python")[0]
    assert "kafka://localhost:9092" in snippet
    code = snippet.replace('"kafka://localhost:9092"', f'"{broker.url}", topic="{broker.topic()}"')
    body = f"async def publish(request_id, now):\n{textwrap.indent(code, '    ')}\n    return producer\n"
    scope: dict[str, object] = {}

    exec(body, scope)

    producer = await scope["publish"]("r-1", datetime.now(UTC))  # type: ignore[operator]

    assert producer.failed == 0
    assert producer.in_flight == 0
