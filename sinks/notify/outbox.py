"""What is due on each channel now, and the record of what was taken: read from the store at every round."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from tokentide.schemas.alert_rules import AlertRules, Notifications
from tokentide.sinks.clickhouse.alert_actions import delivered, read_actions, record_deliveries
from tokentide.sinks.clickhouse.alert_rows import read_changes, read_standings
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.notify.alertmanager import Alertmanager
from tokentide.sinks.notify.channel import Budget, Channel, deliver
from tokentide.sinks.notify.compose import FRESH, notices
from tokentide.sinks.notify.http import check_url
from tokentide.sinks.notify.notice import Notice
from tokentide.sinks.notify.stdout import Stdout
from tokentide.sinks.notify.webhook import Webhook

_MARGIN: Final = timedelta(hours=2)
_OF_WEEKS: Final = timedelta(days=57)


def channels_of(rules: Notifications) -> list[Channel]:
    """Return the channels that the rules name.

    Raises:
        UsageError: a URL cannot be used.
    """
    found: list[Channel] = []
    if rules.webhook:
        found.append(Webhook(check_url("notify.webhook", rules.webhook)))
    if rules.stdout:
        found.append(Stdout())
    if rules.alertmanager:
        found.append(Alertmanager([check_url("notify.alertmanager", each) for each in rules.alertmanager.split(",")]))
    return found


class Outbox:
    """Tells every channel what is due, from what the store holds: any leader can go on where another stopped.

    Args:
        store: open and migrated.
        rules: how long a round may take, and what links to name.
        channels: where it goes.
        failed: told the channel and the reason of each round that was not taken.
    """

    def __init__(
        self,
        store: Store,
        rules: AlertRules,
        channels: Sequence[Channel],
        failed: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._rules = rules
        self._channels = channels
        self._failed = failed

    def round(self, now: datetime) -> list[Notice]:
        """Tell what is due; return what stands or ended lately. Waits for the channels, so it has its own thread."""
        due = self.due(now)
        self.tell(due, now)
        return due

    def tell(self, due: Sequence[Notice], now: datetime) -> None:
        """Send what is due to every channel; a failure is the failing channel's alone."""
        for channel in self._channels:
            self._tell(channel, due, now)

    def due(self, now: datetime) -> list[Notice]:
        """Return what can be told now: nothing, while the last cells judged are older than an hour."""
        standings = read_standings(self._store).values()
        if not standings or now - max(each.tick for each in standings) > FRESH:
            return []
        changes = read_changes(self._store, now - self._rules.thresholds.open_at_most - _MARGIN)
        return notices(changes, read_actions(self._store, now - _OF_WEEKS), self._rules.notify, now)

    def _tell(self, channel: Channel, due: Sequence[Notice], now: datetime) -> None:
        told = due if channel.repeats else self._news(channel, due)
        if not told:
            return
        budget = Budget(seconds=self._rules.notify.retry_for.total_seconds())
        if (why := deliver(channel, told, now, budget)) is not None:
            self._failed(channel.name, why)
        elif not channel.repeats:
            record_deliveries(self._store, channel.name, [notice.news for notice in told], now)

    def _news(self, channel: Channel, due: Sequence[Notice]) -> list[Notice]:
        taken = delivered(self._store, channel.name, [notice.news for notice in due])
        return [notice for notice in due if notice.news not in taken]
