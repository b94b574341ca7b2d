"""What kind of shift it is: an outage, a new member, one account, a promotion, or none of these."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokentide.schemas.alert import AlertClass
from tokentide.schemas.alert_rules import CELL_S, Kind
from tokentide.streams.detection.baseline import account_sums
from tokentide.streams.detection.cells import OTHER, Floats
from tokentide.streams.detection.driver import Driver
from tokentide.streams.detection.tick import Tick


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class of a shift, its driver by name, and what one account has of it."""

    alert_class: AlertClass
    driver: str
    account_share: float | None


def classify(tick: Tick, window_s: int, driver: Driver) -> Verdict:
    """Return what kind of shift a window shows."""
    name = tick.view.members[driver.at] if tick.watch.kind in (Kind.SHARE, Kind.RATIO) else ""
    account = _account_share(tick, window_s, driver)
    whale = account is not None and account >= tick.rules.whale
    plain = Verdict(AlertClass.WHALE if whale else AlertClass.SHIFT, name, account)
    if tick.watch.kind is not Kind.SHARE:
        return plain
    if driver.change > 0:
        return _risen(tick, window_s, driver, plain)
    if driver.change <= -tick.rules.outage or _stopped(tick, driver.at):
        return Verdict(AlertClass.OUTAGE, name, account)
    return plain


def _risen(tick: Tick, window_s: int, driver: Driver, plain: Verdict) -> Verdict:
    newest = _newest(tick.view.newcomers, tick.at) if plain.driver == OTHER else plain.driver
    if newest is not None and newest in tick.view.newcomers:
        return Verdict(AlertClass.NEW_MEMBER, newest, plain.account_share)
    if plain.alert_class is AlertClass.SHIFT and _price_fell(tick, window_s, driver):
        return Verdict(AlertClass.PROMOTION, plain.driver, plain.account_share)
    return plain


def _newest(newcomers: Mapping[str, Floats], at: int) -> str | None:
    present = {name: float(shares[at]) for name, shares in newcomers.items() if shares[at] > 0}
    return max(present, key=lambda name: (present[name], name), default=None)


def _stopped(tick: Tick, member: int) -> bool:
    """Tell whether the last cell alone says that the member is gone; the window may still hold its past."""
    view, rules = tick.view, tick.rules
    last = view.last(tick.at, 1)
    events = max(float(view.cells.events[:, member].sum()), 1.0)
    one = float(view.cells.amount[:, member].sum()) / events
    expected = float(view.own_expected[last, member].sum())
    gone = float(view.cells.amount[last, member].sum()) <= (1 - rules.outage) * expected
    return gone and expected >= rules.expected_events * one


def _account_share(tick: Tick, window_s: int, driver: Driver) -> float | None:
    """Return the part of the driver's change that the one account makes which moved most."""
    cells, known = tick.view.cells, tick.baseline.accounts
    if cells.top_account is None or cells.top_key is None or known is None:
        return None
    last = tick.view.last(tick.at, window_s // CELL_S)
    expected = float(tick.view.own_expected[last, driver.at].sum())
    change = float(cells.amount[last, driver.at].sum()) - expected
    now = account_sums(cells.top_key[last, driver.at], cells.top_account[last, driver.at])
    before = {key: part * expected for key, part in known[driver.at].items()}
    moved = [(now.get(key, 0.0) - before.get(key, 0.0)) / change for key in now.keys() | before.keys() if change]
    return float(min(max([0.0, *moved]), 1.0))


def _price_fell(tick: Tick, window_s: int, driver: Driver) -> bool:
    """Tell whether what came on top cost so much less that the driver's price per unit fell."""
    view, baseline = tick.view, tick.baseline
    if view.cells.cost is None or baseline.price is None or baseline.price[driver.at] <= 0:
        return False
    cells = view.last(tick.at, window_s // CELL_S)
    amount = float(view.cells.amount[cells, driver.at].sum())
    price = float(view.cells.cost[cells, driver.at].sum()) / max(amount, 1e-300)
    return price <= (1 - tick.rules.promotion_price) * float(baseline.price[driver.at])
