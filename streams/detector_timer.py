"""The leader runs the shift detector every few seconds and tells people; ingestion waits for neither."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import AlertRules
from tokentide.sinks.alerts_topic import AlertsTopic
from tokentide.sinks.clickhouse.alert_actions import delivered, record_deliveries
from tokentide.sinks.clickhouse.alert_rows import read_changes
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.notify.outbox import Outbox, channels_of
from tokentide.streams.detector import Detected, Detector
from tokentide.streams.telemetry import Telemetry
from tokentide.streams.threads import Threads

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 5.0
"""How often the leader looks for closed cells."""
_RUN_S: Final = 30.0
_KAFKA: Final = "kafka"
_UNSENT_FOR: Final = timedelta(hours=24)


class DetectorTimer:
    """Detects while this worker owns the first partition of the topic, which one worker alone does.

    Args:
        store: to read and to write.
        rules: what is watched, and who is told.
        leads: whether this worker owns the first partition of usage events now.
        telemetry: hears of every run; the missing heartbeat pages.
        alerts: where changes go in Kafka.
        now: the present time.
    """

    def __init__(
        self,
        store: Store,
        rules: AlertRules,
        leads: Callable[[], bool],
        telemetry: Telemetry,
        alerts: AlertsTopic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.threads = (Threads("detector"), Threads("notify"))
        self._store = store
        self._rules = rules
        self._leads = leads
        self._telemetry = telemetry
        self._alerts = alerts
        self._now = now
        self._detector: Detector | None = None
        self._outbox = Outbox(store, rules, channels_of(rules.notify), self._not_delivered)

    @property
    def notify_every_s(self) -> float:
        """How often people are told of what stands."""
        return self._rules.notify.resend.total_seconds()

    async def detect(self) -> None:
        """Decide what is due if this worker leads; whatever fails, the next run tries again."""
        if not self._leads():
            self._detector = None  # another one leads now: what it decided is read anew
            return
        try:
            detected = await self.threads[0].run(self._led().run)
            self._heard(detected)
            await self._publish()
        except Exception as error:  # noqa: BLE001  what watches must not end what works
            self._detector = None
            self._complain("the shift detector could not run", error)

    async def notify(self) -> None:
        """Tell people what stands if this worker leads; a dead receiver holds nobody else up."""
        if not self._leads():
            return
        try:
            await self.threads[1].run(self._outbox.round, self._now())
        except Exception as error:  # noqa: BLE001  as above
            self._complain("nobody could be told of alerts", error)

    async def close(self) -> None:
        """End both threads and the connection."""
        for threads in self.threads:
            threads.stop()
        await self._alerts.close()

    def _led(self) -> Detector:
        if self._detector is None:
            self._detector = Detector(self._store, self._rules, stopping=self._must_end, patience_s=_RUN_S)
        return self._detector

    def _must_end(self) -> bool:
        return self.threads[0].stopped or not self._leads()

    def _heard(self, detected: Detected) -> None:
        standing = {} if self._detector is None else self._detector.standing()
        self._telemetry.detected(detected.until, detected.cpu_s, standing)
        self._telemetry.early(detected.early)
        for change in detected.changes:
            logger.info("ALERT %s %s: %s", change.kind.value, change.alert_class.value, change.summary)

    async def _publish(self) -> None:
        """Send the changes of the last day that Kafka has not."""
        unsent = await self.threads[0].run(self._unsent)
        if not unsent:
            return
        try:
            await self._alerts.publish(unsent)
        except Exception as error:  # noqa: BLE001  Kafka's clients raise many kinds; all mean: send again
            self._not_delivered(_KAFKA, str(error) or repr(error))
            return
        names = [change.change_id for change in unsent]
        await self.threads[0].run(record_deliveries, self._store, _KAFKA, names, self._now())

    def _unsent(self) -> Sequence[AlertEvent]:
        changes = read_changes(self._store, self._now() - _UNSENT_FOR)
        taken = delivered(self._store, _KAFKA, [change.change_id for change in changes])
        return [change for change in changes if change.change_id not in taken]

    def _not_delivered(self, channel: str, why: str) -> None:
        self._telemetry.not_delivered(channel)
        logger.warning("alerts: %s did not take them, the next round tries again: %s", channel, why)

    def _complain(self, what: str, error: Exception) -> None:
        if not self.threads[0].stopped:
            logger.warning("%s: %s", what, str(error).partition("\n")[0][:160] or repr(error))
