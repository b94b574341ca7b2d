"""On a real Kafka, with a real Alertmanager: the leader is killed while a page stands, and nobody is paged twice."""

import asyncio
import json
import subprocess
import time
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from support.alert_traffic import DAY_S, Change, Traffic
from support.alertmanager import Manager
from support.fault_system import System
from support.fault_worker import WorkerProcess, command
from support.pipeline import read_all
from support.providers import Broker

from tokentide.gateways import UsageProducer
from tokentide.gateways.replay import Hooks, publish_events
from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import WATCHABLE

NOW = int(time.time()) // 300 * 300
LOST = NOW - 6 * 3600
RULES = """
notify: {{alertmanager: "{url}", stdout: false, resend: 2s}}
watch: {{{off}}}
"""
OFF = [name for name in WATCHABLE if name != "author"]

pytestmark = pytest.mark.timeout(280)


@pytest.mark.broker("real")
async def test_a_killed_leader_pages_nobody_twice(broker: Broker, alertmanager: Manager, tmp_path: Path) -> None:
    rules = tmp_path / "alerts.yml"
    off = ", ".join(f"{name}: {{enabled: false}}" for name in OFF)
    rules.write_text(RULES.format(url=alertmanager.url, off=off))
    system = await System.start(broker, tmp_path / "system", alerts=str(rules), alerts_topic=broker.topic(1))
    try:
        await _believe_producers(broker, system.topic)
        lost = (Change(LOST, models={"anthropic/claude-sonnet-4.5": 0.02}),)
        history = Traffic(NOW - 8 * DAY_S, NOW - 30, 260, lost).events()
        async with UsageProducer(broker.address, topic=system.topic) as producer:
            await publish_events(history, producer, hooks=Hooks(own_time=True))
        await system.start_worker("one")
        await system.start_worker("two")
        receiver = alertmanager.receiver
        await system.until(lambda: len(receiver.told("firing")) > 0, 150)
        held = alertmanager.alerts()[0]

        leader = next(worker for worker in system.workers.values() if _leads(worker))
        leader.kill()
        killed = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1))
        await system.until(lambda: _updated(alertmanager) > killed, 90)  # another one sends it now
        await system.wait(3)
        assert len(receiver.told("firing")) == 1, receiver.told("firing")
        assert alertmanager.alerts()[0]["startsAt"] == held["startsAt"]
        assert alertmanager.alerts()[0]["labels"] == held["labels"]

        said = ["alerts", "ack", "author", "--accept-level", "--note", "it stays so"]
        done = await asyncio.to_thread(
            subprocess.run, command(*said), env=system.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        await system.until(lambda: len(receiver.told("resolved")) > 0, 60)
        assert receiver.told("resolved")[0]["labels"] == held["labels"]
        assert alertmanager.alerts() == []

        kept = await read_all(broker, system.settings["alerts_topic"], 1)
        names = {(change.kind.value, change.change_id) for change in map(_change, (each.value for each in kept))}
        assert sorted(kind for kind, _ in names) == ["accepted", "opened"]
    finally:
        await system.close()


def _leads(worker: WorkerProcess) -> bool:
    assigned = [line for line in worker.said.splitlines() if ": partitions [" in line]
    return bool(assigned) and "partitions [0" in assigned[-1]


def _updated(manager: Manager) -> str:
    return max((str(alert["updatedAt"]) for alert in manager.alerts()), default="")


def _change(value: bytes) -> AlertEvent:
    fields = json.loads(value)
    change = AlertEvent.model_validate({name: fields[name] for name in AlertEvent.model_fields if name in fields})
    assert (change.alert_id, change.change_id) == (fields["alert_id"], fields["change_id"])
    return change


async def _believe_producers(broker: Broker, topic: str) -> None:
    """Let the topic keep the time a record says, so that a week of history can be published now."""
    admin = AIOKafkaAdminClient(**broker.address.client_options())
    await admin.start()
    try:
        configs = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)])
    finally:
        await admin.close()
