"""`tokentide live` as it is run: an empty page, events sent to it, and what the page makes of them."""

import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from integration.page.conftest import address
from support.command import Ended, Running, tokentide


@dataclass
class Live:
    """A running `tokentide live --no-market`.

    Attributes:
        url: of the page.
        kafka: where its broker listens.
        folder: to run commands in.
    """

    url: str
    kafka: str
    folder: Path

    def send(self, *fields: str) -> Ended:
        return tokentide(
            *("send", "--kafka", self.kafka, "--model", "openai/gpt-4o"),
            *("--prompt-tokens", "1200", "--completion-tokens", "300"),
            *(part for one in fields for part in ("--field", one)),
            cwd=self.folder,
        )

    def figure(self, name: str, query: str = "range=1h&unit=tokens") -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}api/figures/{name}?{query}", timeout=90) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def figure_once(self, name: str, met: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """Return a figure's answer once it is so: answers are as old as the page's own, some seconds."""
        deadline = time.monotonic() + seconds
        while not met(found := self.figure(name)):
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
        return found


@dataclass
class Stream:
    """Server-sent events as they come, read by a thread."""

    url: str
    events: "Queue[tuple[str, Any]]" = field(default_factory=Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with urllib.request.urlopen(self.url, timeout=120) as lines:
            name = ""
            for raw in lines:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.events.put((name, json.loads(line.removeprefix("data: "))))

    def until(self, name: str, figure: str, seconds: float = 60) -> Any:
        """Return the next event of a name about a figure."""
        while True:
            event, data = self.events.get(timeout=seconds)
            if event == name and data["figure"] == figure:
                return data


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    running = Running("live", "--no-market", "--port", "0", cwd=folder)
    try:
        url = address(running)
        kafka = re.search(r"kafka:\s+(kafka://\S+)", running.said)
        assert kafka is not None
        yield Live(url, kafka.group(1), folder)
    finally:
        assert running.terminate() == 0, running.said


def test_it_says_how_to_send_and_an_event_sent_like_that_is_on_the_page(live: Live) -> None:
    assert live.figure("total")["missing"] == "No events in this period yet."
    stream = Stream(f"{live.url}events?range=1h&unit=tokens")
    assert stream.until("figure", "total")["rows"] == []
    assert live.send().code == 0
    change = stream.until("patch", "total")
    assert change["rows"][0][0] == 1500
    assert change["set"]["n"] == 1
    assert change["set"]["missing"] == ""


def test_a_field_nobody_sends_is_named_with_the_way_to_send_it(live: Live) -> None:
    before = live.figure_once("continents", lambda one: "billing_country" in one["missing"])
    assert before["missing"] == "0 % of requests carry billing_country."
    assert "--field 'billing_country=DE'" in before["how"]
    assert live.send("billing_country=DE").code == 0
    after = live.figure_once("continents", lambda one: bool(one["rows"]))
    assert after["rows"][0][0] == "Europe"
    assert after["known"] == 0.5
    assert after["n"] == 1


def test_an_answer_is_one_json_object(live: Live) -> None:
    found = live.figure("author-ranking", "range=24h&unit=requests")
    assert found["unit"] == "requests"
    assert found["rows"][0][:2] == ["openai", 1.0]
    assert found["finding"] == "openai 100.0 %, together 100.0 %."


@pytest.mark.parametrize(
    ("path", "code"),
    [("nothing", 404), ("api/figures/none", 404), ("assets/../server.py", 404), ("events?range=century", 400)],
)
def test_what_is_not_there_is_refused(live: Live, path: str, code: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{live.url}{path}", timeout=30)
    assert refused.value.code == code


def test_only_this_machine_s_names_are_answered(live: Live) -> None:
    """A page elsewhere whose name leads here must not read the figures through a reader's browser."""
    foreign = urllib.request.Request(live.url, headers={"Host": "figures.example"})  # noqa: S310
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(foreign, timeout=30)
    assert refused.value.code == 421


def test_a_port_in_use_is_named_in_one_sentence(live: Live, tmp_path: Path) -> None:
    port = live.url.rstrip("/").rpartition(":")[2]
    ended = tokentide("live", "--no-market", "--port", port, cwd=tmp_path)
    assert ended.code == 1
    assert f"--port {port}" in ended.err
    assert "Traceback" not in ended.err


def test_another_address_is_refused(tmp_path: Path) -> None:
    ended = tokentide("live", "--host", "0.0.0.0", cwd=tmp_path)  # noqa: S104
    assert ended.code == 2
    assert "--host is 0.0.0.0" in ended.err
